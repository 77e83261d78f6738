"""A lot held back, released, recalled or corrected; and who holds it now (contract: Stock)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.book import Book
from ledger.domain.effects import Effect
from ledger.domain.families.dispensing import find_noticed
from ledger.domain.form import Fields, Opt, Reading
from ledger.domain.kind import Case, Kind
from ledger.domain.lot_changes import ExpiryCorrected, Renamed, StateSet
from ledger.domain.lots import HELD, first_below_renamed, names_of, state_at, true_name
from ledger.domain.person import ids_of, read_home
from ledger.domain.records import Past, Seal
from ledger.domain.texts import free, ref, text
from ledger.domain.timeline import When
from ledger.domain.values import day

_LOT: Fields = {"product": ref("product"), "lot": text, "reason": free}


def _state(case: Case) -> str | None:
    return state_at(case.book, case.body["product"], case.body["lot"], case.at, case.seq)


def _set(state: str) -> Any:
    return lambda case: [StateSet(case.body["product"], case.body["lot"], state)]


def _hold(case: Case) -> None:
    if _state(case) in HELD:
        case.refuse("already_open", "body.lot", lot=case.body["lot"])


LOT_QUARANTINED = Kind(name="lot.quarantined", fields=_LOT, rule=_hold, effects=_set("quarantined"))


def _recall(case: Case) -> None:
    if _state(case) == "recalled":
        case.refuse("already_open", "body.lot", lot=case.body["lot"])


LOT_RECALLED = Kind(name="lot.recalled", fields={**_LOT, "document_no": text}, rule=_recall, effects=_set("recalled"))


def _release(case: Case) -> None:
    if _state(case) not in HELD:
        case.refuse("already_closed", "body.lot", lot=case.body["lot"])


LOT_RELEASED = Kind(name="lot.released", fields=_LOT, rule=_release, effects=_set("released"))


def _something_corrected(value: dict[str, Any], path: str, reading: Reading) -> None:
    if value.get("to_lot") is None and value.get("expires_on") is None:
        reading.refuse("field_missing", f"{path}.to_lot")
    elif value.get("to_lot") is not None and value.get("to_lot") == value.get("lot"):
        reading.refuse("malformed", f"{path}.to_lot")


def _correct(case: Case) -> None:
    product, lot = case.body["product"], case.body["lot"]
    if case.find_product(product) is None:
        return
    at_home = (_stands(case.book, seq) for seq in case.book.past.mentioning("lot", f"{product} {lot}"))
    if case.book.find("lot", product, lot) is None and not any(at_home):  # never at a place, nor taken over at a home
        case.refuse("lot_unknown", "body.lot", lot=lot)
    if "to_lot" not in case.body:
        return
    to_lot, when = case.body["to_lot"], When(case.at, case.seq)
    for (place,) in sorted(case.book.shelves["place"]):
        there = case.book.stock.timeline(place, product, lot).balance_at(case.at)
        below = first_below_renamed(case.book, place, product, (lot, to_lot), when)
        if below is not None:  # packs left under the wrong name after that time: the correction comes too early
            case.refuse(
                "balance_too_low",
                "occurred_at",
                place=place,
                product=product,
                lot=lot,
                asked=there,
                there=there,
                below_at=below[0],
            )


def corrections_of(body: Mapping[str, Any]) -> list[Effect]:
    """What a `lot.corrected` that says *body* does."""
    to_lot = body.get("to_lot", body["lot"])
    effects: list[Effect] = []
    if "expires_on" in body:
        effects.append(ExpiryCorrected(body["product"], to_lot, body["expires_on"]))
    if "to_lot" in body:
        effects.append(Renamed(body["product"], body["lot"], to_lot))
    return effects


LOT_CORRECTED = Kind(
    name="lot.corrected",
    fields={**_LOT, "to_lot": Opt(text), "expires_on": Opt(day)},
    also=_something_corrected,
    rule=_correct,
    effects=lambda case: corrections_of(case.body),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has `units` of a lot: `where` is a kind of place, `bag`, `home`, or `facility`; `name` the place, seal,
    patient or log.

    `call` is the BIN of the primary-care organisation that looks after a home; a log names its facility itself.
    `at` is the place where a sealed bag lies; `lot_read`: whether the lot of its packs was, else it may be this one.
    """

    where: str
    name: str
    units: int
    call: str | None = None
    at: str | None = None
    lot_read: bool = True


