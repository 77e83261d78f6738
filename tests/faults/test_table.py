"""The table of faults tells the truth: every fault once, every test it names, every test of this folder in its row."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
AREAS = {"", "API", "accounts", "offline devices", "pages", "PostgreSQL", "scanner", "time stamps"}


def names_in(path: Path) -> set[str]:
    return set(re.findall(r"^ *def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def is_there(name: str) -> bool:
    path, _, test = name.partition("::")
    if "/" not in path:
        return any(path in names_in(each) for each in FOLDER.glob("test_*.py"))
    found = (FOLDER.parents[1] if path.startswith("benchmarks/") else FOLDER.parent) / path
    return found.is_file() and (not test or test in names_in(found))


def test_every_fault_is_kept_somewhere_and_every_promise_stands_in_its_row() -> None:
    table = re.findall(r"^\| (\d+) \|(.*)\|$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    rows = {int(number): [cell.strip() for cell in cells.split("|")] for number, cells in table}
    assert list(rows) == list(range(1, 57))
    for number, (fault, promise, kept, later) in rows.items():
        named = re.findall(r"`([^`]+)`", kept)
        assert fault, number
        assert promise, number
        assert named or later, number
        assert later in AREAS, number
        assert [name for name in named if not is_there(name)] == [], number
    ours = {name for path in FOLDER.glob("test_*.py") for name in names_in(path) if name.startswith("test_fault_")}
    assert {name for name in ours if f"`{name}`" not in rows[int(name[11:13])][2]} == set()
