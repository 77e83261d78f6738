"""Stock at the facility's places: opened, received, moved, sent, arrived, broken (contract: Stock)."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.domain import values
from ledger.domain.book import Book
from ledger.domain.effects import Effect, Made, Moved
from ledger.domain.form import Fields, Opt, many, obj
from ledger.domain.kind import Case, Kind, moves_of
from ledger.domain.lot_changes import LotSeen
from ledger.domain.texts import free, printed, ref, text
from ledger.domain.values import PRODUCT_LINE, day, flag, integer

GIVING_PLACES = ("safe", "ward", "mobile_team")
_OPEN_TO_UNUSABLE = frozenset({"safe", "custody"})
ARRIVING_LINE: Fields = {**PRODUCT_LINE, "expires_on": day}
_RECEIVED_LINE: Fields = {
    **ARRIVING_LINE,
    "gtin": Opt(values.gtin),
    "serials": Opt(many(printed, most=10_000)),
}


def mentions_of(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Mentions under which an entry that gives lots out of the house is found again."""
    return [("lot", f"{line['product']} {line['lot']}") for line in lines if line.get("lot")]


def expiries_of(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Mentions under which an entry that tells when lots expire is found again."""
    return [("expiry", f"{line['product']} {line['lot']}") for line in lines if "expires_on" in line]


def moved_out(place: str, lines: Sequence[Mapping[str, Any]]) -> list[Moved]:
    """Units leaving *place*, a line each."""
    return [Moved(place, line["product"], line["lot"], -line["units"]) for line in lines]


def moved_in(place: str, lines: Sequence[Mapping[str, Any]]) -> list[Effect]:
    """Effects of units coming to *place*; a line that tells the expiry day makes the lot known."""
    into: list[Effect] = []
    for line in lines:
        if "expires_on" in line:
            into.append(LotSeen(line["product"], line["lot"], line["expires_on"]))
        into.append(Moved(place, line["product"], line["lot"], line["units"]))
    return into


def _has_moved(book: Book, place: str, product: str) -> bool:
    """Whether anything but an opening moved *product* at *place*; what was taken back did not."""
    for lot in book.stock.lots(place, product):
        for _, seq, units in book.stock.timeline(place, product, lot):
            past = book.past.by_seq(seq) if units else None
            if past is not None and past.type != "stock.opened":
                return True
    return False


def _only_before_other_movements(case: Case) -> None:
    first: dict[tuple[str, str], int] = {}
    for n, line in enumerate(case.body["lines"]):
        if (at := first.setdefault((line["product"], line["lot"]), n)) != n:
            case.refuse("already_open", f"body.lines.{n}", lot=line["lot"], line=at + 1)
        if _has_moved(case.book, case.body["place"], line["product"]):
            case.refuse("already_open", f"body.lines.{n}", place=case.body["place"], product=line["product"])


STOCK_OPENED = Kind(
    name="stock.opened",
    fields={
        "place": ref("place"),
        "lines": many(obj(ARRIVING_LINE)),
        "journal_no": Opt(text),
        "page": Opt(text),
    },
    rule=_only_before_other_movements,
    effects=lambda case: moved_in(case.body["place"], case.body["lines"]),
    mentions=lambda case: expiries_of(case.body["lines"]),
)


def _receive(case: Case) -> None:
    for line in case.body["lines"]:
        case.check_usable(line["product"], line["lot"], line["expires_on"])


STOCK_RECEIVED = Kind(
    name="stock.received",
    fields={"place": ref("place"), "lines": many(obj(_RECEIVED_LINE)), "supplier": text, "document_no": text},
    rule=_receive,
    effects=lambda case: moved_in(case.body["place"], case.body["lines"]),
    mentions=lambda case: expiries_of(case.body["lines"]),
)


def _move(case: Case) -> None:
    body = case.body
    to_place = case.find_place("to_place")
    if body["from_place"] == body["to_place"]:
        case.refuse("place_wrong_kind", "body.to_place", place=body["to_place"])
    usable = to_place is None or to_place.kind not in _OPEN_TO_UNUSABLE
    case.check_stock(moved_out(body["from_place"], body["lines"]), usable=usable)


STOCK_MOVED = Kind(
    name="stock.moved",
    fields={"from_place": ref("place"), "to_place": ref("place"), "lines": many(obj(PRODUCT_LINE))},
    rule=_move,
    effects=lambda case: [
        *moved_out(case.body["from_place"], case.body["lines"]),
        *moved_in(case.body["to_place"], case.body["lines"]),
    ],
)


def _leaves(case: Case) -> None:
    case.check_stock(moves_of(case.kinds[case.command.type].effects(case)))


STOCK_SENT = Kind(
    name="stock.sent",
    fields={
        "from_place": ref("place"),
        "to_log": values.log_origin,
        "lines": many(obj(PRODUCT_LINE)),
        "document_no": text,
    },
    rule=_leaves,
    effects=lambda case: moved_out(case.body["from_place"], case.body["lines"]),
    mentions=lambda case: mentions_of(case.body["lines"]),
)


def source_keys(kind: str, body: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One key a line of another facility's entry, so that it is taken over once."""
    return [(kind, body["from_log"], body["from_id"], line["product"], line["lot"]) for line in body["lines"]]


def once_per_line(case: Case, kind: str) -> None:
    """Refuse `already_acknowledged` for a source line that stands in the log."""
    for n, key in enumerate(source_keys(kind, case.body)):
        if case.book.find("acknowledged", *key) is not None:
            case.refuse("already_acknowledged", f"body.lines.{n}", product=key[3], lot=key[4])


def taken_over(case: Case, kind: str) -> list[Effect]:
    return [Made("acknowledged", key, case.seq) for key in source_keys(kind, case.body)]


SOURCE: Fields = {
    "from_log": values.log_origin,
    "from_id": values.uuid,
    "from_seq": Opt(integer(0)),
    "from_leaf": Opt(values.hex64),
}


def _arrive(case: Case) -> None:
    for line in case.body["lines"]:
        case.check_usable(line["product"], line["lot"], line["expires_on"])
    once_per_line(case, "arrived")


STOCK_ARRIVED = Kind(
    name="stock.arrived",
    fields={"to_place": ref("place"), **SOURCE, "lines": many(obj(ARRIVING_LINE)), "document_no": text},
    rule=_arrive,
    effects=lambda case: [*moved_in(case.body["to_place"], case.body["lines"]), *taken_over(case, "arrived")],
    mentions=lambda case: expiries_of(case.body["lines"]),
)

STOCK_BROKEN = Kind(
    name="stock.broken",
    fact=True,
    fields={"place": ref("place"), "lines": many(obj(PRODUCT_LINE)), "how": free, "fragments_kept": flag},
    rule=_leaves,
    effects=lambda case: moved_out(case.body["place"], case.body["lines"]),
)

KINDS: tuple[Kind, ...] = (
    STOCK_OPENED,
    STOCK_RECEIVED,
    STOCK_MOVED,
    STOCK_SENT,
    STOCK_ARRIVED,
    STOCK_BROKEN,
)
