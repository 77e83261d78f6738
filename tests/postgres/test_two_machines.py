"""The primary is killed under load and its standby goes on: whatever was acknowledged is there, once.

Two servers on one machine, by streaming replication, `synchronous_commit` waiting for the standby's flush.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import psycopg
import pytest

from api.heads import keep_heads
from benchmarks.append import enrol, furnish
from ledger.cli.wiring import open_house
from ledger.errors import LedgerReadOnly, SenimError
from ledger.service.checkpoints import sign_head
from ledger.service.transaction import Receipt
from ledger.storage import layout
from ledger.storage.places import Schema
from tests.postgres.chain import verify_chain, wait_for_more
from tests.postgres.server import MISSING, Server, has_postgres
from tests.postgres.test_signing import let_seconds_pass
from tests.service.conftest import World

PEOPLE = 8


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """A primary and its synchronous standby."""
    if not has_postgres():
        pytest.skip(MISSING)
    primary = Server()
    standby = Server(of=primary)
    with psycopg.connect(primary.address, autocommit=True) as owner:
        primary.set("synchronous_standby_names", "*")
        state = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
        while owner.execute(state).fetchone() is None:
            sleep(0.01)
    yield primary, standby
    for server in (primary, standby):
        server.remove()


@pytest.fixture
def world(pair: tuple[Server, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A facility whose address names both machines; libpq finds the one that takes entries."""
    primary, standby = pair
    hosts = primary.address.replace(str(primary.folder), f"{primary.folder},{standby.folder}")
    where = Schema(f"{hosts} target_session_attrs=read-write", primary.new_place().name)
    monkeypatch.setattr(layout, "choose_where", lambda directory: where)
    made = World(tmp_path, furnish(tmp_path))
    made.keys = enrol(made.house)
    yield made
    made.house.close()


def insist(world: World, acknowledged: list[Receipt], over: Event) -> None:
    """One move after the other until it is *over*, each sent again until there is a receipt."""
    while not over.is_set():
        move = until_told(world.move)
        (receipt,) = until_told(partial(world.ledger.append, [move], via="api"))
        acknowledged.append(receipt)


def until_told(ask: Callable[[], Any]) -> Any:
    while True:
        try:
            return ask()
        except SenimError:
            sleep(0.05)


# A connection that died within its own making may be left to the collector.
@pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning")
def test_nothing_acknowledged_is_lost_with_the_primary(world: World, pair: tuple[Server, Server]) -> None:
    primary, standby = pair
    acknowledged: list[Receipt] = []
    over = Event()
    with keep_heads(world.ledger, every=0.02), ThreadPoolExecutor(PEOPLE) as crowd:
        working = [crowd.submit(insist, world, acknowledged, over) for _ in range(PEOPLE)]
        try:
            wait_for_more(acknowledged)
            primary.kill()
            standby.promote()
            wait_for_more(acknowledged)
        finally:
            over.set()
        for each in working:
            each.result()
    verify_chain(world.ledger, [(receipt.id, receipt.seq, receipt.leaf.hex()) for receipt in acknowledged])
    let_seconds_pass(layout.find_where(world.folder / "data"))  # of a right that was taken just before the fall
    assert sign_head(world.ledger).size == world.size()
    world.house.stores.store.check()
    the_old_primary_does_not_sign(world, primary)


def the_old_primary_does_not_sign(world: World, primary: Server) -> None:
    """Started again by itself, and even told to ask no standby any more."""
    directory = world.folder / "data"
    where = layout.find_where(directory)
    assert isinstance(where, Schema)
    world.house.close()
    primary.start("-c synchronous_standby_names=''")
    layout.put_where(directory, Schema(primary.address, where.name))
    with pytest.raises(LedgerReadOnly, match=r"head_ahead|head_differs"):
        open_house(directory, heads=world.heads, writes=True)
    layout.put_where(directory, where)
    primary.stop()
    world.house = open_house(directory, heads=world.heads, writes=True)
