"""What others wrote stands in one table, and is to the byte what the table says."""

import re
from hashlib import sha256

from api.pages.files import FILES, STATIC

VENDOR = STATIC / "vendor"
ROW = re.compile(r"\| `(\S+)` \| (.+) \| (\S+) \| (.+) \| npm package `\S+`, `\S+` \| `([0-9a-f]{64})` \|")


def test_every_file_of_others_is_the_published_one_and_has_its_licence_beside_it() -> None:
    rows = [ROW.fullmatch(line) for line in (VENDOR / "README.md").read_text(encoding="utf-8").splitlines()]
    pinned = {row[1]: row for row in rows if row}
    lying = {path.relative_to(VENDOR).as_posix(): path.read_bytes() for path in VENDOR.rglob("*") if path.is_file()}
    del lying["README.md"]
    assert {name: sha256(data).hexdigest() for name, data in lying.items()} == {
        name: row[5] for name, row in pinned.items()
    }
    for name, row in pinned.items():
        folder = name.split("/")[0]
        assert folder.endswith(f"-{row[3]}")
        assert f"{folder}/LICENSE" in pinned


def test_nothing_is_served_of_them_but_what_a_browser_runs() -> None:
    served = {name for name in FILES if name.startswith("/vendor/")}
    assert {name.rsplit(".", 1)[-1] for name in served} == {"js", "wasm"}
    assert sum(len(FILES[name]) for name in served) < 1_100_000
