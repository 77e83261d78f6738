"""Our prepared statements as psycopg wants them: many rows are one statement, and one answer is waited for.

Written for SQLite once, as `shelves.prepared` makes them; what is spelled otherwise here is listed, not guessed.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import count
from typing import Any

import msgspec
from sqlalchemy import Integer, LargeBinary

from ledger.storage.shelves import Speech
from ledger.storage.tables import TABLES

_NUMBER = "CAST(CAST(projection.value AS TEXT) AS INTEGER)"
_THEIR_NUMBER = "CAST(convert_from(projection.value, 'UTF8') AS BIGINT)"
"""A number that is kept as JSON."""
_INSERT = re.compile(r"INSERT INTO (\w+) \(([\w\", ]+)\) VALUES \((?:\?, )*\?\)(.*)", re.DOTALL)
_STREAMS = count()
_encode = msgspec.json.encode


@cache
def spell(statement: str) -> str:
    """A statement with `?` for its parameters."""
    return statement.replace(_NUMBER, _THEIR_NUMBER).replace("%", "%%").replace("?", "%s")


def open_stream(connection: Any) -> Any:
    """A cursor of the server's: the client holds no more rows than it asks for."""
    return connection.cursor(f"stream_{next(_STREAMS)}")


def put(cursor: Any, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """*rows* in their order: the guard of each sees those before it."""
    if many := _to_many(statement):
        cursor.execute(many, (_encode(rows).decode(),))
    elif len(rows) == 1:
        cursor.execute(spell(statement), rows[0])
    else:
        cursor.executemany(spell(statement), rows)


@cache
def _to_many(statement: str) -> str | None:
    """An INSERT that takes all its rows as one JSON text, which costs us least; None for any other statement."""
    found = _INSERT.fullmatch(statement)
    if found is None:
        return None
    table, columns, more = found.groups()
    names = columns.replace('"', "").split(", ")
    values = ", ".join(_value_of(TABLES[table].c[name].type, at) for at, name in enumerate(names))
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM jsonb_array_elements(%s::jsonb) AS one{spell(more)}"


def _value_of(kind: Any, at: int) -> str:
    if isinstance(kind, Integer):
        return f"(one->>{at})::bigint"
    return f"decode(one->>{at}, 'base64')" if isinstance(kind, LargeBinary) else f"one->>{at}"


SPEECH = Speech("", spell, open_stream, put, lambda connection: connection.driver_connection.pipeline())
