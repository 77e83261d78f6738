"""A PostgreSQL server of this machine's own for the tests: `pytest --store postgres` keeps every new ledger in it.

As root the server runs as the user `postgres`, as PostgreSQL demands. It listens at a socket in its own folder only.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from secrets import token_hex

import pytest

from ledger.storage import layout
from ledger.storage.places import Where

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []
_PATH = os.pathsep.join([*map(str, reversed(_BINARIES)), os.environ.get("PATH", "")])
_AS_IT_IS = layout.choose_where


def has_postgres() -> bool:
    return shutil.which("initdb", path=_PATH) is not None


class Server:
    """A cluster in a temporary folder, started; `address` is libpq's."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="senim-postgres-", dir="/tmp"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.data = self.folder / "data"
        self._run("initdb", "-D", str(self.data), "-E", "UTF8", "--locale=C", "-A", "trust", "-U", "owner")
        self.start()

    @property
    def address(self) -> str:
        return f"host={self.folder} user=owner dbname=postgres"

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=200 -c shared_buffers=64MB"
        self._run("pg_ctl", "-D", str(self.data), "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, name: str, *arguments: str) -> None:
        found = shutil.which(name, path=_PATH)
        assert found is not None
        command = ["runuser", "-u", "postgres", "--", found] if os.geteuid() == 0 else [found]
        subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=self.folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--store", choices=("sqlite", "postgres"), default="sqlite")


_SERVER = pytest.StashKey[Server]()


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--store") == "postgres":
        server = config.stash[_SERVER] = Server()
        layout.choose_where = lambda directory: new_place(server)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVER in config.stash:
        layout.choose_where = _AS_IT_IS
        config.stash[_SERVER].remove()


def new_place(server: Server) -> Where:
    """A schema that nothing lies in yet."""
    from ledger.storage.postgres import to_schema

    return to_schema(server.address, f"senim/{token_hex(6)}/1")
