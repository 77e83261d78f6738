"""What of a day in the access log stands out: nothing here is wrong by itself, each is worth a question.

The thresholds are the site's, not the law's. Trusts the log and the entries; an inspector's reads are his work and are
only counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import chain
from operator import attrgetter
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from api.access.log import AccessLog, AccessRow
from ledger.domain.person import find_death, ids_of
from ledger.errors import AccessRejected
from ledger.log.canonical import MAX_INT, from_timestamp, to_timestamp
from ledger.service.ports import Reading, Wanted


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
    """One local day of the log, its *rows* in their order, with the register as it is now."""

    rows: Sequence[AccessRow]
    reading: Reading
    zone: ZoneInfo
    on: date
    from_at: str
    to_at: str
    thresholds: Thresholds

    def of(self, *kinds: str) -> list[AccessRow]:
        return sorted(chain.from_iterable(self._by_kind.get(kind, ()) for kind in kinds), key=attrgetter("seq"))

    @cached_property
    def _by_kind(self) -> dict[str, list[AccessRow]]:
        found = defaultdict[str, list[AccessRow]](list)
        for row in self.rows:
            found[row.kind].append(row)
        return found

    @cached_property
    def looks(self) -> dict[tuple[str, str], list[AccessRow]]:
        """(person, patient) → reads of one patient; that a search listed somebody is not one."""
        book, told = self.reading.book, defaultdict[tuple[str, str], list[AccessRow]](list)
        found = defaultdict[tuple[str, str], list[AccessRow]](list)
        for row in self.of("read"):
            if row.detail != "search":
                told[row.person, row.patient].append(row)
        for shelf in ("merged", "patient"):
            self.reading.at_hand(shelf, {(patient,) for _, patient in told})
        for (who, patient), rows in told.items():
            person = book.find("person", who)
            if person is None or person.role != "inspector":
                found[who, ids_of(book, patient)[0]] += rows
        return found

    @cached_property
    def acts(self) -> dict[tuple[str, str], list[datetime]]:
        """(person, patient) → when they did or witnessed something about them, under all their ids; of those acts that
        are near to any of the reads, and perhaps of others.
        """
        book, near = self.reading.book, timedelta(hours=self.thresholds.near_hours)
        looked = [row.at for rows in self.looks.values() for row in rows]
        if not looked:
            return {}
        first, last = from_timestamp(min(looked)) - near, from_timestamp(max(looked)) + near
        window = Wanted(from_at=to_timestamp(first), until_at=to_timestamp(last), limit=MAX_INT)
        entries = {row.seq: row for row in self.reading.page(window)}
        found, before = defaultdict[tuple[str, str], list[datetime]](list), min(entries, default=0) - 1
        for patient in {patient for _, patient in self.looks}:
            for each in ids_of(book, patient):
                for seq in book.past.mentioning("patient", each, before):
                    if seq in entries:
                        entry = entries[seq]
                        for who in filter(None, (entry.performer, _ENTRY.decode(entry.data).statement.witness)):
                            found[who, patient].append(from_timestamp(entry.occurred_at))
        return found

    @cached_property
    def carers(self) -> set[tuple[str, str]]:
        """(person, patient) of the reads whose person ever did or witnessed something about the patient."""
        book = self.reading.book
        asked = {pair: [(each, pair[0]) for each in ids_of(book, pair[1])] for pair in self.looks}
        self.reading.at_hand("cared", chain.from_iterable(asked.values()))
        return {pair for pair, keys in asked.items() if any(book.find("cared", *key) is not None for key in keys)}

    def is_lone(self, row: AccessRow, acts: Iterable[datetime]) -> bool:
        """Whether none of *acts* is near."""
        at, near = from_timestamp(row.at), timedelta(hours=self.thresholds.near_hours)
        return all(abs(act - at) > near for act in acts)

    @cached_property
    def _daytime(self) -> tuple[str, str]:
        begins, ends = self.thresholds.night
        return _moment(self.on, self.zone, ends), _moment(self.on, self.zone, begins)

    def is_night(self, row: AccessRow) -> bool:
        from_at, to_at = self._daytime
        return not from_at <= row.at < to_at


def _without_act(day: Day) -> Iterator[Finding]:
    """One of three: never anything of theirs about the patient; nothing near, at night; nothing near."""
    for (person, patient), rows in day.looks.items():
        acts = day.acts.get((person, patient))
        told: dict[str, str | int] = {"person": person, "patient": patient}
        lone = [row for row in rows if day.is_lone(row, acts)] if acts else rows
        dark = [row for row in lone if day.is_night(row)]
        if (person, patient) not in day.carers:
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
            if day.from_at <= entry.recorded_at < day.to_at:
                yield Finding(code="rights_entry", values={"type": type, "seq": entry.seq, "by": entry.performer})


_RIGHTS = {
    "code_issued": ("code_issued",),
    "credentials_changed": (
        "credentials_set", "passkey_added", "passkey_removed", "passkey_copied", "password_set",
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
    local, found, rows = ZoneInfo(zone), list[Finding](), list[AccessRow]()
    from_at, to_at = _moment(on, local), _moment(on + timedelta(days=1), local)
    try:
        rows = log.read_verified(from_at, to_at)
    except AccessRejected as broken:
        found.append(Finding(code="log_broken", values={"seq": broken.seq, "reason": broken.reason}))
        with suppress(AccessRejected):
            rows = log.read(from_at=from_at, to_at=to_at)[::-1]
    day = Day(rows, reading, local, on, from_at, to_at, thresholds or Thresholds())
    return found + [finding for rule in _RULES for finding in rule(day)]


def _moment(on: date, zone: ZoneInfo, hour: int = 0) -> str:
    return to_timestamp(datetime.combine(on, time(hour), zone))


def _seqs(rows: Iterable[AccessRow]) -> tuple[int, ...]:
    return tuple(row.seq for row in rows)
