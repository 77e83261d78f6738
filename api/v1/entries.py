"""What happened, and how it comes to stand in the ledger: previewed, signed by people, recorded (contract, section 3).

Trusts no caller: a list is judged by its own signatures, and whoever hands it in must be one of those who signed.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter
from msgspec import Meta, Raw, Struct

from api.answers import Answer
from api.asking import read_at, verify_names
from api.authority import PERMITS, needs
from api.caller import Caller, CallerRequest
from api.languages import pick_words
from api.naming import Names, Tell
from api.seeing import Reason, find_reason, note_list, reason_of, see_statements, tells_of_patients
from api.site import LONGEST_REASON, FromSite, Site
from api.threads import at_once
from api.v1.cursors import from_cursor, to_cursor
from api.v1.lists import MOST_IN_A_LIST, ListForm, OpeningForm, from_openings, to_ceremony
from ledger.domain import terms
from ledger.domain.person import ids_of
from ledger.domain.shifts import Shift
from ledger.domain.vocabulary import KINDS
from ledger.errors import CallRefused, CommandRefused, NotFound, Refusal, SenimError
from ledger.log.canonical import MAX_INT
from ledger.log.encoding import to_base64
from ledger.log.merkle import inclusion_path, leaf_hash
from ledger.log.proof import to_proof
from ledger.service import previewing
from ledger.service.ports import EntryRow, Wanted
from ledger.service.queries import read_statement
from ledger.service.sealing import from_rows
from ledger.service.transaction import Receipt

MOST_ON_A_PAGE = 200


# ── the dry run


class PreviewForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either a list of commands or one (contract, section 4); `performer` may be left out."""

    commands: Annotated[list[Any], Meta(min_length=1, max_length=MOST_IN_A_LIST)] | None = None
    command: dict[str, Any] | None = None


