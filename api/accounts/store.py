"""The file of the accounts: one door that writes, many that read. Made and brought up to date at first use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import literal_column
from sqlmodel import Session, select

from api.accounts.tables import VERSION, Row
from ledger.errors import LedgerReadOnly
from ledger.storage import engine
from ledger.storage.private import make_private, read_private

S = TypeVar("S")
T = TypeVar("T", bound=Row)
_MOST_KNOWN, _LOOKS_EVERY = 10_000, 0.05


class Store:
    def __init__(self, path: Path) -> None:
        """Raises `LedgerReadOnly`: `file_exposed`, `schema_unknown` and what the disk says."""
        make_private(path, b"")  # looks at the mode of one that is there, too
        with engine.preparing(path) as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar()
            if found not in (0, VERSION):
                raise LedgerReadOnly("schema_unknown")
            if found == 0:
                Row.metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
        self._reader, self._writer = engine.reader(path), engine.writer(path)
        self._watch, self._guard = self._reader.raw_connection(), Lock()
        self._version, self._looked_at, self._known = -1, 0.0, dict[tuple[type[Row], str], Any]()

    def find(self, table: type[T], digest: str, to_shape: Callable[[T], S]) -> S | None:
        """What *to_shape*, always the same for *table*, makes of its row with this *digest*. Every call of everybody
        asks for one, so it is read again only once something was written: here, or, as seen a moment later, by
        another process (SQLite: `PRAGMA data_version`)."""
        if self._looked_at < monotonic() - _LOOKS_EVERY:
            self._look()
        book = self._known
        known: S | None = book.get((table, digest))
        if known is None:
            with self.reading() as db:
                row = db.exec(select(table).where(literal_column("digest") == digest)).first()
                if row is not None:  # where something was written meanwhile, this book is not asked any more
                    known = book[table, digest] = to_shape(row)
        return known

    def _look(self) -> None:
        with engine.translated(), self._guard:
            version = self._watch.cursor().execute("PRAGMA data_version").fetchone()[0]
            if version != self._version or len(self._known) > _MOST_KNOWN:
                self._version, self._known = version, {}
            self._looked_at = monotonic()

    def _forget(self) -> None:
        with self._guard:
            self._known, self._looked_at = {}, 0.0

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with engine.translated(), Session(self._reader, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Commits on leaving. Never hash a password inside: everybody else waits. Raises `LedgerBusy`, `NotStored`."""
        try:
            with engine.translated(), Session(self._writer, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            self._forget()

    def close(self) -> None:
        self._watch.close()
        self._reader.dispose()
        self._writer.dispose()


def read_key(path: Path, *, store: Path, fresh: bytes) -> bytes:
    """The key of the accounts; *fresh* becomes it where there are no accounts yet. Raises `LedgerReadOnly`."""
    key = read_private(path)
    if key is None and not store.exists():
        key = make_private(path, fresh)
    if key is None or len(key) != len(fresh):
        raise LedgerReadOnly("key_missing", name=path.name)
    return key
