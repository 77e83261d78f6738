"""The one way in: `Ledger.append` with group commit, and what every other verb stands on.

Each is judged on the state after those before it, a refusal removes only itself, and receipts follow the fsync
(contract, section 10).
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from ledger.domain.regulation import Adoption, RuleSet, read_adoption
from ledger.errors import IdReused, LedgerReadOnly, OutcomeUnknown, SenimError, SignatureRejected
from ledger.log.canonical import from_bytes
from ledger.log.keys import KEY_TYPES, KeyBook
from ledger.log.merkle import leaf_hash
from ledger.log.signing import Check
from ledger.service.arithmetic import begin_at_door
from ledger.service.clock import Clock, system_clock
from ledger.service.door import Door, Job
from ledger.service.erasing import erase_again
from ledger.service.helper import helped
from ledger.service.ports import Heads, Keys, Reading, Store, Vault
from ledger.service.preparing import Ceremony, Prepared, prepare, to_checks
from ledger.service.sealing import Entropy
from ledger.service.transaction import Receipt, Transaction

T = TypeVar("T")
MOST_LEAVES = 100_000
_WORTH_HELP = 8


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
    _leaves: dict[int, bytes] = field(default_factory=dict)
    _keys: tuple[int, KeyBook] | None = None
    _rules: tuple[int, RuleSet | None] | None = None
    _erasing: bool = False
    _door: Door = field(init=False)

    def __post_init__(self) -> None:
        self._door = Door(self._record)

    def append(self, signed: Ceremony, *, via: str) -> list[Receipt]:
        """Record a ceremony: all of the list or none. Answers the same receipts when it was recorded before.

        Form and openings are checked before the lock is taken; whether the signatures hold, their keys are in force
        and the rules are kept is decided under it, in this order. Raises any `SenimError`; then nothing stands.
        """
        return self._door.wait(self._admit(Job(partial(_append_all, via=via), signed)))

    def appending(self, signed: Ceremony, *, via: str) -> asyncio.Future[list[Receipt]]:
        """`append` for a task of the running event loop. A task that gives up takes nothing back."""
        return self._door.promise(self._admit(Job(partial(_append_all, via=via), signed)))

    def within(self, work: Callable[[Transaction], T]) -> T:
        """Run *work* under the lock on the head, in one commit with whoever else waits; return after the fsync."""
        return self._door.wait(self._admit(Job(lambda tx, _: work(tx), prepared=())))

    def _admit(self, job: Job[T]) -> Job[T]:
        if self.read_only is not None:
            raise self.read_only
        return job

    def _record(self, group: list[Job[Any]]) -> None:
        """Prepare whom nobody has prepared, then commit for all whom nothing refuses."""
        unread = [job for job in group if job.prepared is None]
        with helped() if len(unread) >= _WORTH_HELP else nullcontext() as helper:
            for job in unread:
                try:
                    job.prepared = prepare(job.signed)
                    job.verdict = begin_at_door(self._to_checks(job.prepared), helper)
                except Exception as refused:  # noqa: BLE001 - also a fault of ours is told to this one alone
                    job.error = refused
            if helper is not None:
                helper.send()
            standing = [job for job in group if job.error is None]
            try:
                if standing:
                    self._commit(standing)
            except BaseException as failed:
                self._keys = None
                self._erasing = self._erasing or isinstance(failed, OutcomeUnknown)  # what it erased may stand
                raise

    def _commit(self, group: list[Job[Any]]) -> None:
        with self.store.writing() as writing:
            keys = self._keys_at(writing)
            transaction = Transaction(
                writing=writing, log=self.log, rules=self._rules_at(writing), keys=keys,
                vault=self.vault, clock=self.clock, leaves=self._leaves,
            )  # fmt: skip
            writing.expect(each.command.id for job in group for each in job.prepared or ())
            for job in group:
                mark = transaction.mark()
                try:
                    if job.verdict is not None:
                        job.verdict()
                    job.outcome = job.work(transaction, job.prepared or ())
                except SenimError as refused:
                    transaction.rewind(mark)
                    job.error = refused
            size = transaction.size
            transaction.flush()
        self._remember_leaves(transaction)
        self._keys, self._rules = (size, transaction.keys), (size, transaction.rules)
        self._erase(transaction)

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

    def reading(self) -> AbstractContextManager[Reading]:
        return self.store.reading()

    # ── what follows from the entries

    def _to_checks(self, read: Sequence[Prepared]) -> list[Check]:
        """By the keys known last, for a key stays what it is, and whether it is in force is asked under the lock."""
        known = self._keys
        if known is not None:
            try:
                return to_checks(read, known[1])
            except SignatureRejected:  # perhaps for a key that another process enrolled
                pass
        return to_checks(read, self.keys())

    def keys(self, at: Reading | None = None) -> KeyBook:
        """Every key as the entries derive it, up to the newest entry (of the snapshot *at*)."""
        if at is not None:
            return self._keys_at(at)
        with self.reading() as reading:
            return self._keys_at(reading)

    def _keys_at(self, reading: Reading) -> KeyBook:
        known, size = self._keys, reading.head.size
        if known is not None and known[0] > size:  # an older snapshot must not cost the writer his
            return derive_keys(reading, self.log)
        if known is None or (known[0] < size and reading.has_since(known[0], KEY_TYPES)):
            known = size, derive_keys(reading, self.log)
        self._keys = size, known[1]
        return known[1]

    def rules(self, at: Reading | None = None) -> RuleSet:
        """The rule set in force (of the snapshot *at*)."""
        if at is None:
            with self.reading() as reading:
                return self.rules(reading)
        rules = self._rules_at(at)
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
            is_newer = known is None or known[0] < reading.head.size
            known = (reading.head.size, rules)
            self._rules = known if is_newer else self._rules
        return known[1]

    def genesis(self) -> bytes:
        """The leaf of entry 0."""
        with self.reading() as reading:
            return leaf_hash(reading.entry(0))


def _append_all(tx: Transaction, read: Sequence[Prepared], *, via: str) -> list[Receipt]:
    replays = [tx.find_replay(each.statement.said, each.openings) for each in read]
    known = [replay for replay in replays if replay is not None]
    if len(known) == len(read):
        return known
    if known:
        raise IdReused(known[0].id)
    if len(read) > 1 and len({each.command.id for each in read}) != len(read):
        raise IdReused(read[0].command.id)  # it would come to stand twice, and fail the commit of all who wait
    return [tx.append(each.statement, each.signatures, each.openings, via=via, command=each.command) for each in read]


def derive_keys(reading: Reading, log: str, size: int | None = None) -> KeyBook:
    """Fold the entries that make, end or replace keys; of those numbered below *size*, or of all.

    Of a new epoch the old log's come first, and each log goes on with the keys of the one before.
    """
    keys: KeyBook | None = None
    rows = sorted((row for type in KEY_TYPES for row in reading.rows(type=type)), key=lambda row: row.seq)
    for row in rows:
        if size is None or row.seq < size:
            entry = from_bytes(row.data)
            seq: int = entry["seq"] if row.seq < 0 else row.seq
            if keys is None or seq == 0:
                keys = _begin(entry["log"] if row.seq < 0 else log, keys)
            keys.apply(seq, entry["statement"])
    is_next = reading.begins_at < 0 and (reading.head.size if size is None else size) == 0
    return _begin(log, keys) if keys is None or (is_next and keys.log != log) else keys


def _begin(log: str, before: KeyBook | None) -> KeyBook:
    return KeyBook(log) if before is None else KeyBook.following(before, log)


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
