"""The facility's private keys: made once, kept durably, read by their owner alone."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from ledger.errors import LedgerReadOnly
from ledger.storage.secrets import FileKeys


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    keys = FileKeys(tmp_path / "secrets")
    keys.create()
    return keys


def raw(key: Ed25519PrivateKey | None) -> bytes:
    assert key is not None
    return key.private_bytes_raw()


def test_keys_are_the_same_after_a_restart_and_differ_from_each_other(tmp_path: Path, keys: FileKeys) -> None:
    made = keys.make_import_key("a.nurlanova")
    again = FileKeys(tmp_path / "secrets")
    assert raw(again.log_key()) == raw(keys.log_key())
    assert raw(again.ledger_key()) == raw(keys.ledger_key())
    assert raw(again.import_key("a.nurlanova")) == raw(made)
    assert len({raw(again.log_key()), raw(again.ledger_key()), raw(made)}) == 3


def test_a_person_without_an_import_key_has_none(keys: FileKeys) -> None:
    assert keys.import_key("a.nurlanova") is None


def test_making_a_key_again_gives_the_one_that_is_there(tmp_path: Path, keys: FileKeys) -> None:
    log, made = raw(keys.log_key()), raw(keys.make_import_key("b"))
    elsewhere = FileKeys(tmp_path / "secrets")
    elsewhere.create()
    assert raw(elsewhere.log_key()) == log
    assert raw(elsewhere.make_import_key("b")) == made


def test_files_are_private_pkcs8_and_named_by_nothing_but_the_username(tmp_path: Path, keys: FileKeys) -> None:
    keys.make_import_key("a.nurlanova")
    directory = tmp_path / "secrets"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {each.name for each in directory.iterdir()} == {"log.pem", "ledger.pem", "import-a.nurlanova.pem"}
    for each in directory.iterdir():
        assert each.stat().st_mode & 0o777 == 0o600
        assert each.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----\n")
        assert isinstance(load_pem_private_key(each.read_bytes(), password=None), Ed25519PrivateKey)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, keys: FileKeys, mode: int) -> None:
    (tmp_path / "secrets" / "log.pem").chmod(mode)
    with pytest.raises(LedgerReadOnly, match="file_exposed"):
        FileKeys(tmp_path / "secrets").log_key()


def test_a_directory_that_others_can_read_is_not_used(tmp_path: Path, keys: FileKeys) -> None:
    (tmp_path / "secrets").chmod(0o750)
    with pytest.raises(LedgerReadOnly, match="file_exposed"):
        FileKeys(tmp_path / "secrets").log_key()


def test_a_missing_key_is_an_error(tmp_path: Path, keys: FileKeys) -> None:
    (tmp_path / "secrets" / "ledger.pem").unlink()
    with pytest.raises(LedgerReadOnly, match="key_missing"):
        FileKeys(tmp_path / "secrets").ledger_key()


def test_a_damaged_key_or_one_of_another_kind_is_an_error(tmp_path: Path, keys: FileKeys) -> None:
    path = tmp_path / "secrets" / "log.pem"
    other = ec.generate_private_key(ec.SECP256R1())
    for data in (
        b"",
        path.read_bytes()[:-40],
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ):
        path.write_bytes(data)
        with pytest.raises(LedgerReadOnly, match="key_damaged"):
            FileKeys(tmp_path / "secrets").log_key()


@pytest.mark.parametrize("person", ["", "../log", "a/b", "A", "имя", "a" * 65, "a\n"])
def test_a_name_that_is_no_username_makes_no_file(tmp_path: Path, keys: FileKeys, person: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=f"^{re.escape(person)}$"):
        keys.make_import_key(person)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_username_of_dots_stays_in_the_directory(tmp_path: Path, keys: FileKeys) -> None:
    keys.make_import_key("..")
    assert [each.name for each in tmp_path.iterdir()] == ["secrets"]


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path, keys: FileKeys) -> None:
    for person in ("a", "b"):
        keys.make_import_key(person)
    directory, beside = tmp_path / "secrets", tmp_path / "vault-keys.db"
    beside.write_bytes(b"")
    beside.chmod(0o600)
    FileKeys(directory).verify(beside)
    beside.chmod(0o640)
    (directory / "log.pem").chmod(0o644)
    (directory / "ledger.pem").unlink()
    (directory / "import-b.pem").write_bytes(b"garbage")
    with pytest.raises(LedgerReadOnly) as wrong:
        FileKeys(directory).verify(beside)
    told = {(each.reason, each.values["name"]) for each in (wrong.value, *wrong.value.also)}
    assert told == {
        ("file_exposed", "log.pem"),
        ("file_exposed", "vault-keys.db"),
        ("key_missing", "ledger"),
        ("key_damaged", "import-b"),
    }


def test_a_key_that_is_a_folder_is_damaged(tmp_path: Path, keys: FileKeys) -> None:
    (tmp_path / "secrets" / "log.pem").unlink()
    (tmp_path / "secrets" / "log.pem").mkdir(mode=0o700)
    with pytest.raises(LedgerReadOnly, match="key_damaged"):
        FileKeys(tmp_path / "secrets").log_key()
