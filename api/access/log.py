"""The access log: one chained row for each read of a patient's data, each sign-in, failure and change of rights.

A row is canonical bytes with its number `seq` and `prev`, the SHA-256 of the row before (of nothing, for row 0). How
many rows there are and the hash of the last one are noted in the head store, outside the data directory, when the log
is opened and closed and with the first row of each day: what was cut off afterwards is missed.

Trust: whoever can read `access.db` learns who looked at which pseudonym, when and why, in the reader's own words;
whoever can replace it can hide what was not yet noted outside. It holds no name, IIN, password or token that it was
not told as a reason.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from ledger.domain.terms import ID
from ledger.errors import AccessRejected, LedgerBusy, LedgerReadOnly
from ledger.log.canonical import encode_checked, to_bytes, to_timestamp
from ledger.service.clock import Clock, system_clock
from ledger.service.patience import may_wait
from ledger.service.ports import Heads
from ledger.storage import engine
from ledger.storage.layout import ACCESS
from ledger.storage.private import make_private, read_private

HEAD_NAME = "senim-access"
LONGEST = 500
Stored = tuple[int, str, str, str, str, bytes]
"""A row of the table: its number, what its bytes say too, and the bytes."""
Outside = tuple[Heads, bytes]
"""The head store, and the name that the log's head has there."""
_NOTHING = sha256(b"").digest()
_SCHEMA = (
    """CREATE TABLE access (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, person TEXT NOT NULL, patient TEXT NOT NULL,
    data BLOB NOT NULL
) STRICT""",
    "CREATE INDEX access_at ON access (at)",
    "CREATE INDEX access_person ON access (person, seq)",
    "CREATE INDEX access_patient ON access (patient, seq)",
    "CREATE TRIGGER access_is_never_changed BEFORE UPDATE ON access BEGIN SELECT RAISE(ABORT, 'never changed'); END",
    "CREATE TRIGGER access_is_never_removed BEFORE DELETE ON access BEGIN SELECT RAISE(ABORT, 'never removed'); END",
    # REPLACE asks no DELETE trigger of a plain client.
    """CREATE TRIGGER access_takes_the_next_number BEFORE INSERT ON access
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM access)
    BEGIN SELECT RAISE(ABORT, 'not the next number'); END""",
)
_FROM = "SELECT * FROM access WHERE seq >= ? ORDER BY seq"
_WITHIN = "SELECT min(seq), max(seq) FROM access WHERE at >= ? AND at < ?"
_BEFORE = "SELECT seq FROM access WHERE at < ? ORDER BY at DESC, seq DESC LIMIT 1"
_STRIDE = 1_000
_LAST = "SELECT seq, data FROM access ORDER BY seq DESC LIMIT 1"


