"""A destroyed key erases a person; everything else about an opening is all or an error."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from pysqlite3 import dbapi2 as sqlite

from ledger.errors import LedgerBusy, LedgerReadOnly, OpeningRejected
from ledger.service.patience import hurried
from ledger.storage.vault import SqlVault
from tests.storage.world import plain_client

CONTEXT = b"senim/semey-hospital/1 7 body.note"


@pytest.fixture
def where(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "vault-keys.db", tmp_path / "secrets"
    paths[1].mkdir(mode=0o700)
    SqlVault.create(*paths)
    return paths


@pytest.fixture
def vault(where: tuple[Path, Path]) -> Iterator[SqlVault]:
    vault = SqlVault(*where)
    yield vault
    vault.close()


def test_what_was_sealed_opens_after_a_restart(where: tuple[Path, Path], vault: SqlVault) -> None:
    nonce, sealed = vault.seal("p1", "Сәуле".encode(), context=CONTEXT)
    vault.close()
    again = SqlVault(*where)
    assert again.open("p1", nonce, sealed, context=CONTEXT) == "Сәуле".encode()
    again.close()


def test_the_same_value_is_never_sealed_alike(vault: SqlVault) -> None:
    assert len({vault.seal("p1", b"x", context=CONTEXT) for _ in range(50)}) == 50


def test_a_subject_has_one_key_and_another_subject_another(where: tuple[Path, Path], vault: SqlVault) -> None:
    for subject in ("p1", "p2", "p1"):
        vault.seal(subject, b"x", context=CONTEXT)
    with plain_client(where[0]) as client:
        assert client.execute("SELECT number, subject FROM subject_key").fetchall() == [(1, "p1"), (2, "p2")]


def test_a_destroyed_key_opens_nothing_and_leaves_no_trace(where: tuple[Path, Path], vault: SqlVault) -> None:
    """Among many keys: what SQLite frees in the middle of a page would otherwise stay there to be read."""
    sealed = {name: vault.seal(name, name.encode(), context=CONTEXT) for name in (f"p{n}" for n in range(60))}
    with plain_client(where[0]) as client:
        (wrapped,) = client.execute("SELECT wrapped FROM subject_key WHERE subject = 'p30'").fetchone()
    assert wrapped in _files(where[0])
    vault.destroy("p30")
    vault.destroy("p30")
    assert wrapped not in _files(where[0])
    for name, opening in sealed.items():
        assert vault.open(name, *opening, context=CONTEXT) == (None if name == "p30" else name.encode())


def test_what_is_sealed_after_an_erasure_does_not_bring_back_what_was_erased(vault: SqlVault) -> None:
    gone = vault.seal("p1", b"x", context=CONTEXT)
    vault.destroy("p1")
    fresh = vault.seal("p1", b"y", context=CONTEXT)
    assert vault.open("p1", *gone, context=CONTEXT) is None
    assert vault.open("p1", *fresh, context=CONTEXT) == b"y"


def test_every_altered_bit_is_rejected(vault: SqlVault) -> None:
    nonce, sealed = vault.seal("p1", b"x", context=CONTEXT)
    for at in range(8 * len(sealed)):
        with pytest.raises(OpeningRejected):
            vault.open("p1", nonce, _flipped(sealed, at), context=CONTEXT)
    for at in range(8 * len(nonce)):
        with pytest.raises(OpeningRejected):
            vault.open("p1", _flipped(nonce, at), sealed, context=CONTEXT)


def test_an_opening_moved_elsewhere_is_rejected(vault: SqlVault) -> None:
    nonce, sealed = vault.seal("p1", b"x", context=CONTEXT)
    vault.seal("p2", b"y", context=CONTEXT)
    with pytest.raises(OpeningRejected):
        vault.open("p1", nonce, sealed, context=CONTEXT + b".0")
    with pytest.raises(OpeningRejected):
        vault.open("p2", nonce, sealed, context=CONTEXT)
    for broken in (b"", sealed[:4], sealed[:-1], sealed + b"\0"):
        with pytest.raises(OpeningRejected):
            vault.open("p1", nonce, broken, context=CONTEXT)


def test_a_key_under_another_name_or_in_anothers_place_is_rejected(where: tuple[Path, Path], vault: SqlVault) -> None:
    nonce, sealed = vault.seal("p1", b"x", context=CONTEXT)
    vault.seal("p2", b"y", context=CONTEXT)
    with plain_client(where[0]) as client:
        client.execute("UPDATE subject_key SET subject = 'p3' WHERE subject = 'p1'")
    with pytest.raises(OpeningRejected):
        vault.open("p3", nonce, sealed, context=CONTEXT)
    with plain_client(where[0]) as client:
        other = "(SELECT {} FROM subject_key WHERE subject = 'p2')"
        client.execute(f"UPDATE subject_key SET nonce = {other.format('nonce')}, wrapped = {other.format('wrapped')}")
    with pytest.raises(OpeningRejected):
        vault.open("p3", nonce, sealed, context=CONTEXT)


def test_without_the_year_s_key_nothing_opens(where: tuple[Path, Path], vault: SqlVault) -> None:
    nonce, sealed = vault.seal("p1", b"x", context=CONTEXT)
    file = year_key(where)
    key = file.read_bytes()
    file.unlink()
    with pytest.raises(LedgerReadOnly, match="key_missing"):
        SqlVault(*where)
    file.write_bytes(bytes(32))
    file.chmod(0o600)
    with pytest.raises(LedgerReadOnly, match="vault_older"):
        SqlVault(*where)
    other = SqlVault(*where, whole=False)
    with pytest.raises(OpeningRejected):
        other.open("p1", nonce, sealed, context=CONTEXT)
    other.let_go()
    assert other.open("p1", *other.seal("p1", b"y", context=CONTEXT), context=CONTEXT) == b"y"
    other.close()
    assert key not in _files(where[0])


def test_a_year_s_key_that_others_can_read_is_not_used(where: tuple[Path, Path], vault: SqlVault) -> None:
    vault.seal("p1", b"x", context=CONTEXT)
    year_key(where).chmod(0o640)
    with pytest.raises(LedgerReadOnly, match="file_exposed"):
        SqlVault(*where)


def test_creating_again_keeps_what_is_there(where: tuple[Path, Path], vault: SqlVault) -> None:
    sealed = vault.seal("p1", b"x", context=CONTEXT)
    SqlVault.create(*where)
    assert vault.open("p1", *sealed, context=CONTEXT) == b"x"


def test_threads_and_doors_agree_on_one_key(where: tuple[Path, Path], vault: SqlVault) -> None:
    other, sealed = SqlVault(*where), []

    def work(vault: SqlVault) -> None:
        sealed.extend([vault.seal(f"p{n}", b"x", context=CONTEXT) for n in range(10)])

    threads = [Thread(target=work, args=(each,)) for each in (vault, other, vault, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(sealed) == 40
    with plain_client(where[0]) as client:
        assert client.execute("SELECT count(*) FROM subject_key").fetchone() == (10,)


def test_a_failure_while_a_key_is_made_leaves_the_vault_usable(
    vault: SqlVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.storage.vault.AESGCM.generate_key", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        vault.seal("p1", b"x", context=CONTEXT)
    monkeypatch.undo()
    assert vault.open("p1", *vault.seal("p1", b"x", context=CONTEXT), context=CONTEXT) == b"x"


def test_the_file_names_no_person_beyond_the_subject_and_holds_no_plaintext(
    where: tuple[Path, Path], vault: SqlVault
) -> None:
    vault.seal("p1", b"a very personal name", context=CONTEXT)
    assert b"a very personal name" not in _files(where[0])
    with pytest.raises(sqlite.IntegrityError), plain_client(where[0]) as client:
        client.execute("INSERT INTO subject_key VALUES (9, 'p1', x'00', x'00', 2026)")


def year_key(where: tuple[Path, Path]) -> Path:
    (found,) = where[1].glob("vault-*.key")
    return found


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _files(path: Path) -> bytes:
    """Everything of the database that lies on the disk."""
    return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))


def test_who_may_not_wait_opens_nothing_while_somebody_else_is_in(vault: SqlVault) -> None:
    sealed = vault.seal("p1", b"x", context=CONTEXT)
    with hurried():
        with vault._lock, pytest.raises(LedgerBusy):
            vault.open("p1", *sealed, context=CONTEXT)
        assert vault.open("p1", *sealed, context=CONTEXT) == b"x"
