"""How each kind of report is built from the ledger: the entries that it keeps, and the model that is made of them.

Trusts the ledger for its entries, its projections for how resolved totals lie on lots, and its vault for what it opens.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.errors import NotFound
from ledger.service.ledger import find_adoption
from ledger.service.ports import Reading, Vault
from ledger.service.verdict import Verdict
from reports.act import Act, build_act, gather_act
from reports.act_opened import read_all_opened, read_identity_opened, read_opened
from reports.asked import Asked
from reports.circle import CircleReport, build_circle
from reports.count import Count, OnLot, build_count, gather_count
from reports.destruction import Destruction, build_destruction, gather_destruction
from reports.dose_entries import gather_doses
from reports.dose_history import DoseReport, build_dose_report
from reports.homes import gather_homes
from reports.model import Frame, Register
from reports.monthly import Monthly, month_of
from reports.monthly_book import build_monthly, gather_monthly
from reports.movements import Entry, Spread, gather_entries, statement
from reports.naming import Names
from reports.printed_head import compare_printed
from reports.register import build_register
from reports.sheet import Sheet, build_sheet, gather_sheet
from reports.territory import read_territory
from reports.verification import TYPES as INSPECTION
from reports.verification import Inspection, build_inspection, gather_inspection, to_checks


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a kind is built from: the entries that its `gather` kept, and the ledger that they were read from.

    `kato`: SHA-256 of the adopted table of territorial units, "" where none was.
    """

    asked: Asked
    frame: Frame
    entries: Mapping[int, Entry]
    names: Names
    reading: Reading
    vault: Vault
    verdict: Verdict | None = None
    kato: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """`gather` keeps, out of all entries in order, those that the kind rests on; `build` makes the model of them.
    The entries may be read through more than once. `verifies`: every entry of the directory is verified before.

    Both raise `NotFound` where what was asked for is not there.
    """

    gather: Callable[[Iterable[tuple[int, Entry]], Asked], Mapping[int, Entry]]
    build: Callable[[Given], Any]
    verifies: bool = False


def _gather_register(entries: Iterable[tuple[int, Entry]], asked: Asked) -> Mapping[int, Entry]:
    return gather_entries(entries, asked.product or "")


def _build_register(given: Given) -> Register:
    product = given.asked.product or ""
    return build_register(
        given.entries,
        given.names,
        frame=given.frame,
        product=product,
        place=given.asked.place,
        period=given.asked.period,
        spread=spread_of(given.reading, product),
    )


def _gather_count(entries: Iterable[tuple[int, Entry]], asked: Asked) -> Mapping[int, Entry]:
    return gather_count(entries, asked.entry or 0)


def _build_count(given: Given) -> Count:
    seq, on_lots = given.asked.entry or 0, _on_lots(given.reading)
    return build_count(given.entries, given.names, frame=given.frame, seq=seq, on_lots=on_lots)


def _gather_circle(entries: Iterable[tuple[int, Entry]], asked: Asked) -> Mapping[int, Entry]:
    return gather_homes(entries)


def _build_circle(given: Given) -> CircleReport:
    asked = given.asked
    return build_circle(given.entries, frame=given.frame, patient=asked.patient, product=asked.product)


def _gather_monthly(entries: Iterable[tuple[int, Entry]], asked: Asked) -> Mapping[int, Entry]:
    return gather_monthly(entries, asked.product)


def _build_monthly(given: Given) -> Monthly:
    asked, first_on = given.asked, given.asked.period.from_on
    assert first_on is not None  # `asked.OPTIONS` says that it is needed
    return build_monthly(
        given.entries,
        given.names,
        frame=given.frame,
        period=asked.period if asked.period.to_on is not None else month_of(first_on),
        product=asked.product,
        place=asked.place,
        on_lots=_on_lots(given.reading),
    )


def _gather_destruction(entries: Iterable[tuple[int, Entry]], asked: Asked) -> Mapping[int, Entry]:
    return gather_destruction(entries, asked.entry or 0)


