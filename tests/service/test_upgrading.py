"""A data directory of an older program: brought up to date when it is opened, its figures derived from the entries."""

import os
from pathlib import Path

from ledger.storage.layout import find_where
from tests.service.site import Site, furnished, site
from tests.storage.world import plain_client, to_theirs

__all__ = ["furnished", "site"]


def age(data: Path) -> None:
    """As an older program left it: another guard, and figures that lack what this one keeps."""
    where, guard = find_where(data), "entry_takes_the_next_number"
    with plain_client(where) as client:
        if isinstance(where, Path):
            client.execute(f"DROP TRIGGER {guard}")
            client.execute(f"CREATE TRIGGER {guard} BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'old'); END")
        else:
            function = f"{guard}() RETURNS trigger LANGUAGE plpgsql"
            client.execute(f"CREATE OR REPLACE FUNCTION {function} AS $$BEGIN RAISE EXCEPTION 'old'; END$$")
        for text in (
            "DROP INDEX ix_entry_occurred_at",
            "DELETE FROM mention",
            "UPDATE projection SET value = x'37' WHERE shelf = 'balance'",
            "UPDATE alembic_version SET version_num = '0001'",
        ):
            client.execute(to_theirs(where, text))


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
    where = find_where(site.data)
    with plain_client(where) as client:
        client.execute(to_theirs(where, "INSERT INTO projection VALUES ('cared', '[\"p1\",\"nobody\"]', x'37')"))
        client.execute("UPDATE alembic_version SET version_num = '0005'")
    assert site.senim("rebuild", "--check", "--dir", site.data).code == 0
