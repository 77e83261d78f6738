"""The quarter of both facilities, recorded once a session by the real command."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ledger.storage import layout

# What the program says when it is at fault itself: no way of calling it may lead there.
FAULTS = ("program_fault", "itself is at fault", "самой программы", "бағдарламасының өз")
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

    def __call__(
        self, *arguments: str | Path, input: bytes | None = None, lang: str = "en", first: str = "", **environ: str
    ) -> Told:
        """Run a command; *first* is Python that goes before it, to bring about what cannot be waited for."""
        with TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("in", "out", "err")]
            for file in files:
                file.write_bytes((input or b"") if file.name == "in" else b"")
            asked = {"argv": self.told(arguments), "environ": self.environ(lang) | environ}
            asked |= {"cwd": str(Path.cwd()), "first": first, "files": [str(file) for file in files]}
            code = run_forked(asked)
            told = Told(code, files[1].read_text("utf-8"), files[2].read_text("utf-8"))
        assert "Traceback" not in told.err, told.err
        assert not any(sign in told.out + told.err for sign in FAULTS), told
        return told

    def told(self, arguments: Sequence[str | Path]) -> list[str]:
        """A register begins where this run keeps them."""
        told = [str(each) for each in arguments]
        if told[:1] == ["init"] and "--dir" in told:
            where = layout.choose_where(Path(told[told.index("--dir") + 1]))
            told += [] if isinstance(where, Path) else ["--database", where.address]
        return told

    def command(self, *arguments: str | Path, first: str = "") -> list[str]:
        return [sys.executable, "-c", f"{first}\nfrom ledger.cli import main; main()", *map(str, arguments)]

    def environ(self, lang: str = "en") -> dict[str, str]:
        environ = {"SENIM_HEADS": str(self.heads), "PATH": os.environ["PATH"], "SENIM_LANG": lang}
        return environ | {"HOME": os.environ.get("HOME", "/"), "PYTHONWARNINGS": "error", "COLUMNS": "200"}


@cache
def forks() -> "subprocess.Popen[str]":
    environ = os.environ | {"PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "tests.cli.forks"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, cwd=SCENARIO.parents[2]
    )


def run_forked(asked: dict[str, Any]) -> int:
    """The exit code of one run (see `forks`)."""
    server = forks()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(asked) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())


@pytest.fixture(scope="session", autouse=True)
def _stopped_forks() -> Iterator[None]:
    yield
    if forks.cache_info().currsize:
        with forks() as server:
            assert server.stdin is not None
            server.stdin.close()


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