def find_holders(book: Book, product: str, lot: str, seals: Iterable[str] | None = None) -> Iterator[Holder]:
    """Who holds *lot* now, by its true name: places, sealed bags, homes, and facilities it was sent or handed over to.

    Empty and partly used ampoules in a bag are no packs of the lot. *seals*: those in custody, where they are known.
    """
    for (place,), record in sorted(book.shelves["place"].items()):
        if units := book.stock.timeline(place, product, lot).total:
            yield Holder(where=record.kind, name=place, units=units)
    yield from _bags_with(book, product, lot, seals if seals is not None else [no for (no,) in book.shelves["seal"]])
    homes: dict[str, None] = {}
    sent: Counter[str] = Counter()
    for past, name in _entries_giving(book, product, lot):
        if "patient" in past.body:
            homes[ids_of(book, past.body["patient"])[0]] = None
        facility = past.body.get("to_log") or past.body.get("from_log")
        if facility and past.type != "dispense.acknowledged" and book.find("reversal", past.id) is None:
            lines = find_noticed(book, past.body) if past.type == "notice.received" else past.body["lines"]
            sent[facility] += sum(line["units"] for line in lines if (line["product"], line["lot"]) == (product, name))
    for patient in homes:
        rows = read_home(book, patient, product)
        if lot in rows and rows[lot].still_out:
            call = max(home for each in ids_of(book, patient) for home in book.get("patient", each).homes)[3]
            yield Holder(where="home", name=patient, units=rows[lot].still_out, call=call)
    yield from (Holder(where="facility", name=log, units=units) for log, units in sent.items())


def _bags_with(book: Book, product: str, lot: str, seals: Iterable[str]) -> Iterator[Holder]:
    """Returned packs under seal, those first whose lot was read."""
    names, unread = frozenset(names_of(book, product, lot)), []
    for seal_no in sorted(seals):
        seal: Seal = book.get("seal", seal_no)
        if seal.destroyed or seal.kind == "empties":
            continue
        for of_product, name, units in seal.contents:
            if of_product != product or not units:
                continue
            bag = Holder(where="bag", name=seal_no, units=units, at=seal.place, lot_read=bool(name))
            if not name:
                unread.append(bag)
            elif name in names and true_name(book, product, name, seal.received_at, _sealed_by(book, seal_no)) == lot:
                yield bag
    yield from unread


def _sealed_by(book: Book, seal_no: str) -> int:
    """The seq of the entry that sealed the bag now known under *seal_no*; a reversed one may have used it before."""
    return next(seq for seq in book.past.mentioning("seal", seal_no) if _stands(book, seq))


def _stands(book: Book, seq: int) -> bool:
    past = book.past.by_seq(seq)
    return past is not None and book.find("reversal", past.id) is None


def _entries_giving(book: Book, product: str, lot: str) -> Iterator[tuple[Past, str]]:
    """Entries that gave *lot* out of the house, and the name that it had there."""
    for name in names_of(book, product, lot):
        for seq in book.past.mentioning("lot", f"{product} {name}"):
            past = book.past.by_seq(seq)
            if past is not None and true_name(book, product, name, past.occurred_at, seq) == lot:
                yield past, name


KINDS: tuple[Kind, ...] = (LOT_QUARANTINED, LOT_RECALLED, LOT_RELEASED, LOT_CORRECTED)
