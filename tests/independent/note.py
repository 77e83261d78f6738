"""The signed checkpoint: C2SP signed-note and tlog-checkpoint, read strictly. Trusts only the vkey it is given."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .basics import from_base64, need, refuse

ED25519 = b"\x01"


@dataclass(frozen=True, kw_only=True)
class Vkey:
    name: str
    key_id: bytes  # 4 bytes
    public: bytes  # 32 bytes, Ed25519


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes  # 32 bytes


def note_key_id(name: str, public: bytes) -> bytes:
    """signed-note: the first four bytes of SHA-256(name, newline, type, public key)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def read_vkey(text: str) -> Vkey:
    parts = text.split("+", 2)
    need(len(parts) == 3, "vkey", "a vkey is name+id+key")
    name, key_id, encoded = parts
    material = from_base64(encoded, 33)
    need(_is_name(name) and material[:1] == ED25519, "vkey", "not an Ed25519 vkey")
    need(note_key_id(name, material[1:]).hex() == key_id, "vkey", "the vkey's id is not that of its key")
    return Vkey(name=name, key_id=bytes.fromhex(key_id), public=material[1:])


def _is_name(name: str) -> bool:
    return name != "" and "+" not in name and not re.search(r"\s", name)


def read_checkpoint(data: bytes, *, vkey: Vkey) -> Checkpoint:
    """The checkpoint in `data`, signed by `vkey` and of its origin; other signatures are parsed and ignored."""
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        refuse("note", "the checkpoint is not UTF-8")
    need(not re.search(r"[\x00-\x09\x0b-\x1f]", note), "note", "the checkpoint holds control characters")
    split = note.rfind("\n\n")
    need(split > 0 and note.endswith("\n"), "note", "the checkpoint is not a signed note")
    text, signatures = note[: split + 1], note[split + 2 : -1].split("\n")

    verified = False
    for line in signatures:
        match = re.fullmatch(r"— (\S+) (\S+)", line)
        if match is None or not _is_name(match[1]):
            refuse("note", "a signature line is malformed")
        blob = from_base64(match[2])
        need(len(blob) > 4, "note", "a signature line is too short")
        if match[1] != vkey.name or blob[:4] != vkey.key_id:
            continue
        try:  # a known key whose signature fails spoils the whole note
            Ed25519PublicKey.from_public_bytes(vkey.public).verify(blob[4:], text.encode())
        except InvalidSignature:
            refuse("note_signature", "the log's signature does not fit the checkpoint")
        verified = True
    need(verified, "note_signature", "the checkpoint is not signed by the given key")

    lines = text[:-1].split("\n")
    need(len(lines) >= 3 and all(lines), "note", "a checkpoint has an origin, a size, a root and no empty lines")
    need(lines[0] == vkey.name, "origin", f"the checkpoint is of {lines[0]!r}, the key of {vkey.name!r}")
    need(re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]), "note", "the size is not a plain decimal number")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=from_base64(lines[2], 32))
