"""The slow, obvious reference of the pharmacy: a list of recorded commands, everything else derived when asked.

Written from section 4 of the contract, the domain page and FORMAT.md alone, as a second opinion on the product. It
shares no code with the product and must stay that way. It trusts nobody: what is not well formed is refused.
"""

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.reference.custody import find_custody
from tests.reference.findings import Findings
from tests.reference.forms import FORM_CODES, find_form_codes
from tests.reference.homes import Homes
from tests.reference.notes import find_notes
from tests.reference.numbers import find_instant
from tests.reference.rules import find_dependents, find_refusals, find_taken_back
from tests.reference.stock import Stock, get_line
from tests.reference.world import Body, Entry, World

PRACTICE_RULES: dict[str, Any] = {
    "discharge_days_max": 10,
    "home_unit_digits": 4,
    "commission_min": 3,
    "countersign_hours": 24,
    "late_reason_hours": 24,
    "very_late_days": 7,
    "retention_years": 5,
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`recorded`, `replayed` or `refused`; refusal codes in the contract's order; notes of a fact.

    `dependents` are the seqs of the entries that stand against a reversal.
    """

    answer: str
    codes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dependents: list[int] = field(default_factory=list)


class Pharmacy:
    """One facility: opened, its rules adopted, with the person `registrar`; by default as `senim record` sees it."""

    def __init__(
        self,
        facility: dict[str, Any],
        rules: dict[str, Any],
        kato: set[str],
        now: datetime | None = None,
        imported: bool = True,
    ) -> None:
        """`facility` as in facilities.json, `first_seq` the entries before the first command here; `now` for a clock.

        `imported`: judged as the lines of an import file, that is without lateness.
        """
        self._facility, self._rules, self._kato = facility, rules, kato
        self.now, self.imported = now, imported
        self._world = World(facility=facility, rules=rules, kato=kato, entries=[])

    def record(self, command: Any) -> Answer:
        """Judge one command and keep it if nothing refuses it."""
        world = self._world
        earlier = (
            world.find(command["id"]) if isinstance(command, dict) and isinstance(command.get("id"), str) else None
        )
        if earlier is not None:
            same = _statement_of(earlier.command) == _statement_of(command)
            return Answer(answer="replayed") if same else Answer(answer="refused", codes=["id_reused"])
        if codes := find_form_codes(command):
            return Answer(answer="refused", codes=sorted(codes, key=FORM_CODES.index))
        entry = self._entry_of(command)
        if refusals := find_refusals(world, entry):
            taken_back = find_taken_back(world, entry) if "has_dependents" in refusals else {}
            dependents = find_dependents(world, taken_back) if taken_back else []
            return Answer(answer="refused", codes=refusals, dependents=dependents)
        self._keep(entry)
        return Answer(answer="recorded", notes=find_notes(world, self._world, entry))

    def _entry_of(self, command: Body) -> Entry:
        seq = int(self._facility.get("first_seq", 0)) + len(self._world.entries)
        now = self.now or datetime.now(UTC)
        return Entry(seq=seq, command=command, recorded_at=now, imported=self.imported)

    def _keep(self, entry: Entry) -> None:
        """Add the entry with what is history from now on: what it opened, saw, split and closed."""
        world, findings = self._world, Findings(self._world)
        if entry.type == "discrepancy.resolved":
            book_seen = findings.book_at(entry.body["discrepancy"])
            entry = dataclasses.replace(entry, parts=findings.parts(entry), book_seen=book_seen)
        if entry.type == "entry.countersigned" and (original := world.find_named(entry.body)) is not None:
            due = world.reasons_to_wait(original)
            closes = tuple(why for why in due if world.may_close(why, original, entry.performer))
            entry = dataclasses.replace(entry, closes=closes)
        reversals = world.reversals | find_taken_back(world, entry)
        self._world = world.of([*world.entries, entry], reversals)
        if opens := tuple(Findings(self._world).differences(entry)):
            entry = dataclasses.replace(entry, opens=opens)
            self._world = world.of([*world.entries, entry], reversals)

    def world(self) -> World:
        """What is known now."""
        return self._world

    def balances(self) -> list[Body]:
        """Every shelf ever used, also at 0."""
        stock = Stock(self._world)
        return [
            {"place": shelf[0], "product": shelf[1], "lot": shelf[2], "units": stock.balance(("stock", *shelf))}
            for shelf in stock.shelves_ever()
        ]

    def empties_due(self) -> list[Body]:
        """What is open; more collected than opened stands there below zero until its discrepancy is resolved."""
        stock = Stock(self._world)
        return [
            {"place": place, "product": product, "lot": lot, "units": units}
            for what, place, product, lot in stock.accounts("empties")
            if (units := stock.balance((what, place, product, lot)))
        ]

    def discrepancies(self) -> list[Body]:
        """The open ones, with the difference that is left after what was resolved; `lot` is None for a total."""
        findings, rows = Findings(self._world), []
        for one in filter(findings.is_open, findings.all()):
            count, line = get_line(self._world, one)
            shelf = {"place": count.body["place"], "product": line["product"], "lot": line.get("lot")}
            rows.append({"discrepancy": one, **shelf, "difference": findings.difference_left(one)})
        return sorted(rows, key=lambda row: str(row["discrepancy"]))

    def circle(self) -> list[Body]:
        """Every patient's lot ever used, also at 0."""
        rows = sorted(Homes(self._world).rows.items())
        return [
            {"patient": patient, "product": product, "lot": lot, **vars(row), "still_out": row.still_out}
            for (patient, product, lot), row in rows
        ]

    def custody(self) -> list[Body]:
        return [{"seal_no": seal, "units": units} for seal, (_, units) in sorted(find_custody(self._world).items())]

    def pending(self) -> list[str]:
        """Ids of the entries that wait for a second person, sorted."""
        return sorted(entry.id for entry in self._world.pending())


def _statement_of(command: Body) -> Body:
    """What makes two commands the same statement: absent is null, and a moment is a moment in any offset."""
    said = {key: value for key, value in command.items() if value not in (None, [])}
    return {**said, "occurred_at": find_instant(command.get("occurred_at")) or command.get("occurred_at")}
