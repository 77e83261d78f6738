"""A register of ten thousand rows drawn, built, signed, recorded and checked, and one of a thousand.

    python -m benchmarks.reports [--rows 10000] [--signed 1000] [--runs 5]

Each size has a pharmacy of its own whose people moved morphine so many times. Drawing (cells, wrapping, pages and the
bytes of the PDF) is held against a bare reportlab canvas on which the same words are put at the same places, measured
in turn; issuing and checking against a second a thousand rows. `peak` is the most memory in MB that a process took
that drew, issued or checked one such register and nothing else. One JSON object a line.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from benchmarks.append import append, enrol, furnish, make
from ledger.cli.wiring import House, open_house
from ledger.service.checkpoints import sign_head
from ledger.storage.heads import FileHeads
from reports.asked import Asked
from reports.issuing import _gather, issue
from reports.model import Period, Register
from reports.phrases import Phrases
from reports.register_paper import render_register
from reports.register_rows import Cells, columns_of
from reports.table import LEADING, SIZE, Row, lay_row
from reports.typeset import BOLD, REGULAR, load_fonts

DRAWN, SECONDS, MOST_MB = 1.3, 1.0, 200
_BOUND = (
    "Each row is built from its entry, its leaf is proved against the signed head, and checking derives all of it "
    "again in a new process, whose start alone is most of a second. It grows with the rows; the second core, which "
    "neither uses, would move it."
)
_FOOT, _TOP, _LEFT = 90.0, 520.0, 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--signed", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    for rows, measures in ((given.rows, (draw, sign, check)), (given.signed, (sign,))):
        with tempfile.TemporaryDirectory() as folder:
            for act in (_move, *measures):
                _alone(act, Path(folder), rows, given.runs)


def _alone(act: Callable[..., None], *given: object) -> None:
    """In a process of its own, whose memory is its own."""
    child = get_context("spawn").Process(target=act, args=given)
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit(child.exitcode)


def draw(folder: Path, rows: int, runs: int) -> None:
    house = _open(folder)
    register: Register = _gather(house.ledger, house.directory, sign_head(house.ledger), _asked()).report
    house.close()
    render_register(register)
    peak = _peak()
    cells = _cells(register)
    times, floors = [], []
    for _ in range(runs + 1):
        floors.append(_timed(lambda: draw_bare(cells)))
        times.append(_timed(lambda: render_register(register)))
    _tell(f"register of {rows} rows, drawn", times[1:], floors[1:], DRAWN, peak)


def sign(folder: Path, rows: int, runs: int) -> None:
    house = _open(folder)
    issue(house.ledger, house.directory, _asked())
    peak = _peak()
    times = [_timed(lambda: issue(house.ledger, house.directory, _asked())) for _ in range(runs)]
    house.close()
    _tell(f"register of {rows} rows, built, signed and recorded", times, [SECONDS * rows / 1000] * runs, 1.0, peak)


def check(folder: Path, rows: int, runs: int) -> None:
    """By the command that a stranger calls; without the log's key, which judges all the same but one signature."""
    issued = min((folder / "data" / "reports").iterdir())
    command = [sys.executable, "-c", "from ledger.cli import main; main()", "check-pdf", str(issued)]
    times = [_timed(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=False)) for _ in range(runs)]
    floors = [SECONDS * rows / 1000] * runs
    _tell(f"register of {rows} rows, checked", times, floors, 1.0, _peak(resource.RUSAGE_CHILDREN))


def draw_bare(rows: list[Row]) -> bytes:
    """The words of *rows* where the table would put them, by the canvas's own means."""
    out = BytesIO()
    canvas, y = Canvas(out, pagesize=(842, 595), invariant=1), _TOP
    for row in rows:
        if y - row.height < _FOOT:
            canvas.showPage()
            y = _TOP
        for n, cell in enumerate(row.cells):
            for k, line in enumerate(cell):
                canvas.setFont(BOLD if line.bold else REGULAR, SIZE)
                canvas.drawString(_LEFT + 70 * n, y - k * LEADING, line.text)
        y -= row.height
    canvas.save()
    return out.getvalue()


def _cells(register: Register) -> list[Row]:
    load_fonts()
    phrases = Phrases(register.frame.language, register.frame.facility.zone)
    columns, cells = columns_of(phrases), Cells(register, phrases)
    return [lay_row(columns, cells.of(row)) for row in register.rows]


def _asked() -> Asked:
    return Asked(kind="register", language="ru", product="morphine", period=Period())


def _move(folder: Path, rows: int, _: int) -> None:
    house = furnish(folder)
    keys = enrol(house)
    for n in range(0, rows, 1000):
        append(house, [make(house, keys, n + each) for each in range(min(1000, rows - n))], 256)
    house.close()


def _open(folder: Path) -> House:
    return open_house(folder / "data", heads=FileHeads(folder / "heads"), writes=True)


def _timed(act: Callable[[], Any]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def _peak(whose: int = resource.RUSAGE_SELF) -> int:
    return resource.getrusage(whose).ru_maxrss // 1024


def _tell(name: str, times: list[float], floors: list[float], target: float, peak: int) -> None:
    ratios = sorted(time / floor for time, floor in zip(times, floors, strict=True))
    line = {"name": name, "unit": "s", "median": round(median(times), 3), "floor": round(median(floors), 3)}
    line |= {"ratio": round(median(ratios), 2), "target": target, "peak": peak, "most": MOST_MB, "bound": _BOUND}
    print(json.dumps(line | {"runs": [round(ratio, 2) for ratio in ratios]}), flush=True)


if __name__ == "__main__":
    main()
