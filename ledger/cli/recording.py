"""`senim record`: lines in, one answer a line out."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.cli.options import DONE, REFUSED, WORDS, answer, is_terminal, say
from ledger.cli.wiring import House
from ledger.errors import WronglyCalled
from ledger.refusal_words import say_refusal
from ledger.service.checkpoints import sign_head
from ledger.service.importing import Answer, record_lines


@contextmanager
def _lines(name: str) -> Iterator[Iterable[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield file
    except OSError as bad:
        raise WronglyCalled("file_unreadable", path=Path(name).name) from bad


def record_file(house: House, name: str, *, strict: bool, as_json: bool) -> int:
    """Record every line; 1 when any was refused. The head is signed at the end, if anything was recorded."""
    counts = {"recorded": 0, "replayed": 0, "refused": 0}
    with _lines(name) as lines, progress(say("Recording"), None) as step:
        for each in record_lines(house.ledger, lines, strict=strict):
            counts[each.answer] += 1
            step()
            if as_json:
                answer(to_json(each))
            else:
                print(_said(each))
    if counts["recorded"]:
        sign_head(house.ledger)
    if not as_json:
        print(say("Recorded {recorded}, recorded before {replayed}, refused {refused}.", **counts))
    return REFUSED if counts["refused"] else DONE


def to_json(each: Answer) -> dict[str, Any]:
    codes = list(dict.fromkeys(refusal.code for refusal in each.refusals))
    told: dict[str, Any] = {"line": each.line, "id": each.id, "answer": each.answer}
    if each.receipt is not None:
        told["seq"] = each.receipt.seq
        if each.receipt.notes:
            told["notes"] = list(each.receipt.notes)
    if codes:
        told |= {"code": codes[0], "refusals": codes}
        told["said"] = [say_refusal(WORDS, refusal) for refusal in each.refusals]
    return told


def _said(each: Answer) -> str:
    if each.receipt is not None:
        if each.answer == "replayed":
            return say("Line {line}: recorded before, entry {seq}.", line=each.line, seq=each.receipt.seq)
        return say("Line {line}: recorded, entry {seq}.", line=each.line, seq=each.receipt.seq)
    reasons = " ".join(dict.fromkeys(say_refusal(WORDS, refusal) for refusal in each.refusals))
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
