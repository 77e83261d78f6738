"""Mending: a linked reversal that says where the packs are; the second signature that comes later."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from ledger.domain import form
from ledger.domain.authority import AUTHORITY
from ledger.domain.book import Book
from ledger.domain.effects import AtHome, Effect, EmptiesChanged, Made, Moved, SealChanged
from ledger.domain.findings import CollectedLine, Resolved, empties_of
from ledger.domain.form import Opt, free, integer, one_of, ref, text
from ledger.domain.home import find_uncovered
from ledger.domain.kind import Case, Kind, effects_of, moves_of
from ledger.domain.person import ids_of, named_events
from ledger.domain.records import Past, Pending, Reversal, Seal
from ledger.domain.terms import PHARMACISTS
from ledger.domain.timeline import When

_NEVER = frozenset({"entry.reversed", "entry.countersigned", "claim.settled"})
_REFERENCE: form.Fields = {"id": Opt(ref("entry", form.uuid)), "seq": Opt(integer(0))}


def _one_reference(value: dict[str, Any], path: str, reading: form.Reading) -> None:
    given = [name for name in ("id", "seq") if value.get(name) is not None]
    if not given:
        reading.refuse("field_missing", f"{path}.id")
    elif len(given) > 1:
        reading.refuse("malformed", f"{path}.seq")


def _reference(value: dict[str, Any], path: str, reading: form.Reading) -> None:
    _one_reference(value, path, reading)
    if value.get("packs") == "back_sealed":
        for name in ("seal_no", "place"):
            if value.get(name) is None:
                reading.refuse("field_missing", f"{path}.{name}")


def find_original(case: Case) -> Past | None:
    """The earlier entry that the body names by `id` or `seq`."""
    body = case.body
    return case.book.past.by_id(body["id"]) if "id" in body else case.book.past.by_seq(body["seq"])


def _mentions(case: Case) -> list[tuple[str, str]]:
    original = find_original(case)
    return [("entry", original.id)] if original is not None and "seq" in case.body else []


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The effects of *original* reverted at its own time, as far as the packs allow."""

    original: Past
    effects: tuple[Effect, ...]
    packs: str

    def apply(self, book: Book, when: When) -> None:
        then = When(self.original.occurred_at, self.original.seq)
        for effect in self.effects:
            if isinstance(effect, Moved) and self.packs != "never_left":
                continue
            still_out = self.packs in ("with_wrong_person", "with_right_person")
            if isinstance(effect, AtHome) and effect.what == "dispensed" and still_out:
                effect.mark_reversed(book, then)
                continue
            effect.revert(book, then)
        for why in ("witness", "verbal_order", "very_late"):
            book.put("pending", (self.original.id, why), None)

    def revert(self, book: Book, when: When) -> None:
        raise AssertionError("a reversal cannot be reversed")

    def dependents(self, book: Book, when: When) -> Any:
        return iter(())


def find_dependents(case: Case, original: Past, effects: list[Effect], packs: str) -> list[int]:
    """Later entries, in order, that a rule would refuse without *original*, whose packs are where *packs* says."""
    then = When(original.occurred_at, original.seq)
    seqs = set(case.book.past.mentioning("entry", original.id, original.seq))
    for effect in effects:
        seqs |= set(effect.dependents(case.book, then))
    if packs == "never_left":
        seqs |= _left_without_arrival(case, effects, original.seq)
    if packs in ("never_left", "back_sealed"):
        seqs |= _left_uncovered(case, effects, original.seq)
    found = {seq for seq in seqs if _stands(case, seq)}
    if packs == "never_left":
        found |= _left_with_less(case, effects, then)
    return sorted(found | _closings(case, effects, packs))


def _closings(case: Case, effects: list[Effect], packs: str) -> set[int]:
    """What closed a place as empty that the reversal would put something back into."""
    book = case.book
    places = {move.place for move in moves_of(effects)} if packs == "never_left" else set()
    for effect in effects:
        match effect:
            case EmptiesChanged() | CollectedLine():
                places.add(effect.place)
            case Resolved():
                places.add(book.get("discrepancy", effect.discrepancy).place)
            case SealChanged(field="place"):
                places.add(effect.before)
            case SealChanged():
                places.add(book.get("seal", effect.key[-1]).place)
    found = (book.find("place", place) for place in places)
    return {place.closed_by for place in found if place is not None and place.closed_by is not None}


