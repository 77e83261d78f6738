"""`RESULTS.md` out of the lines of a run: whether each target is met, and what bounds those that are not."""

import os
import platform
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pysqlite3

from benchmarks.country import conclude, describe
from benchmarks.drawing import Bar, draw_bars

Line = Mapping[str, Any]
"""One measurement, as `telling.tell` prints it."""
Lines = Mapping[str, Sequence[Line]]
"""Of each part."""

SLOWEST, MANY = 10, 60
"""Of more than so many lines those with the longest times are told, and the others counted."""
_HEAD = "| | median | floor | ratio | target | |\n| --- | ---: | ---: | ---: | ---: | --- |"
_EXTRA: Final[Mapping[str, str]] = {
    "p95": "p95 {} ms",
    "p99": "p99 {} ms",
    "peak": "{} MB",
    "of_small": "{} × the smaller ledger's",
    "cpu_serving": "{} µs of the server's processor",
    "cpu_database": "{} µs of the database's processor",
    "cores": "{} cores in all",
}
_READING = """\
A ratio is the median of the ratios of rounds in which floor and measurement took turns: such a machine's disk and cores
are others' too, and the ratio holds where the figures beside it change from hour to hour. A rate's ratio is the better
the larger it is, a time's the smaller. In the pictures the red mark is the floor, or the limit."""


def is_met(line: Line) -> bool | None:
    """Whether every limit that the line carries holds; None where it has none.

    A rate's ratio is at least its target, any other's at most. `most` is of the 99th percentile or of the peak where
    the line tells one, else of the median.
    """
    held = []
    if (target := line.get("target")) is not None:
        held.append(line["ratio"] >= target if is_rate(line) else line["ratio"] <= target)
    if line.get("most") is not None:
        held.append(line.get("p99", line.get("peak", line["median"])) <= line["most"])
    if "of_small" in line and "most_of_small" in line:
        held.append(line["of_small"] <= line["most_of_small"])
    return all(held) if held else None


def is_rate(line: Line) -> bool:
    return str(line["unit"]).endswith("/s")


def to_row(line: Line) -> str:
    sign = {True: "met", False: "**missed**", None: ""}[is_met(line)]
    limits = [] if line.get("target") is None else [f"{'≥' if is_rate(line) else '≤'} {line['target']:g}"]
    limits += [f"≤ {line['most']:g} {_unit_of_most(line)}"] if line.get("most") is not None else []
    extra = "; ".join(text.format(line[name]) for name, text in _EXTRA.items() if name in line)
    name = line["name"] + (f" ({extra})" if extra else "")
    figures = f"{line['median']:,} {line['unit']} | {line['floor']:,} | {line['ratio']:g}"
    return f"| {name} | {figures} | {', '.join(limits)} | {sign} |"


def _unit_of_most(line: Line) -> str:
    return "MB" if "peak" in line else "ms" if "p99" in line else line["unit"]


def render(lines: Lines, titles: Mapping[str, str], failed: Mapping[str, str], asked: str) -> str:
    """The whole document; *asked*: the command that it comes from."""
    told = {part: [line for line in of_part if "ratio" in line] for part, of_part in lines.items()}
    judged = [line for of_part in told.values() for line in of_part if is_met(line) is not None]
    blocks = [
        "# Results",
        f"Written by `{asked}` on {datetime.now(UTC):%Y-%m-%d}; not to be edited by hand. {describe_machine()}",
        _READING,
        f"{sum(map(bool, map(is_met, judged)))} of {len(judged)} limits are met.",
        *(f"**{part} failed**: {why}" for part, why in failed.items()),
        *_told_missed([line for line in judged if not is_met(line)]),
    ]
    for part, of_part in ((part, of_part) for part, of_part in told.items() if of_part):
        blocks += [f"## {titles[part]}", *([f"![{titles[part]}](plots/{part}.svg)"] if part in PLOTS else [])]
        blocks += _summed(of_part) if len(of_part) > MANY else [_table(of_part)]
        blocks += [describe(), conclude(of_part)] if part == "country" else []
    profiles = [f"**{line['name']}**: {_shares(line)}" for line in lines.get("profiles", ())]
    blocks += [f"## {titles['profiles']}", *profiles] if profiles else []
    return "\n\n".join(block.strip() for block in blocks) + "\n"


