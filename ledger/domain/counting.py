"""Counts of stock, and how a difference is resolved (contract: Stock, "What the numbers mean")."""

from collections.abc import Iterable

from ledger.domain import form
from ledger.domain.effects import CountLine, Effect, EmptiesChanged, Moved, Resolved
from ledger.domain.form import Opt, count, flag, free, integer, many, obj, one_of, ref, text
from ledger.domain.kind import Case, Kind
from ledger.domain.records import Discrepancy

_LINE: form.Fields = {"product": ref("product"), "lot": Opt(text), "units": count}


def _lines(case: Case) -> list[CountLine]:
    return [
        CountLine(f"{case.command.id}:{n}", case.body["place"], line["product"], line.get("lot", ""), line["units"])
        for n, line in enumerate(case.body["lines"])
    ]


def _count(case: Case) -> None:
    if case.book.find("place", case.body["place"]) is None:
        return
    for n, line in enumerate(_lines(case)):
        timeline = case.book.stock.timeline(line.place, line.product, line.lot)
        known = not line.lot or timeline.first_arrival_at() is not None
        if case.find_product(line.product) is not None and not known:
            case.refuse("lot_unknown", f"body.lines.{n}", place=line.place, product=line.product, lot=line.lot)


STOCK_COUNTED = Kind(
    name="stock.counted",
    fact=True,
    fields={
        "place": ref("place"),
        "lines": many(obj(_LINE)),
        "blind": flag,
        "purpose": one_of("shift", "periodic", "inspection", "closing"),
        "as_of_seq": Opt(integer(0)),
    },
    rule=_count,
    effects=lambda case: list(_lines(case)),
    mentions=lambda case: {("counted", f"{line.place} {line.product}"): None for line in _lines(case)},
)


def _applied(case: Case, found: Discrepancy, difference: int) -> Iterable[Effect]:
    """The difference as movements at the count; a product's total is booked over its lots, oldest expiry first."""
    if found.kind == "empties":
        return [EmptiesChanged(found.place, found.product, found.lot, adjusted=difference)]
    if found.lot or not difference:
        return [Moved(found.place, found.product, found.lot, difference, at=found.at)] if difference else []
    lots = sorted(_lots_there(case, found), key=lambda lot: (_expiry(case, found, lot), lot))
    moves: list[Effect] = []
    left = difference
    for lot in lots:
        there = case.book.stock.timeline(found.place, found.product, lot).balance_at(found.at, found.seq)
        part = left if left > 0 else max(left, -there)
        if part:
            moves.append(Moved(found.place, found.product, lot, part, at=found.at))
            left -= part
        if not left:
            break
    return moves


def _lots_there(case: Case, found: Discrepancy) -> list[str]:
    stock = case.book.stock
    lots = stock.lots(found.place, found.product)
    return [lot for lot in lots if stock.timeline(found.place, found.product, lot).first_arrival_at() is not None]


def _expiry(case: Case, found: Discrepancy, lot: str) -> str:
    known = case.book.find("lot", found.product, lot)
    return known.expires_on or "9999" if known else "9999"


def _resolve(case: Case) -> None:
    found: Discrepancy | None = case.book.find("discrepancy", case.body["discrepancy"])
    if found is None:
        return
    if not found.open:
        case.refuse("already_closed", "body.discrepancy", discrepancy=case.body["discrepancy"])
        return
    asked, open_ = case.body["difference"], found.difference
    if not min(0, open_) <= asked <= max(0, open_):
        case.refuse("units_implausible", "body.difference", most=abs(open_))
        return
    short = -case.body["difference"]
    for effect in _applied(case, found, case.body["difference"]):
        if isinstance(effect, Moved):
            short += effect.units
            timeline = case.book.stock.timeline(effect.place, effect.product, effect.lot)
            if effect.units < 0 and timeline.first_below(found.at, case.seq, effect.units):
                short = -1
    if found.kind == "count" and short:
        case.refuse("balance_too_low", "body.difference", place=found.place, product=found.product, lot=found.lot)


def _resolution(case: Case) -> list[Effect]:
    found: Discrepancy = case.book.get("discrepancy", case.body["discrepancy"])
    effects: list[Effect] = [Resolved(case.body["discrepancy"], case.body["difference"])]
    return [*effects, *_applied(case, found, case.body["difference"])]


DISCREPANCY_RESOLVED = Kind(
    name="discrepancy.resolved",
    fields={
        "discrepancy": ref("discrepancy", text),
        "cause": one_of(
            "missing_entry",
            "miscounted",
            "found",
            "expired_not_removed",
            "lost",
            "wrong_place",
            "return_mixed_with_stock",
            "arithmetic",
            "stolen_reported",
        ),
        "difference": integer(-form.MAX_INTEGER),
        "note": free,
    },
    rule=_resolve,
    effects=_resolution,
)

KINDS: tuple[Kind, ...] = (STOCK_COUNTED, DISCREPANCY_RESOLVED)
