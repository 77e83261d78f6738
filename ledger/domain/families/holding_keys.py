"""Keys as rules need to know them: who holds which, for what, and whether it is still in force.

What a key may sign is judged by `ledger.log.keys` from the same entries; here a command is refused before anybody
signs it. Nothing here can be reversed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ledger.domain import values
from ledger.domain.book import Book
from ledger.domain.effects import Changed, Effect, Made
from ledger.domain.form import Opt, Reading, many
from ledger.domain.kind import Case, Kind
from ledger.domain.records import SigningKey
from ledger.domain.terms import GOVERNORS
from ledger.domain.texts import free, one_of, ref, text, username
from ledger.domain.timeline import When
from ledger.domain.values import integer

COMMISSION = Opt(many(username, least=3, most=3))
"""Who signs in place of registrar and head pharmacist, see `governing.check_commission`."""


@dataclass(frozen=True, slots=True)
class KeysEnded:
    """Keys that sign no later entry; the end of one that has ended does not move."""

    keys: tuple[str, ...]

    def apply(self, book: Book, when: When) -> None:
        for name in self.keys:
            key: SigningKey | None = book.find("key", name)
            if key is not None and key.until_seq is None:
                book.put("key", (name,), replace(key, until_seq=when.seq))

    def revert(self, book: Book, when: When) -> None:
        raise AssertionError("governance cannot be reversed")

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        return iter(())


def enrolled(key: dict[str, Any]) -> Effect:
    return Made("key", (key["key"],), SigningKey(person=key["person"], use=key["use"]))


def keys_of(book: Book, person: str) -> list[str]:
    return [name for (name,), key in book.shelves["key"].items() if key.person == person]


def _holder(value: Any, path: str, reading: Reading) -> Any:
    """An enrolled person, or the ledger itself."""
    return value if value == "ledger" else ref("person")(value, path, reading)


def _fits_its_use(value: dict[str, Any], path: str, reading: Reading) -> None:
    """The ledger has a use of its own; a certificate is for the key that signs reports, a passkey keeps itself."""
    is_ledger, use = value.get("person") == "ledger", value.get("use")
    if "certificate" in value and use != "pdf":
        reading.refuse("malformed", f"{path}.certificate")
    if (use == "ledger" and value.get("person") and not is_ledger) or (is_ledger and use in ("sign", "import")):
        reading.refuse("malformed", f"{path}.use")
    alg, custody = value.get("alg"), value.get("custody")
    if alg and custody and (alg == "webauthn-es256") != (custody == "passkey"):
        reading.refuse("malformed", f"{path}.custody")


def _enrol_key(case: Case) -> None:
    body, command = case.body, case.command
    is_import = body["use"] == "import"
    if is_import and case.book.facility.imports_closed:
        case.refuse("import_closed", "body.use")
    if is_import != (command.performer == "ledger"):
        case.refuse("not_allowed", "performer", performer=command.performer)
    if case.book.find("key", body["key"]) is not None:
        case.refuse("already_exists", "body.key", name=body["key"])


KEY_ENROLLED = Kind(
    name="key.enrolled",
    fields={
        "person": _holder,
        "key": values.key_id,
        "alg": one_of("ed25519", "webauthn-es256", "ecdsa-p256"),
        "public": values.base64,
        "use": one_of("sign", "import", "ledger", "pdf"),
        "custody": one_of("passkey", "device", "wrapped", "facility"),
        "rp_id": Opt(text),
        "origins": Opt(many(text, most=8)),
        "proof": values.proof,
        "certificate": Opt(values.hex64),
        "commission": COMMISSION,
    },
    also=_fits_its_use,
    rule=_enrol_key,
    effects=lambda case: [enrolled(case.body)],
)


def _check_key(case: Case, name: str, path: str, *uses: str) -> SigningKey | None:
    """The key, which must be in force and of one of *uses*."""
    key: SigningKey | None = case.book.find("key", name)
    if key is None or key.use not in uses:
        case.refuse("not_enrolled", path, key=name)
        return None
    if key.until_seq is not None:
        case.refuse("already_closed", path, key=name)
    return key


def _revoke(case: Case) -> None:
    """The holder, the registrar or the head pharmacist alone: a stolen key does not wait for a second person."""
    key = _check_key(case, case.body["key"], "body.key", "sign", "import", "pdf", "ledger")
    performer = case.book.find("person", case.command.performer)
    if key is None or performer is None:
        return
    if key.person != case.command.performer and performer.role not in GOVERNORS:
        case.refuse("not_allowed", "performer", performer=case.command.performer, role=performer.role)


KEY_REVOKED = Kind(
    name="key.revoked",
    fields={"key": values.key_id, "reason": free},
    rule=_revoke,
    effects=lambda case: [KeysEnded((case.body["key"],))],
)


def _rotate(case: Case) -> None:
    body = case.body
    if case.imported:
        case.refuse("not_allowed", "type", performer=case.command.performer)
    _check_key(case, body["old"], "body.old", "log")
    if case.book.find("key", body["new"]) is not None:
        case.refuse("already_exists", "body.new", name=body["new"])


KEY_ROTATED = Kind(
    name="key.rotated",
    fields={"old": values.key_id, "new": values.key_id, "public": values.base64},
    rule=_rotate,
    effects=lambda case: [
        KeysEnded((case.body["old"],)),
        enrolled({"key": case.body["new"], "person": "log", "use": "log"}),
    ],
)


def _close_imports(case: Case) -> None:
    body, book = case.body, case.book
    if book.facility.imports_closed:
        case.refuse("already_closed", "type")
    if case.imported:
        case.refuse("not_allowed", "type", performer=case.command.performer)
    for n, name in enumerate(body["keys"]):
        _check_key(case, name, f"body.keys.{n}", "sign")
        if name in body["keys"][:n]:
            case.refuse("already_exists", f"body.keys.{n}", name=name)
    there = book.find("imported") or 0
    if body["count"] != there:
        case.refuse("count_stale", "body.count", there=there, given=body["count"])


def _imports_closed(case: Case) -> list[Effect]:
    listed = set(case.body["keys"])
    ended = [
        name
        for (name,), key in case.book.shelves["key"].items()
        if key.use == "import" or (key.use == "sign" and name not in listed)
    ]
    return [Changed("facility", (), "imports_closed", True, False), KeysEnded(tuple(ended))]


IMPORT_CLOSED = Kind(
    name="import.closed",
    fields={"count": integer(0), "keys": many(values.key_id, least=0)},
    rule=_close_imports,
    effects=_imports_closed,
)

KINDS: tuple[Kind, ...] = (KEY_ENROLLED, KEY_REVOKED, KEY_ROTATED, IMPORT_CLOSED)
