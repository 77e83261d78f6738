"""The life of an entry under the lock: replayed or new, judged, built into bytes, chained, put on the book.

One `Transaction` is one group commit. What it appends is on disk when the store's transaction has left, or
not at all; receipts are made by the caller, after that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from ledger.domain import judge as domain
from ledger.domain.command import Command
from ledger.domain.kind import Case
from ledger.domain.regulation import RuleSet, read_adoption
from ledger.errors import (
    CommandInvalid,
    CommandRefused,
    IdReused,
    LedgerReadOnly,
    NeedsAcknowledgement,
    Refusal,
    SeenUnknown,
    WronglyCalled,
)
from ledger.log.canonical import MAX_ENTRY, from_bytes
from ledger.log.keys import KEY_TYPES, KeyBook
from ledger.log.merkle import leaf_hash
from ledger.log.statement import Spelled, build_entry
from ledger.service.clock import Clock, next_moment
from ledger.service.ports import EntryRow, SealedRow, Vault, Writing
from ledger.service.sealing import Opening, find_subject, from_rows, to_rows
from ledger.service.statements import BEFORE_ALL, NO_LEAF, Seen, is_same_command

Signatures = Sequence[Mapping[str, Any]]


class Receipt(Struct, frozen=True, kw_only=True):
    """What was committed. `leaf` is 32 bytes; `replayed` when it had been recorded before."""

    id: str
    type: str
    seq: int
    leaf: bytes
    recorded_at: str
    notes: tuple[str, ...] = ()
    replayed: bool = False


@dataclass(slots=True)
class Transaction:
    """The open head of one log. `append` in order; `rewind` takes back a ceremony that was refused half-way.

    `keys` is replaced, never changed.
    """

    writing: Writing
    log: str
    rules: RuleSet | None
    keys: KeyBook
    vault: Vault
    clock: Clock
    leaves: dict[int, bytes] = field(default_factory=dict)
    rows: list[EntryRow] = field(default_factory=list)
    sealed: list[SealedRow] = field(default_factory=list)
    _start: int = field(init=False)
    _genesis: str | None = None

    def __post_init__(self) -> None:
        self._start = self.writing.head.size

    @property
    def size(self) -> int:
        return self._start + len(self.rows)

    @property
    def last_leaf(self) -> bytes:
        return self.rows[-1].leaf if self.rows else self.writing.head.last_leaf

    @property
    def last_recorded_at(self) -> str | None:
        return self.rows[-1].recorded_at if self.rows else self.writing.head.last_recorded_at

    @property
    def genesis(self) -> str:
        """The hex leaf of entry 0, or zeros while there is none."""
        if self._genesis is None and self.size:
            self._genesis = self.leaf(0).hex()
        return self._genesis or NO_LEAF

    @property
    def seen(self) -> Seen:
        """The newest entry, as a program that stands here has seen it."""
        return Seen(self.size - 1, self.last_leaf.hex()) if self.size else BEFORE_ALL

    def read(self, seq: int) -> bytes:
        return self.rows[seq - self._start].data if seq >= self._start else self.writing.entry(seq)

    def leaf(self, seq: int) -> bytes:
        """The leaf of an entry before this one."""
        found = self.leaves.get(seq)
        if found is None:
            found = leaf_hash(self.read(seq))
            if seq < self._start:
                self.leaves[seq] = found
        return found

    def find_seq(self, entry_id: str) -> int | None:
        past = self.writing.book.past.by_id(entry_id)
        return None if past is None else past.seq

    # ── what may be taken back

    def mark(self) -> "Mark":
        return Mark(self.writing.book.mark(), len(self.rows), len(self.sealed), self.keys, self.rules)

    def rewind(self, mark: "Mark") -> None:
        self.writing.book.rewind(mark.book)
        del self.rows[mark.rows :], self.sealed[mark.sealed :]
        self.keys, self.rules = mark.keys, mark.rules

    # ── the steps

    def find_replay(self, statement: Mapping[str, Any], openings: Mapping[str, Opening]) -> Receipt | None:
        """The receipt of the entry that already stands under this id. Raises `IdReused` if it says something else."""
        seq = self.find_seq(statement["id"])
        if seq is None:
            return None
        data = self.read(seq)
        entry = from_bytes(data)
        stored = entry["statement"]
        rows = [row for row in self.sealed if row.seq == seq] or self.writing.sealed(seq)
        kept = from_rows(rows, log=stored["log"], entry_id=stored["id"], vault=self.vault)
        if not is_same_command(stored, kept, statement, openings):
            raise IdReused(statement["id"])
        return Receipt(
            id=stored["id"],
            type=stored["type"],
            seq=seq,
            leaf=leaf_hash(data),
            recorded_at=entry["recorded_at"],
            replayed=True,
        )

    def judge(self, command: Command, *, imported: bool) -> Case:
        """The case of *command* on the book as it stands here. Raises what refuses it."""
        now = next_moment(self.clock, self.last_recorded_at)
        rules = self.rules if self.rules is not None else _NO_RULES
        judgement, case = domain.judge(command, self.writing.book, rules=rules, now=now, imported=imported)
        if judgement.refusals:
            raise CommandRefused(list(judgement.refusals))
        if judgement.warnings:
            raise NeedsAcknowledgement(list(judgement.warnings))
        return case

    def append(
        self,
        statement: Spelled,
        signatures: Signatures,
        openings: Mapping[str, Opening],
        *,
        via: str,
        command: Command,
    ) -> Receipt:
        """Append one signed statement, read as *command*. Its signatures' arithmetic was verified before.

        Raises `SeenUnknown`, `CommandRefused`, `CommandInvalid`, `SignatureRejected`; nothing is then appended.
        """
        self._check_binding(statement.said)
        case = self.judge(command, imported=via == "import")
        adopted = self._adopted(command)
        seq = self.size
        self.keys.check_statement(seq, statement.said, signatures, via=via)
        data = build_entry(
            log=self.log,
            seq=seq,
            prev=self.last_leaf,
            recorded_at=case.now,
            via=via,
            statement=statement,
            signatures=signatures,
        )
        if len(data) > MAX_ENTRY:
            raise CommandInvalid([Refusal(code="entry_too_large", values={"most": MAX_ENTRY})])
        leaf = leaf_hash(data)
        subject = find_subject(command, self.writing.book) if openings else ""
        domain.record(case)
        if command.type in KEY_TYPES:
            self.keys = self.keys.copy()
            self.keys.apply(seq, statement.said)
        self.rules = adopted or self.rules
        if openings:
            rows = to_rows(openings, log=self.log, entry_id=command.id, seq=seq, subject=subject, vault=self.vault)
            self.sealed += rows
        self.rows.append(
            EntryRow(
                seq=seq,
                id=command.id,
                type=command.type,
                occurred_at=command.occurred_at,
                recorded_at=case.now,
                performer=command.performer,
                leaf=leaf,
                data=data,
            )
        )
        return Receipt(
            id=command.id, type=command.type, seq=seq, leaf=leaf, recorded_at=case.now, notes=tuple(case.notes)
        )

    def _adopted(self, command: Command) -> RuleSet | None:
        """The rule set that *command* adopts; its file and tables must lie here, for evidence carries them."""
        if command.type != "regulation.adopted":
            return None
        try:
            return read_adoption(self.writing.adopted(), command.body["sha256"]).rules
        except WronglyCalled as missing:
            refusal = Refusal(code="rule_not_adopted", field="body.sha256", values={"rule": missing.reason})
            raise CommandRefused([refusal]) from missing

    def _check_binding(self, statement: Mapping[str, Any]) -> None:
        """`log`, `genesis` and `seen` are of this log (contract, section 5, Binding)."""
        seen, size = statement["seen"], self.size
        if statement["log"] != self.log or statement["genesis"] != self.genesis:
            raise SeenUnknown("genesis")
        if not size:
            known = seen == {"seq": -1, "leaf": NO_LEAF}
        else:
            known = 0 <= seen["seq"] < size and self.leaf(seen["seq"]).hex() == seen["leaf"]
        if not known:
            if (seen["seq"], seen["leaf"]) == (size - 1, self.last_leaf.hex()):
                raise LedgerReadOnly("self_check", seq=seen["seq"])  # its bytes are not those that were recorded
            raise SeenUnknown("seen")

    def flush(self) -> None:
        """Hand everything appended to the store's transaction."""
        if self.rows:
            frontier = self.writing.head.frontier.copy()
            for row in self.rows:
                frontier.append(row.leaf)
            self.writing.insert(self.rows, frontier)
            self.writing.insert_sealed(self.sealed)


class Mark(Struct, frozen=True):
    book: int
    rows: int
    sealed: int
    keys: KeyBook
    rules: RuleSet | None


_NO_RULES = RuleSet(name="", sha256="", provisions={}, tables={})
"""Before entry 1 no rule set is adopted."""
