"""A key for somebody once imports are closed, and the log's next one: two people sign where their keys are."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.cli.own_keys import rotate_signed
from ledger.cli.setting_up import enrol_key
from ledger.cli.signed_elsewhere import read_signed
from ledger.errors import SenimError
from ledger.log.signing import to_enrolment_bytes
from ledger.service.checkpoints import verifier_key
from tests.api.thief import close_imports
from tests.faults.counter import OPENING, Counter


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    counter = Counter(tmp_path)
    counter.tell(OPENING)
    close_imports(counter)
    return counter


@pytest.mark.parametrize("first", [b"{", b" {", b"\n"])
def test_a_signature_is_taken_whatever_it_begins_with(tmp_path: Path, first: bytes) -> None:
    file, signature = tmp_path / "signature", first.ljust(64, b"\0")
    file.write_bytes(signature)
    assert read_signed(f"head={file}") == ("head", signature)


def test_two_people_sign_elsewhere_and_the_new_key_is_enrolled(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = Ed25519PrivateKey.generate()
    public, proof = tmp_path / "public.pem", tmp_path / "proof"
    public.write_bytes(new.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    der = new.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    encoded = base64.b64encode(der).decode()
    proof.write_bytes(new.sign(to_enrolment_bytes(counter.house.ledger.log, "nurse", encoded)))

    def enrol(*signed: str) -> int:
        return enrol_key(counter.house, "nurse", public, proof, signed, as_json=True)

    before = counter.size()
    assert enrol() == 2
    asked = json.loads(capsys.readouterr().out)
    assert list(asked["keys"]) == ["registrar", "head"]
    files = {name: tmp_path / f"{name}.sig" for name in asked["keys"]}
    for name, file in files.items():
        file.write_bytes(counter.keys[name].sign(base64.b64decode(asked["sign"])))
    swapped = [f"registrar={files['head']}", f"head={files['registrar']}"]
    for wrong in (swapped, [f"registrar={files['registrar']}"]):
        with pytest.raises(SenimError) as refused:
            enrol(*wrong)
        assert refused.value.code == "signature_invalid"
        assert counter.size() == before
    assert enrol(*(f"{name}={file}" for name, file in files.items())) == 0
    assert json.loads(capsys.readouterr().out)["seq"] == before
    assert counter.house.ledger.keys().get(asked["statement"]["body"]["key"]).person == "nurse"
    assert not list((counter.house.directory / "secrets" / "enrolment").glob("*.statement"))


def test_two_people_sign_elsewhere_and_the_log_s_key_changes(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, before = counter.house.ledger, counter.size()
    old = verifier_key(ledger)

    def rotate(*signed: str) -> tuple[int, dict[str, Any]]:
        code = rotate_signed(counter.house, signed, as_json=True)
        return code, json.loads(capsys.readouterr().out)

    code, asked = rotate()
    assert (code, list(asked["keys"])) == (2, ["registrar", "head"])
    assert rotate() == (2, asked), "who comes back is shown the same"
    files = {name: tmp_path / f"{name}.sig" for name in asked["keys"]}
    for name, file in files.items():
        file.write_bytes(counter.keys[name].sign(base64.b64decode(asked["sign"])))
    with pytest.raises(SenimError) as refused:
        rotate(f"registrar={files['registrar']}")
    assert (refused.value.code, counter.size()) == ("signature_invalid", before)
    assert verifier_key(ledger) == old
    code, told = rotate(*(f"{name}={file}" for name, file in files.items()))
    assert (code, told) == (0, {"seq": before, "vkey": verifier_key(ledger).to_vkey()})
    assert verifier_key(ledger) != old
