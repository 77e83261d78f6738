"""A search: what was asked, which resources fit, and the page as a Bundle (FHIR R4, section 3.1.1).

Several values of a parameter, by comma, are alternatives; a parameter given twice must fit twice. What is not known
is refused, never ignored: a filter that was overlooked would show more than was asked for.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from api.fhir.names import Json, from_id
from ledger.errors import CallRefused

PARAMETERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "MedicationRequest": {"authoredon": "date", "identifier": "token", "status": "token", "patient": "reference"},
        "MedicationDispense": {
            "whenhandedover": "date", "identifier": "token", "status": "token", "patient": "reference",
        },
        "MedicationAdministration": {
            "effective-time": "date", "identifier": "token", "status": "token", "patient": "reference",
        },
        "Patient": {"identifier": "token"},
        "Provenance": {"recorded": "date", "target": "reference", "patient": "reference"},
        "AuditEvent": {"date": "date", "patient": "reference"},
    }
)  # fmt: skip
"""The search parameters of each type, by their FHIR names, with their FHIR kind."""
COMMON: Mapping[str, str] = MappingProxyType({"_id": "token", "_lastUpdated": "date"})
_SUBJECTS = ("MedicationRequest", "MedicationDispense", "MedicationAdministration")
_DATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "authoredon": ("authoredOn",),
        "whenhandedover": ("whenHandedOver",),
        "effective-time": ("effectiveDateTime", "effectivePeriod"),
        "recorded": ("recorded",),
        "date": ("recorded",),
    }
)
_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "MedicationRequest": "http://hl7.org/fhir/CodeSystem/medicationrequest-status",
        "MedicationDispense": "http://terminology.hl7.org/CodeSystem/medicationdispense-status",
        "MedicationAdministration": "http://terminology.hl7.org/CodeSystem/medication-admin-status",
    }
)
MOST, USUAL = 100, 20
MOST_EXAMINED = 1_000
"""Resources looked at for one page: a page may be short, and its link goes on."""

Span = tuple[datetime, datetime]
_EVER = datetime.max.replace(tzinfo=UTC)
_WHEN = re.compile(
    r"(?P<prefix>eq|ne|gt|lt|ge|le|sa|eb)?(?P<day>\d{4}(?:-\d{2}(?:-\d{2})?)?)"
    r"(?:T(?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?P<zone>Z|[+ -]\d{2}:\d{2})?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"-?[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """*wanted*: (parameter, alternatives) each of which must fit; *before*: only entries below this number.

    A *count* of 0 asks how many there are (FHIR R4, section 3.1.1.5.1).
    """

    type: str
    wanted: tuple[tuple[str, tuple[str, ...]], ...]
    count: int = USUAL
    before: int | None = None

    def is_full(self, found: Sequence[Json]) -> bool:
        """Whether a page with what was *found* has no room for more."""
        return 0 < self.count <= len(found)

    def values(self, name: str) -> list[tuple[str, ...]]:
        return [values for each, values in self.wanted if each == name]

    @property
    def patients(self) -> list[list[str]]:
        """The patients asked for, by our ids. Raises `NotFound` for what is none."""
        return [[from_id(each) for each in values] for values in self.values("patient")]


def read_search(type: str, pairs: Iterable[tuple[str, str]], zone: str, *, base: str) -> Search:
    """What the address asks for; *base*: the address that the types stand under.

    Raises `CallRefused('parameter_malformed')` for what it does not know.
    """
    known = {**PARAMETERS[type], **COMMON}
    wanted, count, before = [], USUAL, None
    for asked, value in pairs:
        name = "patient" if asked == "subject" and type in _SUBJECTS else asked
        if name == "_count":
            count = min(_whole(value), MOST)
        elif name == "_before":
            before = _whole(value)
        elif name == "_format":
            continue
        else:
            _check(name in known and value != "")
            values = tuple(value.split(","))
            _check(len(values) <= MOST)
            if known[name] == "date":
                _check(all(read_span(each, zone) for each in values))
            if known[name] == "reference":  # an address here is what is relative to it (FHIR R4, search: reference)
                values = tuple(each.removeprefix(f"{base}/") for each in values)
            if name == "patient":
                values = tuple(each.removeprefix("Patient/") for each in values)
            wanted.append((name, values))
    _check(count >= 0)
    return Search(type=type, wanted=tuple(wanted), count=count, before=before)


def _check(good: object) -> None:
    if not good:
        raise CallRefused("parameter_malformed")


def _whole(text: str) -> int:
    _check(_NUMBER.fullmatch(text))
    return int(text)


def read_span(text: str, zone: str) -> tuple[str, Span] | None:
    """(prefix, first moment and the one after the last) of a date as FHIR writes it; a day begins in *zone*."""
    found = _WHEN.fullmatch(text)
    if found is None:
        return None
    day, time, offset = found["day"], found["time"], (found["zone"] or "").replace(" ", "+")
    whole = day + "-01-01"[len(day) - 4 :]
    try:
        first = datetime.fromisoformat(f"{whole}T{time or '00:00'}{offset}")
        if first.tzinfo is None:
            first = first.replace(tzinfo=ZoneInfo(zone))
        last = _after(first, day, time)
        return found["prefix"] or "eq", (first.astimezone(UTC), last.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _after(first: datetime, day: str, time: str | None) -> datetime:
    """The first moment that is no longer meant."""
    if time is not None:
        unit = "minutes" if len(time) == 5 else "seconds" if len(time) == 8 else "microseconds"
        return first + timedelta(**{unit: 1})
    if len(day) == 10:
        return first + timedelta(days=1)
    if len(day) == 7:
        return (first + timedelta(days=31)).replace(day=1)
    return first.replace(year=first.year + 1)


# FHIR R4, section 3.1.1.4.5: what is compared are spans, half open here.
_FITS: Mapping[str, Callable[[Span, Span], bool]] = MappingProxyType(
    {
        "eq": lambda asked, told: asked[0] <= told[0] and told[1] <= asked[1],
        "ne": lambda asked, told: not (asked[0] <= told[0] and told[1] <= asked[1]),
        "gt": lambda asked, told: told[1] > asked[1],
        "lt": lambda asked, told: told[0] < asked[0],
        "ge": lambda asked, told: told[1] > asked[0],
        "le": lambda asked, told: told[0] < asked[1],
        "sa": lambda asked, told: told[0] >= asked[1],
        "eb": lambda asked, told: told[1] <= asked[0],
    }
)


def fits(made: Json, search: Search, zone: str) -> bool:
    """Whether the resource has all that is wanted. Whose it is, is asked where the entries are found."""
    return all(
        any(_has(made, name, value, zone) for value in values) for name, values in search.wanted if name != "patient"
    )


def _has(made: Json, name: str, value: str, zone: str) -> bool:
    if name == "_id":
        return bool(made["id"] == value)
    if name == "status":
        return value in (made["status"], f"{_STATUSES[made['resourceType']]}|{made['status']}")
    if name == "identifier":
        return any(_is_token(each, value) for each in made["identifier"])
    if name == "target":
        told = [each["reference"] for each in made["target"] if "reference" in each]
        return any(value in (each, each.partition("/")[2]) for each in told)
    asked = read_span(value, zone)
    told = [made["meta"]["lastUpdated"]] if name == "_lastUpdated" else [made.get(each) for each in _DATES[name]]
    return asked is not None and any(_FITS[asked[0]](asked[1], _to_span(each, zone)) for each in told if each)


def _is_token(identifier: Json, token: str) -> bool:
    system, bar, value = token.rpartition("|")
    return bool(value in ("", identifier["value"]) and (not bar or system == identifier["system"]) and token != "|")


def _to_span(told: Any, zone: str) -> Span:
    if isinstance(told, str):
        found = read_span(told, zone)
        assert found is not None
        return found[1]
    return _to_span(told["start"], zone)[0], _to_span(told["end"], zone)[1] if "end" in told else _EVER


def to_bundle(found: Sequence[Json], search: Search, *, base: str, more_before: int | None) -> Json:
    """A page. *base*: the address that the types stand under; *more_before*: where the next page goes on."""
    links = [{"relation": "self", "url": _url(search, base, search.before)}]
    if more_before is not None and search.count:
        links.append({"relation": "next", "url": _url(search, base, more_before)})
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if more_before is None and search.before is None:
        bundle["total"] = len(found)
    entries = [
        {"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each, "search": {"mode": "match"}}
        for each in (found if search.count else ())
    ]
    return bundle | ({"entry": entries} if entries else {})


def _url(search: Search, base: str, before: int | None) -> str:
    return f"{base}/{search.type}?{urlencode(list(_pairs(search, before)), safe=':|/,')}"


def _pairs(search: Search, before: int | None) -> Iterator[tuple[str, str]]:
    for name, values in search.wanted:
        yield name, ",".join(values)
    yield "_count", str(search.count)
    if before is not None:
        yield "_before", str(before)
