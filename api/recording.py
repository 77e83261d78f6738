"""One of a server's processes records for all of them, so that whoever waits at any of them is in one commit.

The first that is asked listens at a socket in the folder they have in common, as long as it lives; the others hand it
what was signed. Only speed rests on that: who reaches nobody, or is left without an answer, records by itself under the
lock on the head, and an entry's id settles whether it was recorded already. What passes is sealed like all that lies in
the folder: trusted is who has the key of these processes, not who finds the socket.
"""

from asyncio import (
    CancelledError,
    Future,
    IncompleteReadError,
    Lock,
    Server,
    StreamReader,
    StreamWriter,
    Task,
    create_task,
    get_running_loop,
    open_unix_connection,
    start_unix_server,
)
from contextlib import suppress
from itertools import count
from typing import Any

from cryptography.exceptions import InvalidTag

from api.common import Common
from ledger.errors import SenimError
from ledger.service.ledger import Ledger
from ledger.service.preparing import Ceremony
from ledger.service.transaction import Receipt
from ledger.storage.holding import hold, let_go

_NAME = "recording"
_LENGTH = 4
_LINE_ENDS = (IncompleteReadError, InvalidTag, OSError)
_Told = list[Receipt] | SenimError | None
"""What became of it; None: nobody knows."""


class Recording:
    """Called from the one event loop of its process."""

    def __init__(self, ledger: Ledger, common: Common) -> None:
        self._ledger, self._common = ledger, common
        self._path, self._right = common.folder / _NAME, common.folder / f"{_NAME}-lock"
        self._right.mkdir(exist_ok=True)
        self._is_for_all = not common.is_shared
        self._line: _Line | None = None
        self._held: int | None = None
        self._server: Server | None = None
        self._reaching = Lock()
        self._answering = set[Task[None]]()

    async def append(self, signed: Ceremony, *, via: str) -> list[Receipt]:
        """As `Ledger.append`."""
        line = None if self._is_for_all or self._ledger.read_only else await self._reach()
        told = None if line is None else await line.ask((signed, via))
        if isinstance(told, SenimError):
            raise told
        return await self._ledger.appending(signed, via=via) if told is None else told

    async def _reach(self) -> "_Line | None":
        async with self._reaching:
            if not self._is_for_all and (self._line is None or self._line.is_cut):
                try:
                    self._held = hold(self._right, alone=True)
                except BlockingIOError:
                    self._line = await self._call()
                else:
                    await self._listen()
        return None if self._is_for_all else self._line

    async def close(self) -> None:
        """Leave the right to record for all to another process."""
        if self._server is not None:
            self._server.close()
        let_go(self._held)
        if self._line is not None:
            self._line.cut()

    async def _call(self) -> "_Line | None":
        """None where the one that records for all does not listen yet."""
        try:
            return _Line(self._common, *await open_unix_connection(self._path))
        except OSError:
            return None

    async def _listen(self) -> None:
        self._is_for_all = True
        with suppress(OSError):  # the folder's name may be too long for a socket
            self._server = await start_unix_server(self._serve, self._path)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(*_LINE_ENDS, CancelledError):  # cancelled with the loop
            while True:
                task = create_task(self._answer(writer, *await _read(self._common, reader)))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
        writer.close()

    async def _answer(self, writer: StreamWriter, ticket: int, asked: tuple[Ceremony, str]) -> None:
        signed, via = asked
        told: _Told = None
        try:
            told = await self._ledger.appending(signed, via=via)
        except SenimError as refused:
            told = refused
        finally:
            _write(self._common, writer, ticket, told)


class _Line:
    """To the process that records for all."""

    def __init__(self, common: Common, reader: StreamReader, writer: StreamWriter) -> None:
        self.is_cut = False
        self._common, self._reader, self._writer = common, reader, writer
        self._tickets, self._waiting = count(), dict[int, Future[_Told]]()
        self._listening = create_task(self._listen())

    def ask(self, asked: tuple[Ceremony, str]) -> "Future[_Told]":
        ticket, promise = next(self._tickets), get_running_loop().create_future()
        self._waiting[ticket] = promise
        _write(self._common, self._writer, ticket, asked)
        return promise

    async def _listen(self) -> None:
        try:
            with suppress(*_LINE_ENDS):
                while True:
                    self._hand_out(*await _read(self._common, self._reader))
        finally:
            self.cut()

    def cut(self) -> None:
        self.is_cut = True
        self._writer.close()
        for ticket in list(self._waiting):
            self._hand_out(ticket, None)

    def _hand_out(self, ticket: int, told: _Told) -> None:
        promise = self._waiting.pop(ticket, None)
        if promise is not None and not promise.done():  # its task was cancelled
            promise.set_result(told)


def _write(common: Common, writer: StreamWriter, *told: Any) -> None:
    sealed = common.seal(_NAME, told)
    writer.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)


async def _read(common: Common, reader: StreamReader) -> Any:
    length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
    return common.unseal(_NAME, await reader.readexactly(length))