class AccessRow(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """*kind* happened at *at* (canonical UTC text) to or by *person*; *by*: by whose act, or in which session."""

    seq: int
    at: str
    kind: str
    person: str = ""
    by: str = ""
    patient: str = ""
    detail: str = ""
    reason: str = ""


class _Stored(AccessRow, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    v: int
    prev: str


T = TypeVar("T")
_TOLD, _STORED = msgspec.json.Decoder(AccessRow), msgspec.json.Decoder(_Stored)


@dataclass(slots=True)
class _Asked:
    told: dict[str, str]
    error: Exception | None = None
    is_done: bool = False


@dataclass(slots=True)
class AccessLog:
    """Thread-safe; other processes may write beside it."""

    path: Path
    clock: Clock
    outside: Outside | None
    _writer: Any = field(init=False)
    _reader: Any = field(init=False)
    _turn: Lock = field(default_factory=Lock)
    _queue: Lock = field(default_factory=Lock)
    _waiting: list[_Asked] = field(default_factory=list)
    _pinned_on: str = ""
    _reached: dict[int, str] = field(default_factory=dict)
    """Hashes by how many rows they end, from which all that followed was seen to follow."""

    def __post_init__(self) -> None:
        """Raises `LedgerReadOnly`: `file_exposed`, and what the disk says."""
        make_private(self.path, b"")
        read_private(self.path)
        with engine.preparing(self.path) as connection:
            if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'access'").all():
                for statement in _SCHEMA:
                    connection.exec_driver_sql(statement)
        self._writer, self._reader = engine.writer(self.path), engine.reader(self.path)

    def note(
        self, kind: str, *, person: str, by: str = "", patient: str = "", detail: str = "", reason: str = ""
    ) -> None:
        """Durable when it returns; who calls at the same time shares one commit. Raises `SenimError`: not noted."""
        self.note_each(kind, [patient], person=person, by=by, detail=detail, reason=reason)

    def note_each(
        self, kind: str, patients: Iterable[str], *, person: str, by: str = "", detail: str = "", reason: str = ""
    ) -> None:
        """The same of several patients, a row each, in one commit."""
        if not may_wait():  # for a disk
            raise LedgerBusy
        told = {"kind": kind, "person": person, "by": by, "detail": detail, "reason": reason}
        same = {name: _clean(text) for name, text in told.items() if text}
        asked = [_Asked(same | ({"patient": _clean(_pseudonym(each))} if each else {})) for each in patients]
        if not asked:
            return
        with self._queue:
            self._waiting += asked
        with self._turn:  # whoever is first writes for all who wait
            if not asked[-1].is_done:
                with self._queue:
                    group, self._waiting = self._waiting, []
                self._write(group)
        if asked[-1].error is not None:
            raise asked[-1].error

    def _write(self, group: Sequence[_Asked]) -> None:
        try:
            with engine.translated(), self._writer.begin() as connection:
                at = to_timestamp(self.clock())
                last, prev = _read_last(connection)
                rows = []
                for seq, asked in enumerate(group, last + 1):
                    data = to_bytes({"v": 1, "seq": seq, "prev": prev.hex(), "at": at, **asked.told})
                    prev = sha256(data).digest()
                    rows.append((seq, at, *_index(asked.told), data))
                connection.exec_driver_sql("INSERT INTO access VALUES (?, ?, ?, ?, ?, ?)", rows)
            if at[:10] != self._pinned_on:
                self.pin()
        except Exception as error:  # noqa: BLE001 - each who waits is told
            for asked in group:
                asked.error = error
        for asked in group:
            asked.is_done = True

    def look_through(self) -> None:
        """Whether the file is one that can be read and written. Raises `LedgerReadOnly('database_damaged')`."""
        with self._reading() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check").scalars().all() != ["ok"]:
                raise LedgerReadOnly("database_damaged", name=self.path.name)

    def head(self) -> tuple[int, bytes]:
        """(how many rows, SHA-256 of the last one)."""
        with self._reading() as connection:
            seq, last = _read_last(connection)
        return seq + 1, last

    def read(
        self,
        *,
        from_at: str | None = None,
        to_at: str | None = None,
        person: str | None = None,
        patients: Sequence[str] | None = None,
        limit: int | None = None,
        cursor: int | None = None,
    ) -> list[AccessRow]:
        """The newest first. From *from_at* to before *to_at* (canonical UTC text); about any of *patients*; at most
        *limit*, with numbers below *cursor*.
        """
        where: list[tuple[str, tuple[Any, ...]]] = [("seq >= 0", ())]
        for condition, value in (("at >= ?", from_at), ("at < ?", to_at), ("person = ?", person), ("seq < ?", cursor)):
            if value is not None:
                where.append((condition, (value,)))
        if patients is not None:
            where.append((f"patient IN ({', '.join('?' * len(patients))})", tuple(patients)))
        conditions = " AND ".join(condition for condition, _ in where)
        most = -1 if limit is None else limit
        query = f"SELECT seq, data FROM access WHERE {conditions} ORDER BY seq DESC LIMIT {most:d}"
        values = tuple(value for _, values in where for value in values)
        with self._reading() as connection:
            return [_decode(_TOLD, *row) for row in connection.exec_driver_sql(query, values).all()]

    def verify(self) -> tuple[int, bytes]:
        """Every row follows from the one before it, and none is missing that was noted outside; then the head.

        Raises `AccessRejected` with the number of the first row that is not as it was written.
        """
        return self._walk(None, [])

    def read_verified(self, from_at: str, to_at: str) -> list[AccessRow]:
        """The rows from *from_at* to before *to_at* (canonical UTC text), the oldest first, each as it was written.

        They are if what was noted outside follows from them, or else the end, which is not walked to twice. Raises
        `AccessRejected` with the number of the first row that is not.
        """
        rows = list[AccessRow]()
        self._walk((from_at, to_at), rows)
        return rows

    def _walk(self, period: tuple[str, str] | None, into: list[AccessRow]) -> tuple[int, bytes]:
        """The head that was reached. Of a *period* only its own rows are looked at closely, and put *into*."""
        pinned, reached = self._read_pinned(), dict[int, str]()
        with self._reading() as connection, closing(connection.connection.cursor()) as rows:
            end = _read_last(connection)[0] + 1
            size, last = (0, end) if period is None else _find_period(connection, *period)
            if pinned is not None:
                size = min(size, pinned[0] - 1)
            prev = (_read_hash(connection, size - 1) or _NOTHING).hex()
            rows.execute(_FROM, (size,))  # past SQLAlchemy, which would describe them
            while some := rows.fetchmany(_up_to(size, last + 1, 0 if pinned is None else pinned[0])):
                if size <= last:
                    told = _verify_rows(size, prev, some)
                    if period is not None:
                        into += [row for row in told if period[0] <= row.at < period[1]]
                else:
                    _verify_links(size, prev, some)
                prev, size = sha256(some[-1][-1]).hexdigest(), size + len(some)
                if pinned is not None and size == pinned[0] and prev != pinned[1].hex():
                    raise AccessRejected("not_as_noted", seq=size - 1)
                if size % _STRIDE == 0:
                    if size > last + 1 and self._reached.get(size) == prev:
                        break
                    reached[size] = prev
        if pinned is not None and end < pinned[0]:
            raise AccessRejected("cut_off", seq=end)
        self._reached |= reached
        return size, bytes.fromhex(prev)

    def pin(self) -> None:
        """Note the head outside the data directory. What does not follow from what was noted is not noted."""
        size, last = self.head()
        if self.outside is None or not size:
            return
        heads, name = self.outside
        try:
            known = heads.read(HEAD_NAME, name)
            if known is None or (known[0] < size and self._hash(known[0] - 1) == known[1]):
                heads.advance(HEAD_NAME, name, old=known, new=(size, last))
        except LedgerReadOnly:
            return  # nobody is kept from a patient's data for it
        self._pinned_on = to_timestamp(self.clock())[:10]

    def close(self) -> None:
        try:
            self.pin()
        finally:
            self._reader.dispose()
            self._writer.dispose()

    def _read_pinned(self) -> tuple[int, bytes] | None:
        if self.outside is None:
            return None
        heads, name = self.outside
        return heads.read(HEAD_NAME, name, of_any_machine=True)

    def _hash(self, seq: int) -> bytes | None:
        with self._reading() as connection:
            return _read_hash(connection, seq)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with engine.translated(), self._reader.begin() as connection:
            yield connection


def open_access_log(
    directory: Path, *, clock: Clock = system_clock, outside: tuple[Heads, bytes] | None = None
) -> "closing[AccessLog]":
    """The access log of a data directory, made at first use; a context manager. Raises `LedgerReadOnly`.

    *outside*: the head store, and the leaf of the register's entry 0.
    """
    named = None if outside is None else (outside[0], sha256(HEAD_NAME.encode() + b"\n" + outside[1]).digest())
    log = AccessLog(directory / ACCESS, clock, named)
    log.pin()
    return closing(log)


def _read_last(connection: Connection) -> tuple[int, bytes]:
    """(seq, hash) of the last row; −1 and the hash of nothing where there is none."""
    row = connection.exec_driver_sql(_LAST).one_or_none()
    return (-1, _NOTHING) if row is None else (row[0], sha256(row[1]).digest())


def _index(told: dict[str, str]) -> tuple[str, str, str]:
    return told["kind"], told.get("person", ""), told.get("patient", "")


def _up_to(size: int, *ends: int) -> int:
    """How many rows follow *size* others before the next of *ends*, or of the strides."""
    return min(end for end in (*ends, size - size % _STRIDE + _STRIDE) if end > size) - size


def _read_hash(connection: Connection, seq: int) -> bytes | None:
    data = connection.exec_driver_sql("SELECT data FROM access WHERE seq = ?", (seq,)).scalar()
    return None if data is None else sha256(data).digest()


def _find_period(connection: Connection, from_at: str, to_at: str) -> tuple[int, int]:
    """The numbers of the rows before and behind: whether they were written on another day is looked at, too."""
    first, last = connection.exec_driver_sql(_WITHIN, (from_at, to_at)).one()
    if first is None:
        first = last = connection.exec_driver_sql(_BEFORE, (from_at,)).scalar() or 0
        return first, last + 1
    return max(first - 1, 0), last + 1


def _decode(decoder: msgspec.json.Decoder[T], seq: int, data: bytes) -> T:
    try:
        return decoder.decode(data)
    except ValueError as bad:  # as msgspec.DecodeError and UnicodeDecodeError are
        raise AccessRejected("row_unreadable", seq=seq) from bad


def _verify_rows(size: int, prev: str, some: Sequence[Stored]) -> list[AccessRow]:
    """Rows that follow *size* others, of which the last has the hash *prev* (hex): all at once, and if that fails one
    by one, so that the first which is not as it was written is named.
    """
    with suppress(ValueError):
        told = [_STORED.decode(stored[-1]) for stored in some]
        spelled = [(row.seq, row.at, row.kind, row.person, row.patient, encode_checked(row)) for row in told]
        links = [prev, *(sha256(stored[-1]).hexdigest() for stored in some[:-1])]
        expected = [(seq, link, 1) for seq, link in enumerate(links, size)]
        if spelled == some and [(row.seq, row.prev, row.v) for row in told] == expected:
            return [*told]
    rows = list[AccessRow]()
    for seq, stored in enumerate(some, size):
        rows.append(_verify_row(seq, prev, *stored))
        prev = sha256(stored[-1]).hexdigest()
    return rows


def _verify_row(
    size: int, prev: str, seq: int, at: str, kind: str, person: str, patient: str, data: bytes
) -> AccessRow:
    if seq != size:
        raise AccessRejected("row_missing", seq=size)
    row = _decode(_STORED, seq, data)
    if encode_checked(row) != data:
        raise AccessRejected("row_unreadable", seq=seq)
    if row.prev != prev:
        raise AccessRejected("prev_mismatch", seq=seq)
    if (row.v, row.seq, row.at, row.kind, row.person, row.patient) != (1, seq, at, kind, person, patient):
        raise AccessRejected("index_differs", seq=seq)
    return row


def _verify_links(size: int, prev: str, some: Sequence[Stored]) -> None:
    """What a text holds can have no such quotation marks: nothing but the member is found."""
    for expected, (seq, *_, data) in enumerate(some, size):
        if seq != expected:
            raise AccessRejected("row_missing", seq=expected)
        if f'"prev":"{prev}"'.encode() not in data:
            raise AccessRejected("prev_mismatch", seq=seq)
        prev = sha256(data).hexdigest()


def _pseudonym(told: str) -> str:
    """What cannot be an id is not kept: somebody may have typed a name or an IIN."""
    return told if not told or (ID.fullmatch(told) and not (len(told) == 12 and told.isdecimal())) else "?"


def _clean(text: str) -> str:
    """NFC without control characters or halves of characters, and no longer than a line in a list can be."""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(each) in ("Cc", "Cs", "Cf", "Zl", "Zp") else each for each in text)
    return unicodedata.normalize("NFC", text[:LONGEST])
