"""README.md names the test of each day; what it names is there."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent


def test_every_test_that_the_table_names_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (HERE / "README.md").read_text(encoding="utf-8"))
    assert len({file for file, _ in named}) > 10
    for file, test in named:
        tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
        assert test in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}, f"{file}::{test}"
