"""Writes what the verifier reads: tiles, bundles, signed checkpoints. For tests: it trusts whoever holds a key."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .note import ED25519, note_key_id
from .tiles import due_tiles, due_widths, leaf_hash, merkle_root, tile_path


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def to_vkey(name: str, public: bytes) -> str:
    return f"{name}+{note_key_id(name, public).hex()}+{to_base64(ED25519 + public)}"


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{to_base64(root)}\n"


def sign_checkpoint(text: str, log_key: Ed25519PrivateKey, *, name: str | None = None) -> bytes:
    name = name or text.split("\n", 1)[0]
    key_id = note_key_id(name, log_key.public_key().public_bytes_raw())
    return f"{text}\n— {name} {to_base64(key_id + log_key.sign(text.encode()))}\n".encode()


def write_file(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_tree(folder: Path, entries: list[bytes]) -> bytes:
    """All tiles and bundles of these entries; gives the root."""
    leaves = [leaf_hash(entry) for entry in entries]
    for path, tile in due_tiles(leaves):
        write_file(folder / path, tile)
    for index, width in due_widths(len(entries)):
        bundle = entries[index * 256 : index * 256 + width]
        data = b"".join(len(entry).to_bytes(2, "big") + entry for entry in bundle)
        write_file(folder / tile_path("entries", index, width), data)
    return merkle_root(leaves)
