"""A small log made by hand, to test the verifier with: it holds every private key, so it can also lie and sign it.

`honest_log` plays a hospital from entry 0 through import, going live, a passkey, ceremonies, a commission and more.
Everything but the passkey's ECDSA nonces is determined by names and counters.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .canon import to_canonical
from .craft import checkpoint_text, sign_checkpoint, to_base64, to_vkey, write_file, write_tree
from .tiles import leaf_hash, merkle_root

Statement = dict[str, Any]
Entry = dict[str, Any]
SITE = "https://senim.example"
SITE_ID = "senim.example"
RULES = b'{"site":{"discharge_days":10}}\n'
NEW_RULES = b'{"site":{"discharge_days":7}}\n'


def digest(*parts: object) -> bytes:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).digest()


@dataclass(kw_only=True)
class Signer:
    person: str
    use: str
    label: str
    passkey: bool = False

    def __post_init__(self) -> None:
        seed = digest("forged key", self.person, self.use, self.label)
        self.private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey = (
            ec.derive_private_key(int.from_bytes(seed[:31], "big"), ec.SECP256R1())
            if self.passkey
            else ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        )
        der = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public = to_base64(der)
        self.id = hashlib.sha256(der).hexdigest()[:16]
        self.alg = "webauthn-es256" if self.passkey else "ed25519"
        self.claims: dict[str, Any] = {}  # what a test wants the passkey to claim instead
        self.flags = b"\x05"
        self.counter = bytes(4)

    def sign(self, message: bytes) -> dict[str, str]:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return {"value": to_base64(self.private.sign(message))}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(message).digest()).decode().rstrip("=")
        claims = {"type": "webauthn.get", "challenge": challenge, "origin": SITE} | self.claims
        client = json.dumps(claims).encode()
        authenticator = hashlib.sha256(SITE_ID.encode()).digest() + self.flags + self.counter
        value = self.private.sign(authenticator + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"value": value, "authenticator_data": authenticator, "client_data": client}
        return {name: to_base64(part) for name, part in parts.items()}


@dataclass(kw_only=True)
class Forge:
    origin: str = "senim/forged-hospital/1"
    clock: datetime = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    entries: list[bytes] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)  # the lines of keys.jsonl, kept by hand
    active: dict[str, Signer] = field(default_factory=dict)
    adopted: list[bytes] = field(default_factory=list)
    openings: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    @property
    def size(self) -> int:
        return len(self.entries)

    @property
    def log_key(self) -> ed25519.Ed25519PrivateKey:
        key = self.active["log"].private
        assert isinstance(key, ed25519.Ed25519PrivateKey)
        return key

    @property
    def vkey(self) -> str:
        return to_vkey(self.origin, self.log_key.public_key().public_bytes_raw())

    @property
    def genesis(self) -> str:
        return leaf_hash(self.entries[0]).hex() if self.entries else "0" * 64

    def leaf(self, seq: int) -> str:
        return leaf_hash(self.entries[seq]).hex() if seq >= 0 else "0" * 64

    def anchor(self, size: int) -> dict[str, Any]:
        root = merkle_root([leaf_hash(entry) for entry in self.entries[:size]])
        return {"size": size, "root": root.hex(), "token_sha256": "cd" * 32}

    def now(self) -> str:
        return self.clock.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def new_id(self) -> str:
        self.count += 1
        text = digest("id", self.count).hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))

    def key_line(self, signer: Signer, from_seq: int) -> None:
        line = {"person": signer.person, "key": signer.id, "alg": signer.alg, "use": signer.use}
        self.keys.append(line | {"public": signer.public, "from_seq": from_seq, "until_seq": None})
        self.active[signer.person] = signer

    def end_keys(self, ends: Callable[[dict[str, Any]], bool], seq: int) -> None:
        for line in self.keys:
            if line["until_seq"] is None and ends(line):
                line["until_seq"] = seq

    def statement(
        self,
        kind: str,
        body: dict[str, Any],
        performer: str,
        witness: str | None = None,
        *,
        secrets: dict[str, Any] | None = None,
        acknowledged: Sequence[str] = (),
        **more: Any,
    ) -> Statement:
        s: Statement = {
            "id": self.new_id(),
            "log": self.origin,
            "genesis": self.genesis,
            "seen": {"seq": self.size - 1, "leaf": self.leaf(self.size - 1)},
            "type": kind,
            "occurred_at": self.now(),
            "performer": performer,
            "witness": witness,
            "acknowledged": [{"code": code} for code in acknowledged],
            "late_reason": None,
            "body": body,
        }
        for path, value in (secrets or {}).items():
            self.seal(s, path, value, digest("opening", s["id"], path))
        return s | more

    def seal(self, s: Statement, path: str, value: Any, key: bytes) -> None:
        message = f"senim/sealed/v1\n{self.origin}\n{s['id']}\n{path}\n".encode() + to_canonical(value)
        s.setdefault("sealed", {})[path] = hmac.new(key, message, hashlib.sha256).hexdigest()
        self.openings.append({"id": s["id"], "path": path, "value": value, "key": to_base64(key)})

    def append(
        self,
        statements: list[Statement],
        *,
        also: Sequence[str | Signer] = (),
        by: Sequence[str | Signer] | None = None,
        twist: Callable[[Entry], None] | None = None,
    ) -> int:
        """Signs these statements as one ceremony and appends them; gives the last seq.

        Args:
            also: signers after performer and witness.
            by: exactly these signers instead.
            twist: a lie told after signing.
        """
        hashed = [hashlib.sha256(to_canonical(s)).hexdigest() for s in statements]
        message = b"senim/sign/v1\n" + "".join(h + "\n" for h in hashed).encode()
        for s in statements:
            due = by if by is not None else [s["performer"], *([s["witness"]] if s["witness"] else []), *also]
            signers = [self.active[x] if isinstance(x, str) else x for x in due]
            ceremony = {"of": hashed} if len(hashed) > 1 else {}
            signatures = [{"by": x.person, "key": x.id, "alg": x.alg, **x.sign(message), **ceremony} for x in signers]
            uses = {x.use for x in signers}
            entry: Entry = {
                "v": 1,
                "log": self.origin,
                "seq": self.size,
                "prev": self.leaf(self.size - 1) if self.entries else hashlib.sha256(b"").hexdigest(),
                "recorded_at": self.now(),
                "via": "ledger" if s["performer"] == "ledger" else "import" if "import" in uses else "web",
                "statement": s,
                "signatures": signatures,
            }
            if twist is not None:
                twist(entry)
            self.entries.append(to_canonical(entry))
            self.clock += timedelta(seconds=7, microseconds=1)
        return self.size - 1

    def add(self, kind: str, body: dict[str, Any], performer: str, witness: str | None = None, **more: Any) -> int:
        how = {name: more.pop(name) for name in ("also", "by", "twist") if name in more}
        return self.append([self.statement(kind, body, performer, witness, **more)], **how)

    def adopt(self, data: bytes, performer: str, witness: str | None = None) -> int:
        self.adopted.append(data)
        sha256 = hashlib.sha256(data).hexdigest()
        return self.add(
            "regulation.adopted", {"name": "site", "sha256": sha256, "rules": "senim-rules/1"}, performer, witness
        )

    def enrolment(self, signer: Signer, **more: Any) -> dict[str, Any]:
        proof = signer.sign(f"senim/key/v1\n{self.origin}\n{signer.person}\n{signer.public}".encode())
        body = {
            "person": signer.person,
            "key": signer.id,
            "alg": signer.alg,
            "public": signer.public,
            "use": signer.use,
        }
        if signer.passkey:
            return body | {"custody": "passkey", "rp_id": SITE_ID, "origins": [SITE], "proof": proof} | more
        return body | {"custody": "wrapped", "proof": proof["value"]} | more

    def enrol_key(self, signer: Signer, performer: str, witness: str | None = None) -> int:
        seq = self.add("key.enrolled", self.enrolment(signer), performer, witness)
        self.key_line(signer, seq + 1)
        return seq

    def write(self, folder: Path) -> Path:
        root = write_tree(folder, self.entries)
        write_file(folder / "checkpoint", sign_checkpoint(checkpoint_text(self.origin, self.size, root), self.log_key))
        write_file(folder / "keys.jsonl", b"".join(to_canonical(line) + b"\n" for line in self.keys))
        for data in self.adopted:
            write_file(folder / "adopted" / hashlib.sha256(data).hexdigest(), data)
        seqs = {json.loads(entry)["statement"]["id"]: seq for seq, entry in enumerate(self.entries)}
        known = [o for o in self.openings if o["id"] in seqs]
        lines = [{"seq": seqs[o["id"]], "path": o["path"], "value": o["value"], "key": o["key"]} for o in known]
        write_file(folder / "openings.jsonl", b"".join(to_canonical(line) + b"\n" for line in lines))
        write_file(folder / "README.txt", "Senim: бұл не, что это, what this is\n".encode())
        return folder


STAFF = {"p.one": "pharmacist", "p.two": "pharmacist", "n.one": "nurse", "d.one": "physician", "i.one": "inspector"}
LINES: list[dict[str, Any]] = [{"product": "morphine-10", "lot": "L1", "units": 1}]
MOVE: dict[str, Any] = {"from_place": "safe", "to_place": "ward", "lines": LINES}


def young_log(**entry_0: Any) -> Forge:
    """Entry 0 (with what a test wants changed in its body), the rule set, and the staff with import keys."""
    f = Forge()
    for person, use in (("log", "log"), ("ledger", "ledger"), ("reg", "import")):
        f.key_line(Signer(person=person, use=use, label="first"), 0)
    first = [{name: line[name] for name in ("person", "key", "alg", "public", "use")} for line in f.keys]
    facility = {"facility": "Forged", "bin": "000140000001", "kato": "632810000", "kind": "hospital"}
    opened = facility | {"zone": "Asia/Almaty", "practice": False, "rules": "senim-rules/1", "keys": first}
    f.add("facility.opened", opened | entry_0, "ledger")
    f.adopt(RULES, "ledger")
    _enrol_people(f)
    return f


def honest_log(size: int = 0) -> Forge:
    """46 entries of going live and working, then moves of stock until there are `size`; a copy of one's own."""
    return deepcopy(_honest_log(size))


