"""The pieces that forms are made of: a check takes a value and gives the set of form codes that it earns.

No code means well formed (section 4, group 1 of the refusals).
"""

import re
from collections.abc import Callable
from typing import Any

from tests.reference.numbers import find_day, find_instant, is_checked_number

Check = Callable[[Any], set[str]]

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def malformed_unless(good: bool) -> set[str]:
    return set() if good else {"malformed"}


def text(value: Any) -> set[str]:
    return malformed_unless(isinstance(value, str) and value != "")


def truth(value: Any) -> set[str]:
    return malformed_unless(isinstance(value, bool))


def always(value: Any) -> set[str]:
    return malformed_unless(value is True)


def day(value: Any) -> set[str]:
    return malformed_unless(find_day(value) is not None)


def instant(value: Any) -> set[str]:
    return malformed_unless(find_instant(value) is not None)


def uuid(value: Any) -> set[str]:
    return malformed_unless(isinstance(value, str) and UUID.fullmatch(value) is not None)


def discrepancy_id(value: Any) -> set[str]:
    head, _, line = value.partition(":") if isinstance(value, str) else ("", "", "")
    return malformed_unless(UUID.fullmatch(head) is not None and line.isdigit())


def name(value: Any) -> set[str]:
    """The id of a patient, prescription, place, product or person."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9._-]{1,64}", value):
        return {"malformed"}
    return {"id_looks_like_iin"} if re.fullmatch(r"[0-9]{12}", value) else set()


def iin(value: Any) -> set[str]:
    return set() if value is None or is_checked_number(value) else {"iin_invalid"}


def bin_number(value: Any) -> set[str]:
    return set() if is_checked_number(value) else {"bin_invalid"}


def whole(value: Any) -> set[str]:
    if isinstance(value, float):
        return {"units_not_whole"}
    return malformed_unless(isinstance(value, int) and not isinstance(value, bool))


def counted(value: Any) -> set[str]:
    """Units that may be none: a count, empties, what a family brings back."""
    return whole(value) or ({"units_not_positive"} if value < 0 else set())


def units(value: Any) -> set[str]:
    return whole(value) or ({"units_not_positive"} if value < 1 else set())


def matching(pattern: str) -> Check:
    return lambda value: malformed_unless(isinstance(value, str) and re.fullmatch(pattern, value) is not None)


def number(value: Any) -> set[str]:
    """A positive whole number that is not a quantity: days, times, periods."""
    return malformed_unless(isinstance(value, int) and not isinstance(value, bool) and value > 0)


def one_of(*choices: str) -> Check:
    return lambda value: malformed_unless(value in choices)


def fields(**spec: Check) -> Check:
    """An object of exactly these members; a name that ends in an underscore may be left out."""
    checks = {key.rstrip("_"): check for key, check in spec.items()}
    needed = {key for key in spec if not key.endswith("_")}

    def check(value: Any) -> set[str]:
        if not isinstance(value, dict):
            return {"malformed"}
        codes = set().union(*(checks[key](value[key]) for key in value if key in checks))
        if needed - set(value):
            codes.add("field_missing")
        if set(value) - set(checks):
            codes.add("field_unknown")
        return codes

    return check


def list_of(member: Check) -> Check:
    def check(value: Any) -> set[str]:
        if not isinstance(value, list) or not value:
            return {"malformed"}
        return set().union(*(member(item) for item in value))

    return check


def maybe_empty(check: Check) -> Check:
    return lambda value: set() if value == [] else check(value)


def or_null(check: Check) -> Check:
    return lambda value: set() if value is None else check(value)


def also(check: Check, rule: Callable[[dict[str, Any]], set[str]]) -> Check:
    """A form that has a rule across its members, asked only where the members are well formed."""
    return lambda value: check(value) or rule(value)
