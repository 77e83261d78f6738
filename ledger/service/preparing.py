"""What can be judged of a signed statement before it is its turn: form, openings, the arithmetic of its signatures.

Where many wait, a process of our own does this for the next group while this one commits; it is sent what the
clients handed in and the public keys. It is believed only where it lets a statement in: what it does not, what it
was too slow for and what it died over is looked at again here, so that every answer is the same without it.
"""

import gc
import pickle
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from select import POLLIN, poll
from subprocess import DEVNULL, Popen
from typing import Any, BinaryIO
from weakref import finalize

from ledger.domain.command import Command, read_statement
from ledger.domain.vocabulary import BODIES
from ledger.log.keys import KeyBook
from ledger.log.signing import Check
from ledger.log.statement import Spelled, spell_statement
from ledger.service.arithmetic import find_wrong, verify_at_door
from ledger.service.sealing import Openings, verify_openings
from ledger.service.transaction import Signatures

_PATIENCE = 2.0
"""Seconds after which the other process is taken for lost."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One statement with its openings and the signatures of its entry, as a client hands them in."""

    statement: dict[str, Any]
    openings: Openings
    signatures: Signatures


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a client handed in, its form, its openings and its signatures' arithmetic checked."""

    statement: Spelled
    openings: Openings
    signatures: Signatures
    command: Command


Ceremony = Sequence[Signed]
_Found = list[tuple[bytes, bytes, Command]]
"""Of each statement its canonical bytes, their digest, and the command that it is."""


def prepare(ceremonies: Sequence[Ceremony], keys: Callable[[Ceremony], KeyBook]) -> list[list[Prepared] | Exception]:
    """Each ceremony prepared, or what refuses it. *keys* gives those known to whoever signed a ceremony."""
    prepared: list[list[Prepared] | Exception] = []
    checks: dict[int, list[Check]] = {}
    for n, ceremony in enumerate(ceremonies):
        try:
            read = [_read(signed) for signed in ceremony]
            checks[n] = _to_checks(read, keys(ceremony))
            prepared.append(read)
        except Exception as refused:  # noqa: BLE001 - also a fault of ours is told to this one alone
            prepared.append(refused)
    for n, wrong in find_wrong(checks).items():
        prepared[n] = wrong
    return prepared


def _read(signed: Signed) -> Prepared:
    statement = spell_statement(signed.statement)
    verify_openings(signed.statement, signed.openings)
    values = {path: opening.value for path, opening in signed.openings.items()}
    command = read_statement(signed.statement, bodies=BODIES, openings=values)
    return Prepared(statement, signed.openings, signed.signatures, command)


def _to_checks(read: Sequence[Prepared], keys: KeyBook) -> list[Check]:
    return [
        check
        for each in read
        for check in keys.to_checks(each.statement.said, each.signatures, digest=each.statement.digest)
    ]


class Ahead:
    """The other process, seen from here. One group at a time: `send`, then `receive`. For one thread at a time."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._answers: BinaryIO | None = None
        self._stop: Callable[[], object] | None = None
        self._hopeless = False
        self._sent: Sequence[Ceremony] = ()
        self._keys: tuple[KeyBook, bytes] | None = None

    def is_ready(self) -> bool:
        """Whether it takes a group now. It is started when this is asked first, and nobody waits for that."""
        if self._answers is None and not self._hopeless:
            if self._socket is None:
                self._start()
            elif _has_spoken(self._socket):
                self._answers = self._socket.makefile("rb")
                self._hopeless = self._load() is None  # it never came up: the next one would not either
        return self._answers is not None

    def send(self, ceremonies: Sequence[Ceremony], keys: KeyBook) -> bool:
        """Hand a group over, once `is_ready`; False where it has to be prepared here."""
        try:
            if self._keys is None or self._keys[0] is not keys:
                self._keys = keys, pickle.dumps(keys)
            message = pickle.dumps((self._keys[1], ceremonies))
        except Exception:  # noqa: BLE001 - what cannot be spelled (too deep, of no known type) is refused here
            return False
        assert self._socket is not None
        try:
            self._socket.sendall(message)
        except OSError:
            self._end()
            return False
        self._sent = ceremonies
        return True

    def receive(self) -> list[list[Prepared] | None]:
        """Of each ceremony that was sent: prepared, or None where it has to be looked at here."""
        sent, self._sent = self._sent, ()
        found: list[_Found | None] = self._load() or [None] * len(sent)
        return [_assemble(ceremony, each) for ceremony, each in zip(sent, found, strict=True)]

    def _load(self) -> Any:
        assert self._answers is not None
        try:
            return pickle.load(self._answers)
        except Exception:  # noqa: BLE001 - whatever came instead of an answer, no other will
            return self._end()

    def _start(self) -> None:
        # -P: no module may come from the directory that a person happens to stand in. A session of its own: what
        # is typed at a terminal is meant for this process.
        command = [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"]
        try:
            ours, theirs = socket.socketpair()
            with theirs:
                process = Popen(command, stdin=theirs.fileno(), stdout=DEVNULL, stderr=DEVNULL, start_new_session=True)
        except OSError:
            self._hopeless = True
            return
        ours.settimeout(_PATIENCE)
        self._socket, self._stop = ours, finalize(self, _stop, ours, process)

    def _end(self) -> None:
        if self._stop is not None:
            self._stop()
        self._socket = self._answers = None


def _has_spoken(end: socket.socket) -> bool:
    asking = poll()
    asking.register(end, POLLIN)
    return bool(asking.poll(0))


def _stop(ours: socket.socket, process: "Popen[bytes]") -> None:
    ours.close()
    process.kill()
    process.wait()


def _assemble(ceremony: Ceremony, found: _Found | None) -> list[Prepared] | None:
    if found is None:
        return None
    return [
        Prepared(Spelled(signed.statement, data, digest), signed.openings, signed.signatures, command)
        for signed, (data, digest, command) in zip(ceremony, found, strict=True)
    ]


# ── in the other process


def serve() -> None:
    """Prepare group after group until the other end closes."""
    gc.freeze()
    with socket.socket(fileno=sys.stdin.fileno()) as theirs, theirs.makefile("rb") as asked:
        theirs.sendall(pickle.dumps("here"))
        with suppress(EOFError, OSError):
            while True:
                keys, ceremonies = pickle.load(asked)
                theirs.sendall(pickle.dumps([_find(ceremony, _unpickle(keys)) for ceremony in ceremonies]))


@lru_cache(maxsize=1)
def _unpickle(keys: bytes) -> KeyBook:
    book: KeyBook = pickle.loads(keys)
    return book


def _find(ceremony: Ceremony, keys: KeyBook) -> _Found | None:
    try:
        read = [_read(signed) for signed in ceremony]
        for check in _to_checks(read, keys):
            verify_at_door(check)
    except Exception:  # noqa: BLE001 - whatever it is, it is found again and said by the other end
        return None
    return [(each.statement.data, each.statement.digest, each.command) for each in read]
