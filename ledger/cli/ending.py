"""How a run ends: always with a sentence or an answer and one of three exit codes, never with a traceback.

0 done, 1 refused or failed, 2 could not be determined or was wrongly called. What was recorded is said as
recorded, whatever came after it.
"""

import errno
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from itertools import groupby
from pathlib import Path
from traceback import extract_tb
from typing import Any, NoReturn

import typer

from ledger.cli.options import DONE, REFUSED, RUN, UNDETERMINED, UNSPOKEN, WORDS, say
from ledger.errors import LedgerReadOnly, NotFound, SenimError, Stopped, WronglyCalled
from ledger.refusal_words import say_error, say_reasons

_ROOT = Path(__file__).parents[2]
_FULL = (errno.ENOSPC, errno.EDQUOT)


def run_and_leave(main: Callable[[], Any]) -> NoReturn:
    """Run *main*, tell what ended it, leave with its code."""
    _prepare()
    code = DONE
    try:
        if UNSPOKEN is not None:
            raise UNSPOKEN
        main()
        sys.stdout.flush()
    except typer.Exit as left:
        code = left.exit_code
    except SenimError as error:
        code = tell_error(error)
    except (KeyboardInterrupt, typer.Abort):
        code = tell_error(Stopped("interrupted"))
    except SystemExit:  # Rich leaves so where the other end of a pipe is gone
        code = _tell_lost()
    except OSError as error:
        code = _tell_system(error)
    except Exception as fault:  # noqa: BLE001 - the last door: people get a sentence, and their data no traceback
        code = tell_error(Stopped("program_fault", kind=type(fault).__name__, where=_where(fault)))
    sys.exit(code if _is_out() else UNDETERMINED)


def _prepare() -> None:
    # Whatever a run makes is its owner's alone: evidence, openings and reports name people.
    os.umask(0o077)
    # What libraries say to developers is nothing to the people here; verdicts and refusals carry what matters.
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller
            stream = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - it lives as long as the run
            setattr(sys, name, stream)
        stream.reconfigure(encoding="utf-8" if RUN.as_json else None, errors="backslashreplace")
    sys.stdout = _Out(sys.stdout)


class _Out(TextIOWrapper):
    """Standard output that knows that something printed did not leave (`lost`: the errno)."""

    def __init__(self, stream: Any) -> None:
        options = {"encoding": stream.encoding, "errors": stream.errors, "line_buffering": stream.line_buffering}
        super().__init__(stream.detach(), **options)
        self.lost = 0

    def write(self, text: str) -> int:
        with self._noted():
            return super().write(text)

    def flush(self) -> None:
        with self._noted():
            super().flush()

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.lost = error.errno or errno.EIO
            raise


def tell_unsigned(sign: Callable[[], object]) -> dict[str, Any] | None:
    """Sign the head over what was recorded; where that fails, say so and that they stand. None if all is well."""
    try:
        sign()
    except SenimError as error:
        told = to_json(error)
        if not RUN.as_json:
            heading = say(
                "Recorded, but the head over it is not signed yet: {entries}.", entries=to_ranges(RUN.recorded)
            )
            _print("\n".join([heading, told["said"]]), sys.stderr)
        else:
            _print(json.dumps(told | _to_recorded(), ensure_ascii=False), sys.stderr)
        return told
    return None


def exit_code(error: SenimError) -> int:
    return UNDETERMINED if isinstance(error, WronglyCalled | NotFound | Stopped) else REFUSED


def tell_error(error: SenimError) -> int:
    """Say what was recorded, what was refused or went wrong, and what to do, in the caller's language; its code."""
    if RUN.as_json:
        _print(json.dumps(to_json(error) | _to_recorded(), ensure_ascii=False), sys.stdout)
    elif RUN.recorded:
        _print("\n".join([_said_recorded(), *say_reasons(WORDS, error, zone=RUN.zone)]), sys.stderr)
    elif RUN.records:
        _print(say_error(WORDS, error, zone=RUN.zone), sys.stderr)
    else:
        _print("\n".join(say_reasons(WORDS, error, zone=RUN.zone)), sys.stderr)
    return exit_code(error)


def to_json(error: SenimError) -> dict[str, Any]:
    """`code` is the most telling stable word; `error` names its kind, `refusals` all codes of a refused command."""
    codes = [refusal.code for refusal in getattr(error, "refusals", ())]
    code = codes[0] if codes else getattr(error, "reason", error.code)
    said = "\n".join(say_reasons(WORDS, error, zone=RUN.zone))
    return {"code": code, "said": said, "error": error.code} | ({"refusals": codes} if codes else {})


def _to_recorded() -> dict[str, Any]:
    return {"recorded": RUN.recorded} if RUN.records else {}


def _said_recorded() -> str:
    return say("Recorded before that, and still in force: {entries}.", entries=to_ranges(RUN.recorded))


def to_ranges(seqs: Sequence[int]) -> str:
    """`3–7, 9` for 3, 4, 5, 6, 7, 9."""
    runs = (list(run) for _, run in groupby(enumerate(seqs), key=lambda each: each[1] - each[0]))
    ends = ((run[0][1], run[-1][1]) for run in runs)
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in ends)


def _tell_system(error: OSError) -> int:
    """The system refused something: the answer could not be written, or a file could not be used."""
    if not _is_out():
        return _tell_lost()
    if error.errno in _FULL:
        return tell_error(LedgerReadOnly("disk_full"))
    name = Path(os.fsdecode(error.filename)).name if error.filename else ""
    return tell_error(Stopped("path_unusable", **({"path": name[:80]} if name else {})))


def _is_out() -> bool:
    """Whether all that was printed has left; where not, nothing more will, and the interpreter leaves quietly."""
    out = sys.stdout
    assert isinstance(out, _Out)
    if not out.lost:
        with suppress(OSError):
            out.flush()
    if out.lost:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    return not out.lost


def _tell_lost() -> int:
    """`senim show | head -1` is no mishap, unless somebody waits for what was recorded."""
    _is_out()
    RUN.as_json = False
    if RUN.recorded or getattr(sys.stdout, "lost", 0) not in (0, errno.EPIPE):
        return tell_error(Stopped("answer_lost"))
    return UNDETERMINED


def _print(text: str, stream: Any) -> None:
    try:
        print(text, file=stream, flush=True)
    except OSError:
        if stream is sys.stdout:
            _is_out()
            _print(text, sys.stderr)


def _where(fault: BaseException) -> str:
    """File and line of ours where it happened: enough to find it, and nothing of what it was about."""
    frames = extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT) and ".venv" not in frame.filename]
    if not ours:
        return ""
    return f"{Path(ours[-1].filename).relative_to(_ROOT)}:{ours[-1].lineno}"
