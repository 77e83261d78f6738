"""Mending: a linked reversal that says where the packs are; the second signature that comes later."""

from dataclasses import dataclass
from typing import Any

from ledger.domain import values
from ledger.domain.authority import AUTHORITY
from ledger.domain.book import Book
from ledger.domain.dependents import NEVER_REVERSED, find_dependents
from ledger.domain.effects import AtHome, Effect, Made, Moved, Used
from ledger.domain.form import Fields, Opt, Reading
from ledger.domain.kind import Case, Kind, effects_of, moves_of
from ledger.domain.records import WHYS, Past, Pending, Person, Reversal, Seal
from ledger.domain.terms import PHARMACISTS
from ledger.domain.texts import free, new, one_of, ref, text
from ledger.domain.timeline import When
from ledger.domain.values import integer

_REFERENCE: Fields = {"id": Opt(ref("entry", values.uuid)), "seq": Opt(integer(0))}


def _one_reference(value: dict[str, Any], path: str, reading: Reading) -> None:
    given = [name for name in ("id", "seq") if value.get(name) is not None]
    if not given:
        reading.refuse("field_missing", f"{path}.id")
    elif len(given) > 1:
        reading.refuse("malformed", f"{path}.seq")


def _reference(value: dict[str, Any], path: str, reading: Reading) -> None:
    _one_reference(value, path, reading)
    if value.get("packs") == "back_sealed":
        for name in ("seal_no", "place"):
            if value.get(name) is None:
                reading.refuse("field_missing", f"{path}.{name}")


def find_original(case: Case) -> Past | None:
    """The earlier entry that the body names by `id` or `seq`."""
    body = case.body
    past = case.book.past
    return past.by_id(body["id"]) if "id" in body else past.by_seq(case.place_of(body["seq"]))


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
            if isinstance(effect, Used) and self.packs == "with_right_person":
                continue  # whose course it is has the packs; given back, it could be supplied twice
            still_out = self.packs in ("with_wrong_person", "with_right_person")
            if isinstance(effect, AtHome) and effect.what == "dispensed" and still_out:
                effect.mark_reversed(book, then)
                continue
            effect.revert(book, then)
        for why in WHYS:
            book.put("pending", (self.original.id, why), None)

    def revert(self, book: Book, when: When) -> None:
        raise AssertionError("a reversal cannot be reversed")

    def dependents(self, book: Book, when: When) -> Any:
        return iter(())


def _check_may_reverse(case: Case, original: Past) -> None:
    """The original's performer or that role; stock as a pharmacist; two people where two were asked for.

    Else one of them could say alone that a sealed bag is back with the other.
    """
    performer = case.book.find("person", case.command.performer)
    asked = AUTHORITY[original.type]
    at_once = asked.witness in ("own", "commission")
    if performer is not None and not _has_role_for(case, performer, original):
        case.refuse("not_allowed", "performer", performer=case.command.performer, role=performer.role)
    # A signature that is due does not go away by promising another one.
    due = any(case.book.find("pending", original.id, why) for why in WHYS)
    promised = case.command.witness_pending is not None and not at_once and not due
    if (asked.witness == "required" or at_once) and case.command.witness is None and not promised:
        case.refuse("witness_required", "witness")


def _has_role_for(case: Case, performer: Person, original: Past) -> bool:
    asked = AUTHORITY[original.type]
    if asked.witness in ("own", "commission"):
        return performer.role in asked.performers  # what several people did at once is not undone by others
    if original.type.startswith("stock."):
        return performer.role in PHARMACISTS
    author = case.book.find("person", original.performer)
    same_role = author is not None and _kin(performer.role) == _kin(author.role_at(original.seq))
    return same_role or case.command.performer == original.performer


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
    if original.type in NEVER_REVERSED or AUTHORITY[original.type].performers & {"registrar", "ledger"}:
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
    dependents = find_dependents(case, [(original, effects)], body["packs"])
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
        "seal_no": Opt(new("seal", text)),
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
    found = (case.book.find("pending", original.id, why) for why in WHYS)
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
    elif case.command.seen is not None and case.place_of(case.command.seen) < original.seq:
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
