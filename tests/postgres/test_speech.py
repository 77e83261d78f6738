"""What is written for SQLite, said to PostgreSQL."""

import gc

import pytest
from psycopg.errors import UndefinedTable
from sqlalchemy import insert

from ledger.errors import LedgerBusy
from ledger.service.patience import hurried
from ledger.storage.past import ADD_MOVEMENT, INSERT_MENTION
from ledger.storage.shelves import PUT, prepared
from ledger.storage.store import SqlStore
from ledger.storage.tables import TABLES


@pytest.mark.parametrize("statement", [PUT, INSERT_MENTION, ADD_MOVEMENT, *map(prepared, map(insert, TABLES.values()))])
def test_many_rows_are_one_statement(statement: str) -> None:
    """Row by row each would be waited for by the server on its own."""
    from ledger.storage.postgres_speech import _to_many

    many = _to_many(statement)
    assert many is not None
    assert many.count("%s") == 1


def test_what_is_put_is_what_is_found(store: SqlStore) -> None:
    mentions = [("\\\"'%s ?\n\x7f", "Қ😀\u2028", 2**53 - 1), ("", "", -(2**53) + 1)]
    with store.writing() as writing:
        source = writing._source
        source.put(INSERT_MENTION, mentions)
        source.put(PUT, [("shelf", "key", bytes(range(256))), ("shelf", "none", b"")])
        found = source.all("SELECT kind, key, seq FROM mention ORDER BY seq DESC")
        values = source.all("SELECT value FROM projection ORDER BY key")
    assert (list(found), list(values)) == (mentions, [(bytes(range(256)),), (b"",)])


def test_who_may_not_wait_asks_no_server(store: SqlStore) -> None:
    with pytest.raises(LedgerBusy), hurried(), store.reading():
        pass
    with store.reading() as reading:
        assert reading.head.size == 0


def test_a_stream_that_could_not_begin_is_closed(store: SqlStore) -> None:
    with store.reading() as reading:
        with pytest.raises(UndefinedTable):
            reading._source.stream("SELECT nothing FROM nowhere")
        gc.collect()  # what was left open would say so now
