"""Somebody who took everything that lies on the server, and no person's own key.

What they have: the database, the evidence, every file under `secrets/`, and the program, which they may change. What
they make is shown to whoever verifies with the trust sheet and `--require-signed`.
"""

import json
import shutil
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import SenimError
from ledger.log.canonical import from_bytes, to_bytes, to_timestamp
from ledger.log.keys import KeyBook
from ledger.log.merkle import leaf_hash
from ledger.log.signing import sign_statements, to_enrolment_bytes
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.founding import describe_key
from ledger.service.sources import open_source
from ledger.service.verdict import Verdict
from ledger.service.verification import Trust, read_trust, verify
from ledger.storage.layout import is_ledger
from ledger.storage.secrets import FileKeys
from ledger.storage.verifying import verify_directory
from tests.faults.counter import OPENING, Counter
from tests.independent.craft import checkpoint_text, sign_checkpoint, write_file, write_tree
from tests.independent.tiles import merkle_root
from tests.stories.notation import Step

Body = dict[str, Any]
Statement = dict[str, Any]
OWNERS = ("registrar", "head", "pharm", "nurse", "doctor")
"""Whose own keys stay in force when imports close."""
LATER = datetime(2026, 3, 3, tzinfo=UTC)
MOVED = "lines=[morphine A 2] from_place=safe to_place=ward"


def close_imports(counter: Counter) -> None:
    """What ends the facility's own word; the entry after it is a person's, and pins all of it."""
    with counter.house.ledger.reading() as reading:
        count = reading.book.find("imported")
    body = {"count": count, "keys": [f"key:{name}" for name in OWNERS]}
    step = Step(0, "2026-03-02 09:00", performer="registrar", witness="head", type="import.closed", body=body)
    assert counter.play([step]) == ("recorded", [])
    counter.tell(f"09:10 pharm + nurse stock.moved {MOVED}\n09:20 nurse + pharm stock.moved {MOVED}")


def judge(path: Path, trust: Trust) -> Verdict:
    """What `senim verify PATH --vkey TRUST --require-signed` says, of evidence or of a data directory."""
    asked = partial(verify, trust=trust, now=LATER, require_signed=True)
    return verify_directory(path, asked) if is_ledger(path) else asked(open_source(path))[0]


def findings(verdict: Verdict) -> dict[str, set[str]]:
    """The codes that each check fails by."""
    return {name: {each.code for each in check.findings} for name, check in verdict.checks.items() if check.findings}


@dataclass
class Robbed:
    """A register whose imports are closed, and the trust sheet that hangs at the inspector's."""

    counter: Counter
    evidence: Path
    trust: Trust

    @classmethod
    def of(cls, folder: Path, *, log_key: Path | None = None) -> "Robbed":
        """*log_key*: the file of one that is there already."""
        if log_key is not None:
            (folder / "data" / "secrets").mkdir(mode=0o700, parents=True)
            shutil.copy(log_key, folder / "data" / "secrets" / "log.pem")
        counter = Counter(folder)
        counter.tell(OPENING)
        close_imports(counter)
        ledger, evidence = counter.house.ledger, folder / "evidence"
        write_evidence(ledger, sign_head(ledger), evidence, readme="-", reports={})
        keys = [describe_key(name, counter.keys[name].public_key(), "sign")["key"] for name in ("registrar", "head")]
        sheet = {"vkey": verifier_key(ledger).to_vkey(), "genesis": ledger.genesis().hex(), "keys": keys}
        return cls(counter, evidence, read_trust(json.dumps(sheet)))

    @property
    def data(self) -> Path:
        return self.counter.house.directory

    def thief(self) -> "Thief":
        with self.counter.house.ledger.reading() as reading:
            entries = [data for _, data in reading.entries(0, reading.head.size)]
        return Thief(self.counter.house.ledger.log, FileKeys(self.data / "secrets"), entries, evidence=self.evidence)


