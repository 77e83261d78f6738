"""Gets what the peers need into a folder that is thrown away: nothing of it comes near the product's environment.

Versions and hashes stand in `requirements/peers.lock` and in `package-lock.json`; tlog is the copy that Go carries
itself. What cannot be had here is told on standard error.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE.parents[1] / "requirements" / "peers.lock"
PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
"""Newest first: aics-tlog wants 3.12."""
_VENDORED = "src/cmd/vendor/golang.org/x/mod/sumdb/tlog"


def install(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Of each peer that can be had its name and the command that plays it."""
    makers: dict[str, Callable[[Path], list[str]]] = {
        "pymerkle": _make_pymerkle, "aics-tlog": _make_tiles, "go-tlog": _make_go, "hypercore": _make_hypercore,
    }  # fmt: skip
    folder.mkdir()
    for name, make in makers.items():
        try:
            yield name, make(folder)
        except (OSError, subprocess.SubprocessError) as failed:
            print(f"{name} is left out, it cannot be had here: {failed}", file=sys.stderr)


@cache
def _make_python(folder: Path) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    _run(uv, "venv", "--quiet", "--no-python-downloads", "--python", _find_python(), str(folder / "python"))
    into = ["--python", str(_python(folder)), "--require-hashes", "--requirement", str(LOCK)]
    _run(uv, "pip", "install", "--quiet", *into)


def _find_python() -> str:
    """The newest that runs: a name on the path may lead to none."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for name in PYTHONS:
        there = [shutil.which(name), *map(str, versions.glob(f"{name.removeprefix('python')}*/bin/python"))]
        for found in filter(None, there):
            if subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
                return found
    return sys.executable


def _python(folder: Path) -> Path:
    return folder / "python" / "bin" / "python"


def _make_pymerkle(folder: Path) -> list[str]:
    _make_python(folder)
    _run(str(_python(folder)), "-c", "import pymerkle")
    return [str(_python(folder)), "-m", "benchmarks.peers.tree"]


def _make_tiles(folder: Path) -> list[str]:
    _make_python(folder)
    _run(str(_python(folder)), "-c", "import aics_tlog")
    return [str(_python(folder)), "-m", "benchmarks.peers.tiles"]


def _make_go(folder: Path) -> list[str]:
    _make_python(folder)
    program, go = folder / "go", str(folder / "python" / "bin" / "go")
    program.mkdir()
    (program / "go.mod").write_text("module peer\n\ngo 1.24\n")
    shutil.copy(HERE / "tlog.go", program / "main.go")
    shutil.copytree(Path(_run(go, "env", "GOROOT").strip(), _VENDORED), program / "tlog")
    _run(go, "build", "-o", "play", ".", at=program, GOPROXY="off", GOTOOLCHAIN="local", GOCACHE=str(folder / "cache"))
    return [str(program / "play")]


def _make_hypercore(folder: Path) -> list[str]:
    program = folder / "node"
    program.mkdir()
    for name in ("package.json", "package-lock.json", "hypercore.mjs"):
        shutil.copy(HERE / name, program)
    _run("npm", "ci", "--silent", "--no-audit", "--no-fund", at=program)
    return ["node", str(program / "hypercore.mjs")]


def _run(*command: str, at: Path | None = None, **more: str) -> str:
    done = subprocess.run(command, cwd=at, env=os.environ | more, check=True, capture_output=True, text=True)
    return done.stdout
