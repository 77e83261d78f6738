"""Keys to sign with: made in the browser, enrolled by an entry, kept here only as what their holder's browser can open.

Trusts the ledger's entries for what is in force. While imports are open a key is enrolled on the facility's word; after
that it waits for registrar and head pharmacist, who sign it in with keys of their own.
"""

from typing import Annotated, Any

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from api.authority import needs
from api.caller import CallerRequest
from api.governing import enrol_waiting, find_holder, record_on_word
from api.site import FromSite, Site
from ledger.errors import CallRefused, NotFound
from ledger.log.key import Key
from ledger.log.signing import verify_check
from ledger.service.ports import Reading

KeyId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]


class OwnKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`state`: in_force, waiting or ended. `wrapped` or `credential_id` with `rp_id`: what the browser signs with;
    neither for a key that is kept elsewhere."""

    key: str
    alg: str
    state: str
    from_seq: int | None = None
    until_seq: int | None = None
    wrapped: dict[str, Any] | None = None
    credential_id: str | None = None
    rp_id: str | None = None

    @property
    def custody(self) -> str:
        return "wrapped" if self.wrapped else "passkey" if self.alg == "webauthn-es256" else "device"


class KeyMade(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`described`: the body of `key.enrolled` with its proof; and what only the browser can open."""

    described: dict[str, Any]
    wrapped: dict[str, Any] | None = None
    credential_id: str | None = None


class KeyKept(Struct, frozen=True, kw_only=True):
    """What became of a new key, and all of the person's own."""

    key: str
    state: str
    from_seq: int | None
    keys: list[OwnKey]


class Request(Struct, frozen=True, kw_only=True):
    """A key that waits: the body to be signed, and who signs beside the registrar."""

    described: dict[str, Any]
    witness: str | None


@post("/keys", operation_id="make_key", opt=needs("keys:own", in_person=True), sync_to_thread=True)
def make_key(request: CallerRequest, site: FromSite, data: JSONBody[KeyMade]) -> KeyKept:
    """Enrol a key that the caller's browser made, or let it wait for those who govern."""
    if request.user.by != "session":  # a machine's token makes no key to sign with
        raise CallRefused("scope_missing")
    person, key = request.user.person, _verify_new(site, request.user.person, data.described)
    if key not in {each.key for each in site.accounts.keys.waiting(person)}:  # else an answer was lost
        _take(site, person, key, data)
    with site.ledger.reading() as reading:
        keys = read_own_keys(site, reading, person)
    made = next(each for each in keys if each.key == key)
    return KeyKept(key=key, state=made.state, from_seq=made.from_seq, keys=keys)


def _take(site: Site, person: str, key: str, data: KeyMade) -> None:
    """Keep what opens the key in its holder's browser, and have it enrolled, now or by those who govern."""
    kind, material = ("wrapped", data.wrapped) if data.wrapped else ("passkey", {"credential_id": data.credential_id})
    site.accounts.keys.keep(person, key, kind, material)
    try:
        if _is_on_word(site):
            record_on_word(site, "key.enrolled", data.described)
            enrol_waiting(site)
        else:
            site.accounts.keys.request(person, data.described)
    except Exception:
        site.accounts.keys.drop(person, key)
        raise


def _is_on_word(site: Site) -> bool:
    """Whether imports are open and the second name is there in which a key is enrolled until they are closed."""
    with site.ledger.reading() as reading:
        is_open = site.ledger.keys(reading).imports_closed_at is None
        return is_open and find_holder(reading, "head_pharmacist") is not None


@delete("/keys/{key:str}", operation_id="withdraw_key", opt=needs("keys:own"), status_code=204,
        sync_to_thread=True)  # fmt: skip
def withdraw_key(request: CallerRequest, site: FromSite, key: FromPath[str]) -> None:
    """Withdraw a key that still waits. One in force is revoked by an entry."""
    for waiting in site.accounts.keys.waiting(request.user.person):
        if waiting.key == key:
            site.accounts.keys.close(waiting.id, by=request.user.person)
            site.accounts.keys.drop(request.user.person, key)
            return
    raise NotFound


@get("/key-requests/{key:str}", operation_id="key_request", opt=needs("keys:govern"), sync_to_thread=True)
def read_request(site: FromSite, key: FromPath[str]) -> Request:
    """One key that waits, as it is to be signed in."""
    with site.ledger.reading() as reading:
        found = next((each for each in read_waiting(site, reading) if each.key == key), None)
        if found is None:
            raise NotFound
        return Request(described=found.body, witness=find_holder(reading, "head_pharmacist"))


def read_own_keys(site: Site, reading: Reading, person: str) -> list[OwnKey]:
    """In force, waiting, ended: in this order, the newest first."""
    book = site.ledger.keys(reading)
    kept = {each.key: each.material for each in site.accounts.keys.kept_of(person)}
    enrolled = [key for key in map(book.get, book.ids()) if key.person == person and key.use == "sign"]
    enrolled.sort(key=lambda key: (key.until_seq is not None, -key.from_seq))
    own = [_to_own(key, kept.get(key.key, {})) for key in enrolled]
    waiting = [
        OwnKey(
            key=each.key,
            alg=each.body["alg"],
            state="waiting",
            rp_id=each.body.get("rp_id"),
            **_to_material(kept.get(each.key, {})),
        )
        for each in read_waiting(site, reading, person)
    ]
    return [each for state in ("in_force", "waiting", "ended") for each in (*own, *waiting) if each.state == state]


def read_waiting(site: Site, reading: Reading, person: str | None = None) -> list[Any]:
    """Keys that wait for those who govern; a request whose key was enrolled meanwhile is closed."""
    book, waiting = site.ledger.keys(reading), []
    for each in site.accounts.keys.waiting(person):
        enrolled = book.find(each.key)
        if enrolled is None:
            waiting.append(each)
        else:
            site.accounts.keys.close(each.id, by="", seq=enrolled.from_seq - 1)
    return waiting


def _to_own(key: Key, material: dict[str, Any]) -> OwnKey:
    return OwnKey(
        key=key.key,
        alg=key.alg,
        state="in_force" if key.until_seq is None else "ended",
        from_seq=key.from_seq,
        until_seq=key.until_seq,
        rp_id=key.rp_id,
        **_to_material(material),
    )


def _to_material(material: dict[str, Any]) -> dict[str, Any]:
    return material if "credential_id" in material or not material else {"wrapped": material}


def _verify_new(site: Site, person: str, described: dict[str, Any]) -> str:
    """The id of the key, whose holder proved to have it. Raises `CallRefused('key_unfit')`, `SignatureRejected`."""
    is_own = described.get("person") == person and described.get("use") == "sign" and "commission" not in described
    is_theirs = described.get("custody") in ("passkey", "device", "wrapped")
    if not (is_own and is_theirs) or not {"key", "alg", "public", "proof"} <= described.keys():
        raise CallRefused("key_unfit")
    for check in site.ledger.keys().to_checks({"type": "key.enrolled", "body": described}, [], digest=b""):
        verify_check(check)
    key = str(described["key"])
    if site.accounts.keys.is_sign_in_key(key) or site.ledger.keys().find(key) is not None:
        raise CallRefused("key_unfit")
    is_passkey = described["alg"] == "webauthn-es256"
    settings = site.settings
    if is_passkey and (described.get("rp_id"), described.get("origins")) != (settings.rp_id, [settings.origin]):
        raise CallRefused("key_unfit")
    return key


router = Router("/", route_handlers=[make_key, withdraw_key, read_request])
