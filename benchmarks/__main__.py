"""Every benchmark by one command, one JSON object a line, and `RESULTS.md` with its pictures out of them.

    make bench [ARGS="--minutes 20"]
    python -m benchmarks [--minutes 60] [--quick] [--only PART …] [--out DIR] [--keep DIR]

Each part is a process of its own, so that none warms or burdens another; a part that fails, or for which no time is
left, is named, and the others go on (the exit code is 1 then). What is measured is chosen so that all of it takes
about so many minutes on two quiet cores; `--quick` shows in two that it runs, and its figures say nothing. Results of
`--quick` and `--only` are written only where `--out` says. Hospitals (see `standing`) are made once, under `--keep` if
they are to stay.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGINT
from tempfile import TemporaryDirectory
from threading import Timer
from time import monotonic
from typing import NamedTuple

from benchmarks.results import Line, draw, render

HERE = Path(__file__).parent
QUICK, SHORT, WHOLE = 2, 20, 60
_HOSPITALS = ("--small 1000 --large 5000", "--small 10000 --large 1000000", "--small 10000 --large 1000000")
_PATIENCE = 60.0
"""Seconds in which a part that is told to stop may put away what it started."""


class Part(NamedTuple):
    """What it is asked where there are 2, 20 and 60 minutes; `of_hospitals`: of the one and of the other size."""

    title: str
    quick: str
    short: str
    whole: str = ""
    of_hospitals: bool = False


PARTS = {
    "verify": Part("Verification of a whole log", "--entries 2000 20000 --rounds 2", "--rounds 3"),
    "signatures": Part(
        "Verification with every signature", "--entries 500 --rounds 2", "--rounds 3", "--entries 50000"
    ),
    "append": Part("Appending, SQLite", "--people 1 64 --entries 200 --rounds 2", "--rounds 3"),
    "postgres": Part("Appending, PostgreSQL", "--people 32 --entries 320 --rounds 1", "--entries 1200 --rounds 2"),
    "peers": Part("Beside others", "--entries 1000 --rounds 1", "--rounds 3", "--entries 100000 --rounds 5"),
    "country": Part("A country", "--seconds 4 --logs 8 --times 1 10", "--seconds 20", "--seconds 120"),
    "profiles": Part("Where the time goes", "--entries 300", ""),
    "replay": Part("Replay", "--entries 5000 --stretches 4", "--entries 100000"),
    "reports": Part("Reports", "--rows 200 --signed 100 --runs 1", "--rows 10000 --runs 2"),
    "http": Part("Over HTTP", "--entries 200 --rounds 1", "--rounds 7", "--grown 100000"),
    "queries": Part("What pages ask of the projections", "--runs 5", "--runs 51", of_hospitals=True),
    "api": Part("Answers of the API", "--runs 3", "--runs 21", of_hospitals=True),
    "pages": Part("Pages", "--runs 1", "--runs 5", of_hospitals=True),
    "proofs": Part("Proofs", "--runs 50", "--runs 200", of_hospitals=True),
    "grown": Part("Appending to a ledger that has grown", "--entries 200 --rounds 2", "--rounds 3", of_hospitals=True),
    "evidence": Part("Evidence", "--rounds 1", "--rounds 1", of_hospitals=True),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=WHOLE)
    parser.add_argument("--quick", action="store_const", dest="minutes", const=QUICK)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    size = 0 if given.minutes < SHORT else 1 if given.minutes < WHOLE else 2
    end = monotonic() + 60 * max(given.minutes, 2 * QUICK)
    lines: dict[str, list[Line]] = {}
    failed: dict[str, str] = {}
    with TemporaryDirectory(prefix="senim-bench-") as temporary:
        for name in given.only or PARTS:
            part = PARTS[name]
            asked = (part.quick, part.short, part.whole)[size].split()
            if part.of_hospitals:
                asked += [*_HOSPITALS[size].split(), "--keep", str(given.keep or temporary)]
            lines[name], begun = [], monotonic()
            try:
                lines[name].extend(run(name, asked, end - monotonic()))
            except Failed as why:
                failed[name] = str(why)
                print(f"{name} failed: {why}", file=sys.stderr)
            print(f"{name}: {monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    out = given.out or (HERE if size and not given.only else None)
    if out is not None:
        write(out, lines, failed, f'make bench ARGS="--minutes {given.minutes:g}"')
    return 1 if failed else 0


class Failed(Exception):
    """Why a part has not told all that it was to tell."""


def run(name: str, asked: list[str], seconds: float) -> Iterator[Line]:
    """The lines of a part as they come, each printed. Raises `Failed`."""
    if seconds <= 0:
        raise Failed("no time was left for it.")
    with subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{name}", *asked], stdout=subprocess.PIPE, text=True
    ) as part:
        hurry = Timer(seconds, part.send_signal, [SIGINT])  # it puts away what it started
        end = Timer(seconds + _PATIENCE, part.kill)
        for each in (hurry, end):
            each.daemon = True
            each.start()
        assert part.stdout is not None
        for text in part.stdout:
            print(text, end="", flush=True)
            yield json.loads(text)
        part.wait()
        late = not hurry.is_alive()
        for each in (hurry, end):
            each.cancel()
    if part.returncode:
        raise Failed("it took longer than there was time." if late else f"it ended with {part.returncode}.")


def write(out: Path, lines: dict[str, list[Line]], failed: dict[str, str], asked: str) -> None:
    """`RESULTS.md` and its pictures."""
    titles = {name: part.title for name, part in PARTS.items()}
    plots = out / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    for old in plots.glob("*.svg"):
        old.unlink()
    for name, picture in draw(lines):
        (plots / f"{name}.svg").write_text(picture, encoding="utf-8")
    (out / "RESULTS.md").write_text(render(lines, titles, failed, asked), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
