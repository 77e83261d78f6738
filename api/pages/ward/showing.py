"""A course, a pack and a clock in the reader's words: what the bedside's templates are given."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.naming import Names
from api.pages.often import say_frequency
from api.pages.ward.due import Due
from api.pages.ward.packs import Pack, Taken, take_dose
from ledger.domain.history.equivalents import ROUTES
from ledger.domain.records import Product
from ledger.log.canonical import from_timestamp, to_timestamp
from ledger.service.ports import Reading
from ledger.words import Words, phrase

_SOON = timedelta(hours=1)
"""So long before its hour a dose is what one does next."""
_HELD = {
    "expired": phrase("expired"),
    "quarantined": phrase("held back"),
    "recalled": phrase("recalled"),
}


class Showing:
    """Words for one page; *now* is canonical UTC text."""

    def __init__(self, reading: Reading, names: Names, words: Words, zone: str, now: str) -> None:
        self.names, self.words, self.now = names, words, now
        self._book, self._zone = reading.book, ZoneInfo(zone)
        self._soon = to_timestamp(from_timestamp(now) + _SOON)

    def course(self, due: Due, packs: dict[str, list[Pack]]) -> dict[str, Any]:
        """All that a card needs of one course; `taken` None where the dose and the strength do not compare."""
        body, course = due.order.body, due.course
        product: Product = self._book.get("product", course.product)
        there = packs.get(course.product, [])
        taken = take_dose(product, there, course.single, course.unit) if course.single is not None else None
        return {
            "due": due,
            "id": course.prescription,
            "patient": due.patient,
            "patient_said": self.names.patient(due.patient),
            "product": course.product,
            "product_said": self.names.product(course.product),
            "dose_said": self.quantity(body["single_dose"]),
            "how": f"{self.route(body['route'])}, {self.frequency(body['frequency'])}",
            "due_said": self.clock(due.due_at) if due.due_at else "",
            "due_at": min(due.due_at, self.now) if due.due_at else self.now,
            "is_over": due.due_at is not None and due.due_at <= self.now,
            "is_due": due.due_at is not None and due.due_at <= self._soon,
            "last_said": self.clock(due.last.occurred_at) if due.last else "",
            "ends_said": self.words.day(datetime.fromisoformat(course.ends_on).date()),
            "packs": [self.pack(pack) for pack in there],
            "taken": taken,
            "taken_said": self.taken(product, taken) if taken is not None else "",
            "at_once": taken is not None and bool(taken.lots) and taken.residue == "0",
            "is_patch": course.is_patch,
            "strength": product.strength,
            "unit": product.unit,
            "unit_said": self.names.phrases.word(product.unit),
        }

    def quantity(self, amount: dict[str, str]) -> str:
        return self.names.phrases.quantity(f"{amount['value']} {amount['unit']}")

    def taken(self, product: Product, taken: Taken) -> str:
        """`1 × 10 mg, lot A`."""
        one = self.names.phrases.quantity(f"{product.strength} {product.unit}")
        lots = ", ".join(line["lot"] for line in taken.lots)
        return self.words.say("{units} × {strength}, lot {lot}", units=taken.units, strength=one, lot=lots)

    def route(self, code: str) -> str:
        return self.words.say(ROUTES[code]) if code in ROUTES else code

    def frequency(self, how: dict[str, Any]) -> str:
        return say_frequency(self.words, how)

    def clock(self, at: str) -> str:
        """The time of day where it is today's, else the day with it."""
        then, now = (from_timestamp(each).astimezone(self._zone) for each in (at, self.now))
        return f"{then:%H:%M}" if then.date() == now.date() else self.words.moment(then, self._zone)

    def pack(self, pack: Pack) -> dict[str, Any]:
        product: Product = self._book.get("product", pack.product)
        until = self.words.day(datetime.fromisoformat(pack.expires_on).date()) if pack.expires_on else "?"
        said = self.words.say("lot {lot}, to {until}: {units} here", lot=pack.lot, until=until, units=pack.units)
        return {
            "pack": pack,
            "said": f"{said} ({self.words.say(_HELD[pack.held])})" if pack.held else said,
            "product_said": self.names.product(pack.product),
            "strength": product.strength,
            "unit": product.unit,
            "unit_said": self.names.phrases.word(product.unit),
            "can_run": product.unit_of_presentation in ("ampoule", "vial"),
        }
