"""One page of a search: the entries that may fit, the resources they make, whose they are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from api.fhir.audit import Access, to_audit_event
from api.fhir.facts import Entry
from api.fhir.gathering import Chart
from api.fhir.names import IIN, Json, organization, to_id
from api.fhir.resources import build, find_maker, find_makers, patients_of
from api.fhir.searching import MOST_EXAMINED, Search, fits
from ledger.domain.person import ids_of
from ledger.domain.terms import is_iin
from ledger.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """*patients*: everybody of whom *found* tells; *more_before*: where the next page goes on."""

    found: list[Json]
    patients: list[str]
    more_before: int | None


def find_page(chart: Chart, search: Search) -> Page:
    """The newest resources that fit, of at most `MOST_EXAMINED` entries."""
    found: list[Json] = []
    patients: dict[str, None] = {}
    last: int | None = None
    for examined, entry in enumerate(_candidates(chart, search)):
        if search.is_full(found) or examined >= MOST_EXAMINED:
            return Page(found=found, patients=list(patients), more_before=last)
        last = entry.seq
        fitting = [made for made in build(chart, search.type, entry) if fits(made, search, chart.facility.zone)]
        if fitting:
            found += fitting
            patients |= dict.fromkeys(patients_of(chart, entry))
    return Page(found=found, patients=list(patients), more_before=None)


def find_events(chart: Chart, search: Search, read: Callable[..., Sequence[Access]], *, log: str) -> Page:
    """The newest AuditEvents that fit, of at most `MOST_EXAMINED` rows; *read* is the access log's own."""
    patients, facility = _patients(chart, search), organization(chart.facility.bin, chart.facility.name)
    rows = read(patients=patients, limit=MOST_EXAMINED + 1, cursor=search.before)
    found: list[Json] = []
    for n, row in enumerate(rows):
        if search.is_full(found) or n >= MOST_EXAMINED:
            return Page(found=found, patients=[], more_before=rows[n - 1].seq)
        made = to_audit_event(row, log=log, facility=facility)
        if fits(made, search, chart.facility.zone):
            found.append(made)
    return Page(found=found, patients=[], more_before=None)


def _candidates(chart: Chart, search: Search) -> Iterator[Entry]:
    """What is named is looked up; everything else is read from the newest entry on."""
    patients = _patients(chart, search)
    if patients == []:
        return iter(())
    if (named := _named(chart, search)) is None:
        return find_makers(chart, search.type, patients or [], search.before)
    fitting = (
        entry
        for entry in named
        if (search.before is None or entry.seq < search.before)
        and (patients is None or not set(patients).isdisjoint(patients_of(chart, entry)))
    )
    return iter(sorted(fitting, key=lambda entry: -entry.seq))


def _patients(chart: Chart, search: Search) -> list[str] | None:
    """Every id of those who were asked for; None where nobody was."""
    asked = [{each for name in values for each in ids_of(chart.book, name)} for values in search.patients]
    return sorted(set.intersection(*asked)) if asked else None


def _named(chart: Chart, search: Search) -> list[Entry] | None:
    """The entries behind ids that were asked for, or None."""
    ids, tokens = search.values("_id"), search.values("identifier")
    if not ids and not tokens:
        return None
    names = list(ids[0]) if ids else [name for token in tokens[0] for name in _names(chart, token)]
    found: dict[int, Entry] = {}
    for name in names:
        try:
            entry = find_maker(chart, search.type, name)
        except NotFound:
            continue
        found[entry.seq] = entry
    return list(found.values())


def _names(chart: Chart, token: str) -> list[str]:
    """The ids that a resource with such an identifier may have."""
    system, _, value = token.rpartition("|")
    if system == IIN:
        return [to_id(each) for each in chart.by_iin(value)] if is_iin(value) else []
    return [to_id(value.removeprefix("urn:uuid:"))]
