"""Patients by name and IIN, through a blind index: HMACs of what could be asked for, never the words themselves.

`search.db` holds, for each patient, HMAC-SHA-256 under `secrets/search.key`, cut to 12 bytes, of every beginning of
every folded word of the name from two letters on, of the whole words, and of the whole IIN. It follows from the entries
and the vault, is derived again where it is damaged, and is in no backup. What it finds is compared with the opened
values before anybody sees it.

Trust: whoever can read the file alone sees how many patients there are, which share beginnings of names, and how long
names are; with the key beside it, he can try names and IINs and learn whether and as which pseudonym they are here.
Whoever can replace it can hide patients from the search, never show wrong ones.
"""

import hmac
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from pysqlite3 import dbapi2 as sqlite

from ledger.domain.person import ids_of, is_here
from ledger.errors import LedgerReadOnly, OpeningRejected
from ledger.log.canonical import from_bytes
from ledger.log.merkle import leaf_hash
from ledger.service.ledger import Ledger
from ledger.service.opened import read_identity
from ledger.service.ports import Reading
from ledger.storage.engine import WAIT_SECONDS, translated
from ledger.storage.folding import join_digits, to_words
from ledger.storage.layout import SEARCH, SECRETS
from ledger.storage.private import make_private

_SCHEMA = """
CREATE TABLE tag (tag BLOB, patient TEXT, PRIMARY KEY (tag, patient)) STRICT, WITHOUT ROWID;
CREATE INDEX tag_patient ON tag (patient);
CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 0), seq INTEGER, leaf BLOB, key BLOB) STRICT;
"""
_TYPES = ("patient.registered", "patient.corrected", "patients.merged", "identity.erased", "entry.reversed")
_FEW = 1000
_KEY_BYTES, _TAG_BYTES, _LEAST, _LONGEST_PREFIX = 32, 12, 2, 16


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: every one of *words* begins a word of the name, *iins* and *years* (of birth) are whole."""

    words: tuple[str, ...]
    iins: tuple[str, ...]
    years: tuple[str, ...]

    @property
    def is_narrow(self) -> bool:
        return bool(self.iins) or any(len(word) >= _LEAST for word in self.words)

    def rank(self, identity: dict[str, Any]) -> int | None:
        """How many words are whole ones of the name; None where not all is true of *identity*."""
        named = {each for word in to_words(identity.get("name") or "") for each in word}
        born_in = str(identity.get("born_on") or "")[:4]
        if not all(any(each.startswith(word) for each in named) for word in self.words):
            return None
        if any(iin != identity.get("iin") for iin in self.iins) or any(year != born_in for year in self.years):
            return None
        return sum(word in named for word in self.words)


def to_queries(asked: str) -> list[Query]:
    """What *asked* may mean: a hyphenated word is looked for as one, and in its parts."""
    told = to_words(join_digits(asked))
    meant = [[word[0] for word in told], [part for word in told for part in (word[1:] or word)]]
    queries = []
    for words in meant[: 2 if meant[0] != meant[1] else 1]:
        numbers = [word for word in words if word.isdecimal()]
        queries.append(
            Query(
                tuple(word for word in words if len(word) not in (4, 12) or word not in numbers),
                tuple(word for word in numbers if len(word) == 12),
                tuple(word for word in numbers if len(word) == 4),
            )
        )
    return queries


class Search:
    """Thread-safe; catches up with the entries before it answers."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._key_id = self._tag("key", "")
        self._lock = Lock()
        self._connection = self._connect()

    def find_patients(self, ledger: Ledger, asked: str, *, limit: int = 20) -> list[str]:
        """The ids (of merged ones the kept) of at most *limit* patients of whom all of *asked* is true.

        Parts of names in any order, a whole IIN, a year of birth beside them. Whole words go before beginnings.
        """
        with self._lock, ledger.reading() as reading:
            queries = [each for each in to_queries(asked) if each.is_narrow]
            candidates = self._mended(reading, ledger, lambda: self._candidates(queries)) if queries else []
            found: dict[str, tuple[int, str]] = {}
            for patient in candidates:
                if len(found) >= limit:
                    break
                if not is_here(reading.book, patient):
                    continue
                identity = _identity(reading, ledger, patient)
                ranks = [rank for each in queries if (rank := each.rank(identity)) is not None]
                if ranks:
                    found[patient] = (-max(ranks), str(identity.get("name")))
        return sorted(found, key=lambda patient: (found[patient], patient))

    def catch_up(self, ledger: Ledger) -> None:
        """Also takes out whom an entry erased since."""
        with self._lock, ledger.reading() as reading:
            self._mended(reading, ledger, lambda: None)

    def rebuild(self, ledger: Ledger) -> None:
        """Derive all of it again."""
        with self._lock, ledger.reading() as reading:
            self._begin_anew()
            self._catch_up(reading, ledger)

    def close(self) -> None:
        self._connection.close()

    def _mended(self, reading: Reading, ledger: Ledger, work: Any) -> Any:
        try:
            self._catch_up(reading, ledger)
            return work()
        except sqlite.OperationalError:
            with translated():
                raise
        except sqlite.DatabaseError:
            self._begin_anew()
            self._catch_up(reading, ledger)
            return work()

    def _candidates(self, queries: Sequence[Query]) -> list[str]:
        """Those whom the tags allow, who have more of the words as whole ones first."""
        ranked: dict[str, int] = {}
        for query in queries:
            tags = {self._tag("begins", word[:_LONGEST_PREFIX]) for word in query.words if len(word) >= _LEAST}
            tags |= {self._tag("iin", iin) for iin in query.iins}
            several = f"SELECT patient FROM tag WHERE tag IN ({', '.join('?' * len(tags))}) GROUP BY patient"
            rows = self._connection.execute(f"{several} HAVING count(*) = ?", (*tags, len(tags))).fetchall()
            ranked |= {patient: ranked.get(patient, 0) for (patient,) in rows}
            for word in query.words:
                whole = self._connection.execute("SELECT patient FROM tag WHERE tag = ?", (self._tag("is", word),))
                for (patient,) in whole:
                    if patient in ranked:
                        ranked[patient] += 1
        return sorted(ranked, key=lambda patient: (-ranked[patient], patient))

    def _catch_up(self, reading: Reading, ledger: Ledger) -> None:
        size = reading.head.size
        state = self._connection.execute("SELECT seq, leaf, key FROM state").fetchone()
        if state is not None and (state[2] != self._key_id or not _stands(reading, state[0], state[1])):
            self._begin_anew()  # of another key, or of another history
            state = None
        after = state[0] if state is not None else reading.begins_at - 1
        if after >= size - 1:
            return
        changed = sorted({each for entry in _changes(reading, after) for each in entry})
        # Opened before the lock is taken: vaults take their time.
        told = [(each, self._tags(reading, ledger, each)) for each in changed]
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for patient, tags in told:
                self._connection.execute("DELETE FROM tag WHERE patient = ?", (patient,))
                self._connection.executemany("INSERT INTO tag VALUES (?, ?)", [(tag, patient) for tag in sorted(tags)])
            row = (size - 1, leaf_hash(reading.entry(size - 1)), self._key_id)
            self._connection.execute("INSERT OR REPLACE INTO state VALUES (0, ?, ?, ?)", row)
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # what was taken out, here as well

    def _tags(self, reading: Reading, ledger: Ledger, patient: str) -> set[bytes]:
        """None of an id that was merged into another, or whose identity was erased."""
        if ids_of(reading.book, patient)[0] != patient or not is_here(reading.book, patient):
            return set()
        identity = _identity(reading, ledger, patient)
        words = {each for word in to_words(identity.get("name") or "") for each in word}
        tags = {self._tag("is", word) for word in words}
        for word in words:
            tags |= {self._tag("begins", word[:n]) for n in range(_LEAST, min(len(word), _LONGEST_PREFIX) + 1)}
        return tags | ({self._tag("iin", identity["iin"])} if identity.get("iin") else set())

    def _tag(self, what: str, word: str) -> bytes:
        return hmac.digest(self._key, f"senim/search/v1\n{what}\n{word}".encode(), "sha256")[:_TAG_BYTES]

    def _begin_anew(self) -> None:
        self._connection.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)
        self._connection = self._connect()

    def _connect(self) -> Any:
        make_private(self._path, b"")
        try:
            return self._opened()
        except sqlite.DatabaseError as error:
            if isinstance(error, sqlite.OperationalError):
                with translated():
                    raise
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)
        make_private(self._path, b"")
        return self._opened()

    def _opened(self) -> Any:
        address = f"file:{quote(str(self._path))}?mode=rw"
        connection = sqlite.connect(
            address, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "trusted_schema = OFF"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone():
                connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        except BaseException:
            with suppress(sqlite.Error):
                connection.close()
            raise
        return connection


@contextmanager
def open_search(directory: Path) -> Iterator[Search]:
    """The search of a data directory, made at first use. Raises `LedgerReadOnly`."""
    name = "search.key"
    key = make_private(directory / SECRETS / name, os.urandom(_KEY_BYTES))
    if len(key) != _KEY_BYTES:
        raise LedgerReadOnly("key_damaged", name=name)
    with closing(Search(directory / SEARCH, key)) as search:
        yield search


def _identity(reading: Reading, ledger: Ledger, patient: str) -> dict[str, Any]:
    """Nothing, where an opening is damaged: that one patient is not found, all others are."""
    with suppress(OpeningRejected):
        return read_identity(reading, ledger.vault, patient)
    return {}


def _stands(reading: Reading, seq: int, leaf: bytes) -> bool:
    return reading.begins_at <= seq < reading.head.size and leaf_hash(reading.entry(seq)) == leaf


def _changes(reading: Reading, after: int) -> Iterator[Iterable[str]]:
    """The patients whose identity entries after *after* touched."""
    if reading.head.size - 1 - after <= _FEW:
        data = [each for _, each in reading.entries(after + 1)]
    else:
        data = [row.data for type in _TYPES for row in reading.rows(type=type) if row.seq > after]
    for each in data:
        statement = from_bytes(each)["statement"]
        if statement["type"] in _TYPES:
            body = statement["body"]
            if statement["type"] == "entry.reversed":
                past = reading.book.past
                about = past.by_id(body["id"]) if "id" in body else past.by_seq(body["seq"])
                body = about.body if about is not None and about.type in _TYPES else {}
            named = [body[name] for name in ("patient", "keep", "drop") if name in body]
            yield {each for one in named for each in ids_of(reading.book, one)} | set(named)