def _left_with_less(case: Case, effects: list[Effect], then: When) -> set[int]:
    """Entries after which a place would hold less than nothing, all lines of one lot taken back together."""
    back: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for move in moves_of(effects):
        back[move.place, move.product, move.lot, move.at or then.at] -= move.units
    found: set[int] = set()
    for (place, product, lot, at), units in back.items():
        if units < 0:
            found.update(case.book.stock.timeline(place, product, lot).below_after(at, then.seq, units))
    return found


def _left_without_arrival(case: Case, effects: list[Effect], seq: int) -> set[int]:
    """Later counts and collections of a lot that its place, as far as was known then, would never have had."""
    found: set[int] = set()
    for place, product, lot in {(m.place, m.product, m.lot) for m in moves_of(effects) if m.units > 0}:
        moves = case.book.stock.timeline(place, product, lot)
        arrived = min((by for _, by, units in moves if units > 0 and by != seq), default=case.seq)
        for account in (place, empties_of(place)):
            for later in case.book.past.mentioning("counted", f"{account} {product}", seq):
                past = case.book.past.by_seq(later)
                if later < arrived and past is not None and _names(past, product, lot):
                    found.add(later)
    return found


def _names(past: Past, product: str, lot: str) -> bool:
    return any((line["product"], line.get("lot")) == (product, lot) for line in past.body["lines"])


def _left_uncovered(case: Case, effects: list[Effect], seq: int) -> set[int]:
    """Later entries that gave, found or took back at a home what would then have come from nowhere.

    Else the packs of one supply could be in custody and in stock at once.
    """
    book, found = case.book, set()
    homes = {(e.patient, e.product) for e in effects if isinstance(e, AtHome) and e.what == "dispensed"}
    for patient, product in homes:
        events = [event for each in ids_of(book, patient) for event in book.find("home", each, product) or ()]
        uncovered = find_uncovered(*named_events(book, product, events), without=seq)
        found |= {by for by in uncovered if by > seq}
    return found


def _stands(case: Case, seq: int) -> bool:
    past = case.book.past.by_seq(seq)
    if past is None or past.type in _NEVER:
        return False
    return case.book.find("reversal", past.id) is None


def _check_may_reverse(case: Case, original: Past) -> None:
    """The original's performer or that role; stock as a pharmacist; two people where two were asked for.

    Else one of them could say alone that a sealed bag is back with the other.
    """
    performer = case.book.find("person", case.command.performer)
    author = case.book.find("person", original.performer)
    if performer is None:
        return
    asked = AUTHORITY[original.type]
    same_role = author is not None and _kin(performer.role) == _kin(author.role)
    stock = original.type.startswith("stock.")
    if asked.witness in ("own", "commission"):
        # What several people did at once is not undone by fewer, nor by others.
        allowed = performer.role in asked.performers and case.command.witness is not None
    elif stock:
        allowed = performer.role in PHARMACISTS
    else:
        allowed = case.command.performer == original.performer or same_role
    if not allowed:
        case.refuse("not_allowed", "performer", performer=case.command.performer, role=performer.role)
    one = case.command.witness is None and case.command.witness_pending is None
    if asked.witness == "required" and one:
        case.refuse("witness_required", "witness")


def _kin(role: str) -> str:
    """A head pharmacist may all that a pharmacist may."""
    return "pharmacist" if role in PHARMACISTS else role


