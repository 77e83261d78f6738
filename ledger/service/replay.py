"""Every rule once more, over the entries alone: what was accepted must follow from what was known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.domain.book import Book
from ledger.domain.command import read_statement
from ledger.domain.judge import judge, record
from ledger.domain.kind import is_older
from ledger.domain.regulation import RuleSet, read_adoption
from ledger.domain.vocabulary import BODIES
from ledger.errors import CommandInvalid, WronglyCalled
from ledger.log.canonical import from_bytes
from ledger.service.ports import Reading

ReadAdopted = Callable[[str], bytes | None]


@dataclass(slots=True)
class Replay:
    """A book that grows entry by entry; `refused` lists what a rule would not have let pass (seq, code).

    *read_adopted* gives the file of an adopted SHA-256. A refused entry is not put on the book, so what rests
    on it shows too.
    """

    read_adopted: ReadAdopted
    book: Book = field(default_factory=Book)
    refused: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    rules: RuleSet = field(default_factory=lambda: RuleSet(name="", sha256="", provisions={}, tables={}))

    def add(self, seq: int, entry: Mapping[str, Any], *, base: int = 0) -> None:
        """Judge the entry at *seq* by what was known then, and put it on the book.

        *base* is the place of its log's entry 0: below 0 for the log that a new epoch goes on from.
        """
        self.book.size = seq  # also where entries before it were refused
        statement = entry["statement"]
        try:
            command = read_statement(statement, bodies=BODIES)
        except CommandInvalid as bad:
            self.refused.append((seq, bad.refusals[0].code))
            return
        if base:
            command = command._replace(base=base)
        now, imported = entry["recorded_at"], entry["via"] == "import"
        judgement, case = judge(command, self.book, rules=self.rules, now=now, imported=imported)
        if judgement.refusals:
            self.refused += [(seq, refusal.code) for refusal in judgement.refusals]
            return
        if judgement.warnings:
            self.refused.append((seq, "needs_acknowledgement"))
            return
        record(case)
        self.book.settle()
        if judgement.notes:
            self.notes += [(seq, code) for code in judgement.notes]
        if command.type == "regulation.adopted":
            self._adopt(seq, statement["body"]["sha256"])

    def _adopt(self, seq: int, digest: str) -> None:
        files = Files(self.read_adopted)
        try:
            self.rules = read_adoption(files, digest).rules
        except WronglyCalled as bad:
            self.refused.append((seq, bad.reason))

    def overdue(self, now: str) -> Iterator[tuple[int, bool]]:
        """(seq, imported) of entries whose second signature is overdue at *now*."""
        for pending in self.book.shelves["pending"].values():
            hours = self.rules.value("countersign_hours", pending.since_at[:10])
            if hours is not None and is_older(pending.since_at, now, hours):
                yield pending.seq, pending.imported


def replay_all(reading: Reading, step: Callable[[], None] = lambda: None) -> Replay:
    """Every stored entry once more, those before a new epoch too; its book is as long as the ledger."""
    replay = Replay(reading.adopted().get)
    for seq, data in reading.entries(reading.begins_at):
        entry = from_bytes(data)
        replay.add(seq, entry, base=seq - entry["seq"] if seq < 0 else 0)
        step()
    replay.book.size = reading.head.size  # also where a rule would refuse the last one
    return replay


class Files(Mapping[str, bytes]):
    """The adopted files as a mapping, read when asked for."""

    def __init__(self, read: ReadAdopted) -> None:
        self._read = read

    def __getitem__(self, digest: str) -> bytes:
        data = self._read(digest)
        if data is None:
            raise KeyError(digest)
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
