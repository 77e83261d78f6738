"""A crowd at the door: each hears of his own work and of nothing else."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from ledger.errors import SenimError
from ledger.service import door as doors
from ledger.service.door import Door, Job
from ledger.service.helper import helped
from ledger.service.preparing import Ceremony, Signed
from ledger.service.transaction import Receipt
from tests.service.conftest import World, units

Heard = list[list[Receipt] | BaseException]


def attend(world: World, asked: list[Ceremony]) -> Heard:
    """All at once, each a task of one loop."""

    async def crowd() -> Heard:
        waiting = [world.ledger.appending(each, via="api") for each in asked]
        heard: Heard = await asyncio.gather(*waiting, return_exceptions=True)
        return heard

    return asyncio.run(crowd())


@pytest.fixture
def _helped() -> None:
    """The process that judges signatures for a crowd has come up."""
    while True:
        with helped() as helper:
            if helper is not None:
                return
        time.sleep(0.01)


@pytest.mark.usefixtures("_helped")
def test_each_of_a_crowd_hears_of_his_own_work(world: World) -> None:
    before = world.size()
    asked: list[Ceremony] = [[world.move(n)] for n in range(64)]
    told = ["recorded"] * 64
    forged, refused, broken, unknown, twice = range(3, 64, 10), 14, 25, 36, 47
    for n in forged:
        asked[n] = [replace(asked[n][0], statement=world.move(n).statement)]
        told[n] = "SignatureRejected"
    asked[refused], told[refused] = world.sign(units(5), units(2_000_000)), "CommandRefused"
    asked[broken], told[broken] = [replace(asked[broken][0], signatures=[{}])], "KeyError"
    asked[unknown] = [with_key(asked[unknown][0], "0" * 16)]
    told[unknown] = "SignatureRejected"
    asked[twice] = asked[twice - 1]
    heard = attend(world, asked)
    assert ["recorded" if isinstance(each, list) else type(each).__name__ for each in heard] == told
    receipts = {n: each[0] for n, each in enumerate(heard) if isinstance(each, list)}
    assert all(receipt.id == asked[n][0].statement["id"] for n, receipt in receipts.items())
    assert structs.replace(receipts[twice], replayed=False, notes=()) == structs.replace(receipts[twice - 1], notes=())
    assert [receipts.pop(twice).replayed, *(receipt.replayed for receipt in receipts.values())] == [True] + 53 * [False]
    assert [receipt.seq for receipt in receipts.values()] == list(range(before, before + 53)), "in the order they came"
    assert world.stock()["ward"] == sum(1 + n % 3 for n in receipts)
    assert world.ledger.append([world.move()], via="api")[0].seq == before + 53


def with_key(signed: Signed, key: str) -> Signed:
    first, *rest = signed.signatures
    return replace(signed, signatures=[dict(first) | {"key": key}, *rest])


def test_tasks_and_threads_stand_in_one_line(world: World) -> None:
    moves: list[Ceremony] = [[world.move(n)] for n in range(60)]
    before = world.size()
    with ThreadPoolExecutor(12) as people:
        threads = people.map(lambda move: world.ledger.append(move, via="api")[0].seq, moves[:30])
        tasks = [each[0].seq for each in attend(world, moves[30:]) if isinstance(each, list)]
    assert sorted([*threads, *tasks]) == list(range(before, before + 60))


def test_who_gives_up_takes_nothing_back_and_hurts_nobody(world: World) -> None:
    before = world.size()

    async def crowd() -> list[Any]:
        waiting = [world.ledger.appending([world.move(n)], via="api") for n in range(12)]
        waiting[5].cancel()
        return await asyncio.gather(*waiting, return_exceptions=True)

    heard = asyncio.run(crowd())
    assert [type(each) for each in heard] == [list] * 5 + [asyncio.CancelledError] + [list] * 6
    world.ledger.within(lambda _: None)
    assert world.size() == before + 12


def test_a_loop_that_is_gone_is_not_waited_for(world: World) -> None:
    before = world.size()

    async def leaves() -> None:
        for n in range(12):
            world.ledger.appending([world.move(n)], via="api")

    asyncio.run(leaves())
    world.ledger.within(lambda _: None)
    assert world.size() == before + 12


def test_who_is_interrupted_while_he_works_leaves_the_door_open(world: World) -> None:
    """Ctrl-C hits whoever works in the main thread; who came meanwhile is served all the same."""
    before = world.size()
    with ThreadPoolExecutor(1) as other:
        waiting = []

        def interrupted(_tx: object) -> None:
            waiting.append(other.submit(world.ledger.append, [world.move()], via="api"))
            while not world.ledger._door._waiting:
                time.sleep(0.001)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            world.ledger.within(interrupted)
        assert waiting[0].result()[0].seq == before


def test_a_task_is_told_what_refuses_it(world: World) -> None:
    """The rule's own words, through either door."""
    ceremony = world.sign(units(2_000_000))
    (told,) = attend(world, [ceremony])
    with pytest.raises(SenimError) as refused:
        world.ledger.append(ceremony, via="api")
    assert isinstance(told, SenimError)
    assert (type(told), str(told)) == (refused.type, str(refused.value))


