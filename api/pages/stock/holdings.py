"""What lies where now: each lot with its expiry and whether it is held back. Trusts the projections."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from api.pages.stock.desk import Desk
from ledger.domain.lots import expiry_of, state_at
from ledger.words import phrase

SOON_DAYS = 60
_SAID = {
    "recalled": phrase("recalled"),
    "quarantined": phrase("in quarantine"),
    "expired": phrase("expired"),
    "soon": phrase("expires soon"),
    "good": phrase("in order"),
}
_MARKS = {"recalled": "bad", "quarantined": "bad", "expired": "bad", "soon": "unknown", "good": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """*units* of a lot at a place; `state` is a key of `_SAID`, `expires_on` a day or None."""

    place: str
    product: str
    lot: str
    units: int
    expires_on: str | None
    state: str

    @property
    def mark(self) -> str:
        return _MARKS[self.state]

    @property
    def is_usable(self) -> bool:
        return self.state in ("good", "soon")


def find_holdings(
    desk: Desk, *, place: str | None = None, product: str | None = None, also_empty: bool = False
) -> Iterator[Holding]:
    """Every lot that is there, or (*also_empty*) ever was, by place, product, then the oldest expiry first."""
    found = []
    for where, of_product, lot, units in desk.reading.balances(place=place, product=product):
        if units or also_empty:
            expires_on = expiry_of(desk.book, of_product, lot)
            state = find_state(desk, of_product, lot, expires_on)
            held = Holding(place=where, product=of_product, lot=lot, units=units, expires_on=expires_on, state=state)
            found.append(held)
    return iter(sorted(found, key=lambda each: (each.place, each.product, each.expires_on or "9999", each.lot)))


def find_state(desk: Desk, product: str, lot: str, expires_on: str | None) -> str:
    told = state_at(desk.book, product, lot, desk.now, desk.book.size)
    if told in ("recalled", "quarantined"):
        return told
    if expires_on is None:
        return "good"
    if expires_on < desk.today:
        return "expired"
    return "soon" if expires_on <= _later(desk.today) else "good"


def say_state(desk: Desk, state: str) -> str:
    return desk.words.say(_SAID[state])


def _later(today: str) -> str:
    return (date.fromisoformat(today) + timedelta(days=SOON_DAYS)).isoformat()
