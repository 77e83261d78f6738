"""Products, places, people and the rule set in force: what a form is filled in with."""

from typing import Any

import msgspec
from litestar import Router, get
from msgspec import Struct

from api.authority import needs
from api.site import FromSite
from ledger.domain.regulation import KEYS
from ledger.log.canonical import from_bytes
from ledger.service.opened import read_people as read_everybody
from ledger.service.ports import Reading
from ledger.service.queries import read_products as read_listed


class Quantity(Struct, frozen=True, kw_only=True):
    """Decimal text and a UCUM unit."""

    value: str
    unit: str


class Pack(Struct, frozen=True, kw_only=True):
    gtin: str
    units: int


class Product(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it was listed: `form` and `unit_of_presentation` are EDQM terms, `schedule` is II, III, strong or none."""

    product: str
    inn: str
    form: str
    strength: Quantity
    unit_of_presentation: str
    schedule: str
    divisible: bool
    gtins: list[Pack]
    delisted: bool
    atc: str | None = None


class Products(Struct, frozen=True, kw_only=True):
    seq: int
    products: list[Product]


class Place(Struct, frozen=True, kw_only=True):
    """`kind`: safe, ward, mobile_team or custody; `administration`: entered or on_paper."""

    place: str
    kind: str
    name: str
    administration: str
    closed: bool


class Places(Struct, frozen=True, kw_only=True):
    seq: int
    places: list[Place]


class Person(Struct, frozen=True, kw_only=True):
    person: str
    name: str
    role: str
    left: bool


class People(Struct, frozen=True, kw_only=True):
    seq: int
    people: list[Person]


class Provision(Struct, frozen=True, kw_only=True):
    """One dated value with what it rests on; `status`: verified, secondary or site."""

    value: int
    valid_from: str
    valid_to: str | None
    act: str
    paragraph: str
    edition: str
    status: str


class Regulation(Struct, frozen=True, kw_only=True):
    """The rule set in force: `sha256` names its file, `tables` those beside it, `unset` what nobody looked up yet."""

    seq: int
    name: str
    sha256: str
    status: str
    tables: dict[str, str]
    values: dict[str, list[Provision]]
    unset: list[str]


@get("/products", operation_id="products", opt=needs("products:read"), sync_to_thread=True)
def read_products(site: FromSite) -> Products:
    """Everything ever listed, also what was delisted."""
    with site.ledger.reading() as reading:
        listed = [
            body | {"delisted": reading.book.get("product", product).delisted}
            for product, body in read_listed(reading).items()
        ]
        return Products(seq=reading.head.size - 1, products=msgspec.convert(listed, list[Product]))


@get("/places", operation_id="places", opt=needs("places:read"), sync_to_thread=True)
def read_places(site: FromSite) -> Places:
    """Safes, wards, teams and custody, also those that were closed."""
    with site.ledger.reading() as reading:
        opened = [
            body | {"closed": reading.book.get("place", body["place"]).closed_by is not None}
            for body in _bodies(reading, "place.opened")
        ]
        return Places(seq=reading.head.size - 1, places=msgspec.convert(opened, list[Place]))


@get("/people", operation_id="people", opt=needs("people:read"), sync_to_thread=True)
def read_people(site: FromSite) -> People:
    """Who is or was enrolled."""
    with site.ledger.reading() as reading:
        everybody = read_everybody(reading, site.ledger.vault)
        return People(
            seq=reading.head.size - 1,
            people=[
                Person(person=username, name=name, role=role, left=left_at is not None)
                for username, (name, role, left_at) in everybody.items()
            ],
        )


@get("/regulation", operation_id="regulation", opt=needs("regulation:read"), sync_to_thread=True)
def read_regulation(site: FromSite) -> Regulation:
    """The rule set in force, with its sources and what is not checked because it is unset."""
    rules = site.ledger.rules()
    with site.ledger.reading() as reading:
        seq = reading.head.size - 1
    return Regulation(
        seq=seq,
        name=rules.name,
        sha256=rules.sha256,
        status=rules.status,
        tables=dict(rules.tables),
        values=msgspec.convert(
            {key: rules.provisions[key] for key in KEYS if key in rules.provisions},
            dict[str, list[Provision]],
            from_attributes=True,
        ),
        unset=list(rules.unset),
    )


def _bodies(reading: Reading, type: str) -> list[dict[str, Any]]:
    """The bodies of the entries of *type* that stand."""
    return [
        from_bytes(row.data)["statement"]["body"]
        for row in reading.rows(type=type)
        if reading.book.find("reversal", row.id) is None
    ]


router = Router("/", route_handlers=[read_products, read_places, read_people, read_regulation])
