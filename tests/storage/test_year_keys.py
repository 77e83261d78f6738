"""An erasure replaces the year's key: yesterday's copy of the vault stays shut, and no kill loses a living key."""

import os
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pysqlite3 import dbapi2 as sqlite

from ledger.errors import LedgerReadOnly
from ledger.storage import vault as vault_module
from ledger.storage import year_keys
from ledger.storage.private import replace_private
from ledger.storage.vault import SqlVault
from tests.storage import children
from tests.storage.world import plain_client

CONTEXT = b"senim/semey-hospital/1 7 body.note"
PEOPLE = [f"p{n}" for n in range(20)]
Where = tuple[Path, Path]
Sealed = dict[str, tuple[bytes, bytes]]


@pytest.fixture
def where(tmp_path: Path) -> Where:
    (tmp_path / "secrets").mkdir(mode=0o700)
    paths = tmp_path / "vault-keys.db", tmp_path / "secrets"
    SqlVault.create(*paths)
    return paths


def in_year(year: int) -> Callable[[], datetime]:
    return lambda: datetime(year, 5, 1, tzinfo=UTC)


def seal_all(where: Where, year: int = 2026) -> Sealed:
    vault = SqlVault(*where, clock=in_year(year))
    sealed = {name: vault.seal(name, name.encode(), context=CONTEXT) for name in PEOPLE}
    vault.close()
    return sealed


def opened(where: Where, sealed: Sealed) -> set[str]:
    """Who can still be read."""
    vault = SqlVault(*where)
    found = {name for name, each in sealed.items() if vault.open(name, *each, context=CONTEXT) is not None}
    vault.close()
    return found


def copied(where: Where, folder: Path) -> Path:
    folder.mkdir()
    for path in where[0].parent.glob("vault-keys.db*"):
        shutil.copy(path, folder)
    return folder / where[0].name


def names(where: Where) -> list[str]:
    return sorted(path.name for path in where[1].iterdir())


def opens_a_row(database: Path, secrets: Path) -> bool:
    """Whether any bytes in any file of *secrets* unwrap any key in *database*: by hand, past our own program."""
    with plain_client(database) as client:
        query = "SELECT subject, nonce, wrapped FROM subject_key WHERE wrapped IS NOT NULL"
        rows = client.execute(query).fetchall()
    assert rows
    for secret in secrets.iterdir():
        for subject, nonce, wrapped in rows:
            try:
                AESGCM(secret.read_bytes()).decrypt(nonce, wrapped, f"senim/vault/v1\n{subject}\nkey".encode())
            except InvalidTag:
                continue
            return True
    return False


def test_a_copy_from_before_an_erasure_opens_with_no_secret_of_today(where: Where, tmp_path: Path) -> None:
    sealed = seal_all(where)
    before = copied(where, tmp_path / "before")
    assert opens_a_row(before, where[1]), "with the secrets of its day it opens"
    vault = SqlVault(*where)
    vault.destroy("p3")
    vault.close()
    assert opened(where, sealed) == set(PEOPLE) - {"p3"}
    assert names(where) == ["vault-2026.key"]
    assert not opens_a_row(before, where[1])
    with pytest.raises(LedgerReadOnly, match="vault_older"):
        SqlVault(before, where[1])


def test_only_the_year_of_the_erased_person_is_wrapped_anew(where: Where) -> None:
    old = seal_all(where, 2025)
    vault = SqlVault(*where, clock=in_year(2026))
    new = {"q": vault.seal("q", b"q", context=CONTEXT)}
    kept = (where[1] / "vault-2025.key").read_bytes()
    vault.destroy("q")
    vault.destroy("q", "nobody")
    vault.close()
    assert (where[1] / "vault-2025.key").read_bytes() == kept
    assert opened(where, old | new) == set(PEOPLE)


