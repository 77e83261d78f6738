"""What people call, where the register lies in PostgreSQL."""

import shutil
from pathlib import Path

from ledger.service.checkpoints import sign_head
from ledger.storage.layout import ELSEWHERE, LEDGER, find_where
from ledger.storage.places import Schema
from tests.postgres.server import Server
from tests.postgres.test_moving import rows
from tests.service.conftest import World
from tests.service.processes import Told, senim


def call(folder: Path, *arguments: str | Path) -> Told:
    return senim(*arguments, "--json", heads=folder / "heads").wait()


def init(folder: Path, address: str) -> Told:
    facility = {"facility": "A", "log": "senim/of-postgres/1", "bin": "990140000017", "kato": "101010000"}
    options = [f"--{name}={value}" for name, value in (facility | {"kind": "hospital"}).items()]
    return call(folder, "init", *options, "--database", address, "--dir", folder / "data")


def test_a_register_begins_in_postgresql_moves_home_and_verifies(server: Server, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    made = init(one, server.address)
    assert (made.code, made.json["size"]) == (0, 3), made
    noted = one / "data" / ELSEWHERE
    assert (noted.stat().st_mode & 0o777, noted.read_text().splitlines()[0]) == (0o600, server.address)
    assert not (one / "data" / LEDGER).exists()
    taken = init(two, server.address)
    assert (taken.code, taken.json["code"], (two / "data").exists()) == (2, "target_taken", False)
    vkey = made.json["vkey"]
    for target in (None, "sqlite"):
        if target:
            moved = call(one, "migrate-store", target, "--dir", one / "data")
            assert (moved.code, moved.json["size"]) == (0, 3), moved
        told = call(one, "verify", one / "data", "--vkey", vkey)
        assert (told.code, told.json["verdict"], told.json["size"]) == (0, "pass", 3)


def test_an_address_with_a_password_makes_nothing(server: Server, tmp_path: Path) -> None:
    told = init(tmp_path, f"{server.address} password=secret")
    assert (told.code, told.json["code"], (tmp_path / "data").exists()) == (2, "address_malformed", False)
    assert "secret" not in told.said


def test_a_backup_is_one_file_and_comes_back_as_one(world: World, tmp_path: Path) -> None:
    world.ledger.append([world.move()], via="api")
    size = sign_head(world.ledger).size
    world.house.close()
    data, target = world.folder / "data", tmp_path / "restored"
    assert isinstance(find_where(data), Schema)
    told = call(world.folder, "backup", tmp_path / "backup", "--dir", data)
    assert (told.code, told.json["size"]) == (0, size), told
    target.mkdir(mode=0o700)
    shutil.copytree(data / "secrets", target / "secrets")
    for each in data.glob("vault-keys.db*"):
        shutil.copy(each, target)
    told = call(world.folder, "restore", tmp_path / "backup", "--dir", target)
    assert (told.code, told.json["size"]) == (0, size), told
    before, after = rows(data), rows(target)
    assert {name: after[name] for name in ("entry", "projection", "movement", "mention")} == {
        name: before[name] for name in ("entry", "projection", "movement", "mention")
    }
