"""A head as it was printed at the foot of a page, held against the register: was this its head when it was so long, and
does what it has now go on from there (RFC 9162, 2.1.4). Trusts the stored tree, which the full verification holds
against the entries.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.errors import CallRefused, WronglyCalled
from ledger.log.merkle import read_root, verify_consistency
from ledger.service.ports import Reading
from reports.printed_head import PrintedHead, compare_printed

EQUAL, OLDER, AHEAD, DIFFERS, OTHER_LOG = "equal", "older", "ahead", "differs", "other_log"
_GAPS = re.compile(r"[^0-9a-z]+")
_ALIKE = str.maketrans("оіасевб", "01aceb6")
"""Cyrillic letters that look like the digits and letters of a hash."""
GROUP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`now` is how many entries the register has."""

    answer: str
    printed: PrintedHead
    now: int

    @property
    def groups(self) -> list[tuple[str, str]]:
        """(printed, here) of every eight digits, to tell a slip of the pen from another register."""
        said, here = self.printed.root, self.printed.own_root or ""
        return [(said[n : n + GROUP], here[n : n + GROUP]) for n in range(0, len(said), GROUP)]


def to_told(typed: Mapping[str, str]) -> str:
    """What was typed or scanned, with whatever spaces and capitals, as `read_printed` reads it."""
    size, root = (_GAPS.sub("", typed.get(name, "").lower().translate(_ALIKE)) for name in ("size", "root"))
    return f"{typed.get('log', '').strip()} {size} {root}".strip()


def compare(reading: Reading, told: str, *, log: str) -> Compared:
    """Raises `CallRefused('parameter_malformed')`, and `ProofRejected` where the stored tree is not a tree."""
    now = reading.head.size
    try:
        printed = compare_printed(told, now, reading.node)
    except WronglyCalled as bad:
        raise CallRefused("parameter_malformed") from bad
    return Compared(answer=_answer(reading, printed, log), printed=printed, now=now)


def _answer(reading: Reading, printed: PrintedHead, log: str) -> str:
    if printed.log not in ("", log):
        return OTHER_LOG
    if printed.own_root is None:
        return AHEAD if printed.size else DIFFERS
    if printed.own_root != printed.root:
        return DIFFERS
    now = reading.head.size
    verify_consistency(
        old_size=printed.size, old_root=bytes.fromhex(printed.root), size=now, root=read_root(now, reading.node),
        path=[bytes.fromhex(each) for each in printed.path],
    )  # fmt: skip
    return EQUAL if printed.size == now else OLDER
