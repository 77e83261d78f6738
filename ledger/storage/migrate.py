"""The schema's one way to its newest form: Alembic over an engine of ours, all of it in one transaction.

Trusts the migrations shipped with the program; an unknown revision is left alone.
"""

from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from ledger.errors import LedgerReadOnly
from ledger.storage import engine
from ledger.storage.doors import open_migrator
from ledger.storage.places import Where


def config() -> Config:
    """Alembic's settings; the scripts lie in the package `migrations`."""
    found = find_spec("migrations")
    assert found is not None
    assert found.origin is not None
    settings = Config()
    settings.set_main_option("script_location", str(Path(found.origin).parent).replace("%", "%%"))
    return settings


def upgrade(where: Where) -> None:
    """Bring the tables that lie *where* to the newest revision, wholly or not at all.

    Raises `LedgerReadOnly('schema_unknown')` where a newer program has been.
    """
    migrator = open_migrator(where)
    settings = config()
    try:
        with engine.translated(), migrator.begin() as connection:
            settings.attributes["connection"] = connection
            if isinstance(where, Path):
                command.upgrade(settings, "head")
                return
            from ledger.storage import postgres_guards  # noqa: PLC0415 - only where there is such a database

            postgres_guards.make_room(connection, where)
            command.upgrade(settings, "head")
            postgres_guards.install(connection, where)
    except CommandError as error:
        raise LedgerReadOnly("schema_unknown") from error
    finally:
        migrator.dispose()
