"""The keys of a log as its own entries derive them, and whether a statement is signed by just those who must.

Holds the fold over the few entries that make, end or replace keys (contract, sections 4 and 5). A key is enrolled
once, ever. Trusts the order of the entries it is given, and nothing that lies beside them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ledger.errors import SignatureRejected
from ledger.log.canonical import to_bytes
from ledger.log.duties import (
    check_ceremony,
    check_order,
    check_people,
    check_rotation,
    check_via,
    is_epoch,
    read_governors,
    uses_of,
)
from ledger.log.encoding import to_base64
from ledger.log.key import PERSONAL, Key, read_text, read_texts, to_key
from ledger.log.signing import LEDGER, LOG, Check, due_signatories, to_enrolment_bytes, to_signed_bytes, verify_check
from ledger.log.statement import to_statement_hash

BEFORE = -1
"""Where a key ended, or imports did, in the log before this epoch."""


class KeyBook:
    """Every key ever enrolled, up to some entry. Keys are facts and never change in place, so a copy is cheap."""

    def __init__(self, log: str) -> None:
        self.log = log
        self.imports_closed_at: int | None = None
        self._before: str | None = None
        self._keys: dict[str, Key] = {}

    @classmethod
    def following(cls, old: "KeyBook", log: str) -> "KeyBook":
        """What a new epoch `log` begins with, after the last entry of the *old* one (contract, section 10).

        People's own keys go on, what was ended stays ended; the old log's keys and all imports end with it.
        """
        book = cls(log)
        book._before = old.log
        book.imports_closed_at = BEFORE
        for key in map(old.get, old._keys):  # noqa: SLF001 - its own kind
            goes_on = key.until_seq is None and key.use not in (LOG, LEDGER, "import")
            book._keys[key.key] = replace(key, from_seq=0, until_seq=None if goes_on else BEFORE)
        return book

    def copy(self) -> "KeyBook":
        other = KeyBook(self.log)
        other.imports_closed_at, other._before = self.imports_closed_at, self._before
        other._keys = self._keys.copy()
        return other

    # ── asking

    @property
    def current_log_key(self) -> bytes | None:
        """The 32 bytes of the key that the log signs its checkpoints with now; None before entry 0."""
        for key in self._keys.values():
            if key.use == "log" and key.until_seq is None:
                return key.public[-32:]
        return None

    @property
    def log_keys(self) -> list[Key]:
        """Every key that the log signs or signed its checkpoints with, oldest first."""
        return [key for key in self._keys.values() if key.use == "log"]

    def ids(self) -> frozenset[str]:
        return frozenset(self._keys)

    def find(self, key: str) -> Key | None:
        return self._keys.get(key)

    def get(self, key: str) -> Key:
        """SignatureRejected("key_unknown") where no entry enrolled it."""
        found = self._keys.get(key)
        if found is None:
            raise SignatureRejected("key_unknown")
        return found

    def usable(self, person: str, *, seq: int, uses: Collection[str]) -> list[Key]:
        """The keys with which `person` may sign entry `seq`, oldest first."""
        return [key for key in self._keys.values() if key.person == person and key.use in uses and key.is_usable(seq)]

    def check_usable(self, key: str, *, person: str, seq: int, uses: Collection[str]) -> Key:
        """The key, if `person` may sign entry `seq` with it as one of `uses`; SignatureRejected otherwise."""
        found = self.get(key)
        found.check_usable(person=person, seq=seq, uses=uses)
        return found

    def to_keys_jsonl(self) -> bytes:
        """`keys.jsonl` of the evidence folder: one RFC 8785 line a key, in the order of enrolment."""
        lines = (
            {
                "person": key.person,
                "key": key.key,
                "alg": key.alg,
                "use": key.use,
                "public": to_base64(key.public),
                "from_seq": key.from_seq,
                "until_seq": key.until_seq,
            }
            for key in self._keys.values()
        )
        return b"".join(to_bytes(line) + b"\n" for line in lines)

    # ── judging a statement's signatures

    def check_statement(
        self, seq: int, statement: Mapping[str, Any], signatures: Sequence[Mapping[str, Any]], *, via: str
    ) -> None:
        """SignatureRejected unless exactly those who must have signed entry `seq`, with keys in force, in order.

        Both must have passed `statement.check_entry`; the arithmetic is `verify_arithmetic`.
        """
        listed = read_texts(statement["body"], "keys") if statement["type"] == "import.closed" else []
        holders = [self.get(key).person for key in listed] if listed else read_governors(statement)
        due = due_signatories(statement, holders=holders)
        check_people(statement, due)
        check_order([signature["by"] for signature in signatures], due)
        named = [signature["key"] for signature in signatures]
        if len(set(named)) != len(named):
            raise SignatureRejected("key_signs_twice")
        keys, uses, fits = list(map(self._find_for(statement), named)), uses_of(statement), True
        for key, signature in zip(keys, signatures, strict=True):
            by = signature["by"]
            fits = fits and key.alg == signature["alg"]
            if by == LOG:
                continue
            key.check_usable(person=by, seq=seq, uses=(LEDGER,) if by == LEDGER else uses)
            if listed and key.key not in listed and key.person not in (statement["performer"], statement["witness"]):
                raise SignatureRejected("key_not_listed")
        if not fits:
            raise SignatureRejected("alg_mismatch")
        check_rotation(statement, signatures)
        check_ceremony(statement, signatures)
        check_via(via, statement["performer"], keys)

    def to_checks(
        self, statement: Mapping[str, Any], signatures: Iterable[Mapping[str, Any]], *, digest: bytes
    ) -> list[Check]:
        """The arithmetic of the signatures, and of a new key's proof; SignatureRejected where a passkey claims else.

        `digest` is the statement's hash.
        """
        checks = []
        find = self._find_for(statement)
        alone = to_signed_bytes([digest])
        for signature in signatures:
            key = find(signature["key"])
            of = signature.get("of")
            message = to_signed_bytes(list(map(bytes.fromhex, of))) if of else alone
            checks.append(key.to_check(signature, message))
        if statement["type"] == "key.enrolled":
            checks.append(self._to_proof_check(statement))
        return checks

    def verify_arithmetic(self, statement: Mapping[str, Any], signatures: Iterable[Mapping[str, Any]]) -> None:
        """SignatureRejected unless each signature holds under the key it names, whoever that may be."""
        for check in self.to_checks(statement, signatures, digest=to_statement_hash(statement)):
            verify_check(check)

    def _find_for(self, statement: Mapping[str, Any]) -> Callable[[str], Key]:
        """Where to look keys up: entry 0 and a rotation bring keys that sign already there."""
        is_told_again = statement["type"] == "key.rotated" and statement["body"].get("new") in self._keys
        if is_told_again or statement["type"] not in ("facility.opened", "key.rotated"):
            return self.get
        book = self.copy()
        book.apply(0, statement)

        def find(key: str) -> Key:
            """In a new epoch people sign with keys of the old log: else who holds the machine could name others."""
            found = book.get(key)
            return found if self._before is None or found.use not in PERSONAL else self.get(key)

        return find

    def _to_proof_check(self, statement: Mapping[str, Any]) -> Check:
        body = statement["body"]
        key = to_key(body, from_seq=0)
        proof = body.get("proof")
        if key.alg != "webauthn-es256":
            proof = {"value": proof}
        elif type(proof) is not dict or proof.keys() != {"authenticator_data", "client_data", "value"}:
            raise SignatureRejected("proof_malformed")
        return key.to_check(proof, to_enrolment_bytes(self.log, key.person, read_text(body, "public")))

    # ── folding

    def apply(self, seq: int, statement: Mapping[str, Any]) -> None:
        """Take in what entry `seq` does to keys; SignatureRejected, and nothing changed, where it may not."""
        act = _ACTS.get(statement["type"])
        if act is not None:
            act(self, seq, statement)

    def _open(self, seq: int, statement: Mapping[str, Any]) -> None:
        body = statement["body"]
        if seq or self.current_log_key is not None:
            raise SignatureRejected("facility_opened_again")
        after = body.get("after")
        before = after.get("log") if type(after) is dict else None
        if before != self._before or is_epoch(statement) != (self._before is not None):
            raise SignatureRejected("epoch_without_old_log")  # whose keys sign is known to the old log's folder only
        listed = body.get("keys")
        if type(listed) is not list or len(listed) != 3:
            raise SignatureRejected("first_keys_malformed")
        keys = [self._carried(item) or to_key(item, from_seq=0) for item in listed]
        personal = {"sign"} if self._before is not None else PERSONAL  # an epoch begins with imports closed
        if not any({key.use for key in keys} == {"log", "ledger", use} for use in personal):
            raise SignatureRejected("first_keys_malformed")
        for key in keys:
            if self._keys.get(key.key) != key:
                self._enrol(key)

    def _carried(self, described: object) -> Key | None:
        """The registrar's key as the old log knew it: entry 0 of a new epoch names it again."""
        known = self._keys.get(str(described.get("key"))) if type(described) is dict else None
        if known is None or known.use not in PERSONAL or known.until_seq is not None:
            return None
        same = {"person": known.person, "key": known.key, "alg": known.alg, "use": known.use}
        return known if described == same | {"public": to_base64(known.public)} else None

    def _enrol_key(self, seq: int, statement: Mapping[str, Any]) -> None:
        key = to_key(statement["body"], from_seq=seq + 1)
        if key.use == "log":
            raise SignatureRejected("log_key_only_rotates")
        # The ledger makes import keys and no others: it could else speak for a person.
        if (key.use == "import") != (statement["performer"] == LEDGER):
            raise SignatureRejected("key_not_by_those_who_may")
        if key.use == "import" and self.imports_closed_at is not None:
            raise SignatureRejected("imports_closed")
        self._enrol(key)

    def _enrol(self, key: Key) -> None:
        if key.key in self._keys:
            raise SignatureRejected("key_enrolled_before")
        self._keys[key.key] = key

    def _revoke(self, seq: int, statement: Mapping[str, Any]) -> None:
        key = self.get(read_text(statement["body"], "key"))
        if key.use == "log":
            raise SignatureRejected("log_key_only_rotates")
        if not key.is_usable(seq):
            raise SignatureRejected("key_not_in_force")
        self._end([key], seq)

    def _rotate(self, seq: int, statement: Mapping[str, Any]) -> None:
        body = statement["body"]
        old = self.get(read_text(body, "old"))
        if old.use != "log" or old.until_seq is not None:
            raise SignatureRejected("key_not_in_force")
        described = {
            "person": LOG,
            "key": body.get("new"),
            "alg": "ed25519",
            "use": "log",
            "public": body.get("public"),
        }
        self._enrol(to_key(described, from_seq=seq + 1))
        self._end([old], seq)

    def _close_imports(self, seq: int, statement: Mapping[str, Any]) -> None:
        if self.imports_closed_at is not None:
            raise SignatureRejected("imports_closed")
        listed = read_texts(statement["body"], "keys")
        for key in map(self.get, listed):
            if key.use != "sign" or not key.is_usable(seq):
                raise SignatureRejected("key_not_in_force")
        self.imports_closed_at = seq
        self._end([key for key in self._keys.values() if key.use in PERSONAL and key.key not in listed], seq)

    def _leave(self, seq: int, statement: Mapping[str, Any]) -> None:
        person = read_text(statement["body"], "person")
        self._end([key for key in self._keys.values() if key.person == person], seq)

    def _end(self, keys: Iterable[Key], seq: int) -> None:
        for key in keys:
            if key.until_seq is None:  # it never moves
                self._keys[key.key] = replace(key, until_seq=seq)


_ACTS: Mapping[str, Callable[[KeyBook, int, Mapping[str, Any]], None]] = {
    "facility.opened": KeyBook._open,  # noqa: SLF001 - one table of what each type does
    "key.enrolled": KeyBook._enrol_key,  # noqa: SLF001
    "key.revoked": KeyBook._revoke,  # noqa: SLF001
    "key.rotated": KeyBook._rotate,  # noqa: SLF001
    "import.closed": KeyBook._close_imports,  # noqa: SLF001
    "person.left": KeyBook._leave,  # noqa: SLF001
}
KEY_TYPES = frozenset(_ACTS)
"""The types of the entries that `apply` acts upon; all others leave the keys alone."""