class Told(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reason in the caller's language; of a warning, whether the command has `acknowledged` it."""

    code: str
    said: str
    advice: str
    field: str | None = None
    acknowledged: bool | None = None


class Effect(Struct, frozen=True, kw_only=True):
    """Units of a lot `before` and `after`; `of`: `stock` at the place `where`, `empties` that it owes, or what is
    still at the `home` of the patient `where`."""

    of: str
    where: str
    product: str
    lot: str
    before: int
    after: int


class Previewed(Struct, frozen=True, kw_only=True):
    """What would become of one command. `seq`: it is recorded already, there. Without `statement`: it has no form."""

    id: str | None
    type: str | None
    seq: int | None
    refusals: list[Told]
    warnings: list[Told]
    effects: list[Effect]
    notes: list[str]
    statement: dict[str, Any] | None
    openings: list[OpeningForm]


class Preview(Struct, frozen=True, kw_only=True):
    """`seq`: the newest entry that this is judged on. `sign` (base64) is what every signatory signs; none while
    anything is refused. `keys`: the key id of each person whose signature is due, in signing order."""

    seq: int
    entries: list[Previewed]
    sign: str | None
    keys: dict[str, str]


@post("/entries/preview", operation_id="preview", opt=needs("entries:preview"), status_code=200,
      sync_to_thread=True)  # fmt: skip
def preview(request: CallerRequest, site: FromSite, data: JSONBody[PreviewForm], reason: Reason = None) -> Preview:
    """Judge commands without recording them, each on the state after those before it; and what to sign.

    Nothing is stored. All refusals are told. Acknowledge the warnings in the command and preview it again.
    """
    if (data.commands is None) == (data.command is None):
        raise CallRefused("body_malformed")
    commands = data.commands if data.commands is not None else [data.command]
    why = None if reason is None else reason_of(reason)
    with site.ledger.reading() as reading:
        found = previewing.preview(site.ledger, reading, commands, caller=request.user.person)
        said = [each.statement for each in found.entries if each.statement is not None]
        if why is None:  # it stands in what is entered
            why = f"record {', '.join(dict.fromkeys(each['type'] for each in said))}"[:LONGEST_REASON]
        see_statements(site, reading, request.user, said, what="preview", reason=why)
        tell = Names(site, reading, pick_words(request)).tell_to(request.user)
        entries = [_to_previewed(each, request.user, tell) for each in found.entries]
    return Preview(
        seq=found.size - 1,
        entries=entries,
        sign=None if found.sign is None else to_base64(found.sign),
        keys=dict(found.keys),
    )


def _to_previewed(found: previewing.Preview, caller: Caller, tell: Tell) -> Previewed:
    return Previewed(
        id=found.id,
        type=found.type,
        seq=found.seq,
        refusals=[_to_told(refusal, tell) for refusal in refusals_for(caller, found.refusals)],
        warnings=[_to_told(warning, tell, acknowledged=warning.code in found.answered) for warning in found.warnings],
        effects=[_to_effect(shift) for shift in found.effects],
        notes=list(found.notes),
        statement=None if found.statement is None else dict(found.statement),
        openings=from_openings(found.openings),
    )


def _to_told(reason: Refusal, tell: Tell, *, acknowledged: bool | None = None) -> Told:
    told = tell(reason)
    return Told(code=reason.code, field=reason.field, said=told.said, advice=told.advice, acknowledged=acknowledged)


def refusals_for(caller: Caller, refusals: Sequence[Refusal]) -> list[Refusal]:
    """Who may read no patient's data, and is refused for who they are, is not told what else is the matter."""
    own = [each for each in refusals if terms.REFUSAL_GROUP.get(each.code) in (terms.FORM, terms.AUTHORITY)]
    return list(refusals) if not own or caller.role in PERMITS["patients:read"] else own


def _to_effect(shift: Shift) -> Effect:
    return msgspec.convert(shift, Effect, from_attributes=True)


# ── recording


class ReceiptOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an entry stands; `leaf` in hex. `checkpoint` (C2SP signed note) and `proof` (C2SP tlog-proof) hold the
    facility to it; they come with a repeated call, and from `/log/proof/{seq}`, once a head is signed."""

    id: str
    type: str
    seq: int
    leaf: str
    recorded_at: str
    notes: list[str]
    checkpoint: str | None = None
    proof: str | None = None


class Recorded(Struct, frozen=True, kw_only=True):
    receipts: list[ReceiptOut]


_Device = Annotated[
    str | None,
    HeaderParameter(name="X-Senim-Via", description="`device`: signed elsewhere, without network, and sent later."),
]


@post(
    "/entries",
    operation_id="record",
    opt=needs("entries:record"),
    responses={
        200: ResponseSpec(Recorded, description="Recorded before: the same receipts. `Idempotent-Replay: true`")
    },
)
async def record(
    request: CallerRequest, site: FromSite, data: JSONBody[ListForm], device: _Device = None
) -> Response[Recorded]:
    """Record a signed list, all of it or nothing. Send it again when no answer came: nothing is recorded twice.

    An import key does not count here. The caller is one of those who signed.
    """
    # A task and no thread: the ledger commits for all who wait at once, and 64 threads would take turns at the
    # interpreter only to wait for it. Nothing here reads the store but the answer to a repeated call.
    verify_own(request.user, data)
    if device not in (None, "device"):
        raise CallRefused("parameter_malformed")
    signed = to_ceremony(data.entries, data.signatures)
    for each in signed:  # sign-in and signing use different credentials, whoever enrols the key
        if each.statement["type"] == "key.enrolled" and site.accounts.keys.is_sign_in_key(
            str(each.statement["body"].get("key"))
        ):
            raise CallRefused("key_unfit")
    try:
        receipts = await site.recording.append(signed, via=device or request.user.via)
    except CommandRefused as refused:
        raise CommandRefused(refusals_for(request.user, refused.refusals)) from refused
    if any(receipt.type == "identity.erased" for receipt in receipts):
        with suppress(SenimError):  # it stands; the next search does it again
            await sync_to_thread(site.search.catch_up, site.ledger)
    if not receipts[0].replayed:
        return Answer(Recorded(receipts=[_to_receipt(receipt) for receipt in receipts]), status_code=201)
    return Response(
        Recorded(receipts=await sync_to_thread(_with_proofs, site, receipts)),
        status_code=200,
        headers={"Idempotent-Replay": "true"},
    )


def verify_own(caller: Caller, data: ListForm) -> None:
    """Who hands a list in has signed it. Raises `CommandRefused`: whether they had to, the signatures are asked."""
    if caller.person not in {signature.by for signature in data.signatures}:
        raise CommandRefused([Refusal(code="not_allowed", field="signatures", values={"person": caller.person})])


def _to_receipt(receipt: Receipt, **held: str) -> ReceiptOut:
    return ReceiptOut(
        id=receipt.id,
        type=receipt.type,
        seq=receipt.seq,
        leaf=receipt.leaf.hex(),
        recorded_at=receipt.recorded_at,
        notes=list(receipt.notes),
        **held,
    )


def _with_proofs(site: Site, receipts: list[Receipt]) -> list[ReceiptOut]:
    with site.ledger.reading() as reading:
        head = reading.checkpoint()
        found = []
        for receipt in receipts:
            held = {}
            if head is not None and 0 <= receipt.seq < head.size:
                path = inclusion_path(receipt.seq, head.size, reading.node)
                proof = to_proof(receipt.seq, path, head.note)
                held = {"checkpoint": head.note.decode(), "proof": proof.decode()}
            found.append(_to_receipt(receipt, **held))
    return found


# ── reading


class EntryOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry as it stands (contract, section 5); `leaf` in hex is the hash of its RFC 8785 bytes. `openings`: what
    is sealed in it, as far as it was not erased; in lists it stays sealed."""

    seq: int
    leaf: str
    entry: dict[str, Any]
    openings: list[OpeningForm] | None = None


class Page(Struct, frozen=True, kw_only=True):
    """Newest first. `seq`: the newest entry of all; `next`: the `cursor` of the page after, or none at the end."""

    seq: int
    entries: list[EntryOut]
    next: str | None


@get("/entries", operation_id="entries", opt=needs("entries:read"))
@at_once
def read_entries(
    request: CallerRequest,
    site: FromSite,
    from_: Annotated[
        str | None, QueryParameter(name="from", description="When it happened: RFC 3339, or a day.")
    ] = None,
    to: FromQuery[str | None] = None,
    type: FromQuery[str | None] = None,
    patient: FromQuery[str | None] = None,
    product: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_ON_A_PAGE)] = 50,
    cursor: FromQuery[str | None] = None,
    reason: Reason = None,
) -> Page:
    """What happened, newest first: by number, and where a period is asked for by the time it happened.

    *to* is included. Sealed values stay sealed. A page that tells of patients is shown for a reason.
    """
    if type is not None and type not in KINDS:
        raise CallRefused("parameter_malformed")
    wanted = Wanted(
        type=type,
        product=product,
        from_at=read_at(from_, site.zone, first=True),
        until_at=read_at(to, site.zone),
        after=from_cursor(cursor),
        limit=limit + 1,
    )
    with site.ledger.reading() as reading:
        verify_names(reading, product=product)
        if patient is not None:
            kept = site.see_patient(reading, request.user, patient, what="entries", reason=reason_of(reason))
            wanted = replace(wanted, patients=ids_of(reading.book, kept))
        rows = reading.page(wanted)
        seq = reading.head.size - 1
        shown = rows[:limit]
        if patient is None and tells_of_patients(reading, shown):
            shape = " ".join(filter(None, ("entries", type, product)))
            seqs = [row.seq for row in shown]
            note_list(site, request.user, what=f"{shape} {min(seqs)}..{max(seqs)}", reason=reason_of(reason))
    return Page(
        seq=seq, entries=[_to_entry(row) for row in shown], next=to_cursor(shown[-1]) if len(rows) > limit else None
    )


@get("/entries/{seq:int}", operation_id="entry", opt=needs("entries:read"))
@at_once
def read_entry(request: CallerRequest, site: FromSite, seq: FromPath[int], reason: Reason = None) -> EntryOut:
    """One entry, with what is sealed in it opened; one that tells of a patient, for a reason."""
    if abs(seq) > MAX_INT:
        raise NotFound
    with site.ledger.reading() as reading:
        data = reading.entry(seq)
        said = read_statement(data)
        see_statements(site, reading, request.user, [said], what=f"entry {seq}", reason=find_reason(reason))
        kept = from_rows(reading.sealed(seq), log=said["log"], entry_id=said["id"], vault=site.ledger.vault)
    return EntryOut(seq=seq, leaf=leaf_hash(data).hex(), entry=_as_it_stands(data), openings=from_openings(kept))


def _to_entry(row: EntryRow) -> EntryOut:
    return EntryOut(seq=row.seq, leaf=row.leaf.hex(), entry=_as_it_stands(row.data))


def _as_it_stands(data: bytes) -> dict[str, Any]:
    """The stored bytes are JSON already: they go out as they are."""
    return Raw(data)  # type: ignore[return-value]


router = Router("/", route_handlers=[preview, record, read_entries, read_entry])
