"""A PostgreSQL server of this machine's own for the tests, made when the first one asks for it.

As root it runs as the user `postgres`, as PostgreSQL demands. It listens at a socket in its own folder only, and does
not wait for the disk: no test cuts the power, and what a killed server has written the operating system still has.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.storage import migrate
from ledger.storage.places import Schema

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_PATH = os.pathsep.join([*map(str, _BINARIES), os.environ.get("PATH", "")])
_copies: dict[str, Path] = {}
"""The directory of the register that lies at each address."""
_owners: dict[str, "psycopg.Connection[Any]"] = {}
"""Who makes and drops databases at each server: to connect costs as much as a copy."""
_OPTIONS = "-c listen_addresses='' -c max_connections=200 -c shared_buffers=64MB -c fsync=off -c autovacuum=off"
MISSING = "PostgreSQL is not installed here"


def has_postgres() -> bool:
    return shutil.which("initdb", path=_PATH) is not None


class Server:
    """A cluster in a temporary folder, started; `address` is libpq's. *of*: the one whose standby it is."""

    def __init__(self, *, durable: bool = False, of: "Server | None" = None) -> None:
        in_memory = not durable and tempfile.gettempdir() == "/dev/shm"  # else where `postgres` may be, at a short path
        self.folder = Path(tempfile.mkdtemp(prefix="senim-postgres-", dir="/dev/shm" if in_memory else "/tmp"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.folder.chmod(0o711)
        self.data = self.folder / "data"
        self.options = _OPTIONS.replace("fsync=off -c autovacuum=off", "fsync=on") if durable else _OPTIONS
        if of is not None:
            source = ["-h", str(of.folder), "-U", "owner", "-R", "-c", "fast", "--no-sync"]
            self._run("pg_basebackup", "-D", str(self.data), *source)
        else:
            told = ["-E", "UTF8", "--locale=C", "-A", "trust", "-U", "owner", "--no-sync"]
            self._run("initdb", "-D", str(self.data), *told)
        self._blank: Schema | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"host={self.folder} user=owner dbname=postgres"

    def start(self, more: str = "") -> None:
        options = f"-k {self.folder} {self.options} {more}"
        self._run("pg_ctl", "-D", str(self.data), "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def promote(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def set(self, name: str, value: str) -> None:
        """From now on, without a start."""
        with psycopg.connect(self.address, autocommit=True) as owner:
            owner.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            owner.execute("SELECT pg_reload_conf()")
            while owner.execute(f"SHOW {name}").fetchone() != (value,):
                time.sleep(0.01)

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """SIGKILL to the server and to all its processes, as the kernel gives it where memory ends."""
        first = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        told = subprocess.run(["ps", "--ppid", str(first), "-o", "pid="], capture_output=True, text=True, check=False)
        everyone = [first, *map(int, told.stdout.split())]
        for pid in everyone:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(map(lives, everyone)):  # what they share is free only then
            time.sleep(0.01)
        for left in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            left.unlink()  # its number may still be somebody's whom nobody has buried yet

    def new_place(self) -> Schema:
        """A schema that nothing lies in yet, in the database of all."""
        from ledger.storage.postgres import to_schema

        return to_schema(self.address, f"senim/{token_hex(6)}/1")

    def new_database(self, directory: Path) -> Schema:
        """Empty tables for the register in *directory*, in a database of its own; the migrations run once."""
        if self._blank is None:
            self._blank = Schema(_create(self.address, "template1"), "senim")
            migrate.upgrade(self._blank)
        return copy_database(self._blank, directory)

    def remove(self) -> None:
        if (owner := _owners.pop(str(self.folder), None)) is not None:
            owner.close()
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self.folder)

    def _run(self, name: str, *arguments: str, check: bool = True) -> None:
        found = shutil.which(name, path=_PATH)
        assert found is not None, MISSING
        command = ["runuser", "-u", "postgres", "--", found] if os.geteuid() == 0 else [found]
        subprocess.run(
            [*command, *arguments], check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder
        )


def copy_database(where: Schema, directory: Path) -> Schema:
    """A copy of the database of *where* for the register in *directory*; who is connected there connects again."""
    copied = Schema(_create(where.address, conninfo_to_dict(where.address)["dbname"]), where.name)
    _copies[copied.address] = directory
    return copied


def _create(address: str, like: Any) -> str:
    name, owner = f"copy_{token_hex(6)}", _owner(address)
    owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [like])
    owner.execute(f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY file_copy")
    return make_conninfo(address, dbname=name)


def _owner(address: str) -> "psycopg.Connection[Any]":
    host = str(conninfo_to_dict(address)["host"])
    if host not in _owners:
        _owners[host] = psycopg.connect(make_conninfo(address, dbname="postgres"), autocommit=True)
    return _owners[host]


def drop_forgotten() -> None:
    """Remove the databases whose registers' directories are gone."""
    for address in [each for each, directory in _copies.items() if not directory.exists()]:
        del _copies[address]
        _owner(address).execute(f"DROP DATABASE {conninfo_to_dict(address)['dbname']} WITH (FORCE)")


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@cache
def standing() -> Server:
    """The server of this run; `pytest_unconfigure` removes it."""
    return Server()
