"""A C2SP tlog-proof of one entry: its number, an RFC 6962 path, a signed checkpoint. Trusts only the vkey."""

from __future__ import annotations

import re

from .basics import from_base64, need, refuse
from .note import Checkpoint, Vkey, read_checkpoint
from .tiles import node_hash

_HEADER = "c2sp.org/tlog-proof@v1"


def verify_proof(data: bytes, *, leaf: bytes, index: int, vkey: Vkey) -> Checkpoint:
    """The checkpoint that holds the log to `leaf` at `index`."""
    text, _, note = data.partition(b"\n\n")
    lines = text.decode("ascii", "replace").split("\n")
    need(lines[0] == _HEADER, "proof", "it is not a tlog-proof")
    lines = [line for line in lines[1:] if not line.startswith("extra ")]
    match = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", lines[0] if lines else "")
    if match is None or int(match[1]) != index:
        refuse("proof", f"it is not the proof of entry {index}")
    checkpoint = read_checkpoint(note, vkey=vkey)
    need(index < checkpoint.size, "proof", "the entry is not under this checkpoint")
    path = [from_base64(line, 32) for line in lines[1:]]
    root = root_of_path(leaf, index, checkpoint.size, path)
    need(root == checkpoint.root, "proof", "the entry does not lead to the checkpoint's root")
    return checkpoint


def root_of_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.3.2, step by step."""
    fn, sn, root = index, size - 1, leaf
    for node in path:
        need(sn != 0, "proof", "the path is too long")
        if fn & 1 or fn == sn:
            root = node_hash(node, root)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node_hash(root, node)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "proof", "the path is too short")
    return root
