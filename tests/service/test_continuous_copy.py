"""The machine is gone, and Litestream's copy is left: all of it comes back, or what is missing is said; never a fork.

The register and its copy are started as CONTINUOUS_COPY.md says, only with shorter times, so that Litestream begins the
log anew under load.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

import pysqlite3
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import ledger.storage
from api.heads import keep_heads
from ledger.cli.wiring import open_house
from ledger.storage.heads import FileHeads
from tests.sentences import ROOT
from tests.service.conftest import World, units
from tests.service.test_new_epochs import Lost, built, codes, keys_of, lost
from tests.service.test_restoring import entries

__all__ = ["built", "lost"]
pytestmark = [pytest.mark.slow, pytest.mark.once("Litestream copies a file")]

BESIDE = Path(sys.executable).parent
LITESTREAM = str(BESIDE / "litestream")
DOCUMENT = Path(ledger.storage.__path__[0], "CONTINUOUS_COPY.md").read_text(encoding="utf-8")
SERVER = f"{sys.executable} -c 'from tests.service.test_continuous_copy import serve; serve()'"
OFTEN = "    monitor-interval: 50ms\n    checkpoint-interval: 100ms\n    min-checkpoint-page-count: 10\n    replica:"
PEOPLE, ENOUGH = 4, 120


def serve() -> None:
    """What `senim serve` does: people record at once, heads are signed behind them. Each receipt is a line of a file.

    In a process of its own, in the folder of the site; `count` says how many entries there are to be.
    """
    folder = Path()
    Path("server").write_text(str(os.getpid()))
    house = open_house(folder / "data", heads=FileHeads(folder / "heads"), writes=True)
    keys = json.loads(Path("own.json").read_text())
    own = {person: Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key)) for person, key in keys.items()}
    world, waiting = World(folder, house, own), iter(range(int(Path("count").read_text())))

    async def person() -> None:
        for n in waiting:
            body = units(1)
            if n % 2:  # back again: there are not so many
                body |= {"from_place": "ward", "to_place": "safe"}
            (receipt,) = await house.ledger.appending(world.sign(body, performer="pharm"), via="api")
            print(receipt.seq, receipt.leaf.hex(), file=told, flush=True)

    async def crowd() -> None:
        await asyncio.gather(*(person() for _ in range(PEOPLE)))

    with Path("receipts").open("a") as told, keep_heads(house.ledger, every=0.02):
        asyncio.run(crowd())
        signal.pause()


def settle(site: Lost) -> None:
    """The keys of its people, Litestream's configuration, and the script that starts both."""
    keys = {person: key.private_bytes_raw().hex() for person, key in site.stage.keys.items()}
    (site.folder / "own.json").write_text(json.dumps(keys))
    for kind, name in (("yaml", "litestream.yml"), ("sh", "start")):
        told = re.findall(rf"```{kind}\n(.*?)```", DOCUMENT, re.DOTALL)[0]
        told = told.replace("    replica:", OFTEN).replace("sync-interval: 1s", "sync-interval: 50ms")
        told = told.replace("senim serve", SERVER).replace("+%s", "+%s%N")
        (site.folder / name).write_text(told.replace("/srv/senim", str(site.folder)).replace("/mnt", str(site.folder)))


