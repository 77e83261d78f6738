"""The one way in: `Ledger.append` with group commit, and what every other verb stands on.

Whoever comes first takes the lock and commits for all who wait; each is judged on the state after those
before it, a refusal removes only itself, and receipts follow the fsync (contract, section 10).
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

from ledger.domain.form import Command, read_statement
from ledger.domain.regulation import Adoption, RuleSet, read_adoption
from ledger.domain.vocabulary import BODIES
from ledger.errors import LedgerReadOnly, SenimError
from ledger.log.canonical import from_bytes
from ledger.log.keys import KEY_TYPES, KeyBook
from ledger.log.merkle import leaf_hash
from ledger.log.statement import check_statement
from ledger.service.clock import Clock, system_clock
from ledger.service.ports import Heads, Keys, Reading, Store, Vault
from ledger.service.sealing import Entropy, Openings, verify_openings
from ledger.service.transaction import Receipt, Signatures, Transaction

T = TypeVar("T")
MOST_IN_A_GROUP = 256


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Callable[[Transaction], T]
    outcome: T | None = None
    error: BaseException | None = None
    done: bool = False

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return self.outcome  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Signed:
    """One statement with its openings and the signatures of its entry, as a client hands them in."""

    statement: dict[str, Any]
    openings: Openings
    signatures: Signatures


@dataclass(slots=True)
class Ledger:
    """One facility's log over its stores. Thread-safe."""

    log: str
    store: Store
    vault: Vault
    heads: Heads
    secrets: Keys
    entropy: Entropy
    clock: Clock = system_clock
    read_only: str | None = None
    _waiting: deque[_Job[Any]] = field(default_factory=deque)
    _door: Lock = field(default_factory=Lock)
    _keys: tuple[int, KeyBook] | None = None
    _rules: RuleSet | None = None

    def append(self, signed: Sequence[Signed], *, via: str) -> list[Receipt]:
        """Record a ceremony: all of the list or none. Answers the same receipts when it was recorded before.

        Form, openings and signatures' arithmetic are checked here, in the caller's thread; whether the keys
        are in force and the rules hold is decided under the lock. Raises any `SenimError`; then nothing stands.
        """
        commands = []
        for each in signed:
            check_statement(each.statement)
            commands.append(read_statement(each.statement, bodies=BODIES))
            verify_openings(each.statement, each.openings)
        self._verify_arithmetic(signed)
        return self.within(lambda tx: _append_all(tx, signed, commands, via))

    def _verify_arithmetic(self, signed: Sequence[Signed]) -> None:
        keys = self.keys()
        for each in signed:
            keys.verify_arithmetic(each.statement, each.signatures)

    def within(self, work: Callable[[Transaction], T]) -> T:
        """Run *work* under the lock on the head, in one commit with whoever else waits; return after the fsync."""
        if self.read_only is not None:
            raise LedgerReadOnly(self.read_only)
        job = _Job(work)
        self._waiting.append(job)
        with self._door:
            if not job.done:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_IN_A_GROUP))]
                self._commit(group)
        return job.result()

    def _commit(self, group: list[_Job[Any]]) -> None:
        try:
            with self.store.writing() as writing:
                keys = self._keys_at(writing)
                transaction = Transaction(
                    writing=writing, log=self.log, rules=self._rules_at(writing), keys=keys,
                    vault=self.vault, clock=self.clock,
                )  # fmt: skip
                for job in group:
                    mark = transaction.mark()
                    try:
                        job.outcome = job.work(transaction)
                    except SenimError as refused:
                        transaction.rewind(mark)
                        job.error = refused
                transaction.flush()
            self._keys = (transaction.size, transaction.keys)
            self._rules = transaction.rules
        except BaseException as failed:
            self._keys = None
            for job in group:
                job.error = failed if job.error is None else job.error
            if not isinstance(failed, SenimError):
                raise
        finally:
            for job in group:
                job.done = True

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        with self.store.reading() as reading:
            yield reading

    # ── what follows from the entries

    def keys(self) -> KeyBook:
        """Every key as the entries derive it, up to the newest entry."""
        with self.reading() as reading:
            return self._keys_at(reading)

    def _keys_at(self, reading: Reading) -> KeyBook:
        known = self._keys
        if known is None or known[0] != reading.head.size:
            known = (reading.head.size, derive_keys(reading, self.log))
            self._keys = known
        return known[1].copy()

    def rules(self) -> RuleSet:
        """The rule set in force."""
        with self.reading() as reading:
            rules = self._rules_at(reading)
        if rules is None:
            raise LedgerReadOnly("self_check")
        return rules

    def _rules_at(self, reading: Reading) -> RuleSet | None:
        if self._rules is None:
            adoption = find_adoption(reading)
            self._rules = adoption.rules if adoption else None
        return self._rules

    def genesis(self) -> bytes:
        """The leaf of entry 0."""
        with self.reading() as reading:
            return leaf_hash(reading.entry(0))


def _append_all(
    tx: Transaction, signed: Sequence[Signed], commands: Sequence[Command], via: str
) -> list[Receipt]:
    replays = [tx.find_replay(each.statement, each.openings) for each in signed]
    if all(replay is not None for replay in replays):
        return [replay for replay in replays if replay is not None]
    return [
        tx.append(each.statement, each.signatures, each.openings, via=via, command=command)
        for each, command in zip(signed, commands, strict=True)
    ]


def derive_keys(reading: Reading, log: str) -> KeyBook:
    """Fold the entries that make, end or replace keys."""
    keys = KeyBook(log)
    rows = sorted((row for type in KEY_TYPES for row in reading.rows(type=type)), key=lambda row: row.seq)
    for row in rows:
        keys.apply(row.seq, from_bytes(row.data)["statement"])
    return keys


def find_adoption(reading: Reading) -> Adoption | None:
    """The rule set adopted last, with its files; None before entry 1."""
    rows = reading.rows(type="regulation.adopted", last=1)
    if not rows:
        return None
    statement: Mapping[str, Any] = from_bytes(rows[0].data)["statement"]
    return read_adoption(reading.adopted(), statement["body"]["sha256"])
