"""How often a dose is given: in words, as on a chart, and as the choice that every prescription offers."""

from collections.abc import Iterator, Mapping
from typing import Any

from ledger.words import Words

_COMMON = (
    (1, 1, "d"),
    (2, 1, "d"),
    (3, 1, "d"),
    (4, 1, "d"),
    (6, 1, "d"),
    (1, 4, "h"),
    (1, 3, "d"),
    (1, 2, "d"),
    (1, 1, "wk"),
)


def say_frequency(words: Words, how: Mapping[str, Any]) -> str:
    """`3 times a day`, of a prescription's frequency."""
    often = _say_often(words, how["times"], how["period"], how["period_unit"])
    return words.say("as needed, at most {said}", said=often) if how["as_needed"] else often


def choose_often(words: Words, own: Mapping[str, Any] | None = None) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(name, times/period/period_unit, words); first a course's *own*, where it is another than the common ones."""
    first = [(own["times"], own["period"], own["period_unit"])] if own else []
    for times, period, unit in dict.fromkeys((*first, *_COMMON)):
        how = {"times": times, "period": period, "period_unit": unit}
        yield f"{times}/{period}{unit}", how, _say_often(words, times, period, unit)


def _say_often(words: Words, times: int, period: int, unit: str) -> str:
    if period == 1 and unit == "d":
        return words.count("{n} time a day", "{n} times a day", times)
    hours = {"h": 1, "d": 24, "wk": 168}[unit] * period
    every = (
        words.count("every {n} day", "every {n} days", hours // 24)
        if hours % 24 == 0
        else words.count("every {n} hour", "every {n} hours", hours)
    )
    return every if times == 1 else words.say("{times} × {every}", times=times, every=every)