@contextmanager
def started(site: Lost, count: int = 1_000_000) -> Iterator[subprocess.Popen[bytes]]:
    """Litestream with the server that it started; nothing of them is left at the end."""
    (site.folder / "count").write_text(str(count))
    (site.folder / "server").unlink(missing_ok=True)
    environ = os.environ | {"PATH": f"{BESIDE}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    with (site.folder / "said").open("ab") as said:
        command = ["sh", str(site.folder / "start")]
        with subprocess.Popen(command, cwd=site.folder, env=environ, stdout=said, stderr=said) as copier:
            try:
                yield copier
            finally:
                copier.kill()
                kill_server(site)


def kill_server(site: Lost) -> None:
    with suppress(ProcessLookupError):
        os.kill(int((site.folder / "server").read_text()), signal.SIGKILL)


def receipts(site: Lost) -> dict[int, str]:
    """Number and leaf of what was acknowledged."""
    file = site.folder / "receipts"
    lines = file.read_text().split("\n")[:-1] if file.exists() else []
    return {int(seq): leaf for seq, leaf in (line.split() for line in lines)}


def wait_for(site: Lost, count: int, *, begun: int = 0) -> None:
    """Until so many entries were acknowledged, and the log was begun anew so often."""
    for _ in range(4_000):
        if len(receipts(site)) >= count and begun_anew(site) >= begun:
            return
        sleep(0.02)
    pytest.fail((site.folder / "said").read_text())


def begun_anew(site: Lost) -> int:
    """By the write-ahead log's own count: bytes 12 to 15 of its header (sqlite.org/fileformat2.html, 4.1)."""
    return int.from_bytes((site.data / "ledger.db-wal").read_bytes()[12:16])


def fetched(site: Lost) -> Path:
    """The folder with what Litestream brings back of the newest copy."""
    left, newest = site.folder / "left", max((site.folder / "copy").iterdir())
    command = [LITESTREAM, "restore", "-integrity-check", "full", "-o", str(left / "ledger.db"), newest.as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    return left


def leaves(directory: Path) -> list[str]:
    connection = pysqlite3.connect(directory / "ledger.db")
    rows = connection.execute("SELECT leaf FROM entry ORDER BY seq").fetchall()
    connection.close()
    return [leaf.hex() for (leaf,) in rows]


def copied_and_fetched(site: Lost) -> Path | None:
    """What a start that ended well left; None where Litestream damaged it, of which CONTINUOUS_COPY.md warns."""
    before = len(receipts(site))
    with started(site, ENOUGH) as copier:
        wait_for(site, before + ENOUGH)
        copier.terminate()
        copier.wait(30)
    try:
        return fetched(site)
    except subprocess.CalledProcessError as damaged:
        sys.stderr.write(damaged.stderr.decode())
        shutil.rmtree(site.folder / "left", ignore_errors=True)
        return None


def test_what_was_copied_comes_back_also_after_the_server_had_crashed(lost: Lost) -> None:
    """A crash under load ends the copy; the next start begins another, and in the end the machine is gone."""
    kept = keys_of(lost.data)
    settle(lost)
    with started(lost) as copier:
        wait_for(lost, ENOUGH, begun=3)
        kill_server(lost)
        assert copier.wait(30) != 0, "it ends with the server"
    left = next(filter(None, (copied_and_fetched(lost) for _ in range(3))))
    acknowledged, size = receipts(lost), len(entries(lost.data))
    shutil.rmtree(lost.data)
    assert lost.verdict(left) == ("pass", size), "the copy by itself"
    told = lost.restore(left, kept)
    assert told.code == 0, told
    there = leaves(lost.folder / "restored")
    assert {seq: there[seq] for seq in acknowledged} == acknowledged
    assert lost.verdict(lost.folder / "restored") == ("pass", size)
    assert lost.senim("checkpoint", "--dir", lost.folder / "restored").code == 0


@pytest.fixture(scope="module")
def cut(built: Lost, tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """Litestream was killed, then the server. `kept` has the keys, `left` the copy, `evidence` all of it."""
    site = Lost(tmp_path_factory.mktemp("cut"), built.vkey)
    object.__setattr__(site, "stage", built.stage)
    for name in ("data", "heads"):
        shutil.copytree(built.folder / name, site.folder / name)
    keys_of(site.data).rename(site.folder / "kept")
    settle(site)
    with started(site) as copier:
        wait_for(site, ENOUGH // 2, begun=1)
        copier.kill()
        copier.wait()
        wait_for(site, len(receipts(site)) + ENOUGH // 2)
    site.evidence()
    fetched(site)
    return site


@pytest.fixture
def fallen(cut: Lost, tmp_path: Path) -> Lost:
    shutil.copytree(cut.folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "data").rename(tmp_path / "gone")
    made = Lost(tmp_path, cut.vkey)
    object.__setattr__(made, "stage", cut.stage)
    return made


def test_a_copy_that_is_behind_signs_nothing_and_is_refilled_byte_for_byte(fallen: Lost) -> None:
    left, kept, whole = fallen.folder / "left", fallen.folder / "kept", entries(fallen.folder / "gone")
    missing = len(whole) - len(entries(left))
    assert missing >= ENOUGH // 2 - PEOPLE
    assert fallen.verdict(left)[0] == "pass", "it is whole up to its last entry, and cannot know of more"
    told = fallen.restore(left, kept)
    assert (told.code, told.json["code"]) == (1, "entries_lost")
    assert f"the last {missing}, from entry {len(whole) - missing} on" in told.json["said"]
    shutil.copytree(kept, fallen.data)
    shutil.copy(left / "ledger.db", fallen.data)
    (fallen.data / "ledger.db").chmod(0o600)
    told = fallen.senim("checkpoint", "--dir", fallen.data, "--json")
    assert (told.code, told.json["code"]) == (1, "head_ahead"), "put back in its place it signs nothing"
    told = fallen.restore(left, kept, fallen.folder / "evidence")
    assert (told.code, told.json["refilled"]) == (0, missing), told
    assert entries(fallen.folder / "restored") == whole
    assert fallen.verdict(fallen.folder / "restored") == ("pass", len(whole))
    assert fallen.senim("checkpoint", "--dir", fallen.folder / "restored").code == 0


def test_where_nobody_has_the_rest_a_new_log_goes_on_and_the_old_one_never_signs_again(fallen: Lost) -> None:
    left, kept = fallen.folder / "left", fallen.folder / "kept"
    epoch = fallen.epoch(left, kept).json
    assert epoch["lost"] == len(entries(fallen.folder / "gone")) - len(entries(left))
    verdict = fallen.judged(fallen.folder / "next", epoch["vkey"])
    assert (verdict["verdict"], codes(verdict["checks"]["completeness"])) == ("unknown", ["entries_lost"])
    told = fallen.senim("checkpoint", "--dir", fallen.folder / "gone", "--json")
    assert (told.code, told.json["code"]) == (1, "log_ended"), "the old disk, found again"


def test_where_the_head_store_went_too_nobody_begins_a_second_history(fallen: Lost) -> None:
    """Nothing here says how much was signed. A new log can begin; a head that somebody holds shows what it lacks."""
    left, kept = fallen.folder / "left", fallen.folder / "kept"
    shutil.rmtree(fallen.heads)
    assert fallen.restore(left, kept).json["code"] == "head_unknown"
    for name in ("log", "ledger"):
        (kept / "secrets" / f"{name}.pem").unlink()
    epoch = fallen.epoch(left, kept).json
    held = ("--since", fallen.folder / "evidence" / "checkpoint")
    assert fallen.judged(fallen.folder / "next", epoch["vkey"])["verdict"] == "pass"
    assert fallen.judged(fallen.folder / "next", epoch["vkey"], *held)["verdict"] == "fail"
