"""Which entries take a patch off: its removal, or another one put on in its place."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from ledger.domain.asking.courses import Course, day_of
from ledger.domain.book import FIRST, Book
from ledger.domain.history.equivalents import PER_HOUR
from ledger.domain.history.hours import later
from ledger.domain.history.known import in_order
from ledger.domain.records import Past

_TOGETHER_HOURS = Decimal(1)  # patches put on within the hour are worn side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """One patch of `value` µg/h on the skin, by the entry `seq`: from `on_at` to `off_at`, as far as is known.

    From `known_until` on nobody knows whether it was still on; `change_due` is None where no wear time is set.
    """

    seq: int
    product: str
    value: Decimal
    on_at: str
    known_until: str
    off_at: str
    change_due: str | None


def is_patch(entry: Past) -> bool:
    """Whether *entry* put a patch on."""
    return entry.type == "dose.administered" and bool(entry.body["dose"]["unit"] == PER_HOUR)


class Skin:
    """What was put on one person's skin and taken off it, in order of time."""

    def __init__(self, book: Book, entries: Iterable[Past]) -> None:
        """*entries*: all of the person, in that order."""
        told = [entry for entry in entries if entry.type in ("dose.administered", "patch.removed")]
        products = {entry.body["product"] for entry in told if is_patch(entry)}
        self._book = book
        self._entries = [entry for entry in told if entry.body["product"] in products]

    def find_off(self, entry: Past, course: Course | None) -> str | None:
        """When the patch of *entry*, which is of *course*, was taken off, or another one put on in its place."""
        return next((after.occurred_at for after in self._after(entry) if self._takes_off(after, entry, course)), None)

    def find_fallen(self, entry: Past) -> str | None:
        """When a patch of this product next fell off, be it that of *entry* or one beside it."""
        return next((after.occurred_at for after in self._after(entry) if _is_off(after, entry, "fell_off")), None)

    def _after(self, entry: Past) -> Iterator[Past]:
        return islice(self._entries, self._place_of(entry.occurred_at, entry.seq), None)

    def _place_of(self, at: str, seq: int) -> int:
        """How many entries there are up to (*at*, *seq*)."""
        return bisect_right(self._entries, (at, seq), key=in_order)

    def _takes_off(self, after: Past, entry: Past, course: Course | None) -> bool:
        """One of another strength is beside it while its course goes on, and instead of it afterwards."""
        body, product = after.body, entry.body["product"]
        if _is_off(after, entry):
            if body["reason"] == "change":
                return not (_is_soon(entry, after) and self._is_change(entry))
            return body["reason"] != "fell_off" or sum(self._put_on_with(entry)) == 1
        if not is_patch(after):
            return False
        if body["product"] == product:
            return not _is_soon(entry, after)
        over = course is not None and day_of(after, self._book) > course.ends_on
        return over and self._inn(body["product"]) == self._inn(product)

    def _inn(self, product: str) -> str:
        return str(self._book.get("product", product).inn.casefold())

    def _is_change(self, entry: Past) -> bool:
        """Whether *entry* put a patch on in place of another: taking the old one off may be written down afterwards."""
        for at in range(self._place_of(entry.occurred_at, entry.seq) - 1, -1, -1):
            earlier = self._entries[at]
            if _is_off(earlier, entry):
                return False
            if _is_alike(earlier, entry) and not _is_soon(earlier, entry):
                return True
        return False

    def _put_on_with(self, entry: Past) -> Iterator[int]:
        """The units of *entry*, and of what was put on beside it."""
        first = self._place_of(later(entry.occurred_at, -_TOGETHER_HOURS), FIRST)
        for each in islice(self._entries, first, None):
            if each.occurred_at > entry.occurred_at and not _is_soon(entry, each):
                return
            if _is_alike(each, entry):
                yield sum(line["units"] for line in each.body["lots"])


def _is_off(past: Past, entry: Past, *reasons: str) -> bool:
    """Whether *past* says that a patch of *entry*'s product was taken off, for one of *reasons* or any."""
    of_this = past.type == "patch.removed" and past.body["product"] == entry.body["product"]
    return of_this and (not reasons or past.body["reason"] in reasons)


def _is_alike(past: Past, entry: Past) -> bool:
    return past.type == "dose.administered" and past.body["product"] == entry.body["product"]


def _is_soon(entry: Past, after: Past) -> bool:
    return after.occurred_at <= later(entry.occurred_at, _TOGETHER_HOURS)
