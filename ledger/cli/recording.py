"""`senim record`: lines in, one answer a line out, whatever happens to the ledger meanwhile."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any, BinaryIO

from ledger.cli.ending import tell_unsigned
from ledger.cli.options import DONE, REFUSED, RUN, WORDS, answer, is_terminal, say, tell
from ledger.cli.wiring import House
from ledger.domain.terms import REMARKS
from ledger.errors import LedgerBusy, LedgerReadOnly, NotStored, OutcomeUnknown, Refusal, WronglyCalled
from ledger.log.canonical import MAX_ENTRY
from ledger.refusal_words import say_refusal
from ledger.service.checkpoints import sign_head
from ledger.service.importing import Answer, find_id, read_lines, record_line
from ledger.service.ledger import Ledger

_WAITS = (0.1, 0.5, 1, 2, 4)
"""Seconds before another try; each try itself waits for the lock (`storage.engine.WAIT_SECONDS`)."""


@contextmanager
def _lines(name: str) -> Iterator[Iterable[bytes]]:
    if name == "-":
        if sys.stdin is None:
            raise WronglyCalled("file_unreadable", path=name)
        yield _bounded(sys.stdin.buffer)
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - only the opening may fail as the caller's mistake
    except (OSError, ValueError) as bad:
        raise WronglyCalled("file_unreadable", path=Path(name).name[:80]) from bad
    with file:
        yield _bounded(file)


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """The lines of *file*; of one that is too long for an entry no more than shows that."""
    while line := file.readline(MAX_ENTRY + 2):
        rest = line
        while len(rest) > MAX_ENTRY and not rest.endswith(b"\n"):
            rest = file.readline(2**20)
            if not rest:
                break
            line = line[: MAX_ENTRY + 1]
        yield line


@dataclass(slots=True)
class _Recorder:
    """Records line by line. Once the ledger cannot be written any more, the lines that follow are not tried."""

    ledger: Ledger
    strict: bool
    stopped: LedgerBusy | LedgerReadOnly | NotStored | None = None

    def record(self, number: int, value: Any) -> Answer:
        unknown: OutcomeUnknown | None = None
        for wait in (*_WAITS, None):
            if self.stopped is not None:
                break
            try:
                return record_line(self.ledger, number, value, strict=self.strict)
            except OutcomeUnknown as lost:  # the same again settles it
                unknown = lost
                sleep(wait or 0)
            except LedgerBusy as busy:
                if wait is None:
                    self.stopped = busy
                else:
                    sleep(wait)
            except (LedgerReadOnly, NotStored) as stop:
                self.stopped = stop
        why = unknown or self.stopped
        assert why is not None
        refusal = Refusal(code=why.code)
        if isinstance(why, LedgerReadOnly):
            refusal = Refusal(code=why.reason, values=why.values)
        return Answer(line=number, id=find_id(value), answer="refused", refusals=(refusal,))


def record_file(house: House, name: str, *, strict: bool, as_json: bool) -> int:
    """Record every line; 1 when any was refused. The head is signed at the end, if anything was recorded."""
    counts = {"recorded": 0, "replayed": 0, "refused": 0}
    recorder = _Recorder(house.ledger, strict)
    with _lines(name) as lines, progress(say("Recording"), None) as step:
        for number, value in read_lines(lines):
            each = recorder.record(number, value)
            if each.answer == "recorded" and each.receipt is not None:
                RUN.recorded.append(each.receipt.seq)
            counts[each.answer] += 1
            step()
            if as_json:
                answer(to_json(each))
            else:
                tell(_said(each))
    if not as_json:
        tell(say("Recorded {recorded}, recorded before {replayed}, refused {refused}.", **counts))
    # What was recorded before may have lost its head to a crash.
    stands = counts["recorded"] or counts["replayed"]
    unsigned = tell_unsigned(lambda: sign_head(house.ledger)) if stands else None
    return REFUSED if counts["refused"] or unsigned else DONE


def to_json(each: Answer) -> dict[str, Any]:
    codes = list(dict.fromkeys(refusal.code for refusal in each.refusals))
    told: dict[str, Any] = {"line": each.line, "id": each.id, "answer": each.answer}
    if each.receipt is not None:
        told["seq"] = each.receipt.seq
        told |= {member: noted for member, noted in _split_notes(each.receipt.notes).items() if noted}
    if codes:
        told |= {"code": codes[0], "refusals": codes}
        told["said"] = [say_refusal(WORDS, refusal, zone=RUN.zone) for refusal in each.refusals]
    return told


def _split_notes(found: Iterable[str]) -> dict[str, list[str]]:
    """`notes` are the warnings of the contract alone, which others compare; what else was noted are `remarks`."""
    notes: dict[str, list[str]] = {"notes": [], "remarks": []}
    for code in found:
        notes["remarks" if code in REMARKS else "notes"].append(code)
    return notes


def _said(each: Answer) -> str:
    if each.receipt is not None:
        if each.answer == "replayed":
            return say("Line {line}: recorded before, entry {seq}.", line=each.line, seq=each.receipt.seq)
        return say("Line {line}: recorded, entry {seq}.", line=each.line, seq=each.receipt.seq)
    reasons = " ".join(dict.fromkeys(say_refusal(WORDS, refusal, zone=RUN.zone) for refusal in each.refusals))
    return say("Line {line}: not recorded. {reasons}", line=each.line, reasons=reasons)


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Any]:
    """A counter on a terminal; silent in a pipe."""
    if not is_terminal():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)
