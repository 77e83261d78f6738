"""The quarter of both facilities, recorded once a session by the real command."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SCENARIO = Path(__file__).parents[1] / "data" / "scenario"


@dataclass(frozen=True)
class Told:
    """What a command answered: exit code, standard output and error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Senim:
    """`senim` with heads of its own."""

    def __init__(self, heads: Path) -> None:
        self.heads = heads

    def __call__(self, *arguments: str | Path, input: bytes | None = None, lang: str = "en") -> Told:
        environ = {"SENIM_HEADS": str(self.heads), "PATH": os.environ["PATH"], "SENIM_LANG": lang}
        environ |= {"HOME": os.environ.get("HOME", "/"), "PYTHONWARNINGS": "error", "COLUMNS": "200"}
        command = [sys.executable, "-c", "from ledger.cli import main; main()", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, env=environ, input=input, check=False)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return Told(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(frozen=True)
class Recorded:
    """One facility after its quarter."""

    name: str
    directory: Path
    vkey: str
    genesis: str
    answers: list[dict[str, Any]]
    expected: dict[str, Any]
    commands: Path
    senim: Senim

    def ask(self, *arguments: str | Path, **more: Any) -> Told:
        return self.senim(*arguments, "--dir", self.directory, **more)


def init(senim: Senim, directory: Path, facility: dict[str, str]) -> Told:
    options = [f"--{name}={facility[name]}" for name in ("facility", "log", "bin", "kato", "kind")]
    return senim("init", *options, "--dir", directory, "--json")


@pytest.fixture(scope="session")
def record_quarter(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Recorded]:
    made: dict[str, Recorded] = {}
    facilities = json.loads((SCENARIO / "facilities.json").read_text())

    def record(name: str) -> Recorded:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            senim = Senim(folder / "heads")
            opened = init(senim, folder / "data", facilities[name]).json
            told = senim("record", SCENARIO / f"{name}.jsonl", "--json", "--dir", folder / "data")
            assert told.code == 1  # wrong commands are in it on purpose
            expected = json.loads((SCENARIO / f"{name}.expected.json").read_text())
            made[name] = Recorded(
                name, folder / "data", opened["vkey"], opened["genesis"], told.lines, expected,
                SCENARIO / f"{name}.jsonl", senim,
            )  # fmt: skip
        return made[name]

    return record


@pytest.fixture(params=["hospital", "phc"], scope="session")
def quarter(request: pytest.FixtureRequest, record_quarter: Callable[[str], Recorded]) -> Recorded:
    return record_quarter(request.param)


@pytest.fixture(scope="session")
def hospital(record_quarter: Callable[[str], Recorded]) -> Recorded:
    return record_quarter("hospital")
