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


def config() -> Config:
    """Alembic's settings; the scripts lie in the package `migrations`."""
    found = find_spec("migrations")
    assert found is not None
    assert found.origin is not None
    settings = Config()
    settings.set_main_option("script_location", str(Path(found.origin).parent).replace("%", "%%"))
    return settings


def upgrade(path: Path) -> None:
    """Bring the database at *path* to the newest revision, wholly or not at all.

    Raises `LedgerReadOnly('schema_unknown')` where a newer program has been.
    """
    migrator = engine.migrator(path)
    settings = config()
    try:
        with engine.translated(), migrator.begin() as connection:
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
    except CommandError as error:
        raise LedgerReadOnly("schema_unknown") from error
    finally:
        migrator.dispose()
