"""What lies where in a data directory, and how one is made and opened.

    ledger.db       entries, tree, projections, encrypted openings (WAL and shared memory beside it); in its place
    ledger.postgresql  where they lie in a PostgreSQL database: its address and the schema, a line each
    vault-keys.db   one key per data subject; never in a backup
    search.db       a blind index over names and IINs, to be derived again; never in a backup
    accounts.db     how people sign in: credentials, sessions, tokens, hashed; never in a backup
    access.db       who looked at whose data, and why: chained, append-only
    secrets/        log.pem, ledger.pem, import-<username>.pem, vault-<year>.key, search.key, accounts.key,
                    kept.key (of what browsers keep unsent),
                    enrolment/<username>.code
    reports/        issued reports, by their entry; sealed where they show a patient (`kept`)
    ended-keys/     of a new epoch: the keys that the old log and its imports signed with; nothing uses them

Trust: whoever can write here can replace all of it at once; only what has left the building, signed, holds
against them. The last signed head therefore lies elsewhere (`heads`).
"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import LedgerReadOnly, WronglyCalled
from ledger.storage import engine
from ledger.storage.doors import load_postgres
from ledger.storage.places import Schema, Where
from ledger.storage.private import (
    make_private,
    make_private_directory,
    read_private,
    write_private,
)
from ledger.storage.secrets import FileKeys
from ledger.storage.store import SqlStore
from ledger.storage.tables import REVISION
from ledger.storage.vault import SqlVault

FILE = "sqlite"
"""Said instead of a database's address: the entries lie in the directory itself."""
LEDGER, ELSEWHERE, VAULT, SECRETS, REPORTS = (
    "ledger.db", "ledger.postgresql", "vault-keys.db", "secrets", "reports",
)  # fmt: skip
SEARCH, ACCOUNTS, ACCESS = "search.db", "accounts.db", "access.db"

_HAS_REVISION = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The stores of one data directory."""

    store: SqlStore
    vault: SqlVault
    keys: FileKeys
    reports: Path

    def close(self) -> None:
        self.store.close()
        self.vault.close()


def create_store(directory: Path, where: Where | None = None) -> Opened:
    """Make a data directory (mode 0700) with an empty ledger, a vault and the facility's keys, and open it.

    *where* the entries are to lie, if not in a file of the directory. One that was begun and holds no entry yet is
    gone on with. Raises `WronglyCalled`: `directory_taken`, `target_taken`.
    """
    ours = {
        LEDGER,
        ELSEWHERE,
        f"{LEDGER}-wal",
        f"{LEDGER}-shm",
        VAULT,
        f"{VAULT}-wal",
        f"{VAULT}-shm",
        SECRETS,
        REPORTS,
    }
    chosen = find_where(directory) if is_ledger(directory) else where or choose_where(directory)
    if where not in (None, chosen):
        raise WronglyCalled("directory_taken", directory=str(directory))
    if chosen is where:
        _verify_free(chosen)
    try:
        if directory.exists() and not {path.name for path in directory.iterdir()} <= ours:
            raise WronglyCalled("directory_taken", directory=str(directory))
        make_private_directory(directory)
        directory.chmod(0o700)
        for name in (SECRETS, REPORTS):
            make_private_directory(directory / name)
    except NotADirectoryError as error:
        raise WronglyCalled("directory_taken", directory=str(directory)) from error
    except OSError as error:
        raise WronglyCalled("directory_unusable", directory=str(directory)) from error
    if not is_ledger(directory):
        put_where(directory, chosen)
    FileKeys(directory / SECRETS).create()
    SqlVault.create(directory / VAULT, directory / SECRETS)
    if isinstance(chosen, Schema) and _read_revision(chosen) is None:
        _upgrade(chosen)
    opened = open_store(directory)
    with opened.store.reading() as reading:
        size = reading.head.size
    if size:
        opened.close()
        raise WronglyCalled("directory_taken", directory=str(directory))
    return opened


def is_ledger(directory: Path) -> bool:
    """Whether a ledger lies there; a path that the system does not take is none."""
    try:
        return (directory / LEDGER).is_file() or (directory / ELSEWHERE).is_file()
    except (OSError, ValueError):
        return False


def find_where(directory: Path) -> Where:
    """Where the entries of the ledger in *directory* lie. Raises `LedgerReadOnly`, `WronglyCalled('no_ledger')`."""
    if not is_ledger(directory):
        raise WronglyCalled("no_ledger", directory=str(directory))
    if not (directory / ELSEWHERE).is_file():
        return directory / LEDGER
    lines = (read_private(directory / ELSEWHERE) or b"").decode().splitlines()
    if len(lines) != 2:
        raise LedgerReadOnly("database_missing")
    return Schema(*lines)


def _verify_free(where: Where) -> None:
    """Raises `WronglyCalled('target_taken')`, and `LedgerReadOnly` where a database cannot be had."""
    if isinstance(where, Schema) and _read_revision(where) is not None:
        with closing(SqlStore(where)) as store, store.reading() as reading:
            if reading.head.size:
                raise WronglyCalled("target_taken")


def choose_where(directory: Path) -> Where:
    """Where a new ledger's entries lie if nobody says otherwise."""
    return directory / LEDGER


