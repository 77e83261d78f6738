"""What of a day in the access log stands out: nothing here is wrong by itself, each is worth a question.

The thresholds are the site's, not the law's. Trusts the log and the entries; an inspector's reads are his work and are
only counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from api.access.log import AccessLog, AccessRow
from ledger.domain.person import find_death, ids_of
from ledger.errors import AccessRejected
from ledger.log.canonical import from_timestamp, to_timestamp
from ledger.service.ports import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which number on something is told; *night*: from and to which local hour."""

    near_hours: int = 12
    many_patients: int = 30
    failures: int = 5
    probes: int = 3
    days_after_death: int = 40
    night: tuple[int, int] = (22, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """*code* names the sentence (`words`), *values* fill it; *rows* are the log's, if it rests on some."""

    code: str
    values: Mapping[str, str | int]
    rows: tuple[int, ...] = ()


class _Statement(Struct):
    witness: str | None


class _Entry(Struct):
    statement: _Statement


_ENTRY = msgspec.json.Decoder(_Entry)


@dataclass(frozen=True)
class Day:
    """One local day of the log, with the register as it is now."""

    rows: Sequence[AccessRow]
    reading: Reading
    zone: ZoneInfo
    on: date
    thresholds: Thresholds
    _acts: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[AccessRow]:
        return [row for row in self.rows if row.kind in kinds]

    @cached_property
    def looks(self) -> dict[tuple[str, str], list[AccessRow]]:
        """(person, patient) → reads of one patient; that a search listed somebody is not one."""
        book, told = self.reading.book, defaultdict[tuple[str, str], list[AccessRow]](list)
        found = defaultdict[tuple[str, str], list[AccessRow]](list)
        for row in self.of("read"):
            if row.detail != "search":
                told[row.person, row.patient].append(row)
        for (who, patient), rows in told.items():
            person = book.find("person", who)
            if person is None or person.role != "inspector":
                found[who, ids_of(book, patient)[0]] += rows
        return found

    def acts(self, person: str, patient: str) -> list[str]:
        """When (canonical UTC text) *person* did or witnessed something about *patient*, under all their ids."""
        if patient not in self._acts:
            known = self._acts[patient] = defaultdict(list)
            for each in ids_of(self.reading.book, patient):
                for row in self.reading.rows(mention=("patient", each)):
                    for who in filter(None, (row.performer, _ENTRY.decode(row.data).statement.witness)):
                        known[who].append(row.occurred_at)
        return self._acts[patient][person]

    def is_near(self, row: AccessRow, acts: Iterable[str]) -> bool:
        at, near = from_timestamp(row.at), timedelta(hours=self.thresholds.near_hours)
        first, last = to_timestamp(at - near), to_timestamp(at + near)
        return any(first <= act <= last for act in acts)

    def is_night(self, row: AccessRow) -> bool:
        begins, ends = self.thresholds.night
        hour = from_timestamp(row.at).astimezone(self.zone).hour
        return hour >= begins or hour < ends


def _without_act(day: Day) -> Iterator[Finding]:
    """One of three: never anything of theirs about the patient; nothing near, at night; nothing near."""
    for (person, patient), rows in day.looks.items():
        acts = day.acts(person, patient)
        told: dict[str, str | int] = {"person": person, "patient": patient}
        lone = [row for row in rows if not day.is_near(row, acts)]
        dark = [row for row in lone if day.is_night(row)]
        if not acts:
            yield Finding(code="never_cared", values=told | {"count": len(rows)}, rows=_seqs(rows))
        elif lone and not dark:
            told["hours"] = day.thresholds.near_hours
            yield Finding(code="without_act", values=told | {"count": len(lone)}, rows=_seqs(lone))
        if dark:
            yield Finding(code="at_night", values=told | {"count": len(dark)}, rows=_seqs(dark))


def _after_death(day: Day) -> Iterator[Finding]:
    for (person, patient), rows in day.looks.items():
        died_on = find_death(day.reading.book, patient)
        days = 0 if died_on is None else (day.on - date.fromisoformat(died_on)).days
        if days > day.thresholds.days_after_death:
            yield Finding(
                code="after_death", values={"person": person, "patient": patient, "days": days}, rows=_seqs(rows)
            )


def _many(day: Day) -> Iterator[Finding]:
    seen = defaultdict(set)
    for row in day.of("read"):
        seen[row.person].add(row.patient)
    for person, patients in seen.items():
        if len(patients) >= day.thresholds.many_patients:
            yield Finding(code="many_patients", values={"person": person, "count": len(patients)})


def _probed(day: Day) -> Iterator[Finding]:
    tries = Counter(row.person for row in day.of("not_found"))
    for person, count in tries.items():
        if count >= day.thresholds.probes:
            rows = [row for row in day.of("not_found") if row.person == person]
            yield Finding(code="not_here", values={"person": person, "count": count}, rows=_seqs(rows))


def _failed(day: Day) -> Iterator[Finding]:
    found = defaultdict(list)
    for row in day.of("sign_in_failed", "sign_in_delayed", "code_failed"):
        told = dict(part.split("=", 1) for part in row.detail.split() if "=" in part)
        found[told.get("address", "?")].append(row)
    for address, rows in found.items():
        if len(rows) >= day.thresholds.failures:
            yield Finding(code="failed", values={"address": address, "count": len(rows)}, rows=_seqs(rows))


def _rights(day: Day) -> Iterator[Finding]:
    for code, kinds in _RIGHTS.items():
        for row in day.of(*kinds):
            yield Finding(code=code, values={"person": row.person, "by": row.by or "?"}, rows=(row.seq,))
    for type in ("person.enrolled", "person.role_changed", "person.left", "key.enrolled", "key.revoked"):
        for entry in day.reading.rows(type=type):
            if from_timestamp(entry.recorded_at).astimezone(day.zone).date() == day.on:
                yield Finding(code="rights_entry", values={"type": type, "seq": entry.seq, "by": entry.performer})


_RIGHTS = {
    "code_issued": ("code_issued",),
    "credentials_changed": (
        "credentials_set", "passkey_added", "passkey_removed", "passkey_copied", "password_set", "password_removed",
        "recovery_codes_made",
    ),
    "account_ended": ("account_ended",),
    "token_made": ("token_made",),
}  # fmt: skip
_RULES: tuple[Callable[[Day], Iterator[Finding]], ...] = (
    _without_act, _after_death, _many, _probed, _failed, _rights,
)  # fmt: skip


def look_at_day(
    log: AccessLog, reading: Reading, *, zone: str, on: date, thresholds: Thresholds | None = None
) -> list[Finding]:
    """What stands out of the local day *on*; that the log of that day is not whole comes first."""
    local = ZoneInfo(zone)
    first, after = (to_timestamp(datetime.combine(each, time(), local)) for each in (on, on + timedelta(days=1)))
    found, rows = [], list[AccessRow]()
    try:
        rows = log.read(from_at=first, to_at=after)[::-1]
        log.verify((first, after))
    except AccessRejected as broken:
        found.append(Finding(code="log_broken", values={"seq": broken.seq, "reason": broken.reason}))
    day = Day(rows, reading, local, on, thresholds or Thresholds())
    return found + [finding for rule in _RULES for finding in rule(day)]


def _seqs(rows: Iterable[AccessRow]) -> tuple[int, ...]:
    return tuple(row.seq for row in rows)
