"""What every page of the stock works with: one reading, names, the clock. Trusts the ledger for all of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Response

from api.caller import Caller, CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.counter.units import say_change, say_units
from api.pages.rendering import render, render_part
from api.site import Site
from ledger.domain.book import Book
from ledger.domain.kind import local_day
from ledger.errors import CallRefused, NotFound
from ledger.log.canonical import from_timestamp, to_timestamp
from ledger.service.ports import Reading
from ledger.words import Words

STORES = ("safe", "ward", "mobile_team")
"""The kinds of places that hold stock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """*now* is canonical UTC text, *today* the facility's day."""

    request: CallerRequest
    site: Site
    reading: Reading
    words: Words
    names: Names
    now: str
    today: str

    @property
    def book(self) -> Book:
        return self.reading.book

    @property
    def caller(self) -> Caller:
        return self.request.user

    @property
    def is_head(self) -> bool:
        return self.caller.role == "head_pharmacist"

    def units(self, product: str, n: int) -> str:
        """`20 ampoules`."""
        return say_units(self.words, self.names.products[product]["unit_of_presentation"], n)

    def change(self, product: str, n: int) -> str:
        """`−2 ampoules`."""
        return say_change(self.words, self.names.products[product]["unit_of_presentation"], n)

    def day(self, on: str) -> str:
        return self.words.day(date.fromisoformat(on))

    def moment(self, at: str) -> str:
        return self.words.moment(from_timestamp(at), self.site.zone)

    def day_of(self, at: str) -> str:
        return local_day(at, self.site.zone)

    def colleagues(self) -> list[tuple[str, str]]:
        return self.names.colleagues(self.caller.person)

    def one_of(self, kind: str, name: str | None, default: str = "") -> str:
        """The id *name* of a product or place, or *default* where none is given. Raises `NotFound`."""
        if not name:
            return default
        if self.book.find(kind, name) is None:
            raise NotFound
        return name

    def page(self, template: str, **shown: Any) -> Response[str]:
        return render(self.request, self.site, template, **shown)

    def part(self, template: str, **shown: Any) -> Response[str]:
        return render_part(self.request, template, **shown)


@contextmanager
def open_desk(request: CallerRequest, site: Site) -> Iterator[Desk]:
    words, now = pick_words(request), to_timestamp(site.ledger.clock())
    with site.ledger.reading() as reading:
        yield Desk(
            request=request, site=site, reading=reading, words=words, names=Names(site, reading, words), now=now,
            today=local_day(now, site.zone),
        )  # fmt: skip


def read_month(told: str | None, default: str) -> str:
    """`YYYY-MM` of an address. Raises `CallRefused('parameter_malformed')`."""
    try:
        first_on = date.fromisoformat(f"{told}-01") if told else None
    except ValueError as error:
        raise CallRefused("parameter_malformed") from error
    if first_on is not None and not 2000 <= first_on.year < 9000:  # the months around it must exist as well
        raise CallRefused("parameter_malformed")
    return first_on.strftime("%Y-%m") if first_on else default


def month_after(month: str, months: int = 1) -> str:
    """The month *months* after *month*, or before it."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + months
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
