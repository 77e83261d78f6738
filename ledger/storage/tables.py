"""The tables. `entry.data` is the ledger; every other column is an index over it or a projection from it.

Trust: whoever can replace this database can show another history; the signed checkpoint outside it shows that
they did. Models are never instantiated: `table=True` does not validate, so rows are made from checked values
as tuples, in the order of the columns here.
"""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from ledger.log.canonical import MAX_ENTRY

_NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
}
REVISION = "0007"
"""The newest migration."""

_STRICT = {"sqlite_strict": True}
# A hidden rowid is one more unique key that REPLACE can collide with.
_KEYED = {"sqlite_strict": True, "sqlite_with_rowid": False}


# The order of text is that of its code points in both databases.
NUMBER = Integer().with_variant(BigInteger(), "postgresql")
TEXT = Text().with_variant(Text(collation="C"), "postgresql")


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=_NAMING))):
    """Superclass of the ledger's tables, with a metadata of their own."""


def _number(**more: Any) -> Any:
    return Field(sa_type=NUMBER, **more)


def _text(**more: Any) -> Any:
    return Field(sa_type=TEXT, **more)


def _blob(**more: Any) -> Any:
    return Field(sa_type=LargeBinary, **more)


def _check(name: str, condition: str) -> CheckConstraint:
    return CheckConstraint(condition, name=name)


class Entry(Row, table=True):
    """Append-only. `data` is the canonical bytes, `leaf` their RFC 6962 leaf hash; `seq` counts from 0."""

    __table_args__ = (
        _check("leaf", "length(leaf) = 32"),
        _check("data", f"length(data) BETWEEN 1 AND {MAX_ENTRY}"),
        _STRICT,
    )
    seq: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = _text(unique=True)
    type: str = _text(index=True)
    occurred_at: str = _text(index=True)
    recorded_at: str = _text()
    performer: str = _text()
    leaf: bytes = _blob()
    data: bytes = _blob()


class Sealed(Row, table=True):
    """Append-only. An opening, encrypted under its subject's key (see `vault`)."""

    __table_args__ = (_KEYED,)
    # Deferred: an opening may be put before its entry, in the same transaction.
    seq: int = _number(
        primary_key=True, sa_column_args=[ForeignKey("entry.seq", deferrable=True, initially="DEFERRED")]
    )
    path: str = _text(primary_key=True)
    subject: str = _text()
    nonce: bytes = _blob()
    ciphertext: bytes = _blob()


class Adopted(Row, table=True):
    """Append-only. A file that an entry adopted, by the lower-case hex of its SHA-256."""

    __table_args__ = (_check("sha256", "length(sha256) = 64"), _KEYED)
    sha256: str = _text(primary_key=True)
    data: bytes = _blob()


class Checkpoint(Row, table=True):
    """Append-only. A signed note as published; one size never has two roots."""

    __table_args__ = (_check("root", "length(root) = 32"), _STRICT)
    number: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    size: int = _number(index=True)
    root: bytes = _blob()
    note: bytes = _blob()


class Tile(Row, table=True):
    """Append-only. A full tile (C2SP tlog-tiles): 256 hashes of `level`, and the `root` over them."""

    __table_args__ = (_check("root", "length(root) = 32"), _check("data", "length(data) = 8192"), _KEYED)
    level: int = _number(primary_key=True)
    idx: int = _number(primary_key=True)
    root: bytes = _blob()
    data: bytes = _blob()


class HeadRow(Row, table=True):
    """One row: where the log ends. The only table of the ledger that is updated, and only along with the entries.

    `rebuilt` counts how often the projections were replaced, so that another process drops what it remembers;
    -1 (a migration's) where they are those of an older program.
    """

    __tablename__ = "head"
    __table_args__ = (_check("one", "one = 0"), _check("last_leaf", "length(last_leaf) = 32"), _STRICT)
    one: int = _number(primary_key=True, sa_column_kwargs={"autoincrement": False})
    size: int = _number()
    last_leaf: bytes = _blob()
    last_recorded_at: str | None = _text(nullable=True)
    frontier: bytes = _blob()
    rebuilt: int = _number()


class Mention(Row, table=True):
    """Projection: the entry *seq* refers to the thing (kind, key)."""

    __table_args__ = (_KEYED,)
    kind: str = _text(primary_key=True)
    key: str = _text(primary_key=True)
    seq: int = _number(primary_key=True)


class Movement(Row, table=True):
    """Projection: signed units of one lot at one place, by the entry that moved them; 0 once it is reversed."""

    __table_args__ = (_KEYED,)
    place: str = _text(primary_key=True)
    product: str = _text(primary_key=True)
    lot: str = _text(primary_key=True)
    at: str = _text(primary_key=True)
    seq: int = _number(primary_key=True)
    units: int = _number()


class Projection(Row, table=True):
    """Projection: a record of a shelf of the book as JSON; `key` is the JSON array of its key."""

    __table_args__ = (_KEYED,)
    shelf: str = _text(primary_key=True)
    key: str = _text(primary_key=True)
    value: bytes = _blob()


TABLES: dict[str, Table] = dict(Row.metadata.tables)
APPEND_ONLY = frozenset({"entry", "sealed", "adopted", "checkpoint", "tile"})
REBUILDABLE = ("projection", "mention", "movement")
