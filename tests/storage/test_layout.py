"""A data directory is made whole, opened only when it is in order, and never made over another."""

from pathlib import Path

import pytest

from ledger.errors import LedgerReadOnly, WronglyCalled
from ledger.storage import migrate
from ledger.storage.layout import create_store, open_store
from tests.storage.world import check_store, plain_client, record


def test_a_made_directory_opens_with_the_same_keys(tmp_path: Path) -> None:
    made = create_store(tmp_path / "data")
    record(made.store, "a")
    log = made.keys.log_key().private_bytes_raw()
    sealed = made.vault.seal("p1", b"x", context=b"")
    made.close()
    opened = open_store(tmp_path / "data")
    check_store(opened.store, size=1)
    assert opened.keys.log_key().private_bytes_raw() == log
    assert opened.vault.open("p1", *sealed, context=b"") == b"x"
    assert opened.reports.is_dir()
    opened.close()


def test_everything_in_it_is_private(tmp_path: Path) -> None:
    made = create_store(tmp_path / "data")
    record(made.store, "a")
    for each in [tmp_path / "data", *(tmp_path / "data").rglob("*")]:
        assert each.stat().st_mode & 0o777 == (0o700 if each.is_dir() else 0o600), each
    made.close()


def test_an_empty_directory_is_taken_and_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    create_store(tmp_path).close()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_directory_with_a_ledger_is_refused(tmp_path: Path) -> None:
    made = create_store(tmp_path / "data")
    record(made.store, "a")
    made.close()
    before = _names(tmp_path)
    with pytest.raises(WronglyCalled, match="directory_taken"):
        create_store(tmp_path / "data")
    assert _names(tmp_path) == before
    opened = open_store(tmp_path / "data")
    check_store(opened.store, size=1)
    opened.close()


def test_a_directory_of_somebody_elses_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    tmp_path.chmod(0o755)
    with pytest.raises(WronglyCalled, match="directory_taken"):
        create_store(tmp_path)
    assert _names(tmp_path) == ["letter.txt"]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(("where", "reason"), [("file", "directory_taken"), ("x" * 300, "directory_unusable")])
def test_what_cannot_be_a_directory_is_said_and_left_alone(tmp_path: Path, where: str, reason: str) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    for refuses, said in ((create_store, reason), (open_store, "no_ledger")):
        with pytest.raises(WronglyCalled, match=said):
            refuses(tmp_path / where)
    assert _names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "step",
    [
        "layout.put_where",
        "secrets.FileKeys.create",
        "vault.SqlVault.create",
        pytest.param("migrate.upgrade", marks=pytest.mark.once("a test's database has its tables before")),
    ],
)
def test_a_making_that_was_cut_short_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(f"ledger.storage.{step}", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            create_store(tmp_path / "data")
    made = create_store(tmp_path / "data")
    record(made.store, "a")
    check_store(made.store, size=1)
    made.close()


def test_a_directory_without_a_ledger_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(WronglyCalled, match="no_ledger"):
        open_store(tmp_path)
    assert _names(tmp_path) == []


@pytest.mark.once("tests/postgres/test_lost.py does the same to a database")
def test_a_ledger_whose_guards_are_gone_is_not_opened(tmp_path: Path) -> None:
    create_store(tmp_path / "data").close()
    with plain_client(tmp_path / "data" / "ledger.db") as client:
        client.execute("DROP TRIGGER tile_is_never_changed")
    with pytest.raises(LedgerReadOnly, match="self_check"):
        open_store(tmp_path / "data")


@pytest.mark.once("tests/postgres/test_lost.py does the same to a database")
def test_a_ledger_of_a_newer_program_is_not_opened(tmp_path: Path) -> None:
    create_store(tmp_path / "data").close()
    with plain_client(tmp_path / "data" / "ledger.db") as client:
        client.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerReadOnly, match="schema_unknown"):
        open_store(tmp_path / "data")


def test_opening_needs_no_migration_when_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_store(tmp_path / "data").close()
    monkeypatch.setattr(migrate, "upgrade", lambda _: 1 / 0)
    open_store(tmp_path / "data").close()


def _names(directory: Path) -> list[str]:
    return sorted(str(each.relative_to(directory)) for each in directory.rglob("*"))
