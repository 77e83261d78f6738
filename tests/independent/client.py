"""A client that signs only what it understands: it recomputes openings → statement → signed bytes (section 5).

Trusts: the log's vkey, the leaf of entry 0 and the newest entry that it knows itself; the server is the untrusted part.
What it signs are the bytes that it made, never those that it was given.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .basics import from_base64, need, refuse
from .canon import to_canonical
from .craft import to_base64
from .duties import statement_hash
from .note import Vkey
from .vocabulary import KINDS, Field

Json = dict[str, Any]


@dataclass(kw_only=True)
class Signer:
    """A person with an Ed25519 key of their own."""

    person: str
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def der(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def key(self) -> str:
        return hashlib.sha256(self.der).hexdigest()[:16]

    def prove(self, log: str) -> bytes:
        """What a new key signs when it is enrolled."""
        return self.private.sign(f"senim/key/v1\n{log}\n{self.person}\n{to_base64(self.der)}".encode())

    def sign(self, statements: Sequence[Json]) -> Json:
        value = to_base64(self.private.sign(signed_bytes(statements)))
        return {"by": self.person, "key": self.key, "alg": "ed25519", "value": value}


@dataclass(kw_only=True)
class Trust:
    """What came another way than through the server, and what this client has seen since: `seq` and its leaf."""

    vkey: Vkey
    genesis: str
    seq: int = 0
    leaf: str = ""


def signed_bytes(statements: Sequence[Json]) -> bytes:
    return b"senim/sign/v1\n" + "".join(statement_hash(each) + "\n" for each in statements).encode()


def commitment(log: str, entry_id: str, path: str, value: Any, key: bytes) -> str:
    message = f"senim/sealed/v1\n{log}\n{entry_id}\n{path}\n".encode() + to_canonical(value)
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def signatories(statement: Json) -> list[str]:
    """Who must sign, in order (but for the ledger's own entries and the keys that `import.closed` lists)."""
    names = [statement["performer"], statement["witness"], *statement["body"].get("commission", [])]
    return list(dict.fromkeys(name for name in names if name is not None))


def canonical_time(told: str) -> str:
    return datetime.fromisoformat(told).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_statement(command: Json, *, trust: Trust, is_sealed: Callable[[str], bool]) -> tuple[Json, dict[str, Any]]:
    """The statement without `sealed`, as the command says it, and the values that are sealed, by path."""
    texts: dict[str, Any] = {}
    answers = sorted(command.get("acknowledged") or [], key=lambda answer: str(answer["code"]))
    for n, answer in enumerate(answers):
        if answer.get("reason") is not None:
            texts[f"acknowledged.{n}.reason"] = answer["reason"]
    if command.get("late_reason") is not None:
        texts["late_reason"] = command["late_reason"]
    body = _clear(command["body"], "body", is_sealed, texts)
    statement = {
        "id": command["id"],
        "log": trust.vkey.name,
        "genesis": trust.genesis,
        "type": command["type"],
        "occurred_at": canonical_time(command["occurred_at"]),
        "performer": command["performer"],
        "witness": command.get("witness"),
        "acknowledged": [{"code": answer["code"]} for answer in answers],
        "late_reason": None,
        "body": body or {},
    }
    optional = {name: command[name] for name in ("witness_pending", "sheet") if command.get(name) is not None}
    return statement | optional, texts


def _clear(value: Any, path: str, is_sealed: Callable[[str], bool], texts: dict[str, Any]) -> Any:
    """What stands in clear of `value`: None where nothing is left. What is sealed goes to `texts`."""
    if isinstance(value, dict):
        members = {name: _clear(each, f"{path}.{name}", is_sealed, texts) for name, each in value.items()}
        return {name: each for name, each in members.items() if each is not None} or None
    if isinstance(value, list):
        return [_clear(each, f"{path}.{n}", is_sealed, texts) for n, each in enumerate(value)]
    if value is not None and is_sealed(path):
        texts[path] = value
        return None
    return value


def must_be_sealed(kind: str) -> Callable[[str], bool]:
    """Whether section 4 marks the value at a path with °."""

    def is_sealed(path: str) -> bool:
        member: Field = KINDS[kind].body
        for name in path.split(".")[1:]:
            if not name.isdecimal():
                member = member.members[name]
        return member.mark == "°"

    return is_sealed


def check_preview(commands: Sequence[Json], told: Json, *, trust: Trust, own: Mapping[str, str]) -> list[Json]:
    """The entries to sign, once every one says what its command says. `own`: key ids by person, known from elsewhere.

    That `seen` lies in the log is asked of the log itself: see `Stranger.check_seen`.
    """
    need(len(told["entries"]) == len(commands), "basket", "the server answers another number of commands")
    entries = [_check_one(command, each, trust) for command, each in zip(commands, told["entries"], strict=True)]
    statements = [entry["statement"] for entry in entries]
    need(len({each["id"] for each in statements}) == len(statements), "basket", "an id stands twice")
    need(from_base64(told["sign"]) == signed_bytes(statements), "sign", "the bytes to sign are of something else")
    names = list(dict.fromkeys(name for each in statements for name in signatories(each)))
    need(list(told["keys"]) == names, "keys", f"{list(told['keys'])} are to sign, due are {names}")
    for person, key in told["keys"].items():
        need(own.get(person) == key, "keys", f"{key} is not the key of {person}")
    return entries


def _check_one(command: Json, told: Json, trust: Trust) -> Json:
    need(not told["refusals"] and told["statement"] is not None, "refused", f"it is refused: {told['refusals']}")
    said, openings = dict(told["statement"]), told["openings"]
    sealed, seen = said.pop("sealed", {}), said.pop("seen", None)
    paths = [opening["path"] for opening in openings]
    need(sorted(paths) == sorted(sealed), "opening", "what is sealed and what is opened are not the same")
    is_due = must_be_sealed(command["type"])
    expected, texts = to_statement(command, trust=trust, is_sealed=lambda path: path in sealed or is_due(path))
    for name in ("log", "genesis"):
        need(said.get(name) == expected[name], name, f"the statement is of another {name}")
    need(sorted(texts) == sorted(sealed), "sealed", "something else is sealed than the command says")
    keys = [from_base64(opening["key"], 32) for opening in openings]
    need(len(set(keys)) == len(keys), "opening", "a key is used twice")
    for opening, key in zip(openings, keys, strict=True):
        path, value = opening["path"], opening["value"]
        need(texts[path] == value, "opening", f"{path} is not what the command says")
        fits = hmac.compare_digest(commitment(said["log"], said["id"], path, value, key), sealed[path])
        need(fits, "opening", f"{path} does not open what is sealed")
    need(said == expected, "statement", f"the statement is not the command: {differing(said, expected)}")
    if not isinstance(seen, dict) or set(seen) != {"seq", "leaf"} or seen["seq"] < trust.seq:
        refuse("seen", "it would pin less of the log than this client has seen")
    need(seen["seq"] != trust.seq or seen["leaf"] == trust.leaf, "seen", "the log was another one when last seen")
    return {"statement": told["statement"], "openings": openings}


def differing(said: Json, expected: Json) -> list[str]:
    return sorted(name for name in {*said, *expected} if said.get(name) != expected.get(name))


def make_entry(command: Json, *, trust: Trust, entropy: Callable[[int], bytes]) -> Json:
    """A statement and its openings made without any server; it has seen what this client saw last."""
    statement, texts = to_statement(command, trust=trust, is_sealed=must_be_sealed(command["type"]))
    keys = {path: entropy(32) for path in texts}
    if texts:
        statement["sealed"] = {
            path: commitment(statement["log"], statement["id"], path, value, keys[path])
            for path, value in texts.items()
        }
    statement["seen"] = {"seq": trust.seq, "leaf": trust.leaf}
    openings = [
        {"path": path, "value": value, "key": base64.b64encode(keys[path]).decode()} for path, value in texts.items()
    ]
    return {"statement": statement, "openings": openings}
