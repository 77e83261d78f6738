"""The database is down, lost in the middle, read-only, strange: each is said plainly and passes by itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection

from api.heads import HeadKeeper
from ledger.cli.wiring import open_house
from ledger.errors import LedgerBusy, LedgerReadOnly, OutcomeUnknown, SenimError, WronglyCalled
from ledger.refusal_words import SENTENCES, say_error
from ledger.service.checkpoints import sign_head
from ledger.storage import layout, postgres
from ledger.storage.engine import translated
from ledger.storage.layout import create_store, open_store
from ledger.storage.places import Schema
from ledger.storage.store import SqlStore
from ledger.words import words
from tests.postgres.server import Server
from tests.service.conftest import World
from tests.storage.world import append, check_store, plain_client, record


def stop_of(error: SenimError) -> str:
    """Its word, once it is said in three languages."""
    for lang in ("kk", "ru", "en"):
        assert say_error(words(lang), error)
    word = error.reason if isinstance(error, LedgerReadOnly) else error.code
    assert word in SENTENCES
    return word


def test_a_killed_server_costs_nothing_that_was_confirmed_and_work_goes_on(lost: World, fragile: Server) -> None:
    (receipt,) = lost.ledger.append([lost.move()], via="api")
    moves = [lost.move(n) for n in range(2)]
    keeper = HeadKeeper(lost.ledger)
    fragile.kill()
    for door in (lambda: lost.ledger.append([moves[0]], via="api"), lost.size):
        with pytest.raises(LedgerReadOnly) as refused:
            door()
        assert stop_of(refused.value) == "database_unreachable"
    keeper.sign_due()
    assert (keeper.reason, lost.ledger.read_only) == ("database_unreachable", None)
    fragile.start()
    seqs = [lost.ledger.append([move], via="api")[0].seq for move in moves]
    assert seqs == [receipt.seq + 1, receipt.seq + 2]
    keeper.sign_due()
    assert keeper.reason is None
    lost.house.stores.store.check()


@pytest.mark.parametrize("committed", [True, False])
def test_a_commit_whose_end_nobody_saw_gives_no_receipt_and_is_settled_by_the_same_again(
    lost: World, fragile: Server, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    """The server dies after the commit was sent, before or after it was done."""
    move, before = lost.move(), lost.size()
    commit = Connection.commit

    def lose(self: Any) -> None:
        if committed:
            # The server does it; its answer never comes.
            self.connection.driver_connection.pgconn.send_query(b"COMMIT")
            while lost.size() == before:
                pass
        fragile.kill()
        commit(self)

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "commit", lose)
        with pytest.raises(OutcomeUnknown) as unknown:
            lost.ledger.append([move], via="api")
    assert stop_of(unknown.value) == "outcome_unknown"
    fragile.start()
    assert lost.size() == before + committed
    (receipt,) = lost.ledger.append([move], via="api")
    assert (receipt.seq, receipt.replayed, lost.size()) == (before, committed, before + 1)
    assert sign_head(lost.ledger).size == before + 1


def test_a_connection_that_is_cut_is_made_again(lost: World) -> None:
    lost.ledger.append([lost.move()], via="api")
    where = layout.find_where(lost.folder / "data")
    assert isinstance(where, Schema)
    with plain_client(where) as client:
        client.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'senim'")
    assert lost.ledger.append([lost.move(1)], via="api")[0].seq == lost.size() - 1


def test_a_database_that_is_down_at_start_is_said_and_awaited(lost: World, fragile: Server) -> None:
    lost.house.close()
    fragile.stop("fast")
    for writes in (True, False):
        with pytest.raises(LedgerReadOnly) as refused:
            open_house(lost.folder / "data", heads=lost.heads, writes=writes)
        assert stop_of(refused.value) == "database_unreachable"
    fragile.start()
    lost.house = open_house(lost.folder / "data", heads=lost.heads, writes=True)
    assert lost.ledger.append([lost.move()], via="api")


def test_a_database_that_takes_nothing_is_read_and_then_goes_on(lost: World, fragile: Server) -> None:
    move = lost.move()
    fragile.stop("fast")
    fragile.start("-c default_transaction_read_only=on")
    with pytest.raises(LedgerReadOnly) as refused:
        lost.ledger.append([move], via="api")
    assert stop_of(refused.value) == "database_read_only"
    lost.house.close()
    lost.house = open_house(lost.folder / "data", heads=lost.heads, writes=True)
    with pytest.raises(LedgerReadOnly, match="database_read_only"):
        lost.ledger.append([move], via="api")
    assert lost.stock()["safe"] > 0
    fragile.stop("fast")
    fragile.start()
    assert lost.ledger.append([move], via="api")


def test_a_disk_that_is_full_stops_the_register_until_there_is_room(path: Schema, store: SqlStore) -> None:
    """As the server tells it."""
    full = "BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END"
    with plain_client(path) as client:
        client.execute(f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $${full}$$")
        client.execute("CREATE TRIGGER full_disk BEFORE INSERT ON mention EXECUTE FUNCTION full_disk()")
        with pytest.raises(LedgerReadOnly) as refused:
            record(store, "a")
        assert stop_of(refused.value) == "disk_full"
        client.execute("DROP TRIGGER full_disk ON mention")
    record(store, "a")
    check_store(store, size=1)


def test_a_server_full_of_others_is_busy(lost: World, fragile: Server) -> None:
    lost.house.stores.store.close()
    fragile.stop("fast")
    fragile.start("-c max_connections=4 -c superuser_reserved_connections=3 -c max_wal_senders=0")
    others = [psycopg.connect(fragile.address) for _ in range(4)]
    with pytest.raises(LedgerBusy) as refused:
        lost.size()
    assert stop_of(refused.value) == "ledger_busy"
    for other in others:
        other.close()
    fragile.stop("fast")
    fragile.start()
    assert lost.size()


@pytest.mark.parametrize("is_connected", [True, False])
def test_clocks_apart_stop_the_register_until_they_agree(
    path: Schema, store: SqlStore, monkeypatch: pytest.MonkeyPatch, is_connected: bool
) -> None:
    if is_connected:
        record(store, "before")
    with monkeypatch.context() as patched:
        patched.setattr(postgres, "read_clock", lambda: datetime.now(UTC) + timedelta(seconds=90))
        with pytest.raises(LedgerReadOnly) as refused, store.writing():
            pass
    assert stop_of(refused.value) == "clocks_apart"
    assert int(refused.value.values["seconds"]) in range(85, 100)
    record(store, "a")
    check_store(store, size=1 + is_connected)


def test_a_database_of_another_encoding_is_refused_before_anything_is_made(server: Server, tmp_path: Path) -> None:
    with psycopg.connect(server.address, autocommit=True) as owner:
        owner.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    where = postgres.to_schema(server.address.replace("dbname=postgres", "dbname=latin"), "senim/latin/1")
    with pytest.raises(LedgerReadOnly) as refused:
        create_store(tmp_path / "data", where)
    assert stop_of(refused.value) == "database_encoding"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"host": "/nowhere"}, "database_unreachable"),
        ({"dbname": "none"}, "database_missing"),
        ({"user": "stranger"}, "database_refuses"),
    ],
)
def test_who_is_not_let_in_is_told_why(server: Server, tmp_path: Path, told: dict[str, str], word: str) -> None:
    where = postgres.to_schema(psycopg.conninfo.make_conninfo(server.address, **told), "senim/x/1")
    with pytest.raises(LedgerReadOnly) as refused:
        create_store(tmp_path / "data", where)
    assert (stop_of(refused.value), (tmp_path / "data").exists()) == (word, False)


def test_a_user_without_rights_is_refused_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    with psycopg.connect(server.address, autocommit=True) as owner:
        owner.execute("CREATE ROLE poor LOGIN")
    where = postgres.to_schema(server.address.replace("user=owner", "user=poor"), "senim/poor/1")
    with pytest.raises(LedgerReadOnly) as refused:
        create_store(tmp_path / "data", where)
    assert stop_of(refused.value) == "database_refuses"


def test_tables_whose_making_was_cut_short_are_made_when_it_is_called_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = server.new_place()
    with monkeypatch.context() as patched:
        patched.setattr("ledger.storage.migrate.upgrade", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            create_store(tmp_path / "data", where)
    made = create_store(tmp_path / "data", where)
    check_store(made.store, size=0)
    made.close()


def test_tables_that_are_gone_are_not_made_anew(tmp_path: Path) -> None:
    create_store(tmp_path / "data").close()
    where = layout.find_where(tmp_path / "data")
    assert isinstance(where, Schema)
    with plain_client(where) as client:
        client.execute(f'ALTER SCHEMA "{where.name}" RENAME TO "{where.name}_gone"')
    for _ in range(2):
        with pytest.raises(LedgerReadOnly) as refused:
            open_store(tmp_path / "data")
        assert stop_of(refused.value) == "database_missing"


def test_a_schema_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    create_store(tmp_path / "data").close()
    with plain_client(layout.find_where(tmp_path / "data")) as client:
        client.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerReadOnly, match="schema_unknown"):
        open_store(tmp_path / "data")


def test_a_ledger_whose_guards_are_gone_is_not_opened(tmp_path: Path) -> None:
    create_store(tmp_path / "data").close()
    with plain_client(layout.find_where(tmp_path / "data")) as client:
        client.execute("ALTER TABLE tile DISABLE TRIGGER tile_is_never_changed")
    with pytest.raises(LedgerReadOnly, match="self_check"):
        open_store(tmp_path / "data")


def test_another_register_of_that_name_is_not_taken_over(server: Server, tmp_path: Path) -> None:
    where = server.new_place()
    made = create_store(tmp_path / "one", where)
    record(made.store, "a")
    made.close()
    with pytest.raises(WronglyCalled, match="target_taken"):
        create_store(tmp_path / "two", where)
    assert not (tmp_path / "two").exists()


def test_a_lock_that_is_held_too_long_is_busy(path: Schema, store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres._LIMITS, "lock_timeout", "100ms")
    with plain_client(path) as client, client.transaction():
        client.execute("SELECT one FROM head FOR UPDATE")
        with pytest.raises(LedgerBusy), store.writing():
            pass
    record(store, "a")
    check_store(store, size=1)


def test_readers_do_not_wait_for_the_writer_and_write_nothing(path: Schema, store: SqlStore) -> None:
    record(store, "a")
    with store.writing() as writing:
        append(writing, "b")
        with store.reading() as reading:
            assert reading.head.size == 1
            with pytest.raises(LedgerReadOnly, match="database_read_only"), translated():
                reading._source.all("DELETE FROM mention")
    check_store(store, size=2)


def test_a_receipt_outlives_the_server_that_gave_it(path: Schema, store: SqlStore) -> None:
    """Whatever the server's own settings: each of our connections asks for it."""
    with store.writing() as writing:
        asked = {name: writing._source.all(f"SHOW {name}")[0][0] for name in ("synchronous_commit", "role")}
    assert asked == {"synchronous_commit": "on", "role": path.writer}
