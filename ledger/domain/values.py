"""Readers of single values: numbers, days and times, codes, quantities, and the lines that are made of them."""

import re
from datetime import UTC, date, datetime
from typing import Any

from ledger.domain import terms
from ledger.domain.form import Fields, Reader, Reading, obj
from ledger.domain.texts import matching, ref, text

MAX_INTEGER = 2**53 - 1
MAX_UNITS = 10**9  # of one line: no sum over a register's whole life leaves what a database can add
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
# As `ledger.log.statement.check_log` has it, which this room does not know; a test holds the two together.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOG = re.compile(
    rf"(?=.{{1,255}}\Z)(?:{_LABEL}(?:\.{_LABEL})+/)?senim(?:-practice)?/[a-z0-9._-]{{1,64}}/(?:0|[1-9][0-9]{{0,8}})"
)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CANONICAL = len("2026-03-02T05:15:00.000000Z")
_UCUM = re.compile(r"[!-~]{1,16}")
_DIGITS = re.compile(r"[0-9]{1,20}")


def flag(value: Any, path: str, reading: Reading) -> Any:
    return value if type(value) is bool else reading.refuse("malformed", path)


def yes(value: Any, path: str, reading: Reading) -> Any:
    return value if value is True else reading.refuse("malformed", path)


def _whole(value: Any, path: str, reading: Reading, least: int) -> Any:
    if type(value) is float:
        finite = value == value and value not in (float("inf"), float("-inf"))
        return reading.refuse("units_not_whole" if finite else "malformed", path)
    if type(value) is not int or abs(value) > MAX_UNITS:
        return reading.refuse("malformed", path)
    if value < least:
        return reading.refuse("units_not_positive", path)
    if value > reading.largest[0]:
        reading.largest = value, path
    return value


def units(value: Any, path: str, reading: Reading) -> Any:
    """Units of presentation, at least one."""
    return _whole(value, path, reading, 1)


def count(value: Any, path: str, reading: Reading) -> Any:
    """Units of presentation found, possibly none."""
    return _whole(value, path, reading, 0)


def integer(least: int, most: int = MAX_INTEGER) -> Reader:
    """A whole number that does not count packs (days, hours, a signed difference)."""

    def read(value: Any, path: str, reading: Reading) -> Any:
        if type(value) is int and least <= value <= most:
            return value
        return reading.refuse("malformed", path)

    return read


uuid = matching(_UUID)
key_id = matching(re.compile(r"[0-9a-f]{16}"))
base64 = matching(re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"))
gtin = matching(re.compile(r"[0-9]{14}"))
hex64 = matching(_HEX64)
log_origin = matching(_LOG)
code = matching(_DIGITS)
"""A numeric code of a classification (EDQM)."""


def day(value: Any, path: str, reading: Reading) -> Any:
    if type(value) is str and _DAY.fullmatch(value):
        try:
            found = date.fromisoformat(value)
        except ValueError:
            return reading.refuse("malformed", path)
        return value if 1800 <= found.year <= 2200 else reading.refuse("malformed", path)
    return reading.refuse("malformed", path)


def time(value: Any, path: str, reading: Reading) -> Any:
    """RFC 3339 with an offset; kept as UTC with microseconds."""
    if type(value) is str and _TIME.fullmatch(value):
        try:
            at = datetime.fromisoformat(value)
            if len(value) != _CANONICAL or value[-1] != "Z":
                at = at.astimezone(UTC)
                value = at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        except (ValueError, OverflowError):
            return reading.refuse("malformed", path)
        if 1000 <= at.year <= 9998:  # and whatever a zone adds is still a time
            return value
    return reading.refuse("malformed", path)


def _decimal(value: Any, path: str, reading: Reading) -> Any:
    good = type(value) is str and terms.DECIMAL.fullmatch(value) and len(value.replace(".", "")) <= 18
    return value if good and value.isascii() else reading.refuse("malformed", path)


def _positive(value: Any, path: str, reading: Reading) -> Any:
    return _decimal(value, path, reading) if value != "0" else reading.refuse("malformed", path)


quantity = obj({"value": _decimal, "unit": matching(_UCUM)})
"""A dose: decimal text of at most 18 digits and a UCUM unit."""
some_quantity = obj({"value": _positive, "unit": matching(_UCUM)})
"""A strength, or a dose that is ordered: more than nothing."""


def iin(value: Any, path: str, reading: Reading) -> Any:
    return value if type(value) is str and terms.is_iin(value) else reading.refuse("iin_invalid", path)


def bin_number(value: Any, path: str, reading: Reading) -> Any:
    return value if type(value) is str and terms.is_bin(value) else reading.refuse("bin_invalid", path)


kato = ref("kato", matching(re.compile(r"[0-9]{9}")))
"""A code of the classifier of territorial units; whether it exists is a rule (`kato_unknown`)."""
_assertion = obj({"authenticator_data": base64, "client_data": base64, "value": base64})


def proof(value: Any, path: str, reading: Reading) -> Any:
    """A new key's signature over its own enrolment: base64, or a passkey's assertion."""
    return _assertion(value, path, reading) if type(value) is dict else base64(value, path, reading)


PRODUCT_LINE: Fields = {"product": ref("product"), "lot": text, "units": units}
LOT_LINE: Fields = {"lot": text, "units": units}
