"""Killed at every system call of an append and a checkpoint: the whole entry or none; the next start proves it."""

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.cli.wiring import open_house
from ledger.log.canonical import from_bytes
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.importing import record_line
from ledger.service.ledger import derive_keys
from ledger.service.queries import differing_projections
from ledger.service.sources import StoreSource
from ledger.service.verification import Trust, verify
from ledger.storage.heads import FileHeads
from tests.registers import copy_machine
from tests.service.conftest import World
from tests.service.killing import open_children

CALLS = ("pwrite64", "fdatasync", "fsync", "rename", "write")
LINE = {
    "id": "0192f0c1-0000-7000-8000-000000000001",
    "type": "stock.moved",
    "occurred_at": datetime.now(UTC).isoformat(),
    "performer": "ph2",
    "witness": "nurse",
    "body": {"from_place": "safe", "to_place": "ward", "lines": [{"product": "morphine", "lot": "A", "units": 5}]},
}
CHILD = """
import json
from pathlib import Path
from ledger.cli.wiring import open_house
from ledger.service.checkpoints import sign_head
from ledger.service.importing import record_line
from ledger.storage.heads import FileHeads

def work(folder, line):
    house = open_house(Path(folder, "data"), heads=FileHeads(Path(folder, "heads")))
    print("begun", flush=True)
    print(record_line(house.ledger, 1, json.loads(line), strict=False).answer, flush=True)
    sign_head(house.ledger)
    print("signed", flush=True)
"""


@pytest.mark.slow
@pytest.mark.once("it is killed as it writes the file")
def test_a_power_cut_leaves_the_whole_entry_or_none(
    world: World, tmp_path: Path, program: Callable[[str], str]
) -> None:
    strace = program("strace")
    sign_head(world.ledger)
    before = world.size()
    world.house.close()
    counted = tmp_path / "counted"
    copy_machine(world.folder, counted)
    ends = set()
    with open_children(strace, tmp_path, CHILD) as children:
        options = ("-e", "trace=" + ",".join(CALLS), "-o", str(tmp_path / "calls"))
        assert children.run([str(counted), json.dumps(LINE)], *options) == (0, ["begun", "recorded", "signed"])
        trace = (tmp_path / "calls").read_text()
        times = {call: len(re.findall(rf"\b{call}\(", trace)) for call in CALLS}
        assert times["pwrite64"] > 5
        assert times["fdatasync"] + times["fsync"] > 3
        for call, most in times.items():
            for number in range(1, most + 1):
                cut = tmp_path / f"{call}-{number}"
                copy_machine(world.folder, cut)
                inject = f"inject={call}:signal=SIGKILL:when={number}"
                watched = ("-e", f"trace={call}", "-e", inject, "-o", os.devnull)
                _, said = children.run([str(cut), json.dumps(LINE)], *watched)
                ends.add(prove(cut, before, said))
                shutil.rmtree(cut)
    assert ends == {"none", "whole"}


def prove(folder: Path, before: int, said: list[str]) -> str:
    """Open again, verify everything, record again: which of the two it was."""
    house = open_house(folder / "data", heads=FileHeads(folder / "heads"))
    ledger = house.ledger
    with ledger.reading() as reading:
        size = reading.head.size
        assert size >= before, "what was acknowledged before is gone"
        added = [from_bytes(data)["statement"]["type"] for _, data in reading.entries(before)]
    # The import keys of its signatories stand with the entry, in the same commit, or not at all.
    assert added in ([], ["key.enrolled", "stock.moved"], ["stock.moved"], ["key.enrolled"] * 2 + ["stock.moved"])
    if "recorded" in said:
        assert added, "a receipt was given for what is not there"
    sign_head(ledger)
    with ledger.reading() as reading:
        source = StoreSource(reading, derive_keys(reading, ledger.log).to_keys_jsonl())
        verdict, replay = verify(source, trust=Trust(key=verifier_key(ledger)), now=ledger.clock())
        assert verdict.verdict == "pass", verdict
        assert verdict.size == size
        assert differing_projections(reading, replay.book) == []
    again = record_line(ledger, 1, LINE, strict=False)
    assert again.answer == ("replayed" if added else "recorded")
    house.close()
    return "whole" if added else "none"
