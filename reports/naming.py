"""How things and people are called, out of the entries that named them. Pure.

Names of people are not in entries: they are handed in as they are to be printed, and stand on the facility's word.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from ledger.errors import NotFound
from reports.model import Person, Place, Product
from reports.movements import Entries, statement

Names = Mapping[str, tuple[str, str]]
"""(name, role) by username."""


def product_of(entries: Entries, product: str) -> Product:
    """Raises `NotFound`."""
    listed = _body(entries, "product.listed", "product", product)
    return Product(
        id=product,
        inn=listed["inn"],
        form=listed["form"],
        strength=listed["strength"]["value"],
        unit=listed["strength"]["unit"],
        unit_of_presentation=listed["unit_of_presentation"],
    )


def place_of(entries: Entries, place: str) -> Place:
    """Raises `NotFound`."""
    return Place(id=place, name=_body(entries, "place.opened", "place", place)["name"])


def person_of(names: Names, username: str) -> Person:
    name, role = names.get(username, ("", ""))
    return Person(username=username, name=name, role=role)


def names_in(report: Any) -> dict[str, tuple[str, str]]:
    """The names that *report* prints, by username."""
    return {each.username: (each.name, each.role) for each in _people(report)}


def _people(value: Any) -> Iterator[Person]:
    if isinstance(value, Person):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _people(each)
    elif is_dataclass(value):
        for member in fields(value):
            yield from _people(getattr(value, member.name))


def _body(entries: Entries, kind: str, name: str, key: str) -> Mapping[str, Any]:
    for entry in entries.values():
        said = statement(entry)
        if said["type"] == kind and said["body"][name] == key:
            body: Mapping[str, Any] = said["body"]
            return body
    raise NotFound(f"{name} {key}")
