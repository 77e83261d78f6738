"""Two facilities in one database, a login for each: neither reaches what is the other's, not by SQL either."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from benchmarks.append import enrol, furnish
from ledger.cli.wiring import open_house
from ledger.errors import LedgerReadOnly
from ledger.service.checkpoints import sign_head
from ledger.storage.layout import put_where
from ledger.storage.places import Schema
from ledger.storage.store import SqlStore
from ledger.storage.tables import TABLES
from tests.postgres.server import Server
from tests.service.conftest import World

TABLES_OF_ALL = (*TABLES, "alembic_version", "signing")
STATEMENTS = (
    "SELECT * FROM {}",
    "SELECT 1 FROM {} FOR UPDATE",
    "INSERT INTO {} DEFAULT VALUES",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "DROP TABLE {}",
    "CREATE TRIGGER more AFTER INSERT ON {} EXECUTE FUNCTION f()",
)


@pytest.fixture(scope="module")
def two(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[World, Schema]]]:
    """Made by the owner of the database, served by a login that may be one writer and nothing else."""
    made = []
    for name in ("one", "two"):
        folder, place = tmp_path_factory.mktemp(name), server.new_place()
        world = World(folder, furnish(folder, f"senim/{name}/1", place))
        world.keys = enrol(world.house)
        world.house.close()
        login = f"login_{place.name}"
        with psycopg.connect(server.address, autocommit=True) as owner:
            owner.execute(f'CREATE ROLE "{login}" LOGIN')
            owner.execute(f'GRANT "{place.writer}" TO "{login}"')
        place = Schema(make_conninfo(place.address, user=login), place.name)
        put_where(folder / "data", place)
        world.house = open_house(folder / "data", heads=world.heads, writes=True)
        made.append((world, place))
    yield made
    for world, _ in made:
        world.house.close()


def test_a_login_of_its_own_is_enough_to_serve(two: list[tuple[World, Schema]]) -> None:
    for world, _ in two:
        (receipt,) = world.ledger.append([world.move()], via="api")
        assert sign_head(world.ledger).size == receipt.seq + 1 == world.size()
        world.house.stores.store.check()


@pytest.mark.parametrize("first", ["", "SET ROLE {own}", "RESET ROLE"], ids=["login", "writer", "reset"])
def test_nothing_of_another_facility_can_be_read_written_or_locked(two: list[tuple[World, Schema]], first: str) -> None:
    (_, own), (_, theirs) = two
    attacks = [statement.format(f'"{theirs.name}".{table}') for table in TABLES_OF_ALL for statement in STATEMENTS]
    attacks += [
        f'SET ROLE "{theirs.writer}"',
        f'SET ROLE "login_{theirs.name}"',
        "SET ROLE owner",
        f'GRANT "{theirs.writer}" TO CURRENT_USER',
        f'GRANT USAGE ON SCHEMA "{theirs.name}" TO CURRENT_USER',
        f'ALTER SCHEMA "{theirs.name}" OWNER TO CURRENT_USER',
        f'CREATE TABLE "{theirs.name}".more (a INT)',
        f'CREATE TABLE "{own.name}".more (a INT)',
        f'CREATE VIEW "{own.name}".theirs AS SELECT 1',
        "CREATE SCHEMA more",
    ]
    with psycopg.connect(own.address, autocommit=True) as client:
        client.execute(first.format(own=f'"{own.writer}"'))
        for attack in attacks:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                client.execute(attack)
        client.execute(f'SET search_path = "{theirs.name}"')
        with pytest.raises(psycopg.errors.UndefinedTable):
            client.execute("SELECT * FROM entry")


def test_a_folder_that_names_the_other_schema_is_not_let_in(two: list[tuple[World, Schema]], tmp_path: Path) -> None:
    (_, own), (_, theirs) = two
    store: Any = SqlStore(Schema(own.address, theirs.name))
    for door in (store.reading, store.writing):
        with pytest.raises(LedgerReadOnly, match="database_refuses"), door():
            pass
    store.close()