@cache
def _honest_log(size: int) -> Forge:
    f = young_log()
    _go_live(f)
    _close_imports(f)
    _work(f)
    while f.size < size:
        f.add("stock.moved", MOVE, "p.one", "n.one")
    return f


def _enrol_people(f: Forge) -> None:
    def person(name: str, role: str, *signers: str) -> None:
        f.add("person.enrolled", {"person": name, "role": role}, *signers, secrets={"body.name": f"Name of {name}"})

    person("reg", "registrar", "ledger")
    person("hp", "head_pharmacist", "reg")
    f.enrol_key(Signer(person="hp", use="import", label="first"), "ledger")
    for name, role in STAFF.items():
        person(name, role, "reg", "hp")
        f.enrol_key(Signer(person=name, use="import", label="first"), "ledger")


def _go_live(f: Forge) -> None:
    strength = {"value": "10", "unit": "mg"}
    product: dict[str, Any] = {
        "product": "morphine-10",
        "inn": "Морфин",
        "form": "ampoule",
        "strength": strength,
        "divisible": True,
    }
    f.add("product.listed", product | {"unit_of_presentation": "ampoule", "schedule": "II", "gtins": []}, "reg")
    for name, kind in (("safe", "safe"), ("ward", "ward"), ("custody", "custody")):
        f.add("place.opened", {"place": name, "kind": kind, "name": name, "administration": "entered"}, "reg")
    line = LINES[0] | {"units": 500, "expires_on": "2028-01-31"}
    f.add("stock.opened", {"place": "safe", "lines": [line]}, "hp", "p.one")
    received = {"place": "safe", "lines": [line], "supplier": "Depot", "document_no": "12"}
    f.add("stock.received", received, "p.one", "p.two", secrets={"late_reason": "no power"})


