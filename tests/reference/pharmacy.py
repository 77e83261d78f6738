"""The slow, obvious reference of the pharmacy: a list of recorded commands, everything else derived when asked.

Written from sections 4 of the contract and the domain page alone, as a second opinion on the product. It shares no
code with the product and must stay that way. It trusts nobody: whatever is not a well-formed command is refused.
"""

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.reference.forms import FORM_CODES, find_form_codes
from tests.reference.homes import Homes
from tests.reference.notes import find_notes
from tests.reference.numbers import find_instant
from tests.reference.rules import find_refusals
from tests.reference.world import Body, Entry, World

# Only the values that judge an import; hours of a second signature and years of retention refuse nothing here.
PRACTICE_RULES: dict[str, Any] = {"discharge_days_max": 10, "home_unit_digits": 4, "commission_min": 3}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`recorded`, `replayed` or `refused`; refusal codes in the contract's order; notes of a fact."""

    answer: str
    codes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Pharmacy:
    """One facility as `senim record` sees it: opened, with the person `registrar`, imports not closed."""

    def __init__(
        self, facility: dict[str, str], rules: dict[str, Any], kato: set[str], now: datetime | None = None
    ) -> None:
        """`facility` as in facilities.json; `now` in place of the clock, for tests."""
        self._facility, self._rules, self._kato, self._now = facility, rules, kato, now
        self._entries: list[Entry] = []

    def record(self, command: Any) -> Answer:
        """Judge one command of an import file and keep it if nothing refuses it."""
        world = self.world()
        earlier = (
            world.find(command["id"]) if isinstance(command, dict) and isinstance(command.get("id"), str) else None
        )
        if earlier is not None:
            same = _statement_of(earlier.command) == _statement_of(command)
            return Answer(answer="replayed") if same else Answer(answer="refused", codes=["id_reused"])
        if codes := find_form_codes(command):
            return Answer(answer="refused", codes=sorted(codes, key=FORM_CODES.index))
        entry = Entry(seq=len(self._entries), command=command)
        if refusals := find_refusals(world, command, entry.seq, self._now or datetime.now(UTC)):
            return Answer(answer="refused", codes=refusals)
        self._entries.append(entry)
        opens = tuple(self.world().find_differences(entry))
        book_seen = self.world().book_at(entry.body["discrepancy"]) if entry.type == "discrepancy.resolved" else 0
        self._entries[-1] = dataclasses.replace(entry, opens=opens, book_seen=book_seen)
        return Answer(answer="recorded", notes=find_notes(world, self.world(), entry))

    def world(self) -> World:
        """What is known now."""
        reversals = {entry.body["id"]: entry.body for entry in self._entries if entry.type == "entry.reversed"}
        return World(
            facility=self._facility,
            rules=self._rules,
            kato=self._kato,
            entries=list(self._entries),
            reversals=reversals,
        )

    def balances(self) -> list[Body]:
        """Every shelf ever used, also at 0."""
        world = self.world()
        return [
            {"place": shelf[0], "product": shelf[1], "lot": shelf[2], "units": world.balance_now(shelf)}
            for shelf in sorted(world.all_shelves())
        ]

    def empties_due(self) -> list[Body]:
        """What is open; more collected than opened stands there below zero until its discrepancy is resolved."""
        return [
            {"place": shelf[0], "product": shelf[1], "lot": shelf[2], "units": units}
            for shelf, units in sorted(self.world().empties_due().items())
            if units != 0
        ]

    def discrepancies(self) -> list[Body]:
        """The open ones, with the difference that is left after what was resolved; `lot` is None for a total."""
        world = self.world()
        rows = []
        for one in filter(world.is_open, world.opened_discrepancies()):
            count, line = world.get_discrepancy_line(one)
            shelf = {"place": count.body["place"], "product": line["product"], "lot": line.get("lot")}
            rows.append({"discrepancy": one, **shelf, "difference": world.difference_left(one)})
        return sorted(rows, key=lambda row: str(row["discrepancy"]))

    def circle(self) -> list[Body]:
        """Every patient's lot ever used, also at 0."""
        rows = sorted(Homes(self.world()).rows.items())
        return [
            {"patient": patient, "product": product, "lot": lot, **vars(row), "still_out": row.still_out}
            for (patient, product, lot), row in rows
        ]

    def custody(self) -> list[Body]:
        return [{"seal_no": seal, "units": units} for seal, (_, units) in sorted(self.world().custody().items())]

    def pending(self) -> list[str]:
        """Ids of the entries that wait for a second person, sorted."""
        return sorted(entry.id for entry in self.world().pending())


def _statement_of(command: Body) -> Body:
    """What makes two commands the same statement: absent is null, and a moment is a moment in any offset."""
    said = {key: value for key, value in command.items() if value not in (None, [])}
    return {**said, "occurred_at": find_instant(command.get("occurred_at")) or command.get("occurred_at")}
