"""The append-only guards of the ledger: what is refused, and its text for SQLite.

One list: the migration installs it, `verify_triggers` compares a database with it at every start.
REPLACE removes the row it collides with without asking a DELETE trigger (unless the client set
`recursive_triggers`), so every unique key has a guard on INSERT as well. Triggers hold a plain client off;
whoever may rewrite the file can drop them: that is what checkpoints and witnesses are for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.errors import LedgerReadOnly


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses *event* on a row of *table*, always or *when* a condition over OLD and NEW holds."""

    name: str
    event: str
    table: str
    said: str
    when: str = ""

    def to_sqlite(self) -> str:
        condition = f" WHEN {self.when}" if self.when else ""
        head = f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table}{condition}"
        return f"{head} BEGIN SELECT RAISE(ABORT, '{self.said}'); END"


_refuse = Guard


def _kept(table: str) -> list[Guard]:
    return [
        _refuse(f"{table}_is_never_changed", "UPDATE", table, f"{table}: never changed"),
        _refuse(f"{table}_is_never_removed", "DELETE", table, f"{table}: never removed"),
    ]


def _numbered(table: str, number: str, among: str = "", first: str = "0") -> Guard:
    following = f"(SELECT coalesce(max({number}) + 1, {first}) FROM {table}{among})"
    return _refuse(
        f"{table}_takes_the_next_number",
        "INSERT",
        table,
        f"{table}: not the next number",
        f"NEW.{number} IS NOT {following}",
    )


def _unrepeated(table: str, *key: str) -> Guard:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return _refuse(
        f"{table}_repeats_no_{key[-1]}",
        "INSERT",
        table,
        f"{table}: {key[-1]} is already there",
        f"EXISTS (SELECT 1 FROM {table} WHERE {same})",
    )


GUARDS: tuple[Guard, ...] = (
    *_kept("entry"),
    # Where a new epoch goes on, the old log's entries stand before entry 0: …, -2, -1.
    _numbered("entry", "seq", first="min(NEW.seq, 0)"),
    _unrepeated("entry", "id"),
    *_kept("sealed"),
    _unrepeated("sealed", "seq", "path"),
    *_kept("adopted"),
    _unrepeated("adopted", "sha256"),
    *_kept("checkpoint"),
    _numbered("checkpoint", "number"),
    _refuse(
        "checkpoint_has_one_root_per_size",
        "INSERT",
        "checkpoint",
        "checkpoint: another root at this size",
        "EXISTS (SELECT 1 FROM checkpoint WHERE size = NEW.size AND root <> NEW.root)",
    ),
    *_kept("tile"),
    _numbered("tile", "idx", " WHERE level = NEW.level"),
    _refuse("head_is_never_removed", "DELETE", "head", "head: never removed"),
    _refuse("head_is_only_one", "INSERT", "head", "head: only one", "EXISTS (SELECT 1 FROM head)"),
    _refuse(
        "head_follows_the_entries",
        "UPDATE",
        "head",
        "head: not where the entries end",
        "NEW.size IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM entry)"
        " OR NEW.last_leaf IS NOT coalesce((SELECT leaf FROM entry WHERE seq = NEW.size - 1 AND seq >= 0),"
        " OLD.last_leaf)",
    ),
)
TRIGGERS: Mapping[str, str] = {guard.name: guard.to_sqlite() for guard in GUARDS}


def verify_triggers(found: Mapping[str, str], expected: Mapping[str, str] = TRIGGERS) -> None:
    """*found* (name: text) is exactly *expected*. Raises `LedgerReadOnly('self_check')` naming one that is not."""
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) != expected.get(name):
            raise LedgerReadOnly("self_check", trigger=name)
