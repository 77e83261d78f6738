"""`senim` in a process of its own, with what a bad day does to it; started from a server that has it all loaded."""

import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ledger.cli import app, backing_up, options, recording, showing, verifying
from ledger.storage import engine, postgres

_processes = get_context("forkserver")
_processes.set_forkserver_preload(["tests.storage.children", "tests.service.processes"])

LOADED = (app, backing_up, showing, verifying)
NOBODY = 65534


@dataclass(frozen=True)
class Told:
    """What a command answered: exit code, standard output and error."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Running:
    """A command that was started."""

    def __init__(self, arguments: tuple[str, ...], heads: Path, prepare: "Callable[..., None]", *told: Any) -> None:
        self._folder = TemporaryDirectory()
        self._paths = [Path(self._folder.name, name) for name in ("out", "err")]
        self._process = _processes.Process(target=_run, args=(arguments, heads, *self._paths, prepare, told))
        self._process.start()

    def wait(self) -> Told:
        self._process.join()
        out, err = (path.read_text() for path in self._paths)
        code = self._process.exitcode
        self._process.close()
        self._folder.cleanup()
        assert code is not None
        assert "Traceback" not in err, err
        assert "program_fault" not in out, out
        return Told(code, out, err)


def senim(*arguments: str | Path, heads: Path, prepare: "Callable[..., None] | None" = None, told: Any = ()) -> Running:
    """Start `senim`; *prepare*, called with *told* in its process, makes its day a bad one."""
    return Running(tuple(map(str, arguments)), heads, prepare or nothing, *told)


def nothing() -> None:
    """An ordinary day."""


def full_disk(most: int) -> None:
    """No file grows beyond *most* bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def clock_off_by(seconds: float) -> None:
    from ledger.service import clock

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=seconds)

    vars(clock)["datetime"] = Shifted


def no_patience() -> None:
    """Wait a moment for a lock, not many seconds."""
    engine.WAIT_SECONDS = 0.1  # type: ignore[assignment]
    postgres._LIMITS["lock_timeout"] = "100ms"
    recording._WAITS = ()  # type: ignore[assignment]


def somebody_else() -> None:
    """Whom permissions hold; root they do not."""
    if os.getuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _run(
    arguments: tuple[str, ...], heads: Path, out: Path, err: Path, prepare: "Callable[..., None]", told: tuple[Any, ...]
) -> None:
    for path, stream in ((out, 1), (err, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, stream)
    sys.stdout, sys.stderr = (os.fdopen(os.dup(stream), "w") for stream in (1, 2))
    os.environ["SENIM_HEADS"] = str(heads)
    sys.argv = ["senim", *arguments]
    options.RUN.as_json = "--json" in arguments  # read when the server loaded it
    prepare(*told)
    from ledger.cli import main

    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
