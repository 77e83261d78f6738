"""Two doors to a log's schema in PostgreSQL: one writer that locks the head's row, readers that cannot write.

Trusts the server to keep what was committed (`synchronous_commit`, and its standby where it has one). Both doors act
in the role `<schema>_writer`, which may add entries and neither change nor remove any; the schema's owner is for
`migrate` alone. A password stands in no address: libpq reads it from its password file (mode 0600).
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.pool import QueuePool

from ledger.errors import LedgerBusy, LedgerReadOnly, WronglyCalled
from ledger.service.patience import may_wait
from ledger.storage.places import Schema

WAIT_SECONDS = 5
APART_SECONDS = 60
"""More between this machine's clock and the server's is a mistake of one of them."""
_READERS = 16
_LONGEST = 40
_SECRETS = ("password", "sslpassword")
# A statement that takes longer is no page's; a transaction that does nothing holds the lock of a whole facility.
_LIMITS = {
    "lock_timeout": "5s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "synchronous_commit": "on",
    "client_encoding": "UTF8",
    "timezone": "UTC",
}


def to_schema(address: str, log: str) -> Schema:
    """The schema of *log*. Raises `WronglyCalled('address_malformed')`, also for an address with a password."""
    try:
        told = conninfo_to_dict(address)
    except psycopg.Error as error:
        raise WronglyCalled("address_malformed") from error
    if any(name in told for name in _SECRETS):
        raise WronglyCalled("address_malformed")
    slug = re.sub(r"[^a-z0-9]+", "_", log.lower())[:_LONGEST]
    return Schema(address, f"{slug}_{sha256(log.encode()).hexdigest()[:8]}")


def writer(schema: Schema) -> Engine:
    """The only engine that appends: the head's row is locked before anything is read, and the clocks are compared."""
    return _engine(schema, most=1, read_only=False, lock="SELECT clock_timestamp() FROM head FOR UPDATE")


def reader(schema: Schema) -> Engine:
    """For pages, proofs and reports: each transaction one snapshot, in which the server refuses every write."""
    return _engine(schema, most=_READERS, read_only=True)


class Readers:
    """A connection for each reader, from SQLAlchemy's pool, which asks whether the server is still there."""

    def __init__(self, schema: Schema) -> None:
        self._engine = reader(schema)

    def lend(self) -> AbstractContextManager[PoolProxiedConnection]:
        """What is begun is rolled back. Raises `LedgerBusy` where nobody may wait for a server's answers."""
        if not may_wait():
            raise LedgerBusy
        return closing(self._engine.raw_connection())

    def dispose(self) -> None:
        self._engine.dispose()


def migrator(schema: Schema) -> Engine:
    """As the owner, who may change the schema. For `migrate` alone; one at a time."""
    return _engine(
        schema, most=1, read_only=False, as_writer=False, lock=f"SELECT pg_advisory_xact_lock({_number(schema)})"
    )


def read_revision(schema: Schema) -> str | None:
    """The migration that the schema is at; None where there is none yet."""
    with _connected(schema) as connection:
        known = connection.execute("SELECT to_regclass(%s)", (f'"{schema.name}".alembic_version',)).fetchone()
        if known is None or known[0] is None:
            return None
        found = connection.execute(f'SELECT version_num FROM "{schema.name}".alembic_version').fetchone()
    return None if found is None else str(found[0])


@contextmanager
def _connected(schema: Schema) -> Iterator[psycopg.Connection[Any]]:
    with _connect(schema) as connection:
        yield connection


def _connect(schema: Schema) -> psycopg.Connection[Any]:
    """A connection to a server that can be relied on. Raises `LedgerReadOnly`: `database_encoding`, `clocks_apart`."""
    connection = _Attentive.connect(_to_conninfo(schema), autocommit=True)
    connection.listen()
    try:
        if connection.info.parameter_status("server_encoding") != "UTF8":
            raise LedgerReadOnly("database_encoding", encoding=str(connection.info.parameter_status("server_encoding")))
        _verify_clocks(connection.execute("SELECT clock_timestamp()").fetchone())
    except BaseException:
        connection.close()
        raise
    return connection


def _verify_clocks(told: tuple[Any, ...] | None) -> None:
    """Raises `LedgerReadOnly('clocks_apart')` where the server *told* another time than this machine's."""
    apart = abs((read_clock() - told[0]).total_seconds()) if told and isinstance(told[0], datetime) else 0
    if apart > APART_SECONDS:
        raise LedgerReadOnly("clocks_apart", seconds=int(apart))


class _Attentive(psycopg.Connection[Any]):
    """A connection whose commit is none where the server warned.

    Who stops to wait for a standby is told so by a warning alone ("canceling wait for synchronous replication"): the
    server has committed, nobody knows whether the standby has, and to the driver all is well.
    """

    def listen(self) -> None:
        self._told: list[str | None] = []
        # What a notice says is gone once its handler is left.
        self.add_notice_handler(lambda notice: self._told.append(notice.severity_nonlocalized))

    def commit(self) -> None:
        self._told.clear()
        super().commit()
        if "WARNING" in self._told:
            raise psycopg.errors.StatementCompletionUnknown


def read_clock() -> datetime:
    """This machine's time, which entries are recorded at."""
    return datetime.now(UTC)


def _to_conninfo(schema: Schema) -> str:
    options = " ".join(f"-c {name}={value}" for name, value in (_LIMITS | {"search_path": schema.name}).items())
    return make_conninfo(
        schema.address, options=options, connect_timeout=WAIT_SECONDS, application_name="senim",
        keepalives_idle=10, keepalives_interval=5, keepalives_count=3,
    )  # fmt: skip


def _number(schema: Schema) -> int:
    return int.from_bytes(sha256(schema.name.encode()).digest()[:8], "big", signed=True)


def _engine(schema: Schema, *, most: int, read_only: bool, as_writer: bool = True, lock: str | None = None) -> Engine:
    def connect() -> Any:
        connection = _connect(schema)
        try:
            if as_writer:
                connection.execute(f'SET ROLE "{schema.writer}"')
        except BaseException:
            connection.close()
            raise
        connection.autocommit = False
        connection.read_only = read_only or None  # what a server lets nobody write, it need not let us
        level = psycopg.IsolationLevel
        connection.isolation_level = level.REPEATABLE_READ if read_only else level.READ_COMMITTED
        return connection

    engine = create_engine(
        "postgresql+psycopg://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=most,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
    )
    if lock is not None:
        _begin_with(engine, lock)
    return engine


def _begin_with(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(statement)
        _verify_clocks(cursor.fetchone())
