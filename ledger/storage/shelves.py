"""The shelves of the book over SQL: a record is loaded once when it is asked for, and written with the commit.

Trusts the stored projections for judging the next command; `rebuild` and every audit derive them again from
the entry bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import Any, NamedTuple, Self, TypeVar

import msgspec
from sqlalchemy import Connection, PoolProxiedConnection, bindparam, delete, select
from sqlalchemy.dialects import sqlite

from ledger.domain.records import SHELVES, Key
from ledger.errors import LedgerReadOnly
from ledger.storage.tables import TABLES

T = TypeVar("T")

_ABSENT: Any = object()
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in SHELVES.items()}
_KEYS = msgspec.json.Decoder(tuple[str, ...])
_encode = msgspec.json.encode


def prepared(statement: Any) -> str:
    """The text of a Core statement with positional parameters, in the order in which it names them."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))


_projection = TABLES["projection"].c
_FIND = prepared(
    select(_projection.value).where(_projection.shelf == bindparam("shelf"), _projection.key == bindparam("key"))
)
_ALL = prepared(
    select(_projection.key, _projection.value).where(
        _projection.shelf == bindparam("shelf"), _projection.key.between(bindparam("first"), bindparam("last"))
    )
)
_put = sqlite.insert(TABLES["projection"])
_TOGETHER, _MOST_RECALLED = 100, 300
SOME: list[Any] = [bindparam(f"key_{n}") for n in range(_TOGETHER)]
"""Parameters for so many keys as one statement takes; see `by_some`."""
_FIND_MANY = prepared(
    select(_projection.key, _projection.value).where(_projection.shelf == bindparam("shelf"), _projection.key.in_(SOME))
)
# In words of its own: the two databases take pairs in no other common form.
_FIND_PAIRS = (
    f'WITH wanted (shelf, "key") AS (VALUES {", ".join(["(?, ?)"] * _TOGETHER)}) '
    'SELECT shelf, "key", value FROM wanted JOIN projection USING (shelf, "key")'
)
PUT = prepared(_put.on_conflict_do_update(index_elements=["shelf", "key"], set_={"value": _put.excluded.value}))
REMOVE = prepared(
    delete(TABLES["projection"]).where(_projection.shelf == bindparam("shelf"), _projection.key == bindparam("key"))
)


def decoded(decoder: msgspec.json.Decoder[T], data: str | bytes) -> T:
    """What our own rows hold. Raises `LedgerReadOnly('self_check')` where they hold something else."""
    try:
        return decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise LedgerReadOnly("self_check") from error


def to_key_text(key: Key) -> str:
    """The canonical JSON array of *key*."""
    return _encode(key).decode()


def to_row(shelf: str, key: Key, record: Any) -> tuple[str, str, bytes]:
    """A row of the table `projection`; equal records make equal bytes."""
    return shelf, to_key_text(key), _encode(record)


class Speech(NamedTuple):
    """How a driver wants what is prepared here: what begins a snapshot ("": nothing has to), a statement's text, a
    cursor for results of any size, rows to put, and a bracket around statements whose results nobody waits for.
    """

    begin: str
    spell: Callable[[str], str]
    stream: Callable[[Any], Any]
    put: Callable[[Any, str, Sequence[tuple[Any, ...]]], None]
    together: Callable[[Any], AbstractContextManager[Any]]


