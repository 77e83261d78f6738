"""The doors to a log's tables, wherever they lie: a SQLite file by its path, or a schema of a PostgreSQL database."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from ledger.storage import engine
from ledger.storage.places import Where
from ledger.storage.shelves import SPEECH


@dataclass(frozen=True, slots=True)
class Doors:
    writer: Engine
    reader: Engine

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


def open_doors(where: Where) -> Doors:
    if isinstance(where, Path):
        return Doors(engine.writer(where), engine.reader(where))
    from ledger.storage import postgres, postgres_speech  # noqa: PLC0415 - the driver is an extra

    SPEECH["postgresql"] = postgres_speech.SPEECH
    return Doors(postgres.writer(where), postgres.reader(where))


def open_migrator(where: Where) -> Engine:
    """For `migrate` alone."""
    if isinstance(where, Path):
        return engine.migrator(where)
    from ledger.storage import postgres  # noqa: PLC0415

    return postgres.migrator(where)
