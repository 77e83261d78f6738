"""Which cosignatures a head must carry: C2SP tlog-policy over tlog-cosignature (Ed25519, type 0x04).

Trusts the policy, which the verifier brings; nothing in the note is believed beyond what these keys signed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import NoteRejected
from ledger.log.note import Note, NoteSignature, VerifierKey

_COUNT = re.compile(r"[1-9][0-9]*")
MAX_TIME = 2**63 - 1


class WitnessKey(VerifierKey):
    """A witness's key: what it signs is a cosignature (type 0x04)."""

    __slots__ = ()
    TYPE = b"\x04"


def to_cosigned(text: str, time: int) -> bytes:
    """What a witness signs over the note *text* at *time* (POSIX seconds)."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosign(text: str, *, name: str, private_key: Ed25519PrivateKey, time: int) -> NoteSignature:
    """The signature line of a witness under a head."""
    key = WitnessKey.of(name, private_key.public_key().public_bytes_raw())
    value = time.to_bytes(8, "big") + private_key.sign(to_cosigned(text, time))
    return NoteSignature(name, key.id, value)


@dataclass(frozen=True, slots=True)
class Group:
    """Satisfied when at least `least` of `members` (witnesses or groups, by name) are."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Known logs, witnesses and groups by their names in the file; `quorum` is one of these or None for none."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, WitnessKey]
    groups: Mapping[str, Group]
    quorum: str | None

    def verify(self, note: Note) -> int | None:
        """The time of the newest cosignature that the quorum rests on; None where it asks for none.

        Raises `NoteRejected`: `cosignature_invalid` when a known witness's signature fails, `quorum_not_met`.
        """
        cosigned = {
            name: time for name, key in self.witnesses.items() if (time := find_cosignature(note, key)) is not None
        }
        if self.quorum is None:
            return None
        if not self._is_met(self.quorum, cosigned):
            raise NoteRejected("quorum_not_met")
        return max(time for name, time in cosigned.items() if self._rests_on(self.quorum, name))

    def _is_met(self, name: str, cosigned: Mapping[str, int]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        return sum(self._is_met(member, cosigned) for member in group.members) >= group.least

    def _rests_on(self, name: str, witness: str) -> bool:
        group = self.groups.get(name)
        return name == witness if group is None else any(self._rests_on(each, witness) for each in group.members)


def find_cosignature(note: Note, key: WitnessKey) -> int | None:
    """When *key* cosigned the note (its newest time); None where it did not. A wrong one rejects the note."""
    times = []
    for signature in note.signatures:
        if (signature.name, signature.id) != (key.name, key.id):
            continue
        time = int.from_bytes(signature.value[:8], "big")
        try:
            if len(signature.value) != 72 or not 0 < time <= MAX_TIME:
                raise NoteRejected("cosignature_invalid")
            public = Ed25519PublicKey.from_public_bytes(key.public)
            public.verify(signature.value[8:], to_cosigned(note.text, time))
        except InvalidSignature:
            raise NoteRejected("cosignature_invalid") from None
        times.append(time)
    return max(times, default=None)


def read_policy(data: bytes) -> Policy:
    """Read a tlog-policy file strictly. Raises `NoteRejected('policy_malformed')`."""
    return _Reading().read(data)


class _Reading:
    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, WitnessKey] = {}
        self.groups: dict[str, Group] = {}
        self.member: set[str] = set()
        self.quorum: list[str] = []

    def read(self, data: bytes) -> Policy:
        if any((octet < 32 and octet not in (9, 10)) or octet == 127 for octet in data):
            raise NoteRejected("policy_malformed")
        # Names are opaque octets; Latin-1 keeps each as one letter.
        for line in data.decode("latin-1").split("\n"):
            words = [word for word in re.split(r"[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                self._line(words[0], words[1:])
        if len(self.quorum) != 1:
            raise NoteRejected("policy_malformed")
        (name,) = self.quorum
        return Policy(tuple(self.logs), self.witnesses, self.groups, None if name == "none" else name)

    def _line(self, word: str, rest: list[str]) -> None:
        if word == "log" and len(rest) in (1, 2):
            key = VerifierKey.from_vkey(rest[0])
            self._need(all(key.public != known.public for known in self.logs))
            self.logs.append(key)
        elif word == "witness" and len(rest) in (2, 3):
            witness = WitnessKey.from_vkey(rest[1])
            self._need(all(witness.public != known.public for known in self.witnesses.values()))
            self.witnesses[self._new(rest[0])] = witness
        elif word == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], tuple(rest[2:]))
        elif word == "quorum" and len(rest) == 1:
            self._need(rest[0] == "none" or rest[0] in self.witnesses or rest[0] in self.groups)
            self.quorum.append(rest[0])
        else:
            raise NoteRejected("policy_malformed")

    def _group(self, name: str, least: str, members: tuple[str, ...]) -> None:
        for member in members:
            self._need((member in self.witnesses or member in self.groups) and member not in self.member)
            self.member.add(member)
        counted = {"any": 1, "all": len(members)}.get(least)
        if counted is None:
            self._need(_COUNT.fullmatch(least))
            counted = int(least)
        self._need(counted <= len(members))
        self.groups[self._new(name)] = Group(counted, members)

    def _new(self, name: str) -> str:
        self._need(name != "none" and name not in self.witnesses and name not in self.groups)
        return name

    @staticmethod
    def _need(condition: object) -> None:
        if not condition:
            raise NoteRejected("policy_malformed")
