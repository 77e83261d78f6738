"""A head as it was printed at the foot of a report, held against the register as it is. Trusts the stored tree,
which the full verification holds against the entries.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.errors import CallRefused
from ledger.log.merkle import read_root
from ledger.service.ports import Reading

EQUAL, OLDER, AHEAD, DIFFERS, OTHER_LOG = "equal", "older", "ahead", "differs", "other_log"
_GAPS = re.compile(r"[\s\u00a0\u202f.,:_-]+")
_LOOKALIKES = str.maketrans("оОіІ", "0011") | str.maketrans("асеАСЕвВ", "aceacebb")
_ROOT = re.compile(r"[0-9a-f]{64}")
_MOST_DIGITS = 15
GROUP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """`size` entries with the hex `root`; `log` where a code was read that names it."""

    size: int
    root: str
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`here` is the hex root that the register had at that size ("" where it was never so long), `now` its size now.

    `groups`: (printed, here) of every eight digits, to see a slip of the pen from another register.
    """

    answer: str
    printed: Printed
    here: str
    now: int

    @property
    def groups(self) -> list[tuple[str, str]]:
        said = self.printed.root
        return [(said[n : n + GROUP], self.here[n : n + GROUP]) for n in range(0, len(said), GROUP)]


def read_printed(told: Mapping[str, str]) -> Printed:
    """What was typed or scanned, with whatever spaces and case. Raises `CallRefused('parameter_malformed')`."""
    size = _GAPS.sub("", told.get("size", ""))
    root = _GAPS.sub("", told.get("root", "").translate(_LOOKALIKES)).lower()
    if not (size.isascii() and size.isdecimal() and 0 < len(size) <= _MOST_DIGITS) or not _ROOT.fullmatch(root):
        raise CallRefused("parameter_malformed")
    return Printed(size=int(size), root=root, log=told.get("log", "").strip())


def compare(reading: Reading, printed: Printed, *, log: str) -> Compared:
    """Whether the register, when it had as many entries as the page says, had the head that the page says."""
    now = reading.head.size
    if printed.log not in ("", log):
        return Compared(answer=OTHER_LOG, printed=printed, here="", now=now)
    if not 0 < printed.size <= now:
        return Compared(answer=AHEAD if printed.size else DIFFERS, printed=printed, here="", now=now)
    here = read_root(printed.size, reading.node).hex()
    if here != printed.root:
        return Compared(answer=DIFFERS, printed=printed, here=here, now=now)
    return Compared(answer=EQUAL if printed.size == now else OLDER, printed=printed, here=here, now=now)
