"""Products and places: listed and opened by the registrar, delisted and closed when nothing needs them any more.

They take effect by seq: what names a closed place finds none, and a delisted product is as an expired lot, out of
use, yet still counted, returned, destroyed and brought back to a safe or into custody. A pack code means what the
last entry that names it says: another maker's pack is added, and a wrong code set right, by listing it again.
"""

from collections.abc import Iterator

from ledger.domain import terms, values
from ledger.domain.book import Book
from ledger.domain.effects import Changed, Effect, Made
from ledger.domain.findings import empties_of
from ledger.domain.form import Opt, many, obj
from ledger.domain.kind import Case, Kind
from ledger.domain.records import Place, Product
from ledger.domain.terms import PLACE_KINDS
from ledger.domain.texts import free, matching, new, one_of, ref, text
from ledger.domain.values import flag, some_quantity


def _list_product(case: Case) -> list[Effect]:
    body = case.body
    product = Product(
        inn=body["inn"],
        strength=body["strength"]["value"],
        unit=body["strength"]["unit"],
        unit_of_presentation=body["unit_of_presentation"],
        schedule=body["schedule"],
    )
    return [Made("product", (body["product"],), product)]


_pack = obj({"gtin": values.gtin, "units": values.units})

PRODUCT_LISTED = Kind(
    name="product.listed",
    fields={
        "product": new("product"),
        "inn": text,
        "atc": Opt(text),
        "form": values.code,
        "strength": some_quantity,
        "unit_of_presentation": matching(terms.WORD),
        "schedule": one_of("II", "III", "strong", "none"),
        "gtins": many(_pack, least=0, most=50),
        "divisible": flag,
    },
    effects=_list_product,
)


PACK_LISTED = Kind(
    name="pack.listed",
    fields={"product": ref("product"), "gtins": many(_pack, most=50)},
    effects=lambda case: [],
)


def _delist(case: Case) -> None:
    product = case.find_product(case.body["product"])
    if product is not None and product.delisted:
        case.refuse("already_closed", "body.product", product=case.body["product"])


PRODUCT_DELISTED = Kind(
    name="product.delisted",
    fields={"product": ref("product"), "reason": free},
    rule=_delist,
    effects=lambda case: [Changed("product", (case.body["product"],), "delisted", True, False)],
)


def _open_place(case: Case) -> list[Effect]:
    place = Place(kind=case.body["kind"], administration=case.body["administration"])
    return [Made("place", (case.body["place"],), place)]


PLACE_OPENED = Kind(
    name="place.opened",
    fields={
        "place": new("place"),
        "kind": one_of(*PLACE_KINDS),
        "name": text,
        "administration": one_of("entered", "on_paper"),
    },
    effects=_open_place,
)


def held_at(book: Book, place: str) -> Iterator[str]:
    """What keeps *place* from being closed: stock, seals, empties due, discrepancies, downtime sheets."""
    for (product,) in book.shelves["product"]:
        for account in (place, empties_of(place)):
            for lot in book.stock.lots(account, product):
                if book.stock.timeline(account, product, lot).total:
                    yield lot
    for (seal_no,), seal in book.shelves["seal"].items():
        if seal.place == place and not seal.destroyed:
            yield seal_no
    for (name,), found in book.shelves["discrepancy"].items():
        if found.place == place and found.open:
            yield name
    for (sheet_no,), sheet in book.shelves["sheet"].items():
        if sheet.place == place and not sheet.closed:
            yield sheet_no


def _close(case: Case) -> None:
    place = case.find_place("place")
    if place is not None and (held := sorted(set(held_at(case.book, case.body["place"])))):
        case.refuse("has_dependents", "body.place", place=case.body["place"], held=", ".join(held[:20]))


PLACE_CLOSED = Kind(
    name="place.closed",
    fields={"place": ref("place")},
    rule=_close,
    effects=lambda case: [Changed("place", (case.body["place"],), "closed_by", case.seq, None)],
)

KINDS: tuple[Kind, ...] = (PRODUCT_LISTED, PACK_LISTED, PRODUCT_DELISTED, PLACE_OPENED, PLACE_CLOSED)
