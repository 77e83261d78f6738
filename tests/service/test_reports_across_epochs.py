"""The journal of a product over an old log and the one that goes on from it: each entry proved under its own root."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pikepdf

from ledger.cli.wiring import open_house
from ledger.log.note import VerifierKey
from reports.check import check_pdf
from tests.service.test_new_epochs import KEPT, Lost, built, carry, keyless, keys_of, lost, reopened

__all__ = ["built", "lost"]


def ten_minutes_on() -> None:
    defaults = open_house.__kwdefaults__
    assert defaults is not None
    defaults["clock"] = lambda: datetime.now(UTC) + timedelta(minutes=10)


def issued(lost: Lost, out: str) -> Path:
    there = lost.folder / "next"
    asked: list[str | Path] = ["report", "register", "--product", "morphine", "--out", lost.folder / out]
    told = lost.senim(*asked, "--dir", there, prepare=ten_minutes_on)
    assert told.code == 0, told
    return lost.folder / out


def test_the_journal_goes_on_over_the_loss_and_is_proved_to_its_first_row(lost: Lost) -> None:
    epoch = lost.epoch(lost.folder / "backup", keys_of(lost.data)).json
    stage = reopened(lost)
    assert carry(stage, 2) == ("recorded", [])
    stage.house.close()
    found = check_pdf(issued(lost, "a.pdf").read_bytes(), log_key=VerifierKey.from_vkey(epoch["vkey"]))
    assert found.verdict == "pass", found.to_json()
    rows = [(row.seq, row.came, row.went) for row in found.report.rows]
    assert len(rows) == 1 + KEPT + 2
    assert [seq < 0 for seq, _, _ in rows] == [True] * (1 + KEPT) + [False] * 2
    assert (found.report.opening_units, found.report.closing_units) == (0, 100), "safe and ward together"


def test_an_old_entry_with_another_path_or_another_number_is_not_proved(lost: Lost) -> None:
    epoch = lost.epoch(*keyless(lost)).json
    data, key = issued(lost, "b.pdf").read_bytes(), VerifierKey.from_vkey(epoch["vkey"])
    assert check_pdf(data, log_key=key).verdict == "pass"

    def altered(old: str, new: str, change: int) -> str:
        packed = BytesIO()
        with pikepdf.open(BytesIO(data)) as document:
            proofs = document.attachments["proofs.zip"].get_file().read_bytes()
            with ZipFile(BytesIO(proofs)) as before, ZipFile(packed, "w", ZIP_STORED) as after:
                for name in before.namelist():
                    content = before.read(name)
                    if name == old:
                        content = bytes([content[0] ^ change]) + content[1:]
                    after.writestr(new if name == old else name, content)
            document.attachments["proofs.zip"] = packed.getvalue()
            out = BytesIO()
            document.save(out)
        return check_pdf(out.getvalue(), log_key=key).checks["entries"].verdict

    with (
        pikepdf.open(BytesIO(data)) as document,
        ZipFile(BytesIO(document.attachments["proofs.zip"].get_file().read_bytes())) as archive,
    ):
        names = archive.namelist()
    paths = [name for name in names if name.endswith(".path")]
    assert paths
    assert altered(paths[0], paths[0], 0) == "pass"
    assert altered(paths[0], paths[0], 1) == "fail"
    assert altered(paths[0], "-999.path", 0) == "fail"
    assert altered("0.tlog-proof", "0.path", 0) == "fail"
