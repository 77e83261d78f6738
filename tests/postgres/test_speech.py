"""What is written for SQLite, said to PostgreSQL."""

import pytest
from sqlalchemy import insert

from ledger.storage.past import ADD_MOVEMENT, INSERT_MENTION
from ledger.storage.shelves import PUT, prepared
from ledger.storage.tables import TABLES


@pytest.mark.parametrize("statement", [PUT, INSERT_MENTION, ADD_MOVEMENT, *map(prepared, map(insert, TABLES.values()))])
def test_many_rows_are_one_statement(statement: str) -> None:
    """Row by row each would be waited for by the server on its own."""
    from ledger.storage.postgres_speech import _to_many

    many = _to_many(statement)
    assert many is not None
    assert many.count("unnest(") == 1
