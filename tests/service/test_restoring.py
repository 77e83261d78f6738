"""What is restored is the register that was signed, byte for byte, or nothing at all; never a second history."""

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

from benchmarks.append import furnish
from ledger.service.checkpoints import sign_head
from ledger.service.evidence import write_evidence
from ledger.storage.layout import find_where, open_entries
from tests.service import processes
from tests.service.site import Site, damage, furnished, site

__all__ = ["furnished", "site"]


def entries(directory: Path) -> list[bytes]:
    with closing(open_entries(directory)) as store, store.reading() as reading:
        return [data for _, data in reading.entries()]


def keys_only(site: Site, to: str = "restored") -> Path:
    """What the operator keeps apart from the backups, put where the register is to be."""
    target = site.folder / to
    target.mkdir(mode=0o700)
    shutil.copytree(site.data / "secrets", target / "secrets")
    shutil.copy(site.data / "vault-keys.db", target)
    return target


def test_a_backup_is_one_private_file_without_any_key(site: Site) -> None:
    backup = site.backup()
    assert backup.stat().st_mode & 0o777 == 0o600
    with ZipFile(backup) as archive:
        assert archive.namelist() == ["senim-backup.json", "ledger.db"]
        packed = archive.read("ledger.db")
        told = json.loads(archive.read("senim-backup.json"))
    assert (told["size"], told["log"]) == (len(entries(site.data)), "senim/benchmark/1")
    for secret in (*site.data.glob("secrets/*"), site.data / "vault-keys.db"):
        assert secret.name not in packed.decode("latin1")
        assert secret.read_bytes()[-32:] not in packed
    assert [path.name for path in site.folder.iterdir() if "backup" in path.name] == ["backup"]
    again = site.senim("backup", backup, "--dir", site.data)
    assert (again.code, "already" in again.err) == (2, True)


def test_a_register_comes_back_from_its_backup_and_its_keys(site: Site) -> None:
    target, backup = keys_only(site), site.backup()
    assert site.restore(backup).json["size"] == len(entries(site.data))
    assert entries(target) == entries(site.data)
    site.works(target, ward=3)


def test_a_backup_without_its_keys_says_where_they_belong(site: Site) -> None:
    told = site.restore(site.backup())
    assert (told.code, told.json["code"]) == (1, "keys_elsewhere")
    assert site.restore(site.folder / "backup", keys_only(site, "kept")).code == 0
    site.works(site.folder / "restored", ward=3)


def test_a_vault_with_other_keys_is_not_taken_for_the_right_one(site: Site) -> None:
    backup, target = site.backup(), keys_only(site)
    damage(target / "vault-keys.db", "UPDATE subject_key SET wrapped = randomblob(48)")
    told = site.restore(backup)
    assert (told.code, told.json["code"], (target / "ledger.db").exists()) == (1, "vault_keys_lost", False)
    assert site.restore(backup, "--without-vault").json["unopened"] > 0


def test_an_old_backup_is_refilled_from_evidence_byte_for_byte(site: Site) -> None:
    backup, target = site.backup(), keys_only(site)
    assert site.record(4).code == 0
    evidence = site.evidence()
    told = site.restore(backup)
    assert (told.code, told.json["code"]) == (1, "entries_lost")
    assert not (target / "ledger.db").exists()
    assert site.restore(backup, evidence).json["refilled"] == 4
    assert entries(target) == entries(site.data)
    site.works(target, ward=7)


def test_what_differs_from_what_was_signed_is_never_restored(site: Site) -> None:
    """Evidence whose last entries say something else, and an old directory without the last one."""
    backup, target = site.backup(), keys_only(site)
    assert site.record(2).code == 0
    evidence, size = site.evidence(), len(entries(site.data))
    (bundle,) = evidence.glob("tile/entries/*.p/*")
    honest = bundle.read_bytes()
    bundle.write_bytes(honest.replace(b'"units":1}', b'"units":2}'))
    told = site.restore(backup, evidence)
    assert (told.code, told.json["code"], "nowhere" in told.json["said"]) == (1, "entries_lost", True)
    old = site.copy("old")
    damage(find_where(old), f"DELETE FROM entry WHERE seq = {size - 1}")
    told = site.restore(backup, evidence, old)
    assert (told.code, told.json["code"]) == (1, "head_differs"), "the last entry is only where it was altered"
    bundle.write_bytes(honest)
    assert site.restore(backup, old, evidence).json["size"] == size
    site.works(target, ward=5)


def test_entries_that_no_head_covers_come_along_from_the_old_directory(site: Site) -> None:
    backup = site.backup()
    shutil.copytree(site.heads, site.folder / "before")
    assert site.record(2).code == 0
    shutil.rmtree(site.heads)
    (site.folder / "before").rename(site.heads)
    assert site.restore(backup, site.data).json["refilled"] == 2
    site.works(site.folder / "restored", ward=5)


def test_unsigned_entries_are_not_given_up_without_a_word(site: Site) -> None:
    backup, where, size = site.backup(), find_where(site.data), len(entries(site.data))
    shutil.copytree(site.heads, site.folder / "before")
    assert site.record(3).code == 0
    shutil.rmtree(site.heads)
    (site.folder / "before").rename(site.heads)
    damage(where, f"UPDATE entry SET data = ? WHERE seq = {size + 1}", entries(site.data)[size + 1] + b" ")
    damage(where, "UPDATE checkpoint SET note = x'00'")
    told = site.restore(backup, site.data)
    assert (told.code, told.json["code"]) == (1, "unsigned_lost")
    told = site.restore(backup, site.data, "--without-unsigned")
    assert (told.json["size"], told.json["left_out"]) == (size + 1, 2)
    site.works(site.folder / "restored", ward=4)


