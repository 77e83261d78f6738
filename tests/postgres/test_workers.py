"""`senim serve --workers`: several processes are one server, whichever of them is asked, and when one is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import httpx
import pytest

from api.access import open_access_log
from api.accounts import Accounts, Visit, open_accounts
from api.authority import PERMITS
from api.settings import Settings
from ledger.cli.together import MOST_MISSED
from ledger.errors import SenimError
from ledger.storage.layout import find_where
from tests.api.v1.signing import to_list
from tests.postgres.chain import Acknowledged, verify_chain, wait_for_more
from tests.postgres.server import Server, lives
from tests.service.conftest import World
from tests.service.processes import senim
from tests.storage.world import plain_client

PEOPLE, MANY = 6, 24
_SENIM = "from ledger.cli import main, together; together.MOST_MISSED = {missed}; main()"


class Serving:
    """`senim serve` with two workers, standing."""

    def __init__(self, world: World, missed: int = MOST_MISSED) -> None:
        self._tokens = make_tokens(world)
        self.process = start(world, missed)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[3].rstrip(".")

    def workers(self) -> list[int]:
        first = self.process.pid
        return list(map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split()))

    def call(self, method: str, path: str, who: str = "ph1", **more: Any) -> httpx.Response:
        """By a connection of its own, which either of them may take."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}", "X-Access-Reason": "care"}
        return httpx.request(method, f"{self.address}/api/v1{path}", headers=headers, timeout=30, **more)

    def ask(self, headers: dict[str, str]) -> int:
        return httpx.get(f"{self.address}/api/v1/custody", headers=headers, timeout=30).status_code

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


def start(world: World, missed: int = MOST_MISSED, **more: Any) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-c",
        _SENIM.format(missed=missed),
        "serve",
        "--workers",
        "2",
        "--port",
        "0",
        "--dir",
        str(world.folder / "data"),
    ]
    told = os.environ | {"SENIM_HEADS": str(world.folder / "heads"), "SENIM_LANG": "en", "TMPDIR": str(world.folder)}
    return subprocess.Popen(command, env=told, stdout=subprocess.PIPE, text=True, **more)


@contextmanager
def opened_accounts(world: World) -> Iterator[Accounts]:
    data = world.folder / "data"
    with open_access_log(data) as access, open_accounts(data, settings=Settings(), recorder=access) as accounts:
        yield accounts


def make_tokens(world: World) -> dict[str, str]:
    with opened_accounts(world) as accounts:
        people = ("ph1", "nurse", "registrar")
        return {who: accounts.tokens.make(who, by="test", days=1, scopes=frozenset(PERMITS))[1] for who in people}


@pytest.fixture
def serving(world: World) -> Iterator[Serving]:
    with opened(world) as made:
        yield made


@contextmanager
def opened(world: World, **more: int) -> Iterator[Serving]:
    made = Serving(world, **more)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.end()
        assert made.process.stdout is not None
        made.process.stdout.close()


@contextmanager
def insisting(serving: Serving, world: World) -> Iterator[list[Acknowledged]]:
    """What is acknowledged to several people meanwhile, who record one after the other."""
    acknowledged, ended = list[Acknowledged](), Event()
    with ThreadPoolExecutor(PEOPLE) as crowd:
        working = [crowd.submit(insist, serving, world, acknowledged, ended) for _ in range(PEOPLE)]
        try:
            yield acknowledged
        finally:
            ended.set()
        for each in working:
            each.result()


def insist(serving: Serving, world: World, acknowledged: list[Acknowledged], ended: Event) -> None:
    """Each is sent again until it is answered."""
    signed = dict[str, Any]()
    while not ended.is_set():
        try:
            signed = signed or to_list([world.move()])
            told = serving.call("POST", "/entries", json=signed).json()
        except (httpx.TransportError, SenimError):
            sleep(0.02)
            continue
        if "receipts" in told:
            signed = {}
            acknowledged += [(receipt["id"], receipt["seq"], receipt["leaf"]) for receipt in told["receipts"]]


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSTOP])
def test_whoever_dies_or_hangs_the_others_go_on_and_nothing_acknowledged_is_lost(
    world: World, by: signal.Signals
) -> None:
    """Each of the first two, one after the other: also the one that records for both."""
    with opened(world, missed=5) as serving:
        with insisting(serving, world) as acknowledged:
            for _ in range(2):
                wait_for_more(acknowledged)
                oldest, *others = serving.workers()
                os.kill(oldest, by)
                while len(set(serving.workers()) - {oldest}) <= len(others):
                    sleep(0.05)
            wait_for_more(acknowledged)
            assert [each.is_socket() for each in world.folder.glob("senim-serve-*/recording")] == [True]
        assert serving.end() == 0
    verify_chain(world.ledger, acknowledged)


