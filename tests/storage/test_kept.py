"""A kept report can be read as long as nobody whom it shows is erased, and never as another one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import EvidenceRejected, NotFound, OpeningRejected
from ledger.storage.kept import KeptReports, kept_files
from ledger.storage.vault import SqlVault

PDF = "%PDF-1.7 Сәуле".encode() * 100


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[SqlVault]:
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "reports").mkdir(mode=0o700)
    SqlVault.create(tmp_path / "vault-keys.db", tmp_path / "secrets")
    vault = SqlVault(tmp_path / "vault-keys.db", tmp_path / "secrets")
    yield vault
    vault.close()


@pytest.fixture
def kept(tmp_path: Path, vault: SqlVault) -> KeptReports:
    return KeptReports(tmp_path / "reports", vault)


def test_a_report_that_shows_somebody_lies_sealed_and_reads_as_it_was_issued(kept: KeptReports) -> None:
    path = kept.keep("7-return.pdf", PDF, subjects=["p1", "p2"])
    assert path.name == "7-return.pdf.sealed"
    assert b"%PDF" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert kept.read("7-return.pdf") == PDF
    assert kept.keep("8-count.pdf", PDF, subjects=[]).read_bytes() == PDF
    assert kept.read_all() == {"7-return.pdf": PDF, "8-count.pdf": PDF}


@pytest.mark.parametrize("erased", ["p1", "p2", "p3"])
def test_whoever_of_them_is_erased_nobody_reads_it_again(kept: KeptReports, vault: SqlVault, erased: str) -> None:
    kept.keep("7-circle.pdf", PDF, subjects=["p1", "p2", "p3"])
    kept.keep("8-return.pdf", PDF, subjects=["p4"])
    vault.destroy(f"patient:{erased}")
    assert kept.read("7-circle.pdf") is None
    vault.seal(f"patient:{erased}", b"again", context=b"x")  # a new key is not the old one
    assert kept.read("7-circle.pdf") is None
    assert kept.read_all() == {"8-return.pdf": PDF}


def test_an_altered_file_or_another_name_is_found(kept: KeptReports, tmp_path: Path) -> None:
    path = kept.keep("7-return.pdf", PDF, subjects=["p1"])
    data = path.read_bytes()
    path.with_name("9-return.pdf.sealed").write_bytes(data)
    with pytest.raises(OpeningRejected):
        kept.read("9-return.pdf")
    for at in (20, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(EvidenceRejected):
            kept.read("7-return.pdf")
    with pytest.raises(NotFound):
        kept.read("10-return.pdf")
    assert [each.name for each in kept_files(tmp_path / "reports")] == ["7-return.pdf.sealed", "9-return.pdf.sealed"]


def test_thousands_of_patients_in_one_report_are_no_burden(kept: KeptReports) -> None:
    kept.keep("7-circle.pdf", PDF, subjects=[f"p{n}" for n in range(300)])
    assert kept.read("7-circle.pdf") == PDF
