"""Each rule broken once by somebody who holds every key: all hashes and signatures fit, only the rule is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .forge import SITE, SITE_ID, Forge, Signer, honest_log, young_log
from .lies import DIED, LIES, rotate
from .verify import verify


def verify_codes(f: Forge, folder: Path) -> set[str]:
    return verify(f.write(folder), vkey=f.vkey).codes()


@pytest.mark.parametrize("name", LIES)
def test_a_lie_that_is_hashed_and_signed_is_found(name: str, tmp_path: Path) -> None:
    code, tell = LIES[name]
    f = honest_log()
    tell(f)
    assert code in verify_codes(f, tmp_path)


# Before imports are closed
def close(f: Forge, *, count: int, missing: bool = False, stranger: str | None = None) -> None:
    own = Signer(person="p.one", use="sign", label="own")
    imported = dict(f.active)
    keys = {name: Signer(person=name, use="sign", label="own") for name in ("reg", "hp")} | {"p.one": own}
    for signer in keys.values():
        f.enrol_key(signer, "reg", "hp")
        f.active = dict(imported)
    f.active |= keys
    listed = [signer.id for signer in keys.values()] + ([stranger] if stranger else [])
    seq = f.add("import.closed", {"count": count, "keys": listed}, "reg", "hp", also=[] if missing else ["p.one"])
    f.end_keys(lambda line: line["use"] == "import", seq)


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("", {"count": 9}),
        ("import_count", {"count": 8}),
        ("signatories", {"count": 9, "missing": True}),
        ("key_unknown", {"count": 9, "stranger": "0" * 16}),
    ],
)
def test_imports_are_closed_once_counted_and_signed_by_all_who_go_on(code: str, how: Any, tmp_path: Path) -> None:
    f = young_log()
    close(f, **how)
    assert verify_codes(f, tmp_path) >= ({code} if code else set())
    assert code or verify(tmp_path, vkey=f.vkey).ok


def test_people_cannot_enrol_import_keys(tmp_path: Path) -> None:
    f = young_log()
    f.enrol_key(Signer(person="n.one", use="import", label="second"), "reg", "hp")
    assert verify_codes(f, tmp_path) == {"not_allowed"}


def test_an_import_cannot_pass_for_the_web(tmp_path: Path) -> None:
    f = young_log()
    f.add("patient.died", DIED, "d.one", twist=lambda e: e.update(via="web"))
    assert verify_codes(f, tmp_path) == {"via"}


def test_an_imported_entry_may_be_older_than_its_performer_s_enrolment(tmp_path: Path) -> None:
    f = young_log()
    f.add("patient.died", DIED, "d.one", occurred_at="2020-01-01T00:00:00.000000Z")
    assert verify_codes(f, tmp_path) == set()


def first_keys(**registrars: str) -> list[dict[str, str]]:
    uses = {"log": "log", "ledger": "ledger"} | registrars
    signers = [Signer(person=person, use=use, label="first") for person, use in uses.items()]
    return [{"person": x.person, "key": x.id, "alg": x.alg, "public": x.public, "use": x.use} for x in signers]


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("practice", {"practice": True}),
        ("new_epoch", {"after": {"log": "senim/forged-hospital/0", "size": 3}}),
        ("entry_0", {"keys": []}),
        ("absurd", {"keys": 5}),
        ("entry_0", {"keys": first_keys(reg="pdf")}),
        ("entry_0", {"keys": [*first_keys(reg="import"), *first_keys(reg="sign")[2:]]}),
        ("entry_0", {"keys": first_keys(reg="import", p="import")}),
        ("field_unknown", {"owner": "x"}),
        ("privacy", {"kind": "a pharmacy of Жан"}),
    ],
)
def test_entry_0_says_what_it_must(code: str, body: dict[str, Any], tmp_path: Path) -> None:
    assert code in verify_codes(young_log(**body), tmp_path)


def test_entry_1_adopts_a_regulation(tmp_path: Path) -> None:
    f = young_log()
    del f.entries[1:]
    f.add("person.enrolled", {"person": "reg", "role": "registrar"}, "ledger")
    assert "not_allowed" in verify_codes(f, tmp_path)


def test_the_log_s_key_is_rotated_with_both_keys(tmp_path: Path) -> None:
    f = honest_log()
    old_vkey = f.vkey
    rotate(f)
    assert verify_codes(f, tmp_path / "new") == set()
    f.add("patient.died", DIED, "d.one")
    assert verify_codes(f, tmp_path / "later") == set()
    assert verify(tmp_path / "later", vkey=old_vkey).codes() == {"note_signature"}


def test_the_old_key_signs_the_head_that_ends_with_its_rotation_and_no_later_one(tmp_path: Path) -> None:
    f = honest_log()
    old = f.active["log"]
    rotate(f)
    f.active["log"] = old
    assert verify_codes(f, tmp_path / "handing over") == set()
    f.add("patient.died", DIED, "d.one")
    assert verify_codes(f, tmp_path / "too late") == {"log_key"}


def test_the_passkey_s_site_is_the_one_of_its_enrolment(tmp_path: Path) -> None:
    f = honest_log()
    new = Signer(person="d.one", use="sign", label="second", passkey=True)
    body = f.enrolment(new) | {"origins": ["https://a.example", SITE], "rp_id": SITE_ID}
    seq = f.add("key.enrolled", body, "reg", "hp")
    f.key_line(new, seq + 1)
    f.add("patient.died", DIED, "d.one")
    assert verify_codes(f, tmp_path) == set()