def test_the_database_is_killed_and_nothing_acknowledged_is_lost(lost: World, fragile: Server) -> None:
    with opened(lost) as serving, insisting(serving, lost) as acknowledged:
        for _ in range(2):
            wait_for_more(acknowledged)
            fragile.kill()
            fragile.start()
        wait_for_more(acknowledged)
    verify_chain(lost.ledger, acknowledged)


def test_what_one_of_them_is_told_the_other_knows(world: World, serving: Serving) -> None:
    """What is parked, who is signed in, who looked, how many calls: of whichever each call is taken."""
    parked = to_list([world.move()])
    parked["signatures"] = [each for each in parked["signatures"] if each["by"] == "ph1"]
    answer = serving.call("POST", "/entries/wait", json=parked | {"for": "nurse"})
    assert answer.status_code == 201, answer.text
    path = f"/entries/wait/{answer.json()['id']}"
    with ThreadPoolExecutor(PEOPLE) as crowd:
        told = set(crowd.map(lambda _: serving.call("GET", path, who="nurse").status_code, range(MANY)))
        looked = set(crowd.map(lambda _: serving.call("GET", "/patients/nobody").status_code, range(MANY)))
        assert (told, looked) == ({200}, {404})
        metrics = serving.call("GET", "/metrics", who="registrar").text
        assert f'senim_answers_total{{operation="waiting_list",status="200"}} {MANY}.0' in metrics
        with opened_accounts(world) as accounts:
            with accounts.sessions._office.store.writing() as db:
                session = accounts.sessions.open_in(db, "ph1", Visit(address="10.0.0.7", words="test"), is_full=True)
            cookie = {"Cookie": f"senim={session.token}"}
            assert set(crowd.map(lambda _: serving.ask(cookie), range(MANY))) == {200}
            accounts.sessions.leave(session.session)
        sleep(0.1)
        assert set(crowd.map(lambda _: serving.ask(cookie), range(MANY))) == {401}
    with open_access_log(world.folder / "data", outside=(world.heads, world.ledger.genesis())) as access:
        access.verify()
        assert sum(row.kind == "not_found" for row in access.read(person="ph1")) == MANY
    they_end_with_the_one_that_looks_after_them(serving)


def test_one_that_hangs_does_not_delay_the_end(world: World) -> None:
    with opened(world, missed=3) as serving:
        workers = serving.workers()
        os.kill(workers[0], signal.SIGSTOP)
        assert serving.end() == 0
    assert not any(map(lives, workers))


def they_end_with_the_one_that_looks_after_them(serving: Serving) -> None:
    workers = serving.workers()
    serving.process.kill()
    while any(map(lives, workers)):
        sleep(0.02)


def test_where_one_cannot_begin_none_does(world: World) -> None:
    data = world.folder / "data"
    with plain_client(find_where(data)) as client:
        client.execute("UPDATE alembic_version SET version_num = '9999'")
    given = ("serve", "--workers", "2", "--port", "0", "--json", "--dir", data)
    told = senim(*given, heads=world.folder / "heads").wait()
    assert (told.code, told.json["code"]) == (1, "schema_unknown")


def test_a_database_that_starts_later_is_waited_for(lost: World, fragile: Server) -> None:
    fragile.stop("fast")
    with start(lost, stderr=subprocess.PIPE) as waiting:
        assert waiting.stderr is not None
        assert waiting.stdout is not None
        assert "waited for" in waiting.stderr.readline()
        fragile.start()
        assert "serves at" in waiting.stdout.readline()
        waiting.terminate()
        assert waiting.wait(30) == 0