def choose_schema(address: str, log: str) -> Schema:
    """Where *log* lies in the PostgreSQL database at *address*.

    Raises `WronglyCalled`: `address_malformed`, `driver_missing`.
    """
    found: Schema = load_postgres().to_schema(address, log)
    return found


def put_where(directory: Path, where: Where) -> None:
    """Note where the entries of the ledger in *directory* lie from now on; in a file of it, where none lies yet."""
    if isinstance(where, Path):
        make_private(where, b"")
    else:
        write_private(directory / ELSEWHERE, f"{where.address}\n{where.name}\n".encode())


def verify_secrets(directory: Path) -> None:
    """Raises `LedgerReadOnly` that names every secret of *directory* that is exposed, damaged or not there."""
    if is_ledger(directory):
        beside = (directory / name for name in (VAULT, SEARCH, ACCOUNTS, ACCESS))
        FileKeys(directory / SECRETS).verify(*beside)


def open_store(directory: Path) -> Opened:
    """Open a data directory; its schema is brought up to date, its guards are checked.

    Raises `WronglyCalled('no_ledger')`, and `LedgerReadOnly` for what must not be written to.
    """
    where = find_where(directory)
    if not (directory / VAULT).is_file():
        raise LedgerReadOnly("vault_lost", directory=str(directory))
    revision = _read_revision(where)
    if revision is None and isinstance(where, Schema):  # tables that were there are not made anew
        raise LedgerReadOnly("database_missing")
    if revision != REVISION:
        _upgrade(where)
    opened = Opened(
        store=SqlStore(where),
        vault=SqlVault(directory / VAULT, directory / SECRETS),
        keys=FileKeys(directory / SECRETS),
        reports=directory / REPORTS,
    )
    try:
        opened.store.check()
        opened.store.refresh()
    except BaseException:
        opened.close()
        raise
    return opened


def open_entries(directory: Path) -> SqlStore:
    """The entries and nothing else: no keys, no vault, and nothing is brought up to date, so that it may be a copy,
    or lie where nobody can write. Raises `WronglyCalled('no_ledger')`.
    """
    return SqlStore(find_where(directory))


def _upgrade(where: Where) -> None:
    from ledger.storage import migrate  # noqa: PLC0415 - Alembic is slow to load, and seldom needed

    migrate.upgrade(where)


def _read_revision(where: Where) -> str | None:
    """The migration that the tables are at; None where there are none yet."""
    if not isinstance(where, Path):
        return _read_their_revision(where)
    reader = engine.reader(where)
    try:
        with engine.translated(), reader.begin() as connection:
            if connection.exec_driver_sql(_HAS_REVISION).scalar() is None:
                return None
            found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            return found
    finally:
        reader.dispose()


def _read_their_revision(schema: Schema) -> str | None:
    with engine.translated():
        found: str | None = load_postgres().read_revision(schema)
        return found
