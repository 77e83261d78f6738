"""Entries of the logs before a new epoch, in a report of the newest one.

They are told by their place before entry 0: …, -2, -1. What holds them is the root that `after` in entry 0 of the
next log names, so that entry goes along, itself proved under the head or under the root of the log after it. Trusts
nothing but that: the caller verifies every path against the root that is given here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec

from ledger.errors import BytesRejected
from ledger.log.canonical import from_bytes
from ledger.log.epochs import find_after
from reports.movements import Entry

MOST_EPOCHS = 64
_BY_NUMBER = ("entry.reversed", "entry.countersigned")


@dataclass(frozen=True, slots=True)
class Tree:
    """The entries of one log: `base` is the place of its entry 0, `size` and `root` (32 bytes) hold them."""

    base: int
    size: int
    root: bytes


class _Seen(TypedDict):
    seq: int


class _Statement(TypedDict, total=False):
    id: str
    type: str
    occurred_at: str
    performer: str
    witness: str | None
    witness_pending: str
    acknowledged: list[dict[str, str]]
    sheet: Any
    seen: _Seen
    body: dict[str, Any]
    sealed: dict[str, str]


class _Entry(TypedDict, total=False):
    """What reports look at; ten thousand entries hold their other members never."""

    log: str
    seq: int
    recorded_at: str
    via: str
    statement: _Statement


class _Named(TypedDict):
    log: str
    seq: int


_decode = msgspec.json.Decoder(_Entry).decode
_decode_name = msgspec.json.Decoder(_Named).decode


def read_entry(place: int, data: bytes) -> Entry:
    """The decoded entry as `to_entry` gives it. Raises `BytesRejected`."""
    from_bytes(data)
    try:
        return to_entry(place, data)
    except (LookupError, ValueError) as bad:
        raise BytesRejected("entry_shape") from bad


def to_entry(place: int, data: bytes) -> Entry:
    """The entry whose canonical bytes *data* are, the numbers that its statement gives turned into places; without
    what no report looks at."""
    entry: Any = _decode(data)
    base, said = place - entry["seq"], entry["statement"]
    if base and said["type"] in _BY_NUMBER and "seq" in said["body"]:
        entry["statement"] = {**said, "body": {**said["body"], "seq": said["body"]["seq"] + base}}
    found: Entry = entry
    return found


def find_trees(lines: Iterable[bytes], log: str, newest: Tree) -> dict[str, Tree]:
    """By log: where the entries among *lines* stand, from *log* back as far as their own entries 0 lead.

    Raises `BytesRejected`, but not for every line that `read_entry` refuses; `place_of` does not either.
    """
    firsts = {named["log"]: line for line in lines if (named := _read_name(line))["seq"] == 0}
    trees = {log: newest}
    while len(trees) <= MOST_EPOCHS and log in firsts and (after := find_after(firsts[log])) is not None:
        if after.log in trees:
            break
        trees[after.log] = Tree(trees[log].base - after.recovered, after.recovered, after.recovered_root)
        log = after.log
    return trees


def place_of(line: bytes, trees: Mapping[str, Tree]) -> int:
    """Raises `BytesRejected`: `entry_of_another_log`."""
    named = _read_name(line)
    tree = trees.get(named["log"])
    if tree is None or not 0 <= named["seq"] < tree.size:
        raise BytesRejected("entry_of_another_log")
    return tree.base + named["seq"]


def _read_name(line: bytes) -> _Named:
    try:
        return _decode_name(line)
    except ValueError as bad:
        raise BytesRejected("entry_shape") from bad


def to_path(hashes: Iterable[bytes]) -> bytes:
    return b"".join(hashes)


def from_path(data: bytes) -> list[bytes]:
    """Raises `BytesRejected('proof_of_another')`."""
    if len(data) % 32:
        raise BytesRejected("proof_of_another")
    return [data[at : at + 32] for at in range(0, len(data), 32)]
