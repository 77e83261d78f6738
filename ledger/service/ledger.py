"""The one way in: `Ledger.append` with group commit, and what every other verb stands on.

Whoever comes first leads: it checks, judges and commits for all who wait, then hands the lead to one of those
who came meanwhile. Each is judged on the state after those before it, a refusal removes only itself, and
receipts follow the fsync (contract, section 10). Only the leader computes: threads that compete for the
interpreter while a transaction is open would stretch it by their time slices.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from time import sleep
from typing import Any, Generic, TypeVar

from ledger.domain.command import Command, read_statement
from ledger.domain.regulation import Adoption, RuleSet, read_adoption
from ledger.domain.vocabulary import BODIES
from ledger.errors import LedgerReadOnly, SenimError
from ledger.log.canonical import from_bytes
from ledger.log.keys import KEY_TYPES, KeyBook
from ledger.log.merkle import leaf_hash
from ledger.log.signing import Check
from ledger.log.statement import Spelled, spell_statement
from ledger.service.arithmetic import find_wrong
from ledger.service.clock import Clock, system_clock
from ledger.service.erasing import erase_again
from ledger.service.ports import Heads, Keys, Reading, Store, Vault
from ledger.service.sealing import Entropy, Openings, verify_openings
from ledger.service.transaction import Receipt, Signatures, Transaction

T = TypeVar("T")
MOST_IN_A_GROUP = 256
MOST_LEAVES = 100_000


def _no_checks() -> list[Check]:
    return []


@dataclass(slots=True)
class _Job(Generic[T]):
    """Work for one transaction. `gate` opens when it is done, or when its thread is to lead."""

    work: Callable[[Transaction], T]
    prepare: Callable[[], list[Check]] = _no_checks
    outcome: T | None = None
    error: BaseException | None = None
    done: bool = False
    gate: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.gate.acquire()

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
    read_only: LedgerReadOnly | None = None
    _waiting: deque[_Job[Any]] = field(default_factory=deque)
    _guard: Lock = field(default_factory=Lock)
    _led: bool = False
    _crowd: int = 0
    _leaves: dict[int, bytes] = field(default_factory=dict)
    _keys: tuple[int, KeyBook] | None = None
    _rules: tuple[int, RuleSet | None] | None = None
    _erasing: bool = False

    def append(self, signed: Sequence[Signed], *, via: str) -> list[Receipt]:
        """Record a ceremony: all of the list or none. Answers the same receipts when it was recorded before.

        Form, openings and signatures' arithmetic are checked before the lock is taken; whether the keys are
        in force and the rules hold is decided under it. Raises any `SenimError`; then nothing stands.
        """
        read: list[_Read] = []

        def prepare() -> list[Check]:
            read.extend(map(_read, signed))
            return self._to_checks(read)

        return self._submit(_Job(lambda tx: _append_all(tx, read, via), prepare))

    def _to_checks(self, read: Sequence["_Read"]) -> list[Check]:
        """By the keys known last: a key stays what it is, and whether it is in force is asked under the lock."""
        known = self._keys
        keys = known[1] if known is not None else self.keys()
        if not all(keys.find(signature["key"]) for each in read for signature in each.signatures):
            keys = self.keys()
        return [
            check
            for each in read
            for check in keys.to_checks(each.statement.said, each.signatures, digest=each.statement.digest)
        ]

    def within(self, work: Callable[[Transaction], T]) -> T:
        """Run *work* under the lock on the head, in one commit with whoever else waits; return after the fsync."""
        return self._submit(_Job(work))

    def _submit(self, job: _Job[T]) -> T:
        if self.read_only is not None:
            raise self.read_only
        with self._guard:
            self._waiting.append(job)
            lead, self._led = not self._led, True
        if not lead:
            job.gate.acquire()
        if not job.done:
            self._lead()
        return job.result()

    def _lead(self) -> None:
        """Commit for everybody who waits now, then let the next one lead."""
        for _ in range(2 * self._crowd):
            # Those of the last group are on their way back: alone, the first of them would pay for a whole commit.
            if len(self._waiting) >= self._crowd:
                break
            sleep(0)
        with self._guard:
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_IN_A_GROUP))]
            self._crowd = len(group) - 1
        try:
            self._commit(_prepared(group))
        except BaseException as failed:
            for job in group:
                job.error = job.error or failed
            raise
        finally:
            with self._guard:
                following = self._waiting[0] if self._waiting else None
                self._led = following is not None
            for job in group:
                job.done = True
                job.gate.release()
            if following is not None:
                following.gate.release()

    def _commit(self, group: list[_Job[Any]]) -> None:
        try:
            with self.store.writing() as writing:
                keys = self._keys_at(writing)
                transaction = Transaction(
                    writing=writing, log=self.log, rules=self._rules_at(writing), keys=keys,
                    vault=self.vault, clock=self.clock, leaves=self._leaves,
                )  # fmt: skip
                for job in group:
                    mark = transaction.mark()
                    try:
                        job.outcome = job.work(transaction)
                    except SenimError as refused:
                        transaction.rewind(mark)
                        job.error = refused
                transaction.flush()
            self._remember_leaves(transaction)
            self._keys = (transaction.size, transaction.keys)
            self._rules = (transaction.size, transaction.rules)
            self._erase(transaction)
        except BaseException as failed:
            self._keys = None
            for job in group:
                job.error = job.error or failed
            if not isinstance(failed, SenimError):
                raise

    def _erase(self, transaction: Transaction) -> None:
        """Destroy what a committed entry erases; where it fails the next commit tries again, and so does each start."""
        self._erasing = self._erasing or any(row.type == "identity.erased" for row in transaction.rows)
        if self._erasing:
            with suppress(SenimError), self.reading() as reading:
                erase_again(reading, self.vault)
                self._erasing = False

    def _remember_leaves(self, transaction: Transaction) -> None:
        """Leaves of the newest entries, which statements name as `seen`; committed, so they never change."""
        if len(self._leaves) > MOST_LEAVES:
            self._leaves.clear()
        self._leaves.update((row.seq, row.leaf) for row in transaction.rows)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        with self.store.reading() as reading:
            yield reading

    # ── what follows from the entries

    def keys(self, at: Reading | None = None) -> KeyBook:
        """Every key as the entries derive it, up to the newest entry (of the snapshot *at*)."""
        if at is not None:
            return self._keys_at(at)
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
        """The rule set adopted last in *reading*: another process may have adopted one since this one looked."""
        known = self._rules
        if known is None or known[0] != reading.head.size:
            rules = known[1] if known else None
            if rules is None or rules.sha256 != find_adopted(reading):
                adoption = find_adoption(reading)
                rules = adoption.rules if adoption else None
            known = self._rules = (reading.head.size, rules)
        return known[1]

    def genesis(self) -> bytes:
        """The leaf of entry 0."""
        with self.reading() as reading:
            return leaf_hash(reading.entry(0))


def _prepared(group: list[_Job[Any]]) -> list[_Job[Any]]:
    """Those of *group* whose form and signatures hold; the others have their error."""
    checks: dict[int, list[Check]] = {}
    for n, job in enumerate(group):
        try:
            checks[n] = job.prepare()
        except SenimError as refused:
            job.error = refused
    for n, wrong in find_wrong(checks).items():
        group[n].error = wrong
    return [job for job in group if job.error is None]


@dataclass(frozen=True, slots=True)
class _Read:
    """What a client handed in, its form and openings checked."""

    statement: Spelled
    openings: Openings
    signatures: Signatures
    command: Command


def _read(signed: Signed) -> _Read:
    statement = spell_statement(signed.statement)
    verify_openings(signed.statement, signed.openings)
    values = {path: opening.value for path, opening in signed.openings.items()}
    command = read_statement(signed.statement, bodies=BODIES, openings=values)
    return _Read(statement, signed.openings, signed.signatures, command)


def _append_all(tx: Transaction, read: Sequence[_Read], via: str) -> list[Receipt]:
    replays = [tx.find_replay(each.statement.said, each.openings) for each in read]
    if all(replay is not None for replay in replays):
        return [replay for replay in replays if replay is not None]
    return [tx.append(each.statement, each.signatures, each.openings, via=via, command=each.command) for each in read]


def derive_keys(reading: Reading, log: str, size: int | None = None) -> KeyBook:
    """Fold the entries that make, end or replace keys; of the first *size* entries, or of all."""
    keys = KeyBook(log)
    rows = sorted((row for type in KEY_TYPES for row in reading.rows(type=type)), key=lambda row: row.seq)
    for row in rows:
        if size is None or row.seq < size:
            keys.apply(row.seq, from_bytes(row.data)["statement"])
    return keys


def find_adopted(reading: Reading, *, before: int | None = None) -> str | None:
    """The SHA-256 of the rule set that judges the entry *before* (None: the next one); None before entry 1."""
    rows = reading.rows(type="regulation.adopted", last=1 if before is None else None)
    rows = [row for row in rows if before is None or row.seq < before]
    if not rows:
        return None
    digest: str = from_bytes(rows[-1].data)["statement"]["body"]["sha256"]
    return digest


def find_adoption(reading: Reading, *, before: int | None = None) -> Adoption | None:
    """The rule set of `find_adopted`, with its files."""
    digest = find_adopted(reading, before=before)
    return None if digest is None else read_adoption(reading.adopted(), digest)
