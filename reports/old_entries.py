"""Entries of the logs before a new epoch, in a report of the newest one.

They are told by their place before entry 0: …, -2, -1. What holds them is the root that `after` in entry 0 of the
next log names, so that entry goes along, itself proved under the head or under the root of the log after it. Trusts
nothing but that: the caller verifies every path against the root that is given here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.errors import BytesRejected
from ledger.log.canonical import from_bytes
from ledger.log.epochs import find_after
from reports.movements import Entry

MOST_EPOCHS = 64
_NOT_LOOKED_AT = ("v", "prev", "signatures")
_BY_NUMBER = ("entry.reversed", "entry.countersigned")


@dataclass(frozen=True, slots=True)
class Tree:
    """The entries of one log: `base` is the place of its entry 0, `size` and `root` (32 bytes) hold them."""

    base: int
    size: int
    root: bytes


def read_entry(place: int, data: bytes) -> Entry:
    """The decoded entry as `to_entry` gives it. Raises `BytesRejected`."""
    return to_entry(place, from_bytes(data))


def to_entry(place: int, entry: dict[str, Any]) -> Entry:
    """*entry*, the numbers that its statement gives turned into places; without what no report looks at, for many."""
    for name in _NOT_LOOKED_AT:
        entry.pop(name, None)
    base, said = place - entry["seq"], entry["statement"]
    if base and said["type"] in _BY_NUMBER and "seq" in said["body"]:
        entry["statement"] = {**said, "body": {**said["body"], "seq": said["body"]["seq"] + base}}
    return entry


def find_trees(lines: Iterable[bytes], log: str, newest: Tree) -> dict[str, Tree]:
    """By log: where the entries among *lines* stand, from *log* back as far as their own entries 0 lead."""
    firsts = {entry["log"]: line for line in lines if (entry := from_bytes(line)).get("seq") == 0}
    trees = {log: newest}
    while len(trees) <= MOST_EPOCHS and log in firsts and (after := find_after(firsts[log])) is not None:
        if after.log in trees:
            break
        trees[after.log] = Tree(trees[log].base - after.recovered, after.recovered, after.recovered_root)
        log = after.log
    return trees


def place_of(line: bytes, trees: Mapping[str, Tree]) -> int:
    """Raises `BytesRejected('entry_of_another_log')`."""
    entry = from_bytes(line)
    tree, seq = trees.get(entry.get("log", "")), entry.get("seq")
    if tree is None or type(seq) is not int or not 0 <= seq < tree.size:
        raise BytesRejected("entry_of_another_log")
    return tree.base + seq


def to_path(hashes: Iterable[bytes]) -> bytes:
    return b"".join(hashes)


def from_path(data: bytes) -> list[bytes]:
    """Raises `BytesRejected('proof_of_another')`."""
    if len(data) % 32:
        raise BytesRejected("proof_of_another")
    return [data[at : at + 32] for at in range(0, len(data), 32)]
