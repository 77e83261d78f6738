"""What the database keeps beside the entries' bytes is held against them, value by value."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from ledger.cli.wiring import open_house
from ledger.service.checkpoints import sign_head
from ledger.service.stored import find_index_faults
from ledger.service.verification import verify
from ledger.storage.layout import LEDGER, find_where, open_entries
from ledger.storage.tables import TABLES
from ledger.storage.verifying import verify_directory
from tests.service.conftest import World, units
from tests.storage.world import drop_guards, plain_client, to_theirs

OTHER = "x'" + "11" * 32 + "'"
CHANGES = {
    "an entry's id": ("UPDATE entry SET id = 'x' WHERE seq = 3", "index_differs", 3),
    "an entry's type": ("UPDATE entry SET type = 'key.enrolled' WHERE seq = 3", "index_differs", 3),
    "an entry's time": ("UPDATE entry SET occurred_at = '2026' WHERE seq = 3", "index_differs", 3),
    "an entry's time of record": ("UPDATE entry SET recorded_at = '2026' WHERE seq = 3", "index_differs", 3),
    "an entry's performer": ("UPDATE entry SET performer = 'eve' WHERE seq = 3", "index_differs", 3),
    "an entry's leaf": (f"UPDATE entry SET leaf = {OTHER} WHERE seq = 3", "index_differs", 3),
    "the last leaf": (f"UPDATE head SET last_leaf = {OTHER}", "head_row_differs", None),
    "the last time": ("UPDATE head SET last_recorded_at = '2026'", "head_row_differs", None),
    "the frontier": ("UPDATE head SET frontier = CAST(substr(frontier, 1, 39) || x'00' || substr(frontier, 41) AS BLOB)"
                     , "head_row_differs", None),
    "a sealed value's path": ("UPDATE sealed SET path = 'body.x' WHERE seq = 2", "sealed_of_nothing", 2),
    "a sealed value of no entry": ("INSERT INTO sealed VALUES (99, 'body.name', 's', x'00', x'00')",
                                   "sealed_of_nothing", 99),
    "a published head's size": ("UPDATE checkpoint SET size = size - 1", "checkpoint_row_differs", None),
    "a published head's root": (f"UPDATE checkpoint SET root = {OTHER}", "checkpoint_row_differs", None),
    "a tile of nothing": (f"INSERT INTO tile VALUES (0, 0, {OTHER}, zeroblob(8192))", "tile_differs", None),
    "an adopted file": ("UPDATE adopted SET data = x'00'", "adopted_file_altered", None),
}  # fmt: skip


DAMAGES = (
    "",
    *(f"DROP TABLE {name}" for name in TABLES),
    *(f"ALTER TABLE {name} RENAME COLUMN {tuple(table.columns.keys())[-1]} TO x" for name, table in TABLES.items()),
    "DELETE FROM head",
)


@pytest.fixture
def database(world: World) -> Path:
    """The data directory, its guards gone."""
    sign_head(world.ledger)
    world.house.close()
    return unguarded(world.folder / "data")


def unguarded(directory: Path) -> Path:
    where = find_where(directory)
    with plain_client(where) as client:
        drop_guards(client, where)
    return directory


def found(directory: Path) -> set[tuple[str, int | None]]:
    store = open_entries(directory)
    with store.reading() as reading:
        faults = {(fault.code, fault.seq) for fault in find_index_faults(reading)}
    store.close()
    return faults


def change(directory: Path, statement: str) -> None:
    where = find_where(directory)
    with plain_client(where) as client:
        assert client.execute(to_theirs(where, statement)).rowcount


def test_an_untouched_index_agrees(database: Path) -> None:
    assert found(database) == set()


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_index_is_reported(name: str, database: Path) -> None:
    statement, code, seq = CHANGES[name]
    change(database, statement)
    assert (code, seq) in found(database)


def test_sealed_values_that_were_wiped_are_counted_and_fail_nothing(database: Path) -> None:
    asked = partial(verify, trust=None, now=datetime.now(UTC))
    change(database, "DELETE FROM sealed WHERE seq = 2")
    integrity = verify_directory(database, asked).checks["integrity"]
    noted = {note.code: note.values for note in integrity.notes}
    assert noted["sealed_missing"] == {"count": 1}
    assert {finding.code for finding in integrity.findings} == {"self_check"}  # its guards are gone


@pytest.mark.once("a server tells by itself that a table is not there")
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_a_damaged_database_cannot_answer_is_a_finding(damage: str, database: Path) -> None:
    if damage:
        with plain_client(find_where(database)) as client:
            client.execute(damage)
    else:
        (database / LEDGER).write_bytes(b"")
    asked = partial(verify, trust=None, now=datetime.now(UTC))
    checks = verify_directory(database, asked).checks
    assert checks["integrity"].verdict == "fail"
    assert {finding.code for finding in checks["integrity"].findings} <= {"database_damaged", "self_check"}


def test_full_tiles_are_compared_with_their_roots(world: World) -> None:
    for _ in range(7):
        world.ledger.append(world.sign(*[units(1)] * 40), via="api")
    sign_head(world.ledger)
    path = world.folder / "data"
    assert found(path) == set()
    world.house.close()
    unguarded(path)
    for statement, code in (
        (f"UPDATE tile SET root = {OTHER}", "tile_differs"),
        ("UPDATE tile SET data = zeroblob(8192)", "tile_differs"),
        ("DELETE FROM tile", "tile_missing"),
    ):
        change(path, statement)
        assert code in {code for code, _ in found(path)}, statement


def test_the_directory_opens_again_as_it_was(world: World) -> None:
    """Looking at the entries alone leaves nothing behind."""
    sign_head(world.ledger)
    world.house.close()
    folder = world.folder / "data"
    before = sorted(path.name for path in folder.iterdir())
    found(folder)
    assert sorted(path.name for path in folder.iterdir()) == before
    world.house = open_house(folder, heads=world.heads)
