"""A signed list as it comes in and goes out: statements, openings, one signature a person for all of it.

Trusts nothing in it. What an entry of the list carries is worked out here: the signatures of those who must sign it,
in their order, and what else was signed with it (contract, section 5, Signing).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from ledger.errors import BytesRejected, OpeningRejected, SignatureRejected
from ledger.log.encoding import from_base64, to_base64
from ledger.log.signing import due_signatories
from ledger.log.statement import check_signature, to_statement_hash
from ledger.service.preparing import Signed
from ledger.service.sealing import KEY_BYTES, Opening

MOST_IN_A_LIST = 100


class OpeningForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens the commitment at `path`: the value, and the key that it was committed under (base64, 32 bytes)."""

    path: Annotated[str, Meta(max_length=200)]
    value: Any
    key: str


class EntryForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement exactly as it was signed, with the opening of everything that is sealed in it."""

    statement: dict[str, Any]
    openings: list[OpeningForm] = []


class SignatureForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`by` over the whole list. `alg` is `ed25519` or `webauthn-es256`, which has two members more. `of` may be left
    out; where it is given, it must be the hashes of the list's statements."""

    by: str
    key: str
    alg: str
    value: str
    authenticator_data: str | None = None
    client_data: str | None = None
    of: list[str] | None = None


Entries = Annotated[list[EntryForm], Meta(min_length=1, max_length=MOST_IN_A_LIST)]
Signatures = Annotated[list[SignatureForm], Meta(min_length=1, max_length=MOST_IN_A_LIST)]


class ListForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list to record: all of it or nothing."""

    entries: Entries
    signatures: Signatures


def to_ceremony(entries: Sequence[EntryForm], signatures: Sequence[SignatureForm]) -> list[Signed]:
    """Each entry with its own signatures. Raises `BytesRejected`, `OpeningRejected`, `SignatureRejected`."""
    said = [entry.statement for entry in entries]
    due = [signatories_of(statement) for statement in said]
    of = [to_statement_hash(statement).hex() for statement in said] if len(said) > 1 else None
    given = [_to_signature(signature, of) for signature in signatures]
    holders_too = [statement["type"] == "import.closed" for statement in said]
    if not any(holders_too) and {signature["by"] for signature in given} - {name for names in due for name in names}:
        raise SignatureRejected("signature_not_due")
    return [
        Signed(entry.statement, to_openings(entry.openings), _in_order(given, names, all_sign))
        for entry, names, all_sign in zip(entries, due, holders_too, strict=True)
    ]


def signatories_of(statement: Mapping[str, Any]) -> list[str]:
    """Whom the statement itself names, in order. Raises `BytesRejected` where it is none."""
    if not {"type", "performer", "witness", "body"} <= statement.keys() or type(statement["body"]) is not dict:
        raise BytesRejected("member_missing")
    return due_signatories(statement)


def _to_signature(form: SignatureForm, of: list[str] | None) -> dict[str, Any]:
    if form.of is not None and form.of != of:
        raise SignatureRejected("ceremony_differs")
    signature: dict[str, Any] = msgspec.to_builtins(form)
    if of is not None:
        signature["of"] = of
    check_signature(signature)
    return signature


def _in_order(given: Sequence[dict[str, Any]], due: Sequence[str], all_sign: bool) -> list[dict[str, Any]]:
    """Those of *due*, in their order; of `import.closed` then the holders' of the listed keys, as they come."""
    place = {name: n for n, name in reversed(list(enumerate(due)))}
    own = [signature for signature in given if all_sign or signature["by"] in place]
    return sorted(own, key=lambda signature: place.get(signature["by"], len(due)))


def to_openings(forms: Sequence[OpeningForm]) -> dict[str, Opening]:
    openings = {form.path: Opening(form.value, from_base64(form.key)) for form in forms}
    if len(openings) != len(forms):
        raise BytesRejected("sealed_twice")
    if any(len(opening.key) != KEY_BYTES for opening in openings.values()):
        raise OpeningRejected("key_length")
    return openings


def from_openings(openings: Mapping[str, Opening]) -> list[OpeningForm]:
    """In the order of their paths."""
    return [
        OpeningForm(path=path, value=opening.value, key=to_base64(opening.key))
        for path, opening in sorted(openings.items())
    ]
