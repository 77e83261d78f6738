"""One family, as every page about it is opened: noted first, then read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from api.asking import read_today
from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.family.left import Left
from api.pages.family.waiting import find_products
from api.site import Site
from ledger.domain.person import find_death
from ledger.service.ports import Reading
from ledger.words import Words

AT_THE_TABLE = "at the family's table"
"""Why whoever uses these pages looks: it is implied, so it is not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """*products*: what the patient has or had at home; *died_on*: a local day, or None."""

    reading: Reading
    names: Names
    words: Words
    patient: str
    today: str
    died_on: str | None
    products: list[str]

    @property
    def name(self) -> str:
        return self.names.patient(self.patient)

    @property
    def identity(self) -> dict[str, Any]:
        return self.names.identity(self.patient)

    def show(self, left: Left) -> dict[str, Any]:
        """A lot at home in words: the medicine, and what it is counted in."""
        product = self.names.products[left.product]
        return {
            "product": left.product,
            "said": self.names.product(left.product),
            "counted_in": self.names.phrases.word(product["unit_of_presentation"]),
            "lot": left.lot,
            "out": left.out,
            "expected": left.expected,
        }


@contextmanager
def open_table(request: CallerRequest, site: Site, patient: str) -> Iterator[Table]:
    """The family of *patient*. Raises `NotFound`; that somebody looked is noted before."""
    with site.ledger.reading() as reading:
        words = pick_words(request)
        kept = site.see_patient(reading, request.user, patient, what="family", reason=AT_THE_TABLE)
        yield Table(
            reading=reading,
            names=Names(site, reading, words),
            words=words,
            patient=kept,
            today=read_today(site, reading),
            died_on=find_death(reading.book, kept),
            products=find_products(reading, kept),
        )
