"""Where a difference may come from: entries near the count that touch what was counted, the likeliest first.

Trusts the projections for what moved; says of each why it is worth a look, and judges nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from api.pages.stock.desk import Desk
from ledger.domain.records import Discrepancy
from ledger.log.canonical import from_bytes, from_timestamp, to_timestamp
from ledger.words import phrase
from reports.register_words import TYPES

BACK_DAYS, AHEAD_DAYS, MOST = 31, 3, 15
_WHY = {
    "opposite": phrase("the same quantity the other way: entered the wrong way round, or twice?"),
    "same": phrase("the same quantity"),
    "unsigned": phrase("the second signature is still due"),
    "late": phrase("entered late"),
    "reversed": phrase("reversed"),
    "after": phrase("entered after the count"),
}
_WEIGHT = {"opposite": 6, "same": 5, "unsigned": 4, "late": 3, "after": 3, "reversed": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Entry `seq` moved *units* of `lot`; `whys` are keys of `_WHY`."""

    seq: int
    at: str
    type: str
    lot: str
    units: int
    by: str
    whys: tuple[str, ...]


def find_causes(desk: Desk, found: Discrepancy) -> list[Cause]:
    """At most `MOST`; where nothing stands out, the last movements before the count."""
    counted_at = from_timestamp(found.at)
    since = to_timestamp(counted_at - timedelta(days=BACK_DAYS))
    until = to_timestamp(counted_at + timedelta(days=AHEAD_DAYS))
    lots = [found.lot] if found.lot else list(desk.book.stock.lots(found.place, found.product))
    pending = {pending.seq for _, pending in desk.reading.shelf("pending")}
    moves = sorted(
        (at, seq, lot, units)
        for lot in lots
        for at, seq, units in desk.reading.movements(found.place, found.product, lot, from_at=since, until_at=until)
        if seq != found.seq
    )
    causes = [_look(desk, found, pending, *move) for move in _worth_a_look(moves, found, pending)]
    causes.sort(key=lambda each: (each.at, each.seq), reverse=True)
    return sorted(causes, key=lambda each: -sum(_WEIGHT[why] for why in each.whys))[:MOST]


_Move = tuple[str, int, str, int]
"""(at, seq, lot, units)."""


def _worth_a_look(moves: list[_Move], found: Discrepancy, pending: set[int]) -> list[_Move]:
    """The last movements, and of the others those that stand out without being read: their number is bounded."""
    striking, earliest = [], found.seq
    for move in reversed(moves):
        _, seq, _, units = move
        is_late = seq > earliest
        earliest = min(earliest, seq)
        if abs(units) in (0, abs(found.difference)) or seq in pending or is_late:
            striking.append(move)
    return list(dict.fromkeys([*moves[-MOST:], *striking[: 4 * MOST]]))


def _look(desk: Desk, found: Discrepancy, pending: set[int], at: str, seq: int, lot: str, units: int) -> Cause:
    entry = from_bytes(desk.reading.entry(seq))
    said = entry["statement"]
    reversal = desk.book.find("reversal", said["id"])
    allowed = desk.site.ledger.rules().value("late_reason_hours", found.at[:10])
    hours = (from_timestamp(entry["recorded_at"]) - from_timestamp(said["occurred_at"])).total_seconds() / 3600
    whys = []
    if units and units == -found.difference:
        whys.append("opposite")
    elif units and units == found.difference:
        whys.append("same")
    if seq in pending:
        whys.append("unsigned")
    if allowed is not None and hours > allowed and entry["via"] != "import":
        whys.append("late")
    if reversal is not None:
        whys.append("reversed")
    if seq > found.seq and said["type"] != "discrepancy.resolved":
        whys.append("after")
    return Cause(seq=seq, at=at, type=said["type"], lot=lot, units=units, by=said["performer"], whys=tuple(whys))


def find_twins(desk: Desk, name: str, found: Discrepancy) -> list[str]:
    """Other open differences of the product by the same quantity the other way: taken from the wrong lot or place."""
    twins = []
    for (_, other), _ in desk.reading.shelf("open", ("discrepancy",)):
        known: Discrepancy = desk.book.get("discrepancy", other)
        is_twin = (known.product, known.difference) == (found.product, -found.difference) and known.difference
        if other != name and known.kind == found.kind and is_twin:
            twins.append(other)
    return twins


def to_rows(desk: Desk, product: str, causes: Iterable[Cause]) -> list[dict[str, Any]]:
    say = desk.words.say
    return [
        {
            "seq": each.seq, "at": desk.moment(each.at), "said": say_type(desk, each.type), "lot": each.lot,
            "units": desk.change(product, each.units) if each.units else "", "by": desk.names.person(each.by),
            "whys": [say(_WHY[why]) for why in each.whys],
        }
        for each in causes
    ]  # fmt: skip


def say_type(desk: Desk, type: str) -> str:
    return desk.names.phrases.say(TYPES.get(type, type), seq="")
