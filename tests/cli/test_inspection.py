"""What an inspector does with the commands: takes the evidence, verifies it elsewhere, checks a report."""

import json
import shutil
from pathlib import Path
from uuid import uuid4

import pytest

from ledger.storage.layout import find_where
from tests.cli.conftest import SCENARIO, Recorded, Senim
from tests.registers import copy_register
from tests.service.site import damage


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


def test_where_nothing_lies_nothing_was_changed(hospital: Recorded, tmp_path: Path) -> None:
    told = hospital.senim("verify", tmp_path, "--vkey", hospital.vkey, "--json")
    integrity = told.json["checks"]["integrity"]
    assert (told.code, integrity["verdict"], "no evidence here" in integrity["said"]) == (1, "fail", True)


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


def test_a_copied_directory_is_read_and_verified_elsewhere_and_writes_only_when_told(
    hospital: Recorded, tmp_path: Path
) -> None:
    copy, line = tmp_path / "copy", json.loads(hospital.commands.read_text().splitlines()[0])
    copy_register(hospital.directory, copy)
    elsewhere = Senim(tmp_path / "heads")
    assert elsewhere("balance", "--dir", copy).code == 0
    told = elsewhere("record", "-", "--dir", copy, input=json.dumps({**line, "id": str(uuid4())}).encode())
    assert (told.code, "--adopt-head" in told.out + told.err) == (1, True)
    assert elsewhere("checkpoint", "--dir", copy).code == 1
    adopted = elsewhere("checkpoint", "--adopt-head", "--json", "--dir", copy)
    assert (adopted.code, elsewhere("checkpoint", "--dir", copy).code) == (0, 0), adopted.err
    for secret in ("vault-keys.db", "secrets"):
        path = copy / secret
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    told = elsewhere("verify", copy, "--vkey", hospital.vkey, "--json")
    assert (told.code, told.json["size"]) == (0, adopted.json["size"]), told.out


@pytest.mark.once("its bytes are overwritten")
@pytest.mark.parametrize("part", ["the middle", "everything"])
def test_a_damaged_database_gets_five_verdicts(hospital: Recorded, tmp_path: Path, part: str) -> None:
    copy = tmp_path / "copy"
    copy_register(hospital.directory, copy)
    data = (copy / "ledger.db").read_bytes()
    damaged = data[:8192] + bytes(len(data) - 8192) if part == "the middle" else b"no database at all"
    (copy / "ledger.db").write_bytes(damaged)
    told = hospital.senim("verify", copy, "--vkey", hospital.vkey, "--json")
    assert (told.code, told.json["verdict"], len(told.json["checks"])) == (1, "fail", 5)


def test_an_index_that_lies_is_found_by_verify_and_by_rebuild(hospital: Recorded, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy_register(hospital.directory, copy)
    damage(find_where(copy), "UPDATE entry SET performer = 'eve' WHERE seq = 40")
    told = hospital.senim("verify", copy, "--vkey", hospital.vkey, "--json")
    (finding,) = told.json["checks"]["integrity"]["findings"]
    assert (told.code, finding["seq"], finding["code"]) == (1, 40, "index_differs")
    told = hospital.senim("rebuild", "--check", "--dir", copy, "--json")
    assert (told.code, told.json["differing"], [fault["seq"] for fault in told.json["index"]]) == (1, [], [40])


@pytest.mark.once("a database that lies elsewhere lies in no folder")
def test_a_database_in_an_evidence_folder_changes_nothing(hospital: Recorded, evidence: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(evidence, tmp_path / "folder")
    shutil.copy(hospital.directory / "ledger.db", folder)
    bundle = folder / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes()[:-1])
    assert hospital.senim("verify", folder, "--vkey", hospital.vkey).code == 1


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_what_is_found_is_said_in_words(hospital: Recorded, evidence: Path, tmp_path: Path, lang: str) -> None:
    folder = shutil.copytree(evidence, tmp_path / "folder")
    bundle = folder / "tile" / "entries" / "000"
    data = bundle.read_bytes()
    bundle.write_bytes(data[:60_000] + b"\x1b" + data[60_001:])
    (folder / "keys.jsonl").unlink()
    (folder / "reports" / "x\x1b[2J.pdf").parent.mkdir(exist_ok=True)
    (folder / "reports" / "x\x1b[2J.pdf").write_bytes(b"?")
    told = hospital.senim("verify", folder, "--vkey", hospital.vkey, lang=lang)
    assert told.code == 1
    assert "\x1b" not in told.out
    for word in ("Technical word", "Техническое слово:", "Техникалық сөз:", "{"):
        assert word not in told.out


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
    assert (told.code, told.json["code"], out.read_bytes()) == (2, "file_taken", b"mine")
    assert hospital.ask("report", "register", "--product", "nothing", "--out", tmp_path / "x.pdf").code == 2
    assert hospital.ask("report", "novel", "--product", "x", "--out", tmp_path / "y.pdf").code == 2