def _put_each(cursor: Any, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    cursor.executemany(statement, rows)


SPEECH = {"sqlite": Speech("BEGIN", str, lambda connection: connection.cursor(), _put_each, lambda _: nullcontext())}
"""By kind of database; `doors` adds PostgreSQL's."""


class Source:
    """The open transaction that a book loads from; a writer's book outlives it and is handed the next one.

    It speaks to the driver, for SQLAlchemy makes a description of every result: some eight times the query.
    """

    __slots__ = ("_connection", "_cursor", "_speech", "_spell", "kind")

    def __init__(self, connection: PoolProxiedConnection, kind: str) -> None:
        """*kind*: of database, by SQLAlchemy's name."""
        self.kind = kind
        self._speech = SPEECH[kind]
        self._spell = self._speech.spell
        self._connection = connection
        self._cursor = connection.cursor()

    @classmethod
    def of(cls, connection: Connection) -> Self:
        return cls(connection.connection, connection.dialect.name)

    def take(self, connection: Connection) -> None:
        self._connection = connection.connection
        self._cursor = self._connection.cursor()

    def begin(self) -> None:
        """Begin a snapshot, which ends when the connection goes back."""
        if self._speech.begin:
            self._cursor.execute(self._speech.begin)

    def all(self, statement: str, *values: Any) -> Sequence[Any]:
        self._cursor.execute(self._spell(statement), values)
        return self._cursor.fetchall()

    def stream(self, statement: str, *values: Any) -> Any:
        """A cursor of its own, which holds a few rows at a time."""
        cursor = self._speech.stream(self._connection)
        try:
            cursor.execute(self._spell(statement), values)
        except BaseException:
            cursor.close()
            raise
        return cursor

    def put(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self._speech.put(self._cursor, statement, rows)

    def together(self) -> AbstractContextManager[Any]:
        """Around what is only put: a server far away is waited for once."""
        return self._speech.together(self._connection)


def by_some(keys: Iterable[T]) -> Iterator[list[T]]:
    """*keys*, as many at a time as `SOME` has parameters; the last one fills up."""
    told = list(keys)
    for start in range(0, len(told), _TOGETHER):
        some = told[start : start + _TOGETHER]
        yield some + some[-1:] * (_TOGETHER - len(some))


class Shelf(MutableMapping[Key, Any]):
    """One shelf. What is not there is remembered too."""

    __slots__ = ("_complete", "_decoder", "_dirty", "_known", "_source", "name")

    def __init__(self, name: str, source: Source) -> None:
        self.name = name
        self._source = source
        self._decoder = _DECODERS[name]
        self._known: dict[Key, Any] = {}
        self._dirty: dict[Key, None] = {}
        self._complete = False

    def _load(self, key: Key) -> Any:
        record = None if self._complete else find(self._source, self.name, key)
        found = self._known[key] = _ABSENT if record is None else record
        return found

    def get(self, key: Key, default: Any = None) -> Any:
        found = self._known.get(key)
        if found is None:
            found = self._load(key)
        return default if found is _ABSENT else found

    def load(self, keys: Iterable[Key] | None) -> None:
        """Have the records of *keys* at hand, or all, read together."""
        if keys is None:
            self._load_all()
        wanted = {to_key_text(key): key for key in keys or () if key not in self._known} if not self._complete else {}
        self._known |= dict.fromkeys(wanted.values(), _ABSENT)
        for some in by_some(wanted):
            for text, value in self._source.all(_FIND_MANY, self.name, *some):
                self._known[wanted[text]] = decoded(self._decoder, value)

    def __getitem__(self, key: Key) -> Any:
        found = self._known.get(key)
        if found is None:
            found = self._load(key)
        if found is _ABSENT:
            raise KeyError(key)
        return found

    def __setitem__(self, key: Key, record: Any) -> None:
        self._known[key] = record
        self._dirty[key] = None

    def __delitem__(self, key: Key) -> None:
        if key not in self:
            raise KeyError(key)
        self[key] = _ABSENT

    def keys_at_hand(self) -> list[Key]:
        return list(self._known)

    def have_at_hand(self, key: Key, value: str | bytes | None) -> None:
        """*value* is the stored record under *key*; None: there is none."""
        self._known[key] = _ABSENT if value is None else decoded(self._decoder, value)

    def __iter__(self) -> Iterator[Key]:
        self._load_all()
        return iter([key for key, record in self._known.items() if record is not _ABSENT])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _load_all(self) -> None:
        if not self._complete:
            for key, value in stored(self._source, self.name):
                if key not in self._known:
                    self._known[key] = decoded(self._decoder, value)
            self._complete = True

    def weight(self) -> int:
        """How many records are remembered."""
        return len(self._known)

    def changes(self) -> tuple[list[tuple[str, str, bytes]], list[tuple[str, str]]]:
        """(rows to put, keys to remove) since the last time; they are then taken as stored."""
        put, remove = [], []
        for key in self._dirty:
            record = self._known[key]
            if record is _ABSENT:
                remove.append((self.name, to_key_text(key)))
            else:
                put.append(to_row(self.name, key, record))
        self._dirty.clear()
        return put, remove


def recall(source: Source, shelves: Mapping[str, Shelf], before: Mapping[str, Shelf]) -> None:
    """Have at hand in *shelves*, as it is stored now, what was in *before*: it will be asked for again.

    Not where that is much: record by record only what is needed is read.
    """
    wanted = {(name, to_key_text(key)): key for name, shelf in before.items() for key in shelf.keys_at_hand()}
    if len(wanted) > _MOST_RECALLED:
        return
    for some in by_some(wanted):
        found = {(shelf, key): value for shelf, key, value in source.all(_FIND_PAIRS, *chain(*some))}
        for each in some:
            shelves[each[0]].have_at_hand(wanted[each], found.get(each))


class Shelves(dict[str, MutableMapping[Key, Any]]):
    """Those of a reading's book, each made when it is asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __missing__(self, name: str) -> Shelf:
        found = self[name] = Shelf(name, self._source)
        return found


def stored(source: Source, shelf: str, prefix: Key = ()) -> list[tuple[Key, bytes]]:
    """(key, value) of the stored records whose key starts with *prefix*, in key order."""
    first = to_key_text(prefix)[:-1]
    rows = source.all(_ALL, shelf, first, first + "\U0010ffff")
    return sorted((decoded(_KEYS, key), value) for key, value in rows)


def find(source: Source, shelf: str, key: Key) -> Any:
    """The stored record under *key*, or None."""
    rows = source.all(_FIND, shelf, to_key_text(key))
    return decoded(_DECODERS[shelf], rows[0][0]) if rows else None


def read_shelf(source: Source, shelf: str, prefix: Key = ()) -> Iterator[tuple[Key, Any]]:
    """(key, record) in key order, each decoded as it is reached."""
    decoder = _DECODERS[shelf]
    return ((key, decoded(decoder, value)) for key, value in stored(source, shelf, prefix))