@dataclass
class Thief:
    """`entries` are all of the honest ones; what is appended is chained and signed with whatever was stolen."""

    log: str
    secrets: FileKeys
    entries: list[bytes]
    evidence: Path
    fresh: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    now: datetime = datetime(2026, 3, 2, 6, tzinfo=UTC)

    @property
    def size(self) -> int:
        return len(self.entries)

    @property
    def seen(self) -> dict[str, Any]:
        return {"seq": self.size - 1, "leaf": leaf_hash(self.entries[-1]).hex()}

    def cut(self, size: int) -> None:
        del self.entries[size:]

    def find(self, type: str, nth: int = -1) -> dict[str, Any]:
        """An honest entry of *type*, as it stands."""
        return [each for each in map(from_bytes, self.entries) if each["statement"]["type"] == type][nth]

    def key(self, name: str) -> tuple[str, Ed25519PrivateKey, str]:
        """(person, key, use) of `import:pharm`, `ledger`, `log` or `fresh:pharm`, a new key that anybody can make."""
        what, _, person = name.partition(":")
        if what == "fresh":
            return person, self.fresh.setdefault(person, Ed25519PrivateKey.generate()), "sign"
        if what == "import":
            return person, self.secrets.make_import_key(person), "import"
        return what, self.secrets.log_key() if what == "log" else self.secrets.ledger_key(), what

    def statement(self, type: str, body: Body, performer: str, witness: str | None = None, **more: Any) -> Statement:
        genesis = leaf_hash(self.entries[0]).hex()
        said: Statement = {"id": str(uuid4()), "log": self.log, "genesis": genesis, "seen": self.seen}
        said |= {"type": type, "occurred_at": to_timestamp(self.now), "performer": performer, "witness": witness}
        return said | {"acknowledged": [], "late_reason": None, "body": body} | more

    def sign(self, said: Statement, *keys: str, by: Sequence[str] = ()) -> list[dict[str, Any]]:
        """With *keys*, in the names of *by* or of those whose keys they are."""
        made = []
        for n, name in enumerate(keys):
            person, key, _ = self.key(name)
            made.append(sign_statements([said], by=by[n] if by else person, key=key)[0])
        return made

    def append(self, said: Statement, signatures: Sequence[Mapping[str, Any]], *, via: str = "web") -> None:
        self.now += timedelta(minutes=1)
        entry = {"v": 1, "log": self.log, "seq": self.size, "prev": leaf_hash(self.entries[-1]).hex()}
        entry |= {"recorded_at": to_timestamp(self.now), "via": via, "statement": said, "signatures": list(signatures)}
        self.entries.append(to_bytes(entry))

    def enrolment(self, name: str) -> Body:
        """The body of `key.enrolled` for a key of their own making, in the name of a person, with its proof."""
        person, key, use = self.key(name)
        described = describe_key(person, key.public_key(), use)
        proof = key.sign(to_enrolment_bytes(self.log, person, described["public"]))
        return {**described, "custody": "device", "proof": b64encode(proof).decode()}

    def publish(self, out: Path, *, log_key: Ed25519PrivateKey | None = None) -> Path:
        """Evidence as the facility would hand it out, under its own log key; keys as the entries give them."""
        shutil.copytree(self.evidence, out)
        shutil.rmtree(out / "tile")
        write_tree(out, self.entries)
        write_file(out / "checkpoint", self.head(log_key)[0])
        book = KeyBook(self.log)
        try:
            for seq, entry in enumerate(map(from_bytes, self.entries)):
                book.apply(seq, entry["statement"])
            write_file(out / "keys.jsonl", book.to_keys_jsonl())
        except SenimError:
            pass
        return out

    def to_body(self, told: Any) -> Body:
        """*told* is a body, `rotation` of the log's key, or the name of a key to be enrolled."""
        if isinstance(told, dict):
            return told
        if told != "rotation":
            return self.enrolment(told)
        old, new = (describe_key("log", self.key(name)[1].public_key(), "log") for name in ("log", "fresh:log"))
        return {"old": old["key"], "new": new["key"], "public": new["public"]}

    def digest(self, said: Statement) -> str:
        return sha256(to_bytes(said)).hexdigest()

    def rewrite(self, type: str, **changes: Any) -> None:
        """The newest entry of *type* says something else, and all after it is chained again."""
        first = self.find(type)["seq"]
        tail = [from_bytes(each) for each in self.entries[first:]]
        tail[0]["statement"] |= changes
        self.cut(first)
        for entry in tail:
            self.entries.append(to_bytes(entry | {"prev": leaf_hash(self.entries[-1]).hex()}))

    def head(self, log_key: Ed25519PrivateKey | None = None) -> tuple[bytes, bytes]:
        """(note, root) over the entries, by the log's key."""
        root = merkle_root([leaf_hash(entry) for entry in self.entries])
        return sign_checkpoint(checkpoint_text(self.log, self.size, root), log_key or self.secrets.log_key()), root
