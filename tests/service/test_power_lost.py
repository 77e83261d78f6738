"""The power goes: what was acknowledged had been flushed, and all of it is there, whatever became of the rest."""

import json
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pysqlite3
import pytest

from ledger.service.checkpoints import sign_head
from ledger.service.importing import record_line
from tests.registers import copy_machine
from tests.service.conftest import World
from tests.service.killing import open_children
from tests.service.test_power_cut import LINE, prove

pytestmark = [pytest.mark.slow, pytest.mark.once("pages of the file that never arrived")]

CALL = re.compile(r"(\w+)\(\d+<([^>]+)>(.*)")
FLUSHES = ("fsync(", "fdatasync(")
CHILD = """
import json, os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from ledger.cli.wiring import open_house
from ledger.service.importing import record_line
from ledger.storage import engine
from ledger.storage.heads import FileHeads

engine._DURABLE += ("wal_autocheckpoint = 40",)  # often enough to be seen

def work(folder, *rounds):
    house = open_house(Path(folder, "data"), heads=FileHeads(Path(folder, "heads")))
    with ThreadPoolExecutor(4) as people:
        for lines in map(json.loads, rounds):
            for told in list(people.map(lambda line: record_line(house.ledger, 1, line, strict=False), lines)):
                os.write(1, told.answer.encode() + b"\\n")  # while nobody commits
"""
IDENTITY = {"name": "x", "iin": None, "no_iin_reason": "x", "born_on": "1950-01-01", "address": "x"}
PATIENT = {"identity": IDENTITY, "home_kato": "101010000", "home_phc_bin": "990140000017"}
PATIENT |= {"indication": "malignant_neoplasm", "icd10": "C50"}
PAGE = 4096
FRAME = 24 + PAGE
"""A page with its header in the write-ahead log."""


def line(n: int) -> dict[str, Any]:
    """One of two commands: ampoules carried, or a patient registered, under a key of their own in the vault."""
    said: dict[str, Any] = LINE | {"id": str(uuid4()), "occurred_at": datetime.now(UTC).isoformat()}
    if n % 2:
        said |= {"type": "patient.registered", "performer": "nurse", "witness": None}
        said["body"] = PATIENT | {"patient": f"p{n}"}
    return said


def played(trace: str) -> Iterator[tuple[str, str, str]]:
    """(call, path, the rest) in the order of time: a flush when it has ended well, anything else when it begins."""
    begun: dict[str, str] = {}
    for told in trace.splitlines():
        process, call = told.split(maxsplit=1)
        if call.startswith(FLUSHES) and "<unfinished" in call:
            begun[process] = call.replace(" <unfinished ...>", "")
            continue
        if "resumed>" in call:
            call = begun.pop(process, "") + call.partition("resumed>")[2]
        found = CALL.match(call)
        if found and not (call.startswith(FLUSHES) and not call.endswith(" = 0")):
            yield found[1], found[2], found[3]


def test_nothing_is_acknowledged_that_was_not_flushed(
    world: World, tmp_path: Path, program: Callable[[str], str]
) -> None:
    """And no page is moved out of a log that was not flushed, nor a log begun anew before the pages were."""
    world.house.close()
    rounds = [[line(n)] for n in range(10)] + [[line(n) for n in range(k, k + 4)] for k in range(10, 30, 4)]
    options = ("-y", "-e", "trace=pwrite64,write,fsync,fdatasync", "-o", str(tmp_path / "calls"))
    with open_children(program("strace"), tmp_path, CHILD) as children:
        assert children.run([str(tmp_path), *map(json.dumps, rounds)], *options) == (0, ["recorded"] * 30)
    dirty = {str(tmp_path / "data")}  # the logs were not there when it began
    seen: Counter[str] = Counter()
    for call, path, rest in played((tmp_path / "calls").read_text()):
        if call in ("fsync", "fdatasync"):
            dirty.discard(path)
        elif path == str(children.said):
            waiting = {each for each in dirty if not each.endswith(".db")}  # pages that the log has too
            assert not waiting, f"acknowledged before it was flushed: {waiting}"
            seen["acknowledged"] += 1
        elif path.startswith(str(tmp_path / "data")) and not path.endswith("-shm"):
            if path.endswith(".db"):
                assert f"{path}-wal" not in dirty, "a page was moved before its log was flushed"
                seen["moved"] += 1
            elif path.endswith("-wal") and ", 32, 0" in rest:
                assert path.removesuffix("-wal") not in dirty, "a log was begun anew before its pages were flushed"
                seen[f"{Path(path).name} begun"] += 1
            dirty.add(path)
    assert seen["acknowledged"] == 30
    assert seen["moved"] > 40
    assert (seen["ledger.db-wal begun"] > 2, seen["vault-keys.db-wal begun"]) == (True, 1)


def changed(old: bytes, new: bytes, width: int, start: int = 0) -> list[int]:
    """Where pieces of *width* bytes begin that differ."""
    return [at for at in range(start, len(new), width) if old[at : at + width] != new[at : at + width]]


def test_a_log_torn_anywhere_after_its_last_flush_has_all_that_was_acknowledged(world: World, tmp_path: Path) -> None:
    database, log = tmp_path / "data" / "ledger.db", tmp_path / "data" / "ledger.db-wal"
    for n in range(9):  # a log that is begun anew is longer than what is written then
        world.ledger.append([world.move(n)], via="api")
    sign_head(world.ledger)
    move_pages(database)
    assert record_line(world.ledger, 1, line(0), strict=False).answer == "recorded"
    before, pages, flushed = world.size(), database.read_bytes(), log.read_bytes()
    assert record_line(world.ledger, 1, LINE, strict=False).answer == "recorded"
    written = log.read_bytes()
    frames = changed(flushed, written, FRAME, start=32)
    assert len(frames) > 5
    assert len(flushed) > frames[-1], "what the log held before it was begun anew lies under them"
    end = frames[-1] + FRAME
    chance = random.Random(0)

    def torn() -> Iterator[bytes]:
        for at in (*frames, end):
            yield written[:at]
            yield written[:at] + bytes(end - at)
            yield written[:at] + flushed[at:]  # what was there before
        for frame in frames:
            for at in (frame, frame + 12, frame + 2000):
                yield written[:at] + chance.randbytes(end - at)
            yield written[:frame] + flushed[frame : frame + 512] + written[frame + 512 :]  # this sector came last

    ends = Counter(restarted(world, tmp_path, pages, each, before) for each in torn())
    assert ends == {"none": 7 * len(frames), "whole": 3}
    move_pages(database)
    garbled, moved = bytearray(pages), changed(pages, database.read_bytes(), PAGE)
    for at in moved:
        garbled[at : at + PAGE] = chance.randbytes(PAGE)
    assert len(moved) > 5
    assert restarted(world, tmp_path, bytes(garbled), written, before) == "whole", "torn while they were moved"


def move_pages(database: Path) -> None:
    """From the log, and leave the log as it is."""
    client = pysqlite3.connect(str(database))
    client.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    client.close()


def restarted(world: World, folder: Path, database: bytes, log: bytes, before: int) -> str:
    """Whether the entry that nobody was told of is there, in a machine that has this on its disk."""
    machine = folder / "machine"
    copy_machine(world.folder, machine)
    data = machine / "data"
    (data / "ledger.db").write_bytes(database)
    (data / "ledger.db-wal").write_bytes(log)
    (data / "ledger.db-shm").write_bytes(bytes(32768))
    end = prove(machine, before, [])
    shutil.rmtree(machine)
    return end
