"""A list that waits for the second person's own device (contract, section 3).

One parks what they signed; the other finds it under `GET /entries/wait`, checks and signs it there, and posts
`/entries` with both signatures. It waits for some minutes, and a restart of the server forgets it: the first person
still has it, and parks it again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from api.authority import needs
from api.caller import CallerRequest
from api.parking import MOST_BYTES, Parked
from api.seeing import Reason, reason_of, see_statements
from api.site import FromSite, Site
from api.v1.entries import verify_own
from api.v1.lists import Entries, ListForm, SignatureForm, Signatures, to_ceremony
from ledger.errors import CallRefused, CommandRefused, Refusal
from ledger.log.canonical import to_timestamp
from ledger.log.encoding import to_base64
from ledger.log.keys import KeyBook
from ledger.log.signing import due_signatories, to_signed_bytes
from ledger.log.statement import to_statement_hash
from ledger.service.arithmetic import begin_at_door
from ledger.service.ports import Reading
from ledger.service.preparing import prepare, to_checks


class ParkForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"to": "for"}):
    """A list as for `/entries`, with the signatures that are there; `for`: who is to sign next."""

    entries: Entries
    signatures: Signatures
    to: str


class Waiting(Struct, frozen=True, kw_only=True, rename={"to": "for"}):
    """`by` parked it for `for`, until `expires_at`; a restart of the server forgets it. `recorded`: the entries'
    numbers, once it stands."""

    id: str
    by: str
    to: str
    expires_at: str
    types: list[str]
    recorded: list[int] | None


class WaitingLists(Struct, frozen=True, kw_only=True):
    """The caller's own: parked for them, or by them. The oldest first."""

    waiting: list[Waiting]


class WaitingList(Struct, frozen=True, kw_only=True, rename={"to": "for"}):
    """Everything that is needed to check and sign it: `sign` (base64) are the bytes, `keys` the key ids of those who
    have not signed yet."""

    id: str
    by: str
    to: str
    expires_at: str
    entries: Entries
    signatures: list[SignatureForm]
    sign: str
    keys: dict[str, str]
    recorded: list[int] | None


@post("/entries/wait", operation_id="park", opt=needs("entries:wait"), sync_to_thread=True)
def park(request: CallerRequest, site: FromSite, data: JSONBody[ParkForm]) -> Waiting:
    """Park a signed list until the named person signs it on their own device. Parked again, it waits once."""
    person = request.user.person
    told = ListForm(entries=data.entries, signatures=data.signatures)
    verify_own(request.user, told)
    if len(msgspec.json.encode(told)) > MOST_BYTES:
        raise CallRefused("body_too_large")
    read, keys = prepare(to_ceremony(data.entries, data.signatures)), site.ledger.keys()
    due = {name for entry in data.entries for name in _due(keys, entry.statement)}
    if data.to not in due - {signature.by for signature in data.signatures}:
        raise CommandRefused([Refusal(code="not_allowed", field="for", values={"person": data.to})])
    begin_at_door(to_checks(read, keys), None)()
    ids = tuple(each.command.id for each in read)
    parked = site.parking.park(told, by=person, to=data.to, ids=ids, now=site.ledger.clock())
    with site.ledger.reading() as reading:
        return _to_waiting(reading, parked)


@get("/entries/wait", operation_id="waiting", opt=needs("entries:wait"), sync_to_thread=True)
def read_waiting(request: CallerRequest, site: FromSite) -> WaitingLists:
    """What waits for the caller's signature, and what they parked."""
    own = site.parking.of(request.user.person, now=site.ledger.clock())
    with site.ledger.reading() as reading:
        return WaitingLists(waiting=[_to_waiting(reading, each) for each in own])


@get("/entries/wait/{id:str}", operation_id="waiting_list", opt=needs("entries:wait"), sync_to_thread=True)
def read_list(request: CallerRequest, site: FromSite, id: FromPath[str], reason: Reason = None) -> WaitingList:
    """One parked list, for the two people it is between, and what became of it."""
    parked = site.parking.get(id, person=request.user.person, now=site.ledger.clock())
    form: ListForm = parked.form
    said = [entry.statement for entry in form.entries]
    why = reason_of(reason) if reason else "asked to sign"
    with site.ledger.reading() as reading:
        see_statements(site, reading, request.user, said, what="waiting list", reason=why)
        return WaitingList(
            id=parked.id,
            by=parked.by,
            to=parked.to,
            expires_at=to_timestamp(parked.expires_at),
            entries=form.entries,
            signatures=form.signatures,
            sign=to_base64(to_signed_bytes([to_statement_hash(each) for each in said])),
            keys=_keys_left(site, reading, form),
            recorded=_recorded(reading, parked),
        )


def _keys_left(site: Site, reading: Reading, form: ListForm) -> dict[str, str]:
    """The newest key in force of everybody who has not signed."""
    keys, signed = site.ledger.keys(reading), {signature.by for signature in form.signatures}
    listed = {key for entry in form.entries for key in _listed(entry.statement)}
    due = dict.fromkeys(name for entry in form.entries for name in _due(keys, entry.statement))
    left = {}
    for name in due:
        usable = keys.usable(name, seq=reading.head.size, uses={"sign"}) if name not in signed else ()
        if usable := [key for key in usable if key.key in listed] or list(usable):
            left[name] = usable[-1].key
    return left


def _due(keys: KeyBook, statement: Mapping[str, Any]) -> list[str]:
    """Who signs, in order; of `import.closed` also the holders of the keys that it lists."""
    found = [keys.find(key) for key in _listed(statement)]
    return due_signatories(statement, holders=[key.person for key in found if key is not None])


def _listed(statement: Mapping[str, Any]) -> Sequence[str]:
    return statement["body"]["keys"] if statement["type"] == "import.closed" else ()


def _recorded(reading: Reading, parked: Parked) -> list[int] | None:
    found = [seq for id in parked.ids if (seq := reading.find_seq(id)) is not None]
    return found if len(found) == len(parked.ids) else None


def _to_waiting(reading: Reading, parked: Parked) -> Waiting:
    return Waiting(
        id=parked.id,
        by=parked.by,
        to=parked.to,
        expires_at=to_timestamp(parked.expires_at),
        types=[entry.statement["type"] for entry in parked.form.entries],
        recorded=_recorded(reading, parked),
    )


router = Router("/", route_handlers=[park, read_waiting, read_list])
