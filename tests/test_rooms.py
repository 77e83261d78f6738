"""The import contracts of pyproject.toml catch what they are there to catch."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sentences import ROOT

BREACHES = {
    "ledger/domain/breach.py": "import os, random, time\nimport ledger.log\nimport ledger.words\n",
    "ledger/log/breach.py": "import sqlalchemy\nimport ledger.domain\nimport ledger.refusal_words\n",
    "ledger/service/breach.py": "import ledger.storage\nimport ledger.words\n",
    "ledger/storage/breach.py": "import ledger.cli\nimport reports\nimport ledger.refusal_words\n",
    "ledger/refusal_words/breach.py": "import ledger.domain\nimport ledger.service\n",
    "reports/breach.py": "import api\n",
    "api/breach.py": "import ledger.cli\n",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for room in ("ledger", "reports", "api", "migrations"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=lambda _, names: [n for n in names if n == "__pycache__"])
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(house: Path, *command: str) -> str:
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False).stdout


def test_every_import_against_the_rooms_is_found(house: Path) -> None:
    for name, code in BREACHES.items():
        (house / name).write_text(code, encoding="utf-8")
    told = run(house, str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo")
    for name, code in BREACHES.items():
        breach = name.removesuffix(".py").replace("/", ".")
        for imported in code.replace("import", "").replace(",", " ").split():
            assert f"{breach} -> {imported} (l." in told, told


def test_a_clock_in_the_pure_rooms_is_found(house: Path) -> None:
    clock = "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n"
    for room in ("domain", "log", "service"):
        (house / "ledger" / room / "breach.py").write_text(clock, encoding="utf-8")
    told = run(house, str(Path(sys.executable).with_name("ruff")), "check", "--no-cache", "--output-format=concise")
    breaches = [line.split(":")[0] for line in told.splitlines() if "TID251" in line]
    assert breaches == ["ledger/domain/breach.py", "ledger/log/breach.py"]
