"""Several processes over one log: one of them records for all, and any of them without it.

Here they are several ledgers in one process, whose loop stands for each of theirs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from api.common import Common, open_common
from api.recording import Recording
from ledger.cli.wiring import open_house
from ledger.errors import CommandRefused
from ledger.service.preparing import Signed
from tests.postgres.chain import verify_chain
from tests.service.conftest import World, units

PROCESSES, EACH = 3, 8


@pytest.fixture
def ledgers(world: World) -> Iterator[list[Any]]:
    with ExitStack() as stack:
        houses = [open_house(world.folder / "data", heads=world.heads, writes=True) for _ in range(PROCESSES)]
        for house in houses:
            stack.enter_context(closing(house))
        yield [house.ledger for house in houses]


@pytest.fixture
def common() -> Iterator[Common]:
    with open_common(is_shared=True) as shared:
        yield shared


def run(common: Common, ledgers: list[Any], play: Callable[[list[Recording]], Awaitable[None]]) -> None:
    async def playing() -> None:
        desks = [Recording(ledger, common) for ledger in ledgers]
        await play(desks)
        for desk in desks:
            await desk.close()

    asyncio.run(playing())


def test_whoever_is_asked_one_of_them_records(world: World, ledgers: list[Any], common: Common) -> None:
    moves = [world.move(n) for n in range(PROCESSES * EACH)]
    too_many = world.sign(units(10_000_000))

    async def play(desks: list[Recording]) -> None:
        await desks[0].append([moves[0]], via="api")
        for ledger in ledgers[1:]:
            ledger._door = None  # who would record itself fails
        told = await asyncio.gather(*(desks[n % PROCESSES].append([move], via="api") for n, move in enumerate(moves)))
        for desk in desks:
            with pytest.raises(CommandRefused) as refused:
                await desk.append(too_many, via="api")
            assert [each.code for each in refused.value.refusals] == ["balance_too_low"]
        verify_chain(world.ledger, [(receipt.id, receipt.seq, receipt.leaf.hex()) for (receipt,) in told])
        assert [receipt.replayed for (receipt,) in told] == [True] + [False] * (len(moves) - 1)

    run(common, ledgers, play)


@pytest.mark.parametrize("recorded", [False, True])
def test_who_is_left_without_an_answer_records_by_itself(
    world: World, ledgers: list[Any], common: Common, monkeypatch: pytest.MonkeyPatch, recorded: bool
) -> None:
    """The line is cut before or after what was sent over it stands."""
    move, size = world.move(), world.size()

    async def play(desks: list[Recording]) -> None:
        await desks[0].append([world.move()], via="api")
        answering = desks[0]._answer

        async def cut(writer: asyncio.StreamWriter, *asked: Any) -> None:
            if recorded:
                monkeypatch.setattr(writer, "write", lambda data: None)
                await answering(writer, *asked)
            writer.transport.abort()

        monkeypatch.setattr(desks[0], "_answer", cut)
        (receipt,) = await desks[1].append([move], via="api")
        assert (receipt.seq, receipt.replayed) == (size + 1, recorded)

    run(common, ledgers, play)
    assert world.size() == size + 2


def test_a_stranger_at_the_socket_is_not_believed(world: World, ledgers: list[Any], common: Common) -> None:
    size = world.size()

    async def play(desks: list[Recording]) -> None:
        await desks[0].append([world.move()], via="api")
        with open_common() as strange:
            stranger = Recording(ledgers[1], Common(common.folder, strange.key, is_shared=True))
            told: list[Signed] = [world.move()]
            line = await stranger._reach()
            assert line is not None
            assert await line.ask((told, "api")) is None
            await stranger.close()

    run(common, ledgers, play)
    assert world.size() == size + 1
