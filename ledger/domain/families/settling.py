"""Two devices that were offline reported the same packs: which report holds is said once, and the others are undone.

A settlement takes the reports that do not hold back as if their packs had never left, each at its own time; like a
reversal it cannot be reversed.
"""

from collections.abc import Iterator
from typing import Any

from ledger.domain import values
from ledger.domain.dependents import find_dependents
from ledger.domain.effects import Effect, Made
from ledger.domain.families.correcting import TakenBack
from ledger.domain.form import Reading, many
from ledger.domain.kind import Case, Kind, effects_of
from ledger.domain.lots import true_name
from ledger.domain.person import ids_of
from ledger.domain.records import Past, Reversal
from ledger.domain.texts import free, ref

CLAIMS = frozenset(
    {
        "dispense.acknowledged",
        "dose.administered",
        "empties.collected",
        "home.counted",
        "notice.received",
        "stock.arrived",
        "stock.broken",
        "unused.returned",
    }
)
"""What a device may report that another has reported already."""
_NONE = "none"


def _holds_one(value: dict[str, Any], path: str, reading: Reading) -> None:
    claims, holds = value.get("claims"), value.get("holds")
    if type(claims) is not list or not all(type(each) is str for each in claims):
        return
    if len(set(claims)) != len(claims):
        reading.refuse("malformed", f"{path}.claims")
    if holds is not None and holds != _NONE and holds not in claims:
        reading.refuse("malformed", f"{path}.holds")


def _undone(case: Case) -> Iterator[Past]:
    """The claims that do not hold, the latest first: what rests on another claim goes before it."""
    found = [case.book.past.by_id(each) for each in case.body["claims"] if each != case.body["holds"]]
    return iter(sorted((past for past in found if past is not None), key=lambda past: -past.seq))


def _same_packs(case: Case, one: Past, other: Past) -> bool:
    """Whether two claims can be of the same packs; else what nobody doubts could be undone beside any other claim."""
    if one.type == "notice.received":
        return bool(one.body["about"] == other.body["about"])
    whose = {ids_of(case.book, past.body["patient"]) for past in (one, other) if "patient" in past.body}
    told = ((mine, its) for mine in _lots(case, one) for its in _lots(case, other) if mine[0] == its[0])
    return len(whose) < 2 and any(mine == its or not (mine[1] and its[1]) for mine, its in told)


def _lots(case: Case, past: Past) -> set[tuple[str, str]]:
    """(product, lot by its true name, "" where it was not read) of all that a claim speaks of."""
    body = past.body
    told = body["lines"] if "lines" in body else [{"product": body["product"], **line} for line in body["lots"]]
    lots = {(line["product"], line.get("lot", "")) for line in told}
    return {(product, lot and true_name(case.book, product, lot, past.occurred_at, past.seq)) for product, lot in lots}


def _settle(case: Case) -> None:
    pasts = [case.book.past.by_id(each) for each in case.body["claims"]]
    before = len(case.refusals)
    types = {past.type for past in pasts if past is not None}
    for n, past in enumerate(pasts):
        if past is None:
            continue
        if past.type not in CLAIMS or len(types) > 1:
            case.refuse("entry_unknown", f"body.claims.{n}", id=past.id)
        if case.book.find("reversal", past.id) is not None:
            case.refuse("already_reversed", f"body.claims.{n}", id=past.id)
    if len(case.refusals) > before or None in pasts:
        return
    first, *others = (past for past in pasts if past is not None)
    for n, past in enumerate(others, start=1):
        if not _same_packs(case, first, past):
            case.refuse("entry_unknown", f"body.claims.{n}", id=past.id)
    if len(case.refusals) > before:
        return
    undone = [(past, effects_of(past, case)) for past in _undone(case)]
    if seqs := find_dependents(case, undone, "never_left"):
        case.refuse("has_dependents", "body.claims", id=undone[-1][0].id, seqs=", ".join(map(str, seqs)))


def _settled(case: Case) -> list[Effect]:
    done: list[Effect] = []
    for past in _undone(case):
        done.append(TakenBack(past, tuple(effects_of(past, case)), "never_left"))
        done.append(Made("reversal", (past.id,), Reversal(seq=case.seq, packs="never_left")))
    return done


CLAIM_SETTLED = Kind(
    name="claim.settled",
    fields={
        "claims": many(ref("entry", values.uuid), least=2, most=20),
        "holds": lambda value, path, reading: value if value == _NONE else values.uuid(value, path, reading),
        "note": free,
    },
    also=_holds_one,
    rule=_settle,
    effects=_settled,
)

KINDS: tuple[Kind, ...] = (CLAIM_SETTLED,)
