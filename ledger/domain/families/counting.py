"""Counts of stock, and how a difference is resolved (contract: Stock, "What the numbers mean")."""

from ledger.domain.effects import Effect, EmptiesChanged, Moved
from ledger.domain.findings import CountLine, Resolved, lines_of, mentions_of
from ledger.domain.form import Fields, Opt, many, obj
from ledger.domain.kind import Case, Kind
from ledger.domain.lots import expiry_of
from ledger.domain.records import Discrepancy
from ledger.domain.texts import free, one_of, ref, text
from ledger.domain.values import MAX_INTEGER, count, flag, integer

_LINE: Fields = {"product": ref("product"), "lot": Opt(text), "units": count}


def _lines(case: Case) -> list[CountLine]:
    return lines_of(case.command.id, case.body)


def _count(case: Case) -> None:
    is_there = case.find_place("place") is not None
    for n, line in enumerate(_lines(case)):
        timeline = case.book.stock.timeline(line.place, line.product, line.lot)
        known = not line.lot or timeline.first_arrival_at() is not None
        if is_there and case.find_product(line.product) is not None and not known:
            case.refuse("lot_unknown", f"body.lines.{n}", place=line.place, product=line.product, lot=line.lot)
    _check_as_of(case)


def _check_as_of(case: Case) -> None:
    """Who names the entry that the count was made at asks to be told when the book of a line has moved since.

    Without `as_of_seq` a count is never stale: it is a fact, and the book at its time judges it.
    """
    as_of = case.body.get("as_of_seq")
    if as_of is None:
        return
    known = case.place_of(as_of)
    if known >= case.seq:
        case.refuse("entry_unknown", "body.as_of_seq", seq=as_of)
        return
    stock = case.book.stock
    for n, line in enumerate(_lines(case)):
        lots = (line.lot,) if line.lot else stock.lots(line.place, line.product)
        moves = (move for lot in lots for move in stock.timeline(line.place, line.product, lot))
        moved = [seq for at, seq, units in moves if units and seq > known and at <= case.at]
        if moved:
            case.refuse("count_stale", f"body.lines.{n}", place=line.place, product=line.product, seq=min(moved))


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
    mentions=lambda case: mentions_of(_lines(case), case.at),
)


def _parts(case: Case, found: Discrepancy) -> tuple[tuple[str, int], ...]:
    """The difference over the lots, (lot, signed units); as it was judged where it stands in the log already.

    A product's total is taken from its lots as far as they can give it, oldest expiry first, and what is too much
    is put to the oldest one that is there. The sum falls short where they cannot give it, or there is no lot.
    """
    past = case.book.past.by_id(case.command.id)
    if past is not None:
        return tuple((lot, units) for seq, lot, units in found.parts if seq == past.seq)
    difference: int = case.body["difference"]
    if found.kind == "empties" or not difference:
        return ((found.lot, difference),)
    lots = [found.lot] if found.lot else _lots_then(case, found)
    if difference > 0:
        return tuple((lot, difference) for lot in lots[:1])
    parts, left = [], -difference
    for lot in lots:
        there = _can_give(case, found.place, found.product, lot, found.at, case.seq)
        if left and there > 0:
            parts.append((lot, -min(left, there)))
            left -= min(left, there)
    return tuple(parts)


def _can_give(case: Case, place: str, product: str, lot: str, at: str, seq: int) -> int:
    """What could have left at (*at*, *seq*); past a correction of the lot's name its true name has to suffice."""
    timeline, known = case.book.stock.timeline(place, product, lot), case.book.find("lot", product, lot)
    renamed = known.renamed_after(at, seq - 1) if known is not None else None  # the next one may be of this moment
    if renamed is None:
        return timeline.lowest_from(at, seq)
    then, by, name = renamed
    return min(timeline.lowest_from(at, seq, (then, by)), _can_give(case, place, product, name, then, by + 1))


def _lots_then(case: Case, found: Discrepancy) -> list[str]:
    """The lots that had come to the place by the count: those that are there first, by expiry."""

    def order(lot: str) -> tuple[bool, str, str]:
        there = stock.timeline(found.place, found.product, lot).balance_at(found.at, case.seq)
        return there <= 0, expiry_of(case.book, found.product, lot) or "9999", lot

    stock = case.book.stock
    arrived = {
        lot: stock.timeline(found.place, found.product, lot).first_arrival_at()
        for lot in stock.lots(found.place, found.product)
    }
    return sorted((lot for lot, at in arrived.items() if at is not None and at <= found.at), key=order)


def _resolve(case: Case) -> None:
    found: Discrepancy | None = case.book.find("discrepancy", case.body["discrepancy"])
    if found is None:
        return
    if not found.open:
        case.refuse("already_closed", "body.discrepancy", discrepancy=case.body["discrepancy"])
        return
    asked, open_ = case.body["difference"], found.difference
    if not min(0, open_) <= asked <= max(0, open_):
        case.refuse("units_implausible", "body.difference", open=open_)
        return
    if sum(units for _, units in _parts(case, found)) != asked:
        code = "balance_too_low" if asked < 0 else "lot_unknown"
        where = {"place": found.place, "product": found.product} | ({"lot": found.lot} if found.lot else {})
        case.refuse(code, "body.difference", **where)


def _resolution(case: Case) -> list[Effect]:
    name: str = case.body["discrepancy"]
    found: Discrepancy = case.book.get("discrepancy", name)
    parts = _parts(case, found)
    effects: list[Effect] = [Resolved(name, parts)]
    for lot, units in parts:
        if found.kind == "empties":
            effects.append(EmptiesChanged(found.place, found.product, lot, adjusted=units, at=found.at))
        elif units:
            effects.append(Moved(found.place, found.product, lot, units, at=found.at))
    return effects


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
        "difference": integer(-MAX_INTEGER),
        "note": free,
    },
    rule=_resolve,
    effects=_resolution,
)

KINDS: tuple[Kind, ...] = (STOCK_COUNTED, DISCREPANCY_RESOLVED)