def _build_destruction(given: Given) -> Destruction:
    return build_destruction(given.entries, given.names, frame=given.frame, seq=given.asked.entry or 0)


def _gather_act(entries: Iterable[tuple[int, Entry]], asked: Asked) -> Mapping[int, Entry]:
    return gather_act(entries, asked.kind, asked.entry or 0)


def _build_act(given: Given) -> Act:
    seq = given.asked.entry or 0
    body = statement(given.entries[seq])["body"]
    opened = read_opened(given.reading, given.vault, seq, body.get("patient"))
    table = given.reading.adopted().get(given.kato) if "home_kato" in body else None
    territory = read_territory(table, body["home_kato"]) if table else ()
    return build_act(given.entries, given.names, opened, frame=given.frame, seq=seq, territory=territory)


def _build_sheet(given: Given) -> Sheet:
    seq, on_lots = given.asked.entry or 0, _on_lots(given.reading)
    return build_sheet(given.entries, given.names, frame=given.frame, seq=seq, on_lots=on_lots)


def _build_doses(given: Given) -> DoseReport:
    patient, known_seq = given.asked.patient or "", given.frame.as_known.seq
    adoption = find_adoption(given.reading, before=known_seq + 1)
    if adoption is None:
        raise NotFound("regulation.adopted")
    return build_dose_report(
        given.entries,
        given.names,
        read_identity_opened(given.reading, given.vault, patient),
        frame=given.frame,
        patient=patient,
        period=given.asked.period,
        files=adoption.files,
    )


def _build_inspection(given: Given) -> Inspection:
    assert given.verdict is not None  # its builder verifies
    asked, size = given.asked, given.frame.head.size
    visit = [seq for seq, entry in given.entries.items() if statement(entry)["type"] in INSPECTION]
    return build_inspection(
        given.entries,
        given.names,
        read_all_opened(given.reading, given.vault, visit),
        frame=given.frame,
        size=given.verdict.size,
        checks=to_checks(given.verdict),
        printed=None if asked.head is None else compare_printed(asked.head, size, given.reading.node),
        seq=asked.entry,
    )


_ACT = Builder(gather=_gather_act, build=_build_act)

BUILDERS: Mapping[str, Builder] = {
    "dispense": _ACT,
    "return": _ACT,
    "empties": _ACT,
    "sheet": Builder(gather=lambda entries, asked: gather_sheet(entries, asked.entry or 0), build=_build_sheet),
    "register": Builder(gather=_gather_register, build=_build_register),
    "count": Builder(gather=_gather_count, build=_build_count),
    "circle": Builder(gather=_gather_circle, build=_build_circle),
    "monthly": Builder(gather=_gather_monthly, build=_build_monthly),
    "destruction": Builder(gather=_gather_destruction, build=_build_destruction),
    "dose-history": Builder(
        gather=lambda entries, asked: gather_doses(entries, asked.patient or ""), build=_build_doses
    ),
    "verification": Builder(
        gather=lambda entries, asked: gather_inspection(entries, asked.entry), build=_build_inspection, verifies=True
    ),
}


def _on_lots(reading: Reading) -> Iterator[OnLot]:
    """How every resolved total lies on lots."""
    for _, found in reading.shelf("discrepancy"):
        if found.kind == "count" and not found.lot:
            for seq, lot, units in found.parts:
                yield OnLot(seq=seq, product=found.product, lot=lot, units=units)


def spread_of(reading: Reading, product: str) -> Spread:
    """How the resolved totals of *product* lie on its lots; what was reversed lies on none."""
    found: dict[int, list[tuple[str, int]]] = {}
    for _, discrepancy in reading.shelf("discrepancy"):
        if discrepancy.product == product and discrepancy.kind == "count":
            for seq, lot, units in discrepancy.parts:
                found.setdefault(seq, []).append((lot, units))
    return found
