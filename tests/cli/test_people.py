"""A directory made, people and keys enrolled, as a registrar does it."""

import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.cli.conftest import Senim, init

FACILITY = {
    "facility": "Қарауыл МСАК",
    "log": "senim/test-phc/1",
    "bin": "050340000079",
    "kato": "103230100",
    "kind": "phc",
}


@pytest.fixture
def senim(tmp_path: Path) -> Senim:
    return Senim(tmp_path / "heads")


def test_a_new_directory_opens_with_three_entries(senim: Senim, tmp_path: Path) -> None:
    told = init(senim, tmp_path / "data", FACILITY)
    assert told.code == 0
    assert told.json["vkey"].startswith("senim/test-phc/1+")
    types = [entry["statement"]["type"] for entry in senim("show", "--dir", tmp_path / "data", "--json").json]
    assert types == ["facility.opened", "regulation.adopted", "person.enrolled"]
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    for secret in (tmp_path / "data" / "secrets").rglob("*"):
        assert stat.S_IMODE(secret.stat().st_mode) & 0o077 == 0, secret
    again = init(senim, tmp_path / "data", FACILITY)
    assert (again.code, again.json["code"]) == (2, "directory_taken")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"bin": "050340000078"}, "bin_invalid"),
        ({"kato": "999999999"}, "kato_unknown"),
        ({"kind": "shop"}, "malformed"),
        ({"log": "senim/x"}, "malformed"),
        ({"log": "senim-practice/x/1"}, "malformed"),
    ],
)
def test_what_entry_0_could_not_say_makes_no_directory(
    senim: Senim, tmp_path: Path, changed: dict[str, str], code: str
) -> None:
    told = init(senim, tmp_path / "data", FACILITY | changed)
    assert told.code == 1
    assert code in told.out
    assert not (tmp_path / "data").exists()


def test_people_are_enrolled_by_the_registrar_and_then_with_the_head_pharmacist(senim: Senim, tmp_path: Path) -> None:
    init(senim, tmp_path / "data", FACILITY)
    where = ("--dir", tmp_path / "data", "--json")
    refused = senim("person", "add", "n.alim", "--role", "nurse", "--name", "Әлім", *where)
    assert (refused.code, "witness_required" in refused.out) == (1, True)
    head = senim("person", "add", "k.bai", "--role", "head_pharmacist", "--name", "Баймұхан", *where).json
    assert len(head["code"]) == 20
    nurse = senim("person", "add", "n.alim", "--role", "nurse", "--name", "Әлім", *where)
    entry = senim("show", str(nurse.json["seq"]), *where).json
    assert entry["statement"]["witness"] == "k.bai"
    assert "Әлім" not in str(entry)
    assert senim("person", "add", "n.alim", "--role", "nurse", "--name", "Әлім", *where).code == 1


def test_a_key_is_enrolled_with_the_proof_that_its_holder_has_it(senim: Senim, tmp_path: Path) -> None:
    init(senim, tmp_path / "data", FACILITY)
    where = ("--dir", tmp_path / "data", "--json")
    senim("person", "add", "k.bai", "--role", "head_pharmacist", "--name", "Баймұхан", *where)
    key, wrong = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    public, proof = tmp_path / "key.pem", tmp_path / "proof"
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    asked = senim("person", "key", "k.bai", "--public", public, *where)
    assert asked.code == 2
    message = base64.b64decode(asked.json["to_sign"])
    assert message.startswith(b"senim/key/v1\nsenim/test-phc/1\nk.bai\n")
    proof.write_bytes(wrong.sign(message))
    assert senim("person", "key", "k.bai", "--public", public, "--proof", proof, *where).code == 1
    proof.write_bytes(base64.b64encode(key.sign(message)))
    told = senim("person", "key", "k.bai", "--public", public, "--proof", proof, *where)
    assert (told.code, told.json["key"]) == (0, asked.json["key"])
    assert senim("person", "key", "k.bai", "--public", public, "--proof", proof, *where).code == 1


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_help_speaks_the_readers_language_and_is_whole(senim: Senim, lang: str) -> None:
    told = senim("--help", lang=lang)
    commands: tuple[str, ...] = (
        "init",
        "person",
        "record",
        "show",
        "balance",
        "circle",
        "custody",
        "discrepancies",
        "pending",
    )
    commands += ("checkpoint", "evidence", "verify", "report", "check-pdf", "rebuild", "demo")
    assert told.code == 0
    for command in commands:
        assert command in told.out
    if lang != "en":
        assert "Show entries." not in told.out


@pytest.mark.parametrize("command", ["balance", "circle", "custody", "discrepancies", "pending", "checkpoint", "show"])
def test_where_there_is_no_ledger_that_is_said(senim: Senim, tmp_path: Path, command: str) -> None:
    told = senim(command, "--dir", tmp_path / "nothing", "--json")
    assert (told.code, told.json["code"]) == (2, "no_ledger")
    assert not (tmp_path / "nothing").exists()
