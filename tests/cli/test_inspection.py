"""What an inspector does with the commands: takes the evidence, verifies it elsewhere, checks a report."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import SCENARIO, Recorded


@pytest.fixture(scope="module")
def evidence(hospital: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inspector") / "evidence"
    assert hospital.ask("evidence", folder).code == 0
    return folder


def test_the_evidence_verifies_on_another_machine(hospital: Recorded, evidence: Path) -> None:
    told = hospital.senim("verify", evidence, "--vkey", hospital.vkey, "--json")
    assert (told.code, told.json["verdict"]) == (0, "pass")
    assert set(told.json["checks"]) == {"integrity", "completeness", "authenticity", "freshness", "domain"}
    first = told.json["checks"]["authenticity"]["said"]
    assert "own word" in first
    assert "still open" in first


def test_a_trust_file_binds_the_first_entry(hospital: Recorded, evidence: Path, tmp_path: Path) -> None:
    trust = tmp_path / "trust.json"
    trust.write_text(f'{{"vkey": "{hospital.vkey}", "genesis": "{hospital.genesis}", "keys": []}}')
    told = hospital.senim("verify", evidence, "--vkey", trust, "--json").json
    assert "keys_on_facilitys_word" not in {note["code"] for note in told["checks"]["authenticity"]["notes"]}
    trust.write_text(f'{{"vkey": "{hospital.vkey}", "genesis": "{"0" * 64}", "keys": []}}')
    told = hospital.senim("verify", evidence, "--vkey", trust, "--json")
    assert (told.code, told.json["checks"]["authenticity"]["verdict"]) == (1, "fail")


def test_without_a_key_the_answer_is_grey_and_the_exit_code_2(hospital: Recorded, evidence: Path) -> None:
    assert hospital.senim("verify", evidence).code == 2
    assert hospital.senim("verify", hospital.directory).code == 2
    assert hospital.senim("verify", hospital.directory, "--vkey", hospital.vkey).code == 0


def test_imported_entries_fail_where_personal_signatures_are_required(hospital: Recorded, evidence: Path) -> None:
    told = hospital.senim("verify", evidence, "--vkey", hospital.vkey, "--require-signed", "--json")
    assert (told.code, told.json["checks"]["authenticity"]["verdict"]) == (1, "fail")


def test_no_name_number_or_free_text_stands_in_the_chain(evidence: Path) -> None:
    bundles = b"".join(
        path.read_bytes() for path in sorted((evidence / "tile" / "entries").rglob("*")) if path.is_file()
    )
    told = (SCENARIO / "hospital.jsonl").read_text()
    for secret in ("Әбенов", "821028101001", "Туысы Аты", "түсіп кетті", "ойдан шығарылған", "H-100", "сөре артында"):
        assert secret in told
        assert secret.encode() not in bundles


def test_one_altered_byte_is_not_verified(hospital: Recorded, evidence: Path, tmp_path: Path) -> None:
    altered = shutil.copytree(evidence, tmp_path / "altered")
    bundle = altered / "tile" / "entries" / "000"
    data = bytearray(bundle.read_bytes())
    data[40_000] ^= 1
    bundle.write_bytes(data)
    told = hospital.senim("verify", altered, "--vkey", hospital.vkey, "--json")
    assert told.code == 1
    (first, *_) = told.json["checks"]["integrity"]["findings"]
    assert first["seq"] is not None


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_a_report_is_written_signed_and_checked(hospital: Recorded, tmp_path: Path, lang: str) -> None:
    out = tmp_path / f"register-{lang}.pdf"
    told = hospital.ask("report", "register", "--product", "morphine-tab-10", "--out", out, "--json", lang=lang)
    assert told.code == 0, told.err
    entry = hospital.ask("show", str(told.json["seq"]), "--json").json["statement"]
    assert (entry["type"], entry["body"]["sha256"]) == ("report.issued", told.json["sha256"])
    assert hospital.senim("check-pdf", out, "--vkey", hospital.vkey, lang=lang).code == 0
    assert hospital.senim("check-pdf", out).code == 2
    data = bytearray(out.read_bytes())
    data[len(data) // 2] ^= 1
    out.write_bytes(data)
    assert hospital.senim("check-pdf", out, "--vkey", hospital.vkey).code == 1


def test_a_report_is_never_written_over_a_file(hospital: Recorded, tmp_path: Path) -> None:
    out = tmp_path / "there.pdf"
    out.write_bytes(b"mine")
    told = hospital.ask("report", "register", "--product", "morphine-tab-10", "--out", out, "--json")
    assert (told.code, told.json["reason"], out.read_bytes()) == (2, "file_taken", b"mine")
    assert hospital.ask("report", "register", "--product", "nothing", "--out", tmp_path / "x.pdf").code == 2
    assert hospital.ask("report", "novel", "--product", "x", "--out", tmp_path / "y.pdf").code == 2
