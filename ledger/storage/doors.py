"""The doors to a log's tables, wherever they lie: a SQLite file by its path, or a schema of a PostgreSQL database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Engine

from ledger.errors import WronglyCalled
from ledger.storage import engine
from ledger.storage.places import Where
from ledger.storage.shelves import SPEECH, Source


@dataclass(frozen=True, slots=True)
class Doors:
    """*readers*: of either database; *many_machines*: whether programs on several may write."""

    writer: Engine
    readers: engine.Readers
    many_machines: bool

    @contextmanager
    def snapshot(self) -> Iterator[Source]:
        """What one reader sees. SQLAlchemy's own transaction costs more than most reads do."""
        with self.readers.lend() as connection:
            source = Source(connection, self.writer.dialect.name)
            source.begin()
            yield source

    def close(self) -> None:
        self.writer.dispose()
        self.readers.dispose()


def open_doors(where: Where) -> Doors:
    """Raises `WronglyCalled('driver_missing')`."""
    theirs: Any = engine if isinstance(where, Path) else load_postgres()
    return Doors(theirs.writer(where), theirs.Readers(where), not isinstance(where, Path))


def open_migrator(where: Where) -> Engine:
    """For `migrate` alone, and to put a ledger aside."""
    theirs: Any = engine if isinstance(where, Path) else load_postgres()
    opened: Engine = theirs.migrator(where)
    return opened


def load_postgres() -> ModuleType:
    """`ledger.storage.postgres`, whose driver is an extra. Raises `WronglyCalled('driver_missing')`."""
    try:
        from ledger.storage import postgres, postgres_speech  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise WronglyCalled("driver_missing") from error
    SPEECH["postgresql"] = postgres_speech.SPEECH
    return postgres
