"""What the demonstration tells the reader to try."""

import shlex
import sys
from pathlib import Path

import pytest

from ledger.demo import Played, _say_where


def test_its_commands_work_from_where_the_reader_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program, folder = "/opt/the register/bin/senim", Path("my demo")
    monkeypatch.setattr(sys, "argv", [program, "demo"])
    played = Played(name="", directory=folder / "a", evidence=folder / "e", report=folder / "r.pdf", vkey="")
    _say_where(folder, [played], 1.0, serves=False)
    told = [shlex.split(line) for line in capsys.readouterr().out.splitlines() if program in line]
    vkey = ["--vkey", "my demo/hospital.vkey"]
    assert told[:3] == [
        [program, "verify", "my demo/e", *vkey],
        [program, "check-pdf", "my demo/r.pdf", *vkey],
        ["SENIM_HEADS=my demo/heads", program, "balance", "--dir", "my demo/a"],
    ]
    assert told[3][:3] == [program, "demo", "--serve"]
