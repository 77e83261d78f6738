"""What goes along with a report: the entries that its own ones rest on, down to those that gave the names. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from reports.movements import Entries, ids, refers_to, statement

_DISPENSED = frozenset({"dispense.outpatient", "dispense.discharge"})


def rest_on(
    seqs: Iterable[int], entries: Entries, *, products: Collection[str], places: Collection[str], known_seq: int
) -> set[int]:
    """*seqs* with all that they refer to, the prescriptions of dispensings, what names *products* and *places*, the
    rule set in force at *known_seq*, entry 0 and the keys of reports."""
    by_id = ids(entries)
    found = set(seqs)
    waiting = list(found)
    while waiting:
        for about in refers_to(entries[waiting.pop()], by_id):
            if about not in found:
                found.add(about)
                waiting.append(about)
    courses = {_body(entries, seq)["prescription"] for seq in found if statement(entries[seq])["type"] in _DISPENSED}
    adopted: int | None = None
    for seq, entry in entries.items():
        match statement(entry):
            case {"type": "facility.opened" | "key.enrolled" | "key.revoked"}:
                found.add(seq)
            case {"type": "regulation.adopted"} if seq <= known_seq:
                adopted = seq if adopted is None else max(adopted, seq)
            case {"type": "product.listed", "body": {"product": product}} if product in products:
                found.add(seq)
            case {"type": "place.opened", "body": {"place": place}} if place in places:
                found.add(seq)
            case {"type": "prescription.issued" | "prescription.transcribed", "body": {"prescription": course}}:
                if course in courses:
                    found.add(seq)
    return found | ({adopted} if adopted is not None else set())


def _body(entries: Entries, seq: int) -> Mapping[str, Any]:
    body: Mapping[str, Any] = statement(entries[seq])["body"]
    return body
