"""One public key as an entry describes it: who, for what, of which kind, and for which entries.

Trusts nothing in the description: the id is recomputed, the key must be canonical, and use and person must fit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.errors import BytesRejected, SignatureRejected
from ledger.log.encoding import from_base64
from ledger.log.signing import LEDGER, LOG, Check, fits_alg, key_id, load_public, to_check

PERSONAL = frozenset({"sign", "import"})
ALGS = {
    "sign": frozenset({"ed25519", "webauthn-es256"}),
    "import": frozenset({"ed25519"}),
    "ledger": frozenset({"ed25519"}),
    "log": frozenset({"ed25519"}),
    "pdf": frozenset({"ed25519", "ecdsa-p256"}),
}
"""What a key of each use may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A public key (`public`: SPKI DER) and the entries it may sign: `from_seq` to `until_seq`, both inclusive."""

    person: str
    key: str
    alg: str
    use: str
    public: bytes
    from_seq: int
    until_seq: int | None = None
    rp_id: str | None = None
    origins: tuple[str, ...] = ()

    def is_usable(self, seq: int) -> bool:
        return self.from_seq <= seq and (self.until_seq is None or seq <= self.until_seq)

    def check_usable(self, *, person: str, seq: int, uses: Collection[str]) -> None:
        """SignatureRejected unless `person` may sign entry `seq` with this key as one of `uses`."""
        if self.person != person:
            raise SignatureRejected("key_of_another_person")
        if self.use not in uses:
            raise SignatureRejected("key_for_another_use")
        if seq < self.from_seq:
            raise SignatureRejected("key_not_yet_in_force")
        if self.until_seq is not None and seq > self.until_seq:
            raise SignatureRejected("key_ended")

    def to_check(self, signature: Mapping[str, Any], message: bytes) -> Check:
        """What is left to compute of a signature over `message`; SignatureRejected where a passkey claims else."""
        if signature.get("alg", self.alg) != self.alg:
            raise SignatureRejected("alg_mismatch")
        return to_check(
            signature, public=self.public, alg=self.alg, message=message, rp_id=self.rp_id, origins=self.origins
        )


def to_key(described: object, *, from_seq: int) -> Key:
    """A key as an entry describes it, its id recomputed; SignatureRejected where it may not be one."""
    if type(described) is not dict:
        raise SignatureRejected("key_malformed")
    try:
        public = from_base64(read_text(described, "public"))
    except BytesRejected:
        raise SignatureRejected("key_malformed") from None
    person, use, alg = (read_text(described, member) for member in ("person", "use", "alg"))
    load_public(public)
    if read_text(described, "key") != key_id(public):
        raise SignatureRejected("key_id_mismatch")
    if alg not in ALGS.get(use, ()) or not fits_alg(public, alg):
        raise SignatureRejected("alg_mismatch")
    if use in (LOG, LEDGER):
        if person != use:
            raise SignatureRejected("key_of_nobody")
    elif person in (LOG, LEDGER) and use in PERSONAL:
        raise SignatureRejected("key_of_nobody")
    rp_id: str | None = None
    origins: tuple[str, ...] = ()
    if alg == "webauthn-es256":
        rp_id, origins = read_text(described, "rp_id"), tuple(read_texts(described, "origins"))
    return Key(
        person=person,
        key=key_id(public),
        alg=alg,
        use=use,
        public=public,
        from_seq=from_seq,
        rp_id=rp_id,
        origins=origins,
    )


def read_text(described: Mapping[str, Any], member: str) -> str:
    value = described.get(member)
    if type(value) is not str:
        raise SignatureRejected("key_malformed")
    return value


def read_texts(described: Mapping[str, Any], member: str) -> list[str]:
    values = described.get(member)
    if type(values) is not list or any(type(value) is not str for value in values):
        raise SignatureRejected("key_malformed")
    return values
