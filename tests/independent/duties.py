"""Who must sign an entry, in which order and role, and whether just they did (contract sections 4, 5 and 7)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from .basics import need, refuse
from .canon import to_canonical
from .keys import Key, verify_signature
from .register import Register
from .shapes import read_time
from .vocabulary import CLINICAL, GOVERNORS, KINDS, ROLES

PERSONAL = frozenset({"sign", "import"})


@dataclass(frozen=True, kw_only=True)
class Due:
    """One signature that an entry must carry: by whom, and by a key of which use or by exactly which key."""

    by: str
    uses: frozenset[str] = PERSONAL
    key: Key | None = None


def statement_hash(statement: dict[str, Any]) -> str:
    return hashlib.sha256(to_canonical(statement)).hexdigest()


def due_signatures(seq: int, s: dict[str, Any], register: Register) -> list[Due]:
    """The signatures due on a statement, in their order, by what it says."""
    if s["performer"] == "ledger":
        return [Due(by="ledger", uses=frozenset({"ledger"}))]
    uses = frozenset({"sign"}) if s["type"] == "import.closed" else PERSONAL
    names: list[str] = [s["performer"]] + ([] if s["witness"] is None else [s["witness"]])
    need(len(set(names)) == len(names), "witness_same_person", "the performer is their own witness")
    if s["type"] == "destruction.performed":
        names += [member for member in s["body"]["commission"] if member not in names]
    if s["type"] == "import.closed":
        holders = [_holder(key_id, seq, register) for key_id in s["body"]["keys"]]
        names += [holder for holder in dict.fromkeys(holders) if holder not in names]
    due = [Due(by=name, uses=uses) for name in names]
    if s["type"] == "key.rotated":
        new = register.rotated_key(seq, s["body"])
        due += [Due(by="log", key=register.keys[s["body"]["old"]]), Due(by="log", key=new)]
    return due


def _holder(key_id: str, seq: int, register: Register) -> str:
    key = register.keys.get(key_id)
    if key is None or key.use != "sign" or not key.usable(seq):
        refuse("key_unknown", f"{key_id} is not a signing key in force")
    return key.person


def check_signatures(seq: int, entry: dict[str, Any], register: Register) -> None:
    """Exactly the due signatures, each by a usable key of its person over the bytes of section 5; and `via`."""
    s, signatures = entry["statement"], entry["signatures"]
    due = due_signatures(seq, s, register)
    by = [signature["by"] for signature in signatures]
    need(by == [d.by for d in due], "signatories", f"signed by {by}, due are {[d.by for d in due]}")

    own, of = statement_hash(s), signatures[0].get("of")
    need(all(x.get("of") == of for x in signatures), "ceremony", "the signatures name different ceremonies")
    need(of is None or own in of, "ceremony", "the ceremony does not hold its own statement")
    signed = b"senim/sign/v1\n" + "".join(line + "\n" for line in of or [own]).encode()
    used: set[str] = set()
    for d, signature in zip(due, signatures, strict=True):
        key = d.key or register.keys.get(signature["key"])
        if key is None or key.id != signature["key"] or key.person != d.by:
            refuse("key_unknown", f"{signature['key']} is not a key of {d.by}")
        need(d.key or key.usable(seq), "key_not_in_force", f"the key {key.id} of {d.by} is not in force here")
        need(d.key or key.use in d.uses, "key_use", f"a key of use {key.use} signs as {d.by}")
        need(key.alg == signature["alg"], "alg", f"the key of {d.by} is not one for {signature['alg']}")
        verify_signature(key, signature, signed)
        used.add(key.use)
    due_via = "ledger" if s["performer"] == "ledger" else "import" if "import" in used else ""
    is_right = entry["via"] == due_via if due_via else entry["via"] in ("web", "api", "device")
    need(is_right, "via", f"via is {entry['via']!r}, but the keys used are of {sorted(used)}")


def check_roles(seq: int, entry: dict[str, Any], register: Register) -> None:
    """Performer, witness and commission are of the roles that section 4 names."""
    s = entry["statement"]
    kind, performer, witness = KINDS[s["type"]], s["performer"], s["witness"]
    if performer == "ledger" or kind.signers == "ledger" or seq <= 1:
        return _check_ledger(seq, s, register)
    at = None if entry["via"] == "import" else read_time(s["occurred_at"])

    def holds(person: str, wanted: frozenset[str]) -> bool:
        roles = {register.role(person), register.role(person, at)}
        widened = wanted | ({"head_pharmacist"} if "pharmacist" in wanted else set())
        return roles <= widened

    def need_role(person: str, wanted: frozenset[str], code: str = "not_allowed") -> None:
        need(holds(person, wanted), code, f"{person} may not do this as {register.role(person, at)}")

    if kind.signers == "governance":
        import_key = s["type"] == "key.enrolled" and s["body"].get("use") == "import"
        need(not import_key, "not_allowed", "import keys are enrolled by the ledger alone")
        need_role(performer, GOVERNORS)
        if witness is None:
            first = s["type"].startswith("person.") and s["body"].get("role") == "head_pharmacist"
            alone = first and not register.had_head_pharmacist() and holds(performer, frozenset({"registrar"}))
            return need(alone, "witness_required", "registrar and head pharmacist sign this together")
        need_role(witness, GOVERNORS, "witness_not_allowed")
        both = register.role(performer) != register.role(witness)
        return need(both, "witness_not_allowed", "registrar and head pharmacist sign this together")
    if kind.signers == "holder":
        key = register.keys.get(s["body"].get("key", ""))
        if key is None or key.person != performer:
            need_role(performer, GOVERNORS)
        if witness is not None:
            need_role(witness, GOVERNORS, "witness_not_allowed")
        return None

    second = kind.second
    if s["type"] == "entry.reversed":
        original = _original(s["body"], register)
        roles = KINDS[original["type"]].roles or frozenset({"pharmacist"})
        is_stock = original["type"].startswith("stock.")
        need(not is_stock or "witness_pending" in s or witness, "witness_required", "reversing stock needs a witness")
        if is_stock or performer != original["performer"]:
            need_role(performer, frozenset({"pharmacist"}) if is_stock else roles)
    elif s["type"] == "entry.countersigned":
        original = _original(s["body"], register)
        has_seen = s["seen"]["seq"] >= register.by_id[original["id"]]
        need(performer != original["performer"] and has_seen, "countersigner", "not a second person who has seen it")
        need_role(performer, CLINICAL)
    else:
        need_role(performer, kind.roles)

    if second == "C":
        commission = s["body"]["commission"]
        need(witness is None, "witness_not_allowed", "a commission has no witness beside it")
        need(len(set(commission)) == len(commission) >= 3, "commission_too_small", "fewer than three different people")
        for member in commission:
            need_role(member, ROLES)
    elif witness is not None:
        need_role(witness, CLINICAL, "witness_not_allowed")
    else:
        need(not second or "witness_pending" in s, "witness_required", "the second signature is missing")
    return None


def _original(body: dict[str, Any], register: Register) -> dict[str, Any]:
    seq: Any = register.by_id.get(body.get("id", ""), body.get("seq"))
    if seq not in register.statements:
        refuse("entry_unknown", "it concerns an entry that is not there")
    return register.statements[seq]


def _check_ledger(seq: int, s: dict[str, Any], register: Register) -> None:
    """The few things that the ledger signs itself; entries 0 and 1 can be nothing else."""
    body, kind = s["body"], s["type"]
    need(s["performer"] == "ledger" and s["witness"] is None, "not_allowed", f"{kind}: the ledger alone signs here")
    allowed = {
        "facility.opened": seq == 0,
        "regulation.adopted": seq == 1,
        "person.enrolled": seq > 1
        and not register.roles
        and body.get("role") == "registrar"
        and body.get("person") == register.first_registrar,
        "key.enrolled": seq > 1 and body.get("use") == "import",
        "report.issued": seq > 1,
        "checkpoint.anchored": seq > 1,
    }
    need(allowed.get(kind), "not_allowed", f"the ledger may not sign {kind} as entry {seq}")


def check_ceremonies(entries: dict[int, dict[str, Any]]) -> list[tuple[int, str]]:
    """A ceremony's statements are consecutive entries in its order, all there: (seq, said) of each that fails."""
    hashes = {seq: statement_hash(entry["statement"]) for seq, entry in entries.items()}
    failed = []
    for seq, entry in entries.items():
        of = entry["signatures"][0].get("of")
        if of is None or hashes[seq] not in of:
            continue
        start = seq - of.index(hashes[seq])
        whole = all(
            hashes.get(start + i) == h and entries[start + i]["signatures"][0].get("of") == of for i, h in enumerate(of)
        )
        if not whole:
            failed.append((seq, "its ceremony is not wholly in the log, in order"))
    return failed
