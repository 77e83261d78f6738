"""A data directory of an older program: brought up to date when it is opened, its figures derived from the entries."""

import os
from pathlib import Path

import pysqlite3

from tests.service.site import Site, furnished, site

__all__ = ["furnished", "site"]


def age(data: Path) -> None:
    """As an older program left it: another guard, and figures that lack what this one keeps."""
    connection = pysqlite3.connect(str(data / "ledger.db"), isolation_level=None)
    for text in (
        "DROP INDEX ix_entry_occurred_at",
        "DROP TRIGGER entry_takes_the_next_number",
        "CREATE TRIGGER entry_takes_the_next_number BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'old'); END",
        "DELETE FROM mention",
        "UPDATE projection SET value = x'37' WHERE shelf = 'balance'",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        connection.execute(text)
    connection.close()


def killed_before_the_deriving() -> None:
    from ledger.storage.store import SqlStore

    SqlStore.refresh = lambda self: os._exit(9)  # type: ignore[method-assign]


def test_it_is_derived_again_when_it_is_opened_also_after_a_kill(site: Site) -> None:
    before = site.balance()
    age(site.data)
    assert site.senim("balance", "--dir", site.data, prepare=killed_before_the_deriving).code == 9
    assert site.balance() == before
    assert site.senim("rebuild", "--check", "--dir", site.data).code == 0
    site.works(site.data, ward=before["ward"])


def test_figures_of_the_program_before_are_derived_again(site: Site) -> None:
    connection = pysqlite3.connect(str(site.data / "ledger.db"), isolation_level=None)
    connection.execute("INSERT INTO projection VALUES ('cared', '[\"p1\",\"nobody\"]', x'37')")
    connection.execute("UPDATE alembic_version SET version_num = '0005'")
    connection.close()
    assert site.senim("rebuild", "--check", "--dir", site.data).code == 0
