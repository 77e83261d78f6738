"""A random pharmacy, held against the slow reference at every step: what happens in it, and what must then agree."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.domain.book import Book, MemoryStock
from ledger.domain.command import read_command, read_statement
from ledger.domain.findings import BESIDE_STOCK
from ledger.domain.home import COLUMNS
from ledger.domain.judge import judge
from ledger.domain.judge import record as apply
from ledger.domain.person import read_home
from ledger.domain.records import Out
from ledger.domain.vocabulary import BODIES
from tests.domain.comparing import figures, told
from tests.domain.pharmacy import Pharmacy
from tests.reference.custody import find_custody
from tests.reference.drawn import PLACES, PRODUCTS, Choosing, Days
from tests.reference.drawn_care import BIN, CARE
from tests.reference.drawn_house import HOUSE, KEY, reversal_of
from tests.reference.pharmacy import PRACTICE_RULES, Answer
from tests.reference.pharmacy import Pharmacy as Reference
from tests.reference.rules import do_packs_fit
from tests.reference.world import Body, Entry

MAKERS = CARE | HOUSE
RARE = {  # what ends a pharmacy too soon, or a thing that many days need
    "facility.opened",
    "regulation.adopted",
    "import.closed",
    "identity.erased",
    "person.left",
    "person.role_changed",
    "product.listed",
    "pack.listed",
    "product.delisted",
    "place.closed",
    "checkpoint.anchored",
    "report.issued",
}
OFTEN = {
    "stock.received",
    "stock.moved",
    "stock.counted",
    "discrepancy.resolved",
    "prescription.issued",
    "prescription.transcribed",
    "dispense.outpatient",
    "dispense.discharge",
    "notice.received",
    "dose.administered",
    "infusion.started",
    "empties.collected",
    "home.counted",
    "unused.returned",
    "lot.corrected",
    "entry.reversed",
    "entry.countersigned",
    "claim.settled",
}
DRAWN = [kind for kind in sorted(MAKERS) for _ in range(1 if kind in RARE else 12 if kind in OFTEN else 4)]
PEOPLE = {
    "head": "head_pharmacist",
    "ph1": "pharmacist",
    "ph2": "pharmacist",
    "doc": "physician",
    "doc2": "physician",
    "nu1": "nurse",
    "nu2": "nurse",
    "phc": "phc_worker",
    "insp": "inspector",
}
OPENED_AT = datetime(2026, 2, 20, 4, tzinfo=UTC)
START = datetime(2026, 3, 1, 3, tzinfo=UTC)
KATO = {"101010000", "103230100"}


WITH_HEAD = {"stock.opened", "discrepancy.resolved", "period.sealed", "destruction.performed"}


class Life:
    """A furnished pharmacy; its later days are imported from paper, or written by people as they happen."""

    def __init__(self, kind: str, imported: bool, choosing: Choosing) -> None:
        self.pharmacy = Pharmacy(kind, "101010000", furnished=False)
        log_key = {"key": "0" * 16, "person": "c", "use": "log"}
        facility = {"kind": kind, "kato": "101010000", "first_seq": 3, "imported": 3, "keys": [log_key]}
        self.reference = Reference(facility, PRACTICE_RULES, KATO)
        self.days = Days(self.reference, choosing, START)
        self.written: list[tuple[Body, str, bool]] = []
        self._furnish()
        self.pharmacy.imported = self.reference.imported = imported

    def _furnish(self) -> None:
        def tell(kind: str, body: Body, performer: str, witness: str | None = None, at: datetime = OPENED_AT) -> None:
            command = {"id": self.days.uuid(), "type": kind, "occurred_at": at.isoformat(), "performer": performer}
            assert self.say(command | {"witness": witness, "body": body}).answer == "recorded", kind

        for person, role in PEOPLE.items():
            body: Body = {"person": person, "role": role, "name": person}
            tell("person.enrolled", body, "registrar", None if person == "head" else "head")
        for place, kind in PLACES.items():
            administration = "on_paper" if place == "paper" else "entered"
            body = {"place": place, "kind": kind, "name": place, "administration": administration}
            tell("place.opened", body, "registrar")
        for product in PRODUCTS:
            inn, strength, unit, presentation = PRODUCTS[product]
            body = {"product": product, "inn": inn, "form": "11201000", "schedule": "II", "gtins": []}
            body |= {"strength": {"value": strength, "unit": unit}, "unit_of_presentation": presentation}
            tell("product.listed", body | {"divisible": False}, "registrar")
        lines = [{"product": one, "lot": "A", "units": 30, "expires_on": "2027-01-31"} for one in PRODUCTS]
        tell("stock.opened", {"place": "safe", "lines": lines}, "head", "ph1")
        lines = [{**line, "lot": "B", "units": 20, "expires_on": "2027-05-31"} for line in lines]
        tell("stock.received", {"place": "safe", "lines": lines, "supplier": "-", "document_no": "-"}, "ph1", "ph2")
        for place in ("ward", "paper", "car"):
            moved = [{"product": one, "lot": "A", "units": 6} for one in PRODUCTS]
            tell("stock.moved", {"from_place": "safe", "to_place": place, "lines": moved}, "ph1", "nu1")
        identity = {"name": "А", "iin": None, "no_iin_reason": "newborn", "born_on": "1885-01-01", "address": "-"}
        long_ago = datetime(2019, 1, 1, tzinfo=UTC)
        for patient, at in {"p1": OPENED_AT, "p2": OPENED_AT, "p3": OPENED_AT, "old": long_ago}.items():
            body = {"patient": patient, "identity": identity, "home_kato": "103230100", "home_phc_bin": BIN}
            tell("patient.registered", body | {"indication": "other", "icd10": "C34.9"}, "doc", at=at)
        body = {"person": "head", "key": "0" * 15 + "1", "use": "sign", **KEY}
        tell("key.enrolled", body, "registrar", "head")

    # -- what happens ----------------------------------------------------------------------------

    def write(self, kind: str) -> None:
        days = self.days
        days.now += timedelta(minutes=days.number(1, 300)) + timedelta(days=days.one((0, 0, 0, 1, 1, 2, 4)))
        command = days.command(kind, MAKERS[kind](days))
        self.say(days.spoil(command) if days.chance(6) else command)

    def take_back_all_that_rests_on_an_entry(self) -> None:
        """The chain that a refusal names, from its end: then the entry itself can be taken back."""
        days = self.days
        days.now += timedelta(minutes=5)
        standing = [entry for entry in days.world.entries[23:] if entry.id not in days.world.reversals]
        if standing:
            self._take_back(days.one(standing), depth=6)

    def _take_back(self, entry: Entry, depth: int) -> bool:
        answer = self.say(self._reversal(entry))
        if answer.codes == ["has_dependents"] and depth:
            later = [one for one in self.days.world.entries if one.seq in answer.dependents]
            if all(
                self._take_back(one, depth - 1) for one in reversed(later) if one.id not in self.days.world.reversals
            ):
                answer = self.say(self._reversal(entry))
                assert answer.codes in ([], ["has_dependents"]), f"{answer.codes} of {entry}"
        return answer.answer == "recorded"

    def _reversal(self, entry: Entry) -> Body:
        days = self.days
        body = reversal_of(days, entry, "none")
        tried = Entry(seq=-1, command={"type": "entry.reversed", "body": body}, recorded_at=days.now, imported=True)
        if not do_packs_fit(days.world, tried):
            body["packs"] = "never_left"
        stock = entry.type.startswith("stock.") and entry.type != "stock.opened"
        performer = "ph1" if stock else "head" if entry.type in WITH_HEAD else entry.performer
        return days.command("entry.reversed", body, performer=performer, witness="ph2", at=days.now)

    # -- both are asked --------------------------------------------------------------------------

    def say(self, command: Body) -> Answer:
        now = self.days.now
        self.pharmacy.now = now.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        self.reference.now = now
        expected, got = self.reference.record(command), self.pharmacy.give(command)
        if expected.answer == "recorded":
            due = ["recorded", *sorted(expected.notes)]
            assert [got[0], *sorted(got[1:])] == due, f"{got} instead of {due}: {command}"
            self.written.append((command, self.pharmacy.now, self.pharmacy.imported))
        else:
            assert got == expected.codes, f"{got} instead of {expected.codes}: {command}"
        if expected.dependents and command["type"] == "entry.reversed":
            found = [r.values["seqs"] for r in self.pharmacy.judgement.refusals if r.code == "has_dependents"]
            due = [", ".join(map(str, expected.dependents))]
            assert found == due, f"{found} instead of {due}: {command}"
        return expected

    def check_figures(self) -> None:
        found = figures(self.pharmacy)
        for name in ("empties_due", "discrepancies", "custody", "pending"):
            assert set(found[name]) == told(self.reference, name), name
        for name, first in (("balances", 3), ("circle", 3)):
            rows = {row for row in told(self.reference, name) if any(row[first:])}
            assert {row for row in found[name] if any(row[first:])} == rows, name
        opened = self.pharmacy.book.shelves["open"]
        out = {row[:2] for row in found["circle"] if row[3 + COLUMNS.index("still_out")]}
        assert all(("home", *home) in opened for home in out if home in self.pharmacy.book.shelves["home"])
        for (shelf, *home), known in opened.items():
            if shelf == "home" and isinstance(known, Out):
                at_home = read_home(self.pharmacy.book, *home).values()
                assert known.units == sum(row.still_out for row in at_home) > 0, home
        seals = self.pharmacy.book.shelves["seal"].items()
        where = {seal_no: seal.place for (seal_no,), seal in seals if not seal.destroyed}
        assert where == {seal: place for seal, (place, _) in find_custody(self.reference.world()).items()}

    def check_nothing_is_ever_below_zero(self) -> None:
        assert isinstance(self.pharmacy.book.stock, MemoryStock)
        for (place, *lot), timeline in self.pharmacy.book.stock.timelines.items():
            running, began = 0, dict[str, int]()
            for at, _, units in timeline:
                began.setdefault(at[:7], running)
                running += units
                assert running >= 0 or place.startswith(BESIDE_STOCK), (place, lot, at)
            openings = self.pharmacy.book.shelves["opening"]
            assert {month: openings.get((place, *lot, month)) for month in began} == began, (place, lot)
        for row in figures(self.pharmacy)["circle"]:
            circle = dict(zip(COLUMNS, row[3:], strict=True))
            came = circle.pop("dispensed") + circle["surplus"]
            assert min(circle.values()) >= 0, row
            assert came == sum(circle.values()) - circle["surplus"], row

    def check_replay(self) -> None:
        """A replay of the statements, sealed leaves unseen, makes the same book."""
        fresh = Pharmacy(self.pharmacy.kind, "101010000", furnished=False).book
        for raw, now, imported in self.written:
            _replay(fresh, raw, now, imported, self.pharmacy.rules)
        assert _state(fresh) == _state(self.pharmacy.book)


def _replay(book: Book, raw: Body, now: str, imported: bool, rules: Any) -> None:
    first = read_command(raw, bodies=BODIES, users=lambda name: book.find("person", name) is not None)
    names = ("id", "type", "occurred_at", "performer", "witness", "witness_pending", "sheet", "body")
    statement = {name: found for name in names if (found := getattr(first, name)) is not None}
    statement |= {"acknowledged": [{"code": code} for code in first.acknowledged], "seen": {"seq": book.size - 1}}
    command = read_statement(statement | {"sealed": dict.fromkeys(first.sealed, "0" * 64)}, bodies=BODIES)
    judgement, case = judge(command, book, rules=rules, now=now, imported=imported)
    assert judgement.refusals == (), raw
    apply(case)
    book.settle()


def _state(book: Book) -> dict[str, Any]:
    assert isinstance(book.stock, MemoryStock)
    shelves = {name: dict(records) for name, records in book.shelves.items()}
    return shelves | {"stock": {key: list(found) for key, found in book.stock.timelines.items() if list(found)}}
