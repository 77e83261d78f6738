"""Where a log's tables may lie: a SQLite file by its path, or a schema of a PostgreSQL database."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Schema:
    """Where a log lies: `address` is libpq's connection string or URI, without a password; `name` the schema."""

    address: str
    name: str

    @property
    def writer(self) -> str:
        return f"{self.name}_writer"


Where: TypeAlias = Path | Schema