def test_another_register_beside_it_is_not_missed(site: Site, tmp_path: Path) -> None:
    other = furnish(tmp_path / "other")
    write_evidence(other.ledger, sign_head(other.ledger), tmp_path / "strangers", readme="", reports={})
    other.close()
    keys_only(site)
    told = site.restore(site.backup(), tmp_path / "strangers")
    assert (told.code, told.json["left_out"]) == (0, 0)


def test_a_whole_register_comes_back_from_evidence_alone(site: Site) -> None:
    """Also its names, as far as the evidence discloses them."""
    target, evidence = keys_only(site), site.evidence()
    (target / "vault-keys.db").unlink()
    for key in (target / "secrets").glob("vault*.key"):
        key.unlink()
    assert site.restore(evidence).json["code"] == "vault_lost"
    assert site.restore(evidence, "--without-vault").json["unopened"] == 0
    again = site.senim("evidence", site.folder / "again", "--openings", "--dir", target)
    assert again.code == 0
    assert (site.folder / "again" / "openings.jsonl").read_bytes() == (evidence / "openings.jsonl").read_bytes()
    site.works(target, ward=3)


def test_where_nobody_knows_the_last_head_nobody_goes_on_unasked(site: Site) -> None:
    older = site.evidence("older")
    site.works(site.data, ward=3)
    backup, target, evidence = site.backup(), keys_only(site), site.evidence()
    shutil.rmtree(site.heads)
    for beside in ((), (backup,), (older,)):  # neither itself nor what is older than it says what was signed last
        told = site.restore(backup, *beside)
        assert (told.code, told.json["code"], (target / "ledger.db").exists()) == (1, "head_unknown", False)
    assert site.restore(backup, evidence).code == 0
    assert len(list(site.heads.glob("*.head"))) == 1, "what the evidence was signed for holds from now on"
    site.works(target, ward=4)
    assert site.restore(backup, site.data, "--without-head", to="other").code == 1, "and it does"


def register(site: Site) -> None:
    identity = {"name": "Сәуле", "iin": None, "no_iin_reason": "x", "born_on": "1890-01-01", "address": "Абай 1"}
    body = {"patient": "p1", "identity": identity, "home_kato": "101010000", "home_phc_bin": "990140000017"}
    body |= {"indication": "malignant_neoplasm", "icd10": "C50"}
    assert site.record(site.told("patient.registered", body, "nurse", None)).code == 0


def erase(site: Site) -> None:
    six_years = 6 * 366 * 86_400
    erased = site.told("identity.erased", {"patient": "p1", "basis": "x"}, "registrar", "head")
    lines = erased.read_text().replace(str(datetime.now(UTC).year), str(datetime.now(UTC).year + 6))
    erased.write_text(lines)
    assert site.record(erased, prepare=processes.clock_off_by, told=(six_years,)).code == 0


def test_whom_an_entry_erased_no_older_copy_of_the_vault_brings_back(site: Site) -> None:
    register(site)
    target, backup, disclosed = keys_only(site), site.backup(), site.evidence("disclosed")
    assert "Сәуле" in (disclosed / "openings.jsonl").read_text()
    erase(site)
    evidence = site.evidence()
    assert site.restore(backup, evidence, disclosed).code == 0
    assert site.senim("evidence", site.folder / "after", "--openings", "--dir", target).code == 0
    assert "Сәуле" not in (site.folder / "after" / "openings.jsonl").read_text()
    assert entries(target) == entries(site.data)


def holds(site: Site, directory: Path) -> bool:
    """Whether it is verified, seen from the years after an erasure."""
    now = f"{datetime.now(UTC).year + 7}-01-01T00:00:00Z"
    told = site.senim("verify", directory, "--vkey", site.vkey, "--now", now, "--json")
    assert told.json["verdict"] == "pass", told.json
    return True


def test_an_older_vault_beside_newer_year_keys_is_told_and_every_proof_still_holds(site: Site) -> None:
    register(site)
    older = shutil.copy(site.data / "vault-keys.db", site.folder / "older.db")
    erase(site)
    for path in site.data.glob("vault-keys.db*"):
        path.unlink()
    shutil.copy(older, site.data / "vault-keys.db")
    told = site.record(1)
    assert (told.code, "older" in told.said) == (1, True)
    assert holds(site, site.data)
    assert site.restore(site.data).json["code"] == "vault_older"
    assert site.restore(site.data, "--without-vault").json["unopened"] > 0
    assert entries(site.folder / "restored") == entries(site.data)
    assert holds(site, site.folder / "restored")


def test_a_damaged_backup_says_so(site: Site) -> None:
    backup = site.backup()
    data = bytearray(backup.read_bytes())
    data[len(data) // 2] ^= 1
    backup.write_bytes(data)
    told = site.restore(backup, site.data)
    assert (told.code, told.json["code"]) == (2, "backup_damaged")
    assert site.restore(site.data).code == 0, "the old directory alone is enough"
    site.works(site.folder / "restored", ward=3)


def test_a_restore_never_writes_over_a_register(site: Site) -> None:
    told = site.senim("restore", site.backup(), "--dir", site.data, "--json")
    assert (told.code, told.json["code"]) == (2, "directory_taken")
    site.works(site.data, ward=3)
