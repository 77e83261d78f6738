"""Identity numbers, days and decimals, as the contract and the published algorithms write them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

FIRST_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)

GRAMS = {"g": Decimal(1), "mg": Decimal("0.001"), "ug": Decimal("0.000001")}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def find_check_digit(eleven: str) -> int | None:
    """The twelfth digit of an IIN or BIN; None where both passes give ten and the number is never issued."""
    for weights in (FIRST_WEIGHTS, SECOND_WEIGHTS):
        rest = sum(int(digit) * weight for digit, weight in zip(eleven, weights, strict=True)) % 11
        if rest < 10:
            return rest
    return None


def is_checked_number(value: object) -> bool:
    """True for twelve digits whose last one is their check digit."""
    return (
        isinstance(value, str)
        and re.fullmatch(r"[0-9]{12}", value) is not None
        and find_check_digit(value[:11]) == int(value[11])
    )


def find_day(value: object) -> date | None:
    """A real date written YYYY-MM-DD."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def get_day(value: object) -> date:
    day = find_day(value)
    assert day is not None
    return day


def find_instant(value: object) -> datetime | None:
    """A real RFC 3339 moment with its offset, in UTC."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        return None


def is_decimal_text(value: object) -> bool:
    """Section 4: decimal text of at most 18 digits, without leading or trailing zeros."""
    return (
        isinstance(value, str)
        and re.fullmatch(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", value) is not None
        and sum(character.isdigit() for character in value) <= 18
    )


def measure(quantity: dict[str, str]) -> tuple[str, Decimal]:
    """(unit, value) of a dose or strength; a mass in grams."""
    unit, value = quantity["unit"], Decimal(quantity["value"])
    return ("g", value * GRAMS[unit]) if unit in GRAMS else (unit, value)
