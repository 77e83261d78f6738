"""The append-only guards in PostgreSQL: a trigger with its function for each, always enabled; what the writer may do.

`ENABLE ALWAYS` holds also where `session_replication_role` is `replica`. TRUNCATE asks no row trigger, so every table
of the ledger has a guard of its own against it. A guard asks tables by their schema, or the writer could have it ask
temporary ones of the same name. The owner can drop all of this: that is what checkpoints are for.
"""

import re
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from ledger.storage import signing
from ledger.storage.places import Schema
from ledger.storage.tables import APPEND_ONLY, REBUILDABLE
from ledger.storage.triggers import GUARDS, Guard

_FUNCTIONS = {" IS NOT ": " IS DISTINCT FROM ", "min(NEW.seq, 0)": "least(NEW.seq, 0)"}
"""What SQLite spells otherwise."""
_GUARDED = sorted(APPEND_ONLY | {"head"})
_ASKED = re.compile(rf"(?<=FROM )({'|'.join(_GUARDED)})\b")
INSTALLED = """
SELECT t.tgname::text, replace(p.prosrc, format('"%s".', current_schema()), '@.') || t.tgenabled::text || t.tgtype::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""
"""What stands guard: (name, in the form of `EXPECTED`)."""
_BEFORE_ROW, _BEFORE_STATEMENT = 3, 2
_ON = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
"""Bits of `pg_trigger.tgtype`."""


def _body(guard: Guard) -> str:
    """What the guard's function does, with `@` for the schema."""
    raised = f"RAISE EXCEPTION '{guard.said}' USING ERRCODE = 'restrict_violation';"
    if not guard.when:
        return f"BEGIN {raised} END"
    condition = guard.when
    for ours, theirs in _FUNCTIONS.items():
        condition = condition.replace(ours, theirs)
    condition = _ASKED.sub(r"@.\1", condition)
    return f"BEGIN IF {condition} THEN {raised} END IF; RETURN NEW; END"


def _truncations() -> Iterator[Guard]:
    for table in _GUARDED:
        yield Guard(f"{table}_is_never_emptied", "TRUNCATE", table, f"{table}: never removed")


ALL = (*GUARDS, *_truncations())


def make_room(connection: Connection, schema: Schema) -> None:
    """The schema, and the role of whoever writes in it."""
    name, writer = f'"{schema.name}"', f'"{schema.writer}"'
    if connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (schema.writer,)).scalar() is None:
        connection.exec_driver_sql(f"CREATE ROLE {writer} NOLOGIN")
        connection.exec_driver_sql(f"GRANT {writer} TO CURRENT_USER")
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {name}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {name} TO {writer}")


def install(connection: Connection, schema: Schema) -> None:
    """The guards as they read now, and no more for the writer than it needs."""
    for statement in _to_statements(schema):
        connection.exec_driver_sql(statement.replace("%", "%%"))


def _to_statements(schema: Schema) -> Iterator[str]:
    writer = schema.writer
    for guard in ALL:
        each = "STATEMENT" if guard.event == "TRUNCATE" else "ROW"
        body = _body(guard).replace("@.", f'"{schema.name}".')
        yield f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        yield f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}"
        yield (
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} "
            f"FOR EACH {each} EXECUTE FUNCTION {guard.name}()"
        )
        yield f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}"
    for table in sorted(APPEND_ONLY):
        yield f'GRANT SELECT, INSERT ON {table} TO "{writer}"'
    yield f'GRANT SELECT, UPDATE ON head TO "{writer}"'
    yield f'GRANT SELECT ON alembic_version TO "{writer}"'
    for table in REBUILDABLE:
        yield f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{writer}"'
    yield from signing.TABLE
    yield f'GRANT SELECT, UPDATE ON signing TO "{writer}"'


EXPECTED: Mapping[str, str] = {
    guard.name: _body(guard)
    + "A"
    + str(_ON[guard.event] + (_BEFORE_STATEMENT if guard.event == "TRUNCATE" else _BEFORE_ROW))
    for guard in ALL
}
