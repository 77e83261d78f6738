"""Who holds a lot now and whom to call; what is still to be supplied of the courses that run."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from ledger.cli.options import WORDS, answer, say, tell
from ledger.cli.reading import unknown, verify_known
from ledger.cli.showing import table
from ledger.cli.wiring import House
from ledger.domain import form, texts
from ledger.domain.book import Book
from ledger.domain.families.recalling import Holder, find_holders
from ledger.domain.history.owing import find_owed
from ledger.domain.lots import HELD, expiry_of, state_at
from ledger.domain.records import Lot
from ledger.log.canonical import to_timestamp
from ledger.refusal_words.terms import HOLDERS
from ledger.words import phrase

_STATES = {"quarantined": phrase("The lot is in quarantine."), "recalled": phrase("The lot is recalled.")}


def show_holders(house: House, product: str, lot: str, *, as_json: bool) -> None:
    """Raises `WronglyCalled`: `product_unknown`, `lot_unknown`."""
    with house.ledger.reading() as reading:
        verify_known(reading, product=product)
        book, seq = reading.book, reading.head.size - 1
        if texts.text(lot, "", form.Reading()) is form.GONE:
            raise unknown("lot", lot)
        holders = list(find_holders(book, product, lot))
        if not _is_known(book, product, lot, holders):
            raise unknown("lot", lot)
        known: Lot = book.find("lot", product, lot) or Lot()
        state = state_at(book, product, lot, to_timestamp(house.ledger.clock()), book.size)
        expires_on = expiry_of(book, product, lot)
        own = book.facility.bin
    if as_json:
        told = {"product": product, "lot": lot, "expires_on": expires_on, "state": state}
        lists = {"corrected_to": [name for _, _, name in known.renamed], "holders": list(map(_to_row, holders))}
        answer(told | lists)
        return
    columns = (
        ("where", say("Where")),
        ("name", say("Name")),
        ("units", say("Units")),
        ("call", say("Whom to call")),
    )
    rows = [asdict(holder) | {"where": _to_where(holder), "call": _to_call(holder, own)} for holder in holders]
    title = say("Who holds {product}, lot {lot}, as known at entry {seq}", product=product, lot=lot, seq=seq)
    if state in HELD:
        title += "\n" + say(_STATES[state])
    if expires_on is not None:
        title += "\n" + say("It expires on {on}.", on=WORDS.day(date.fromisoformat(expires_on)))
    for _, _, name in known.renamed:
        tell(say("What was called lot {lot} is called {name} since a correction: ask for that one too.",
                 lot=lot, name=name))  # fmt: skip
    table(columns, rows, title=title, empty=say("Nobody holds anything of lot {lot} now.", lot=lot))
    if rows:
        together = WORDS.number(sum(holder.units for holder in holders if holder.lot_read))
        tell(say("Total: {units}", units=together))
    if not all(holder.lot_read for holder in holders):
        tell(say("Where the lot was not read, look into the bag: it is not counted here."))


def _is_known(book: Book, product: str, lot: str, holders: Iterable[Holder]) -> bool:
    """Whether anybody ever told of the lot; one that another facility supplied has no record of its own."""
    told = book.find("lot", product, lot) is not None or any(holder.lot_read for holder in holders)
    return told or any(True for _ in book.past.mentioning("lot", f"{product} {lot}"))


def _to_row(holder: Holder) -> dict[str, Any]:
    told = asdict(holder)
    return {name: value for name, value in told.items() if value is not None}


def _to_where(holder: Holder) -> str:
    where = say(HOLDERS[holder.where])
    if holder.at is not None:
        where += f", {holder.at}"
    return where if holder.lot_read else where + "\n" + say("lot not read")


def _to_call(holder: Holder, own: str) -> str | None:
    if holder.call is None:
        return None
    return say("ourselves") if holder.call == own else say("clinic, BIN {bin}", bin=holder.call)


def show_owed(house: House, patient: str | None, *, as_json: bool) -> None:
    """Raises `WronglyCalled('patient_unknown')`."""
    with house.ledger.reading() as reading:
        verify_known(reading, patient=patient)
        found = find_owed(reading.book, patient, to_timestamp(house.ledger.clock()))
        rows = [asdict(owed) for owed in sorted(found, key=lambda owed: (owed.until_on, owed.patient))]
        seq = reading.head.size - 1
    if as_json:
        answer(rows)
        return
    shown = [row | {"until_on": WORDS.day(date.fromisoformat(row["until_on"]))} for row in rows]
    columns = (
        ("patient", say("Patient")),
        ("prescription", say("Prescription")),
        ("product", say("Product")),
        ("supplied", say("Supplied")),
        ("left", say("Left")),
        ("until_on", say("Last day")),
    )
    title = say("What is left of running courses, as known at entry {seq}", seq=seq)
    table(columns, shown, title=title, empty=say("No running course has anything left."))
