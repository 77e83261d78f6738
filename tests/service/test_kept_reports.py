"""Reports that show a patient, in a backup and out of it: sealed where they lie, readable until an erasure."""

from pathlib import Path

from ledger.service.checkpoints import verifier_key
from ledger.storage.kept import KeptReports
from ledger.storage.layout import open_store
from reports.asked import Asked
from reports.issuing import issue
from tests.reports.dose_days import NAME, Days, died, three_weeks
from tests.service.site import Site


def issued(days: Days, kind: str, **asked: str) -> tuple[str, bytes]:
    house = days.stage.house
    made = issue(house.ledger, house.directory, Asked(kind=kind, language="kk", **asked))  # type: ignore[arg-type]
    return f"{made.seq}-{kind}.pdf", made.pdf


def read(directory: Path, name: str) -> bytes | None:
    opened = open_store(directory)
    try:
        return KeptReports(opened.reports, opened.vault).read(name)
    finally:
        opened.close()


def test_a_sealed_report_comes_back_from_a_backup_and_from_evidence_sealed_again(tmp_path: Path) -> None:
    days = three_weeks(tmp_path)
    name, pdf = issued(days, "dose-history", patient="p1")
    plain, other = issued(days, "verification")
    site = Site(tmp_path, verifier_key(days.stage.house.ledger).to_vkey())
    days.stage.house.close()
    lie = {path.name: path.read_bytes() for path in (site.data / "reports").iterdir()}
    assert lie.keys() == {f"{name}.sealed", plain}
    assert site.senim("backup", tmp_path / "backup", "--dir", site.data).code == 0
    assert site.senim("evidence", tmp_path / "evidence", "--dir", site.data).code == 0
    assert (tmp_path / "evidence" / "reports" / name).read_bytes() == pdf, "what is handed over can be read"
    assert NAME.encode() not in (tmp_path / "backup").read_bytes()
    told = site.senim("restore", tmp_path / "backup", "--dir", tmp_path / "again", "--from", site.data)
    assert told.code == 0, told
    assert {path.name: path.read_bytes() for path in (tmp_path / "again" / "reports").iterdir()} == lie
    (site.data / "reports" / f"{name}.sealed").unlink()
    told = site.senim("restore", tmp_path / "evidence", "--dir", tmp_path / "third", "--from", site.data)
    assert told.code == 0, told
    assert sorted(path.name for path in (tmp_path / "third" / "reports").iterdir()) == sorted(lie)
    assert read(tmp_path / "third", name) == pdf
    assert read(tmp_path / "third", plain) == other


def test_an_erasure_reaches_what_is_kept(tmp_path: Path) -> None:
    days = three_weeks(tmp_path)
    name, pdf = issued(days, "dose-history", patient="p1")
    others, circle = issued(days, "circle")
    plain, verification = issued(days, "verification")
    house = days.stage.house
    assert (house.read_reports()[name], house.read_reports()[others]) == (pdf, circle)
    died(days)
    days.do("identity.erased", "2031-03-21T09:00", {"patient": "p1", "basis": "asked for"}, "registrar", "head")
    assert house.read_reports() == {plain: verification}
    house.close()
