"""One signs at a time, by a right that ends by itself; no head stands over what only this machine has."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from ledger.errors import LedgerBusy, LedgerReadOnly, OutcomeUnknown
from ledger.service.checkpoints import sign_head
from ledger.service.ports import CheckpointRow
from ledger.storage import layout, signing
from ledger.storage.places import Schema, Where
from ledger.storage.store import SqlStore
from tests.postgres.server import Server
from tests.service.conftest import World
from tests.storage.world import plain_client, record

HEAD = CheckpointRow(size=1, root=bytes(32), note=b"note")


def publish(store: SqlStore, right: int) -> None:
    with store.writing() as writing:
        writing.insert_checkpoint(HEAD, right)


def let_seconds_pass(where: Where) -> None:
    with plain_client(where) as client:
        client.execute("UPDATE signing SET until_at = now()")


def test_the_right_is_one_programs_until_it_publishes(
    path: Schema, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "WAIT_SECONDS", 0.1)
    record(store, "a")
    other = SqlStore(path)
    with store.signing() as right:
        with pytest.raises(LedgerBusy), other.signing():
            pass
        publish(store, right)
    with other.signing() as later:
        assert later > right
        publish(other, later)
    other.close()


def test_who_slept_publishes_nothing_any_more(path: Schema, store: SqlStore) -> None:
    record(store, "a")
    other = SqlStore(path)
    with ExitStack() as stack:
        right = stack.enter_context(store.signing())
        let_seconds_pass(path)
        later = stack.enter_context(other.signing())
        with pytest.raises(LedgerBusy):
            publish(store, right)
    with store.reading() as reading:
        assert reading.checkpoint() is None
    publish(other, later)
    other.close()


def test_who_fails_gives_the_right_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "WAIT_SECONDS", 0.0)
    with pytest.raises(LedgerReadOnly, match="disk_full"), world.house.stores.store.signing():
        raise LedgerReadOnly("disk_full")
    assert sign_head(world.ledger).size == world.size()


def test_without_its_standby_nothing_gets_a_receipt_or_a_head(lost: World, fragile: Server) -> None:
    """The server commits, nobody else has it, and who waits is cancelled: also where it is sent again and is there."""
    sign_head(lost.ledger)
    signed = lost.heads.read(lost.ledger.log, lost.ledger.genesis())
    move, size = lost.move(), lost.size()
    fragile.set("synchronous_standby_names", "nobody")
    with cancelling(fragile):
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                lost.ledger.append([move], via="api")
        assert lost.size() == size + 1
        with pytest.raises(OutcomeUnknown):
            sign_head(lost.ledger)
    assert lost.heads.read(lost.ledger.log, lost.ledger.genesis()) == signed
    fragile.set("synchronous_standby_names", "")
    let_seconds_pass(layout.find_where(lost.folder / "data"))
    (receipt,) = lost.ledger.append([move], via="api")
    assert (receipt.seq, receipt.replayed) == (size, True)
    assert sign_head(lost.ledger).size == size + 1


@contextmanager
def cancelling(server: Server) -> Iterator[None]:
    """Whoever waits for a standby is told to stop, as a statement's time limit does."""
    ended = Event()

    def cancel() -> None:
        with psycopg.connect(server.address, autocommit=True) as owner:
            while not ended.wait(0.05):
                owner.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")

    thread = Thread(target=cancel)
    thread.start()
    try:
        with psycopg.connect(server.address, autocommit=True) as owner:
            warned: list[Any] = []
            owner.add_notice_handler(warned.append)
            while not warned:  # the server takes its time to hear of the standby that it has not
                owner.execute("SELECT pg_logical_emit_message(true, '', '')")
        yield
    finally:
        ended.set()
        thread.join()
