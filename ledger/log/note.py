"""C2SP signed-note: a text and the lines that sign it (c2sp.org/signed-note).

Holds verifier keys and their text form, notes both ways, and Ed25519 signing (type 0x01), the only type this log
uses itself. A note is nothing until `verify_note` has opened it with keys that came another way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import BytesRejected, NoteRejected
from ledger.log.encoding import from_base64, to_base64

ED25519 = b"\x01"
MAX_NOTE = 100_000
"""Most bytes of a note that is read; verifiers must accept at least 16 signatures."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """An Ed25519 public key (`public`, 32 bytes) under the name it signs with; `id` is four bytes.

    `TYPE` says what is signed: the note's text, or (a subclass) a witness's cosignature.
    """

    TYPE: ClassVar[bytes] = ED25519

    name: str
    id: bytes
    public: bytes

    @classmethod
    def of(cls, name: str, public: bytes) -> Self:
        """The key with the id that its name and bytes give; NoteRejected for a name that no note may carry."""
        _check_name(name)
        if len(public) != 32:
            raise NoteRejected("key_malformed")
        return cls(name, sha256(name.encode() + b"\n" + cls.TYPE + public).digest()[:4], public)

    def to_vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{to_base64(self.TYPE + self.public)}"

    @classmethod
    def from_vkey(cls, text: str) -> Self:
        """Also refuses an id that is not recomputed from name and key, and a key of another type."""
        found = _VKEY.fullmatch(text)
        if found is None:
            raise NoteRejected("vkey_malformed")
        try:
            data = from_base64(found[3])
        except BytesRejected:
            raise NoteRejected("vkey_malformed") from None
        if data[:1] != cls.TYPE:
            raise NoteRejected("key_type_unknown")
        key = cls.of(found[1], data[1:])
        if key.id.hex() != found[2]:
            raise NoteRejected("key_id_mismatch")
        return key


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the key's name and id, and what its algorithm made."""

    name: str
    id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """`text` ends with a newline; `signatures` are in the order of their lines, at least one."""

    text: str
    signatures: tuple[NoteSignature, ...]


def to_note(note: Note) -> bytes:
    _check_text(note.text)
    if not note.signatures:
        raise NoteRejected("no_signature")
    lines = [_to_line(signature) for signature in note.signatures]
    return (note.text + "\n" + "".join(lines)).encode()


def from_note(data: bytes) -> Note:
    """The note, not yet verified; NoteRejected for bytes that `to_note` would not write."""
    if len(data) > MAX_NOTE:
        raise NoteRejected("note_too_large")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise NoteRejected("not_utf8") from None
    text, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise NoteRejected("note_malformed")
    _check_text(text + "\n")
    return Note(text + "\n", tuple(_from_line(line) for line in tail[:-1].split("\n")))


def sign_note(text: str, *, name: str, private_key: Ed25519PrivateKey) -> bytes:
    """A note with the one signature that `private_key` makes under `name`."""
    _check_text(text)
    key = VerifierKey.of(name, private_key.public_key().public_bytes_raw())
    return to_note(Note(text, (NoteSignature(name, key.id, private_key.sign(text.encode())),)))


def verify_note(data: bytes, *, keys: Sequence[VerifierKey]) -> Note:
    """The note, signed by at least one of `keys`; NoteRejected also where any of their signatures fails."""
    note = from_note(data)
    known = {(key.name, key.id): key for key in keys}
    verified = 0
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature.value, note.text.encode())
        except (InvalidSignature, ValueError):
            raise NoteRejected("signature_invalid") from None
        verified += 1
    if not verified:
        raise NoteRejected("not_signed_by_the_key")
    return note


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteRejected("text_malformed")


def _check_name(name: str) -> None:
    if not name or "+" in name or any(letter.isspace() or ord(letter) < 32 for letter in name):
        raise NoteRejected("name_malformed")


def _to_line(signature: NoteSignature) -> str:
    _check_name(signature.name)
    if len(signature.id) != 4 or not signature.value:
        raise NoteRejected("signature_malformed")
    return f"— {signature.name} {to_base64(signature.id + signature.value)}\n"


def _from_line(line: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise NoteRejected("signature_malformed")
    _check_name(parts[1])
    try:
        data = from_base64(parts[2])
    except BytesRejected:
        raise NoteRejected("signature_malformed") from None
    if len(data) < 5:
        raise NoteRejected("signature_malformed")
    return NoteSignature(parts[1], data[:4], data[4:])