def _close_imports(f: Forge) -> None:
    fresh = {
        name: Signer(person=name, use="sign", label="own", passkey=name == "d.one") for name in ("reg", "hp", *STAFF)
    }
    unlisted = Signer(person="p.two", use="sign", label="spare")
    imported = dict(f.active)
    for signer in (*fresh.values(), unlisted):
        f.enrol_key(signer, "reg", "hp")
        f.active = dict(imported)  # these entries still come by import
    f.active |= fresh
    count = sum(json.loads(entry)["via"] == "import" for entry in f.entries)
    listed = [signer.id for signer in fresh.values()]
    seq = f.add("import.closed", {"count": count, "keys": listed}, "reg", "hp", also=list(STAFF))
    f.end_keys(lambda line: line["use"] == "import" or line["key"] == unlisted.id, seq)


def _work(f: Forge) -> None:
    identity = {"name": "Жан Пример", "iin": "000101500008", "born_on": "1800-01-01", "address": 'ул. «Мира» "1"'}
    secrets = {f"body.identity.{name}": value for name, value in identity.items()}
    registered = {"patient": "pat-1", "home_kato": "632810000", "home_phc_bin": "000140000001"}
    f.add("patient.registered", registered | {"indication": "other"}, "d.one", secrets=secrets)
    dose = {"value": "10", "unit": "mg"}
    frequency = {"times": 1, "period": 4, "period_unit": "h", "as_needed": False}
    course: dict[str, Any] = {
        "prescription": "rx-1",
        "patient": "pat-1",
        "product": "morphine-10",
        "single_dose": dose,
        "route": "sc",
    }
    course |= {"frequency": frequency, "duration_days": 5, "starts_on": "2026-03-02", "units": 30}
    f.add("prescription.issued", course | {"setting": "inpatient"}, "d.one", secrets={"body.record_no": "77/2026"})
    f.append([f.statement("stock.moved", MOVE, "p.one", "n.one") for _ in range(3)])
    given: dict[str, Any] = {
        "patient": "pat-1",
        "prescription": "rx-1",
        "place": "ward",
        "product": "morphine-10",
        "dose": dose,
    }
    given |= {"lots": [{"lot": "L1", "units": 1}]}
    f.append([f.statement("dose.administered", given, who) for who in ("n.one", "n.one")])
    pending = f.statement("stock.moved", MOVE, "p.two", witness_pending="alone_on_duty", sheet={"no": "S1", "line": 2})
    f.append([pending])
    f.add("entry.countersigned", {"id": pending["id"]}, "p.one")
    reversal: dict[str, Any] = {"seq": f.size - 2, "reason": "duplicate", "packs": "never_left"}
    f.add("entry.reversed", reversal, "p.two", "p.one", acknowledged=["older_lot_first"],
          secrets={"body.note": "twice", "acknowledged.0.reason": "asked"})  # fmt: skip
    commission = ["n.one", "hp", "d.one"]
    act: dict[str, Any] = {"act_no": "1", "method": "dissolution", "place": "custody", "commission": commission}
    items = [LINES[0] | {"place": "safe"}]
    f.add("destruction.performed", act | {"items": items}, "hp", also=["n.one", "d.one"])
    f.adopt(NEW_RULES, "reg", "hp")
    f.add("report.issued", {"kind": "register", "sha256": "ab" * 32, "size": f.size, "subjects": []}, "ledger")
    old = f.active["p.two"]
    f.enrol_key(Signer(person="p.two", use="sign", label="second"), "hp", "reg")
    seq = f.add("key.revoked", {"key": old.id}, "p.two", secrets={"body.reason": "phone lost"})
    f.end_keys(lambda line: line["key"] == old.id, seq)
    seq = f.add("person.left", {"person": "i.one", "on": "2026-03-02"}, "reg", "hp")
    f.end_keys(lambda line: line["person"] == "i.one", seq)
    f.add("checkpoint.anchored", f.anchor(f.size - 3), "ledger")