def _reverse(case: Case) -> None:
    body = case.body
    if "place" in body:
        case.find_place("place", "custody")
    original = find_original(case)
    if original is None:
        if "seq" in body:
            case.refuse("entry_unknown", "body.seq", seq=body["seq"])
        return
    if original.type in _NEVER or AUTHORITY[original.type].performers & {"registrar", "ledger"}:
        case.refuse("not_allowed", "body.id", type=original.type)
        return
    _check_may_reverse(case, original)
    if case.book.find("reversal", original.id) is not None:
        case.refuse("already_reversed", "body.id", id=original.id)
        return
    effects = effects_of(original, case)
    at_home = [effect for effect in effects if isinstance(effect, AtHome)]
    moves = bool(moves_of(effects)) or any(effect.what != "counted" for effect in at_home)
    went_home = any(effect.what == "dispensed" for effect in at_home)
    if (body["packs"] == "none" and moves) or (body["packs"] not in ("none", "never_left") and not went_home):
        case.refuse("malformed", "body.packs", packs=body["packs"])
    dependents = find_dependents(case, original, effects, body["packs"])
    if dependents:
        case.refuse("has_dependents", "body.id", id=original.id, seqs=", ".join(map(str, dependents)))


def _reversed(case: Case) -> list[Effect]:
    body = case.body
    original = find_original(case)
    if original is None:
        return []
    effects = effects_of(original, case)
    done: list[Effect] = [
        TakenBack(original, tuple(effects), body["packs"]),
        Made("reversal", (original.id,), Reversal(seq=case.seq, packs=body["packs"])),
    ]
    if body["packs"] == "back_sealed":
        contents = tuple(
            (effect.product, effect.lot, effect.units)
            for effect in effects
            if isinstance(effect, AtHome) and effect.what == "dispensed"
        )
        seal = Seal(
            place=body["place"],
            units=sum(units for _, _, units in contents),
            kind="reversed",
            contents=contents,
            received_at=case.at,
            patient=original.body.get("patient"),
        )
        done.append(Made("seal", (body["seal_no"],), seal, thing="seal"))
    return done


ENTRY_REVERSED = Kind(
    name="entry.reversed",
    fields={
        **_REFERENCE,
        "reason": one_of(
            "wrong_patient",
            "wrong_product",
            "wrong_lot",
            "wrong_quantity",
            "duplicate",
            "not_collected",
            "cancelled",
            "other",
        ),
        "note": free,
        "packs": one_of("never_left", "back_sealed", "with_wrong_person", "with_right_person", "none"),
        "seal_no": Opt(form.new("seal", text)),
        "place": Opt(ref("place")),
    },
    also=_reference,
    rule=_reverse,
    effects=_reversed,
    mentions=_mentions,
)


def _may_close(case: Case, pending: Pending) -> bool:
    if pending.why == "very_late":
        # The head pharmacist signs for what is very late; where it is their own, whoever may witness.
        people = (case.book.find("person", name) for name in (case.command.performer, pending.performer))
        return any(person is not None and person.role == "head_pharmacist" for person in people)
    return pending.by is None or pending.by == case.command.performer


def _pending(case: Case, original: Past) -> list[Pending]:
    found = (case.book.find("pending", original.id, why) for why in ("witness", "verbal_order", "very_late"))
    return [pending for pending in found if pending is not None]


def _countersign(case: Case) -> None:
    original = find_original(case)
    if original is None:
        if "seq" in case.body:
            case.refuse("entry_unknown", "body.seq", seq=case.body["seq"])
        return
    pending = _pending(case, original)
    if not pending:
        case.refuse("already_closed", "body.id", id=original.id)
    elif case.command.performer == original.performer:
        case.refuse("witness_same_person", "performer", person=original.performer)
    elif case.command.seen is not None and case.command.seen < original.seq:
        case.refuse("entry_unknown", "body.id", id=original.id)  # nobody signs for what he has not seen
    elif not any(_may_close(case, each) for each in pending):
        case.refuse("not_allowed", "performer", performer=case.command.performer)


def _countersigned(case: Case) -> list[Effect]:
    original = find_original(case)
    if original is None:
        return []
    return [
        Made("pending", (original.id, each.why), None) for each in _pending(case, original) if _may_close(case, each)
    ]


ENTRY_COUNTERSIGNED = Kind(
    name="entry.countersigned",
    fields=_REFERENCE,
    also=_one_reference,
    rule=_countersign,
    effects=_countersigned,
    mentions=_mentions,
)

KINDS: tuple[Kind, ...] = (ENTRY_REVERSED, ENTRY_COUNTERSIGNED)