def test_keys_are_read_once_and_not_for_every_group(world: World) -> None:
    """They are folded from entries, which takes the longer the more people there are."""
    world.ledger.append([world.move()], via="api")
    known = world.ledger.keys()
    world.ledger.append([world.move()], via="api")
    assert world.ledger.keys() is known


class Turning:
    """The door's lock. As whoever works turns to go, having seen nobody, one more comes."""

    def __init__(self, world: World) -> None:
        self.door, self.lock = world.ledger._door, threading.Lock()
        self.late = threading.Thread(target=world.ledger.within, args=[lambda _: None], daemon=True)

    def __enter__(self) -> None:
        if threading.current_thread().name == "ledger" and not self.door._waiting and self.late.ident is None:
            self.late.start()
            while not self.door._waiting:
                time.sleep(0.001)
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def test_who_comes_as_the_last_one_leaves_is_served(world: World) -> None:
    turning = world.ledger._door._guard = Turning(world)
    attend(world, [[world.move()]])
    while turning.late.ident is None:
        time.sleep(0.001)
    turning.late.join(30)
    assert not turning.late.is_alive()


class Time:
    """A clock that moves only while somebody sleeps; *comes* says after which sleeps somebody enters."""

    def __init__(self, door: Door, comes: Callable[[int], bool]) -> None:
        self.door, self.comes, self.now, self.slept = door, comes, 0.0, 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now, self.slept = self.now + seconds, self.slept + 1
        if self.comes(self.slept):
            self.door._waiting.append(Job(lambda tx, read: None))


@pytest.mark.parametrize(
    ("expected", "comes", "came", "seconds"),
    [
        (8, lambda n: n <= 8, 8, 8 * doors._ON_THEIR_WAY),
        (8, lambda n: n == 1, 1, (2 + doors._LOOKS) * doors._ON_THEIR_WAY),
        (64, lambda n: n % (doors._LOOKS - 2) == 0, 12, doors._PATIENCE),
    ],
    ids=["all come back", "one comes back", "they come one by one"],
)
def test_the_next_group_waits_for_who_comes_back_and_no_longer(
    monkeypatch: pytest.MonkeyPatch, expected: int, comes: Callable[[int], bool], came: int, seconds: float
) -> None:
    door = Door(lambda group: None)
    time = Time(door, comes)
    monkeypatch.setattr(doors, "sleep", time.sleep)
    monkeypatch.setattr(doors, "monotonic", time.monotonic)
    door._let_return(expected)
    assert len(door._waiting) == came
    assert time.now == pytest.approx(seconds, abs=1.5 * doors._ON_THEIR_WAY)
