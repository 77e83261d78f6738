"""Two doors to a SQLite file: one writer that says BEGIN IMMEDIATE, many readers that cannot write.

Trusts the operating system to keep what was synced, and the SQLite it was built against only outside the range
with the WAL-reset race. The authorizer is a second lock inside the program: it stops our own mistakes, not others'.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from ledger.errors import LedgerBusy, LedgerReadOnly, NotStored, SenimError
from ledger.service.patience import STEPS, is_too_long, may_wait
from ledger.storage.tables import APPEND_ONLY

WAIT_SECONDS = 5
_READERS = 16

# sqlite.org/wal.html: two connections that write and checkpoint at once could lose commits before 3.51.3.
_WAL_RESET_FIXED, _BACKPORTED = (3, 51, 3), {(3, 44): 6, (3, 50): 7}

_YES: int = sqlite.SQLITE_OK
_NO: int = sqlite.SQLITE_DENY
_LOOK = {sqlite.SQLITE_SELECT, sqlite.SQLITE_READ, sqlite.SQLITE_FUNCTION, sqlite.SQLITE_RECURSIVE}
_TRANSACT = {sqlite.SQLITE_TRANSACTION, sqlite.SQLITE_SAVEPOINT}
_CHANGE = {sqlite.SQLITE_UPDATE, sqlite.SQLITE_DELETE}

_READ_ONLY_BECAUSE = {
    sqlite.SQLITE_FULL: "disk_full",
    sqlite.SQLITE_READONLY: "disk_read_only",
    sqlite.SQLITE_PERM: "disk_read_only",
    sqlite.SQLITE_CANTOPEN: "disk_unreachable",
    sqlite.SQLITE_IOERR: "disk_error",
    sqlite.SQLITE_CORRUPT: "database_damaged",
    sqlite.SQLITE_NOTADB: "database_damaged",
}

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def verify_version(version: tuple[int, int, int]) -> None:
    """Raises `LedgerReadOnly('sqlite_unsafe')` for a SQLite that may lose commits in WAL mode."""
    backported = _BACKPORTED.get(version[:2])
    if version < _WAL_RESET_FIXED and (backported is None or version[2] < backported):
        raise LedgerReadOnly("sqlite_unsafe", version=".".join(map(str, version)))


def writer(path: Path) -> Engine:
    """The only engine that appends: one connection; BEGIN IMMEDIATE takes the lock before the head is read."""
    return _engine(path, begin="BEGIN IMMEDIATE", most=1, pragmas=_DURABLE, authorizer=_may_append)


def migrator(path: Path) -> Engine:
    """As the writer, and it may change the schema. For `migrate` alone."""
    return _engine(path, begin="BEGIN IMMEDIATE", most=1, pragmas=_DURABLE, authorizer=None)


@contextmanager
def preparing(path: Path) -> Iterator[Connection]:
    """To make or look at the schema of a file beside the register. What the disk says of it names the file."""
    owner = migrator(path)
    try:
        with translated(), owner.begin() as connection:
            yield connection
    except LedgerReadOnly as failed:
        raise LedgerReadOnly(failed.reason, name=path.name) from failed
    finally:
        owner.dispose()


def reader(path: Path) -> Engine:
    """For pages, proofs and reports; SQLite itself refuses writes on these connections."""
    pragmas, immutable = ("query_only = ON",), _is_set_in_stone(path)
    return _engine(path, begin="BEGIN", most=_READERS, pragmas=pragmas, authorizer=_may_look, immutable=immutable)


class Readers:
    """A connection for each reader, the one that was used last: it has most at hand.

    SQLAlchemy's pool hands out the one that rested longest, and takes longer for it than most reads do.
    """

    def __init__(self, path: Path) -> None:
        self._engine = reader(path)
        self._free = deque[PoolProxiedConnection | None]()
        self._turns = SimpleQueue[None]()
        self._fill()

    @contextmanager
    def lend(self) -> Iterator[PoolProxiedConnection]:
        """What is begun is rolled back. Raises `LedgerBusy` where all are lent for too long."""
        try:
            self._turns.get(may_wait(), timeout=WAIT_SECONDS)
        except Empty:
            raise LedgerBusy from None
        connection = self._free.pop()
        try:
            connection = connection or self._engine.raw_connection()
            look = None if may_wait() else is_too_long
            connection.driver_connection.set_progress_handler(look, STEPS)  # type: ignore[union-attr]
            try:
                yield connection
            finally:
                connection.rollback()
        finally:
            self._free.append(connection)
            self._turns.put(None)

    def dispose(self) -> None:
        while not self._turns.empty():
            self._turns.get()
            connection = self._free.pop()
            if connection is not None:
                connection.close()
        self._engine.dispose()
        self._fill()

    def _fill(self) -> None:
        """None stands for one that is not open yet. Each has a turn, which is waited for."""
        for _ in range(_READERS):
            self._free.append(None)
            self._turns.put(None)


def _is_set_in_stone(path: Path) -> bool:
    """Whether nobody can write beside *path* and nothing waits in its log: else SQLite would want to make one."""
    log = path.with_name(f"{path.name}-wal")
    return not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)


# synchronous=FULL: a receipt outlives a power cut.
_DURABLE = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON")


def _engine(
    path: Path,
    *,
    begin: str,
    most: int,
    pragmas: tuple[str, ...],
    authorizer: Authorizer | None,
    immutable: bool = False,
) -> Engine:
    major, minor, patch = sqlite.sqlite_version_info
    verify_version((major, minor, patch))

    def connect() -> sqlite.Connection:
        # mode=rw: opening must not make an empty ledger where one is missing.
        connection = sqlite.connect(
            f"file:{quote(str(path))}?mode=rw" + ("&immutable=1" if immutable else ""),
            uri=True,
            timeout=WAIT_SECONDS,
            isolation_level=None,  # our BEGIN, also around DDL
            check_same_thread=False,
        )
        for pragma in ("trusted_schema = OFF", *pragmas):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        if authorizer is not None:
            connection.set_authorizer(authorizer)
        return connection

    engine = create_engine(
        "sqlite://",
        module=sqlite,
        creator=connect,
        poolclass=QueuePool,
        pool_size=most,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.connection.cursor().execute(begin)  # past SQLAlchemy, which would describe its result

    return engine


def _may_look(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite.SQLITE_PRAGMA:
        return _YES if second is None else _NO
    return _YES if action in _LOOK | _TRANSACT else _NO


def _may_append(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite.SQLITE_INSERT or (action in _CHANGE and first not in APPEND_ONLY):
        return _YES
    return _may_look(action, first, second)


@contextmanager
def translated(otherwise: Callable[[], SenimError] | None = None) -> Iterator[None]:
    """Failures of the database inside become ours; one that is not known becomes *otherwise*, or passes."""
    try:
        yield
    except PoolTimeout as error:
        raise LedgerBusy from error
    except Exception as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not (isinstance(cause, sqlite.Error) or hasattr(cause, "sqlstate")):
            raise
        failure = _to_failure(cause) or (otherwise and otherwise())
        if failure is None:
            raise
        raise failure from error


def _to_failure(error: BaseException | None) -> SenimError | None:
    if hasattr(error, "sqlstate"):
        return _of_state(error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite.SQLITE_BUSY, sqlite.SQLITE_LOCKED, sqlite.SQLITE_INTERRUPT):
        return LedgerBusy()
    if code in _READ_ONLY_BECAUSE:
        return LedgerReadOnly(_READ_ONLY_BECAUSE[code])
    return NotStored() if code == sqlite.SQLITE_CONSTRAINT else None


def is_lost(error: BaseException | None) -> bool:
    """Whether a PostgreSQL server went away, was never reached, or warned: what it did last is not known."""
    state = getattr(error, "sqlstate", "")
    return state is None or state == "40003" or (state[:2] in ("08", "57") and state != "57014")


def _of_state(error: Any) -> SenimError | None:
    """What a PostgreSQL server told by its SQLSTATE. Who was not let in is told by words alone (libpq)."""
    if is_lost(error):
        return next((made() for told, made in _AT_THE_DOOR.items() if told in str(error)), _unreachable())
    state = error.sqlstate
    if state in _BUSY:
        return LedgerBusy()
    if state in _STATES:
        return LedgerReadOnly(_STATES[state])
    return NotStored() if state[:2] == "23" else None


def _unreachable() -> LedgerReadOnly:
    return LedgerReadOnly("database_unreachable")


_AT_THE_DOOR: Mapping[str, Callable[[], SenimError]] = {
    "too many clients": LedgerBusy,
    "remaining connection slots": LedgerBusy,
    "authentication failed": lambda: LedgerReadOnly("database_refuses"),
    "no password supplied": lambda: LedgerReadOnly("database_refuses"),
    "no pg_hba.conf entry": lambda: LedgerReadOnly("database_refuses"),
    "permission denied": lambda: LedgerReadOnly("database_refuses"),
    'role "': lambda: LedgerReadOnly("database_refuses"),
    'database "': lambda: LedgerReadOnly("database_missing"),
}
"""In English, which a server need not speak: `database_unreachable` is true of all the others."""
_BUSY = {"40001", "40P01", "55P03", "57014", "53300", "25P03"}
"""Serialization, deadlock, lock and statement timeouts, no connection left, idle in a transaction."""
_STATES = {
    "53100": "disk_full", "25006": "database_read_only", "28000": "database_refuses", "28P01": "database_refuses",
    "3D000": "database_missing", "3F000": "database_missing", "42P01": "database_missing", "42501": "database_refuses",
    "22023": "database_refuses", "XX001": "database_damaged", "XX002": "database_damaged", "53200": "database_refuses",
}  # fmt: skip