def _shares(line: Line) -> str:
    return "; ".join(f"{share:g} % `{where}`" for where, share in line["shares"].items())


def _told_missed(missed: Sequence[Line]) -> Iterator[str]:
    """What is missed by a reason that is known, with the reason; the others are marked in their tables."""
    by_bound: dict[str, list[str]] = {}
    for line in missed:
        by_bound.setdefault(line.get("bound", ""), []).append(f"{line['name']} (ratio {line['ratio']:g})")
    by_bound.pop("", None)
    if by_bound:
        yield "## Missed, what bounds it, and what would move it"
        yield "\n".join(f"* {'; '.join(names)}. {bound}" for bound, names in by_bound.items())


def _table(lines: Sequence[Line]) -> str:
    return "\n".join([_HEAD, *map(to_row, lines)])


def _summed(lines: Sequence[Line]) -> list[str]:
    slowest = sorted(lines, key=lambda line: -line["median"])[:SLOWEST]
    held = sum(bool(is_met(line)) for line in lines)
    return [f"{held} of {len(lines)} are in time. The slowest:", _table(slowest)]


def describe_machine() -> str:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in ("cryptography", "pynacl", "sqlalchemy", "litestar"))
    programs = map(_version, ("PostgreSQL", "git", "Node"))
    return (
        f"{os.cpu_count()} cores of {cpu[1].strip() if cpu else platform.machine()}, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}. Python {platform.python_version()}, "
        f"SQLite {pysqlite3.sqlite_version}, {' '.join(ssl.OPENSSL_VERSION.split()[:2])}, {libraries}"
        f"{''.join(f', {each}' for each in programs if each)}."
    )


def _version(name: str) -> str:
    """Name and version of a program, if it is there."""
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = servers[-1] if servers and name == "PostgreSQL" else shutil.which(name.lower())
    if found is None:
        return ""
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"\d+(\.\d+)+", said)
    return f"{name} {number[0]}" if number else ""


def draw(lines: Lines) -> Iterator[tuple[str, str]]:
    """(name, SVG) of each picture for which there are lines."""
    for part, (title, logarithmic) in PLOTS.items():
        bars = [bar for line in lines.get(part, ()) if "ratio" in line for bar in _to_bars(part, line)]
        if part == "pages":
            bars = sorted(bars, key=lambda bar: -bar.value)[:SLOWEST]
        if part == "peers" and bars:
            bars = sorted({bar.label: bar for bar in bars}.values(), key=lambda bar: -bar.value)
        if bars:
            yield part, draw_bars(part, title, bars, logarithmic=logarithmic)


def _to_bars(part: str, line: Line) -> Iterator[Bar]:
    name = str(line["name"]).removeprefix("append on PostgreSQL, ").removeprefix("append, ").removeprefix("page ")
    label = name.partition(", against")[0].removeprefix("verify ")
    if part == "peers":
        if name.startswith("audit"):
            yield Bar("Senim", line["median"])
            yield Bar(name.rpartition("against ")[2], line["floor"])
    elif part == "country":
        for named in ("median", "p95", "p99"):
            yield Bar(f"{label.split(',')[1].strip()}, {named}", line[named], line.get("most"))
    elif part == "pages":
        yield Bar(label[:48], line["median"], line["most"])
    elif part == "verify":
        if line["unit"] == "s":
            yield Bar(label, line["ratio"], 1.0)
    else:
        yield Bar(label, line["median"], line["floor"])


PLOTS: Final[Mapping[str, tuple[str, bool]]] = {
    "verify": ("verification, times SELECT and SHA-256", False),
    "append": ("entries a second into SQLite; the mark: raw single-row commits", False),
    "postgres": ("entries a second into PostgreSQL; the mark: raw single-row commits", False),
    "peers": ("entries audited a second, by one process; lengths are logarithms", True),
    "pages": ("the slowest pages, ms; the mark: the limit", False),
    "country": ("ms from arrival to receipt; the mark: the limit of the 99th percentile", False),
}
"""Part: title of its picture, and whether lengths are logarithms."""
