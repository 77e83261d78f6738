"""The ledger, its projections, its append-only guards."""

from hashlib import sha256
from typing import Any, NoReturn

import sqlalchemy as sa
from alembic import op

from ledger.storage.triggers import TRIGGERS

revision = "0001"
down_revision = None

NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
STRICT = {"sqlite_strict": True}
KEYED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _table(name: str, *parts: sa.Column[Any] | sa.Constraint, options: dict[str, bool]) -> None:
    columns = [part for part in parts if isinstance(part, sa.Column)]
    key = [column.name for column in columns if column.primary_key]
    constraints = [part for part in parts if not isinstance(part, sa.Column)]
    primary = sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}"))
    op.create_table(name, *columns, primary, *constraints, **options)


def _number(name: str, *, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, primary_key=key, autoincrement=False, nullable=False)


def _text(name: str, *, key: bool = False, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TEXT, primary_key=key, nullable=nullable)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{name}"))


def upgrade() -> None:
    _table(
        "entry",
        _number("seq", key=True),
        _text("id"),
        _text("type"),
        _text("occurred_at"),
        _text("recorded_at"),
        _text("performer"),
        _blob("leaf"),
        _blob("data"),
        _check("entry_leaf", "length(leaf) = 32"),
        _check("entry_data", "length(data) BETWEEN 1 AND 61440"),
        sa.UniqueConstraint("id", name=op.f("uq_entry_id")),
        options=STRICT,
    )
    op.create_index(op.f("ix_entry_type"), "entry", ["type"])
    _table(
        "sealed",
        _number("seq", key=True),
        _text("path", key=True),
        _text("subject"),
        _blob("nonce"),
        _blob("ciphertext"),
        sa.ForeignKeyConstraint(
            ["seq"], ["entry.seq"], name=op.f("fk_sealed_seq"), deferrable=True, initially="DEFERRED"
        ),
        options=KEYED,
    )
    _table(
        "adopted",
        _text("sha256", key=True),
        _blob("data"),
        _check("adopted_sha256", "length(sha256) = 64"),
        options=KEYED,
    )
    _table(
        "checkpoint",
        _number("number", key=True),
        _number("size"),
        _blob("root"),
        _blob("note"),
        _check("checkpoint_root", "length(root) = 32"),
        options=STRICT,
    )
    op.create_index(op.f("ix_checkpoint_size"), "checkpoint", ["size"])
    _table(
        "tile",
        _number("level", key=True),
        _number("idx", key=True),
        _blob("root"),
        _blob("data"),
        _check("tile_root", "length(root) = 32"),
        _check("tile_data", "length(data) = 8192"),
        options=KEYED,
    )
    _table(
        "head",
        _number("one", key=True),
        _number("size"),
        _blob("last_leaf"),
        _text("last_recorded_at", nullable=True),
        _blob("frontier"),
        _number("rebuilt"),
        _check("head_one", "one = 0"),
        _check("head_last_leaf", "length(last_leaf) = 32"),
        options=STRICT,
    )
    _table("mention", _text("kind", key=True), _text("key", key=True), _number("seq", key=True), options=KEYED)
    _table(
        "movement",
        _text("place", key=True),
        _text("product", key=True),
        _text("lot", key=True),
        _text("at", key=True),
        _number("seq", key=True),
        _number("units"),
        options=KEYED,
    )
    _table("projection", _text("shelf", key=True), _text("key", key=True), _blob("value"), options=KEYED)
    # Contract, section 5: before entry 0, `prev` is SHA-256 of nothing.
    nothing, frontier = sha256(b"").hexdigest(), bytes(8).hex()
    if op.get_bind().dialect.name == "postgresql":  # its guards are the newest ones, put up after all migrations
        op.execute(f"INSERT INTO head VALUES (0, 0, '\\x{nothing}', NULL, '\\x{frontier}', 0)")
        return
    op.execute(f"INSERT INTO head VALUES (0, 0, x'{nothing}', NULL, x'{frontier}', 0)")
    for text in TRIGGERS.values():
        op.execute(text)


def downgrade() -> NoReturn:
    raise NotImplementedError("a ledger has no way back")