def test_a_vault_that_is_open_elsewhere_goes_on(where: Where) -> None:
    """It has the replaced key in memory, and finds the new one."""
    sealed = seal_all(where)
    other, vault = SqlVault(*where, clock=in_year(2026)), SqlVault(*where, clock=in_year(2026))
    assert other.open("p1", *sealed["p1"], context=CONTEXT) == b"p1"
    vault.destroy("p2")
    assert other.open("p1", *sealed["p1"], context=CONTEXT) == b"p1"
    assert other.open("p2", *sealed["p2"], context=CONTEXT) is None
    fresh = other.seal("p9x", b"x", context=CONTEXT)
    other.destroy("p4")
    assert vault.open("p9x", *fresh, context=CONTEXT) == b"x"
    vault.close()
    other.close()


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def and_die(work: Callable[..., Any]) -> Callable[..., None]:
    def both(*args: Any) -> None:
        work(*args)
        die()

    return both


STEPS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "while the new key is made": (os, "link", die),
    "when the new key has its name": (Path, "unlink", die),
    "while it is wrapped anew": (SqlVault, "_rewrap", die),
    "before the commit": (vault_module, "_commit", die),
    "after the commit": (vault_module, "_commit", and_die(vault_module._commit)),
    "when the old key is overwritten": (year_keys, "replace_private", die),
    "when the new key stands in its place": (year_keys, "replace_private", and_die(replace_private)),
}


def destroy_and_die(path: Path, secrets: Path, step: str) -> None:
    vault = SqlVault(path, secrets, clock=in_year(2026))
    setattr(*STEPS[step])
    vault.destroy("p3")


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_a_step_of_an_erasure_loses_nobody_and_is_repeated(where: Where, tmp_path: Path, step: str) -> None:
    sealed = seal_all(where)
    before, old = copied(where, tmp_path / "before"), (where[1] / "vault-2026.key").read_bytes()
    other = SqlVault(*where, clock=in_year(2026))
    assert children.run(destroy_and_die, *where, step) == -signal.SIGKILL
    assert all(other.open(name, *sealed[name], context=CONTEXT) for name in PEOPLE if name != "p3")
    other.close()
    assert opened(where, sealed) >= set(PEOPLE) - {"p3"}
    again = SqlVault(*where, clock=in_year(2026))
    again.destroy("p3")
    again.close()
    assert opened(where, sealed) == set(PEOPLE) - {"p3"}
    assert names(where) == ["vault-2026.key"]
    assert (where[1] / "vault-2026.key").read_bytes() != old
    assert not opens_a_row(before, where[1])


def to_single(where: Where, year: int = 2026) -> None:
    """The vault as it was before there were years."""
    file = where[1] / f"vault-{year}.key"
    file.rename(where[1] / "vault.key")
    with plain_client(where[0]) as client:
        client.execute("DROP TABLE year_key")
        client.execute("ALTER TABLE subject_key DROP COLUMN year")


def open_and_die(path: Path, secrets: Path, step: str) -> None:
    setattr(*STEPS[step])
    SqlVault(path, secrets, clock=in_year(2026))


@pytest.mark.parametrize("step", ["not at all", *list(STEPS)[:5]])
def test_a_vault_under_one_key_gets_years_whenever_it_is_killed(where: Where, step: str) -> None:
    sealed = seal_all(where)
    to_single(where)
    if step != "not at all":
        assert children.run(open_and_die, *where, step) == -signal.SIGKILL
    assert opened(where, sealed) == set(PEOPLE)
    assert names(where) == [f"vault-{datetime.now(UTC).year}.key"]
    vault = SqlVault(*where)
    vault.destroy("p3")
    vault.close()
    assert opened(where, sealed) == set(PEOPLE) - {"p3"}


def test_a_vault_under_one_key_that_is_lost_is_not_opened(where: Where) -> None:
    seal_all(where)
    to_single(where)
    (where[1] / "vault.key").unlink()
    with pytest.raises(LedgerReadOnly, match="key_missing"):
        SqlVault(*where)
    with plain_client(where[0]) as client, pytest.raises(sqlite.OperationalError):
        client.execute("SELECT year FROM subject_key")
