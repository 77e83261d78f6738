"""Who holds which key and role at which entry, derived from the entries alone (contract sections 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .basics import is_hex, is_integer, need, refuse
from .keys import Key, load_public, verify_proof
from .shapes import read_time

NOBODYS = ("log", "ledger")  # names that no person may have


@dataclass(kw_only=True)
class Register:
    """The state before the next entry. `apply` takes entries in order, each after its signatures were judged."""

    keys: dict[str, Key] = field(default_factory=dict)  # by key id, in enrolment order
    roles: dict[str, list[tuple[datetime, str | None]]] = field(default_factory=dict)  # None: left
    statements: dict[int, dict[str, Any]] = field(default_factory=dict)  # by seq
    by_id: dict[str, int] = field(default_factory=dict)
    adopted: dict[str, int] = field(default_factory=dict)  # sha256 -> the first seq that adopted it
    imports: int = 0
    closed: bool = False
    first_registrar: str = ""

    def role(self, person: str, at: datetime | None = None) -> str | None:
        """The role after all entries so far; with `at`, the one of them that held at that time."""
        history = [role for since, role in self.roles.get(person, []) if at is None or since <= at]
        return history[-1] if history else None

    def had_head_pharmacist(self) -> bool:
        return any(role == "head_pharmacist" for history in self.roles.values() for _, role in history)

    def enrol(self, key: Key) -> None:
        load_public(key)
        known = key.id in self.keys or any(other.public == key.public for other in self.keys.values())
        need(not known, "key_reused", f"the key {key.id} was enrolled before")
        self.keys[key.id] = key

    def end(self, key_id: str, seq: int) -> None:
        if self.keys[key_id].until_seq is None:  # `until_seq` never moves
            self.keys[key_id].until_seq = seq

    def apply(self, seq: int, entry: dict[str, Any]) -> None:
        """Takes the effect of an entry of good form on keys and people; refuses one that has none."""
        s = entry["statement"]
        need(s["id"] not in self.by_id, "id_reused", f"the id of entry {self.by_id.get(s['id'])} stands again")
        self.by_id[s["id"]] = seq
        self.statements[seq] = s
        effect = getattr(self, "_" + s["type"].replace(".", "_"), None)
        if effect is not None:
            effect(seq, s, s["body"])
        self.imports += entry["via"] == "import"

    def _facility_opened(self, seq: int, s: dict[str, Any], body: dict[str, Any]) -> None:
        need(seq == 0, "entry_0", "the facility is opened twice")
        need("after" not in body, "new_epoch", "a new epoch cannot be judged without the old log's folder")
        keys = body["keys"]
        for k in keys:
            key = Key(person=k["person"], alg=k["alg"], use=k["use"], public=k["public"], from_seq=0)
            need(key.id == k["key"], "key_id", f"the key id of {key.person} is not that of the key")
            self.enrol(key)
        uses = {k["person"]: k["use"] for k in keys}
        self.first_registrar = next((p for p in uses if p not in NOBODYS), "")
        good = uses.get("log") == "log" and uses.get("ledger") == "ledger" and len(keys) == len(uses) == 3
        need(good and uses[self.first_registrar] in ("import", "sign"), "entry_0", "entry 0 carries other keys")

    def _regulation_adopted(self, seq: int, s: dict[str, Any], body: dict[str, Any]) -> None:
        need(is_hex(body.get("sha256")), "shape", "a regulation is adopted without its hash")
        self.adopted.setdefault(body["sha256"], seq)

    def _person(self, body: dict[str, Any], *, enrolled: bool) -> str:
        person = body.get("person")
        need(isinstance(person, str) and person and person not in NOBODYS, "person", f"{person!r} is not a person")
        is_there = self.role(str(person)) is not None
        need(is_there == enrolled, "person", f"{person!r} is {'enrolled already' if is_there else 'not enrolled'}")
        return str(person)

    def _person_enrolled(self, seq: int, s: dict[str, Any], body: dict[str, Any]) -> None:
        person = self._person(body, enrolled=False)
        self.roles.setdefault(person, []).append((read_time(s["occurred_at"]), body["role"]))

    def _person_role_changed(self, seq: int, s: dict[str, Any], body: dict[str, Any]) -> None:
        self.roles[self._person(body, enrolled=True)].append((read_time(s["occurred_at"]), body["role"]))

    def _person_left(self, seq: int, s: dict[str, Any], body: dict[str, Any]) -> None:
        person = self._person(body, enrolled=True)
        self.roles[person].append((read_time(s["occurred_at"]), None))
        for key_id, key in self.keys.items():
            if key.person == person:
                self.end(key_id, seq)

    def _key_enrolled(self, seq: int, s: dict[str, Any], body: dict[str, Any]) -> None:
        key = Key(person=body["person"], alg=body["alg"], use=body["use"], public=body["public"], from_seq=seq + 1)
        if key.alg == "webauthn-es256":
            key.rp_id, key.origins = body.get("rp_id"), tuple(body.get("origins", ()))
        if key.use == "ledger":
            need(key.person == "ledger", "key_use", "a ledger key is enrolled for a person")
        elif key.use in ("sign", "import"):
            self._person(body, enrolled=True)
        need(key.use != "import" or not self.closed, "import_closed", "an import key is enrolled after the close")
        need(key.id == body["key"], "key_id", f"the key id of {key.person} is not that of the key")
        load_public(key)
        verify_proof(key, body["proof"], s["log"])
        self.enrol(key)

    def _key_revoked(self, seq: int, s: dict[str, Any], body: dict[str, Any]) -> None:
        in_force = body.get("key") in self.keys and self.keys[body["key"]].usable(seq)
        need(in_force, "key_unknown", f"{body.get('key')!r} is not a key in force")
        self.end(body["key"], seq)

    def _key_rotated(self, seq: int, s: dict[str, Any], body: dict[str, Any]) -> None:
        self.enrol(self.rotated_key(seq, body))
        self.end(body["old"], seq)

    def rotated_key(self, seq: int, body: dict[str, Any]) -> Key:
        """The log's new key, which signs its own introduction."""
        old = self.keys.get(body.get("old", ""))
        if old is None or old.use != "log" or not old.usable(seq) or "public" not in body:
            refuse("key_unknown", "the log's key in force is not the one that is rotated")
        new = Key(person="log", alg="ed25519", use="log", public=body["public"], from_seq=seq + 1)
        need(new.id == body.get("new"), "key_id", "the id of the log's new key is not that of the key")
        return new

    def _import_closed(self, seq: int, s: dict[str, Any], body: dict[str, Any]) -> None:
        need(not self.closed, "import_closed", "imports are closed twice")
        right = is_integer(body.get("count")) and body["count"] == self.imports
        need(right, "import_count", f"{self.imports} entries came by import, not {body.get('count')!r}")
        for key_id, key in self.keys.items():
            if key.use == "import" or (key.use == "sign" and key_id not in body["keys"]):
                self.end(key_id, seq)
        self.closed = True
