"""What those who govern do beside the entries that they sign: bring people in, give them codes, lay out a rule set.

A way in is opened here and never a signature: a code sets sign-in credentials, a file counts once both adopted it. What
changes whose rights wants a factor given within the last minutes (`proof_needed`), and no machine's token does it.
"""

from base64 import b64decode
from hashlib import sha256
from typing import Annotated, Any

from litestar import Router, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from api.authority import needs
from api.caller import CallerRequest
from api.governing import enrol_waiting, record_on_word
from api.pages.account.entering import find_session
from api.site import FromSite, Site
from ledger.domain.regulation import read_adoption
from ledger.errors import CallRefused, NotFound, WronglyCalled
from ledger.service.transaction import Transaction

Username = Annotated[str, Meta(pattern="^[a-z0-9._-]{1,64}$")]
_GOVERN, _MOST_FILES = needs("keys:govern", in_person=True), 8


class PersonGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `person.enrolled`; `name` and `registration_no` are sealed."""

    person: Username
    role: Annotated[str, Meta(max_length=32)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    registration_no: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class PersonBroughtIn(Struct, frozen=True, kw_only=True):
    """The entry, and the one-time enrolment code, which is shown this once."""

    person: str
    seq: int
    code: str


class CodeIssued(Struct, frozen=True, kw_only=True):
    """Shown this once; the one before is worth nothing any more."""

    person: str
    code: str


class FilesGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rule set (JSON) and those of its tables (CSV) that are not here yet, each as base64 of its bytes."""

    files: Annotated[list[str], Meta(min_length=1, max_length=_MOST_FILES)]


class RulesLaidOut(Struct, frozen=True, kw_only=True):
    """What `regulation.adopted` names. Nothing is adopted by this: both who govern sign that."""

    name: str
    sha256: str


@post("/people", operation_id="enrol_person", opt=_GOVERN, sync_to_thread=True)
def enrol_person(request: CallerRequest, site: FromSite, data: JSONBody[PersonGiven]) -> PersonBroughtIn:
    """Enrol a person on the facility's word, while imports are open; afterwards those who govern sign it."""
    _verify_fresh(request, site)
    body = {"person": data.person, "role": data.role, "name": data.name}
    if data.registration_no is not None:
        body["registration_no"] = data.registration_no
    receipt = record_on_word(site, "person.enrolled", body)
    enrol_waiting(site)
    code = site.accounts.enrolment.issue_code(data.person, by=request.user.person)
    return PersonBroughtIn(person=data.person, seq=receipt.seq, code=code)


@post("/people/{person:str}/code", operation_id="issue_code", opt=_GOVERN, sync_to_thread=True)
def issue_code(request: CallerRequest, site: FromSite, person: FromPath[str]) -> CodeIssued:
    """A new one-time code for somebody who is here. What it sets ends all their earlier ways in; keys stay."""
    _verify_fresh(request, site)
    with site.ledger.reading() as reading:
        found = reading.book.find("person", person)
    if found is None or found.left_at is not None:
        raise NotFound
    return CodeIssued(person=person, code=site.accounts.enrolment.issue_code(person, by=request.user.person))


@post("/regulation/files", operation_id="lay_out_rules", opt=needs("office:use"), sync_to_thread=True)
def lay_out_rules(site: FromSite, data: JSONBody[FilesGiven]) -> RulesLaidOut:
    """Keep the files of a rule set, so that it can be compared with the one in force and adopted."""
    given = {sha256(file).hexdigest(): file for file in map(_to_bytes, data.files)}
    with site.ledger.reading() as reading:
        known = reading.adopted()
    digest = next((name for name, file in given.items() if file.lstrip()[:1] == b"{"), None)
    if digest is None:
        raise WronglyCalled("rules_unreadable")
    try:
        adoption = read_adoption(known | given, digest)
    except WronglyCalled as bad:
        if bad.reason == "adopted_file_missing":  # one of the tables, for the rule set itself is there
            raise WronglyCalled("rules_table_missing", **bad.values) from bad
        raise
    fresh = {name: file for name, file in adoption.files.items() if name not in known}

    def keep(tx: Transaction) -> None:
        for name, file in fresh.items():
            tx.writing.insert_adopted(name, file)

    if fresh:
        site.ledger.within(keep)
    return RulesLaidOut(name=adoption.rules.name, sha256=digest)


def _to_bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as bad:
        raise CallRefused("body_malformed") from bad


def _verify_fresh(request: CallerRequest, site: Site) -> None:
    """Raises `CallRefused`: `not_signed_in` for a machine, `proof_needed`."""
    session: Any = find_session(request, site)
    if session is None or request.user.by != "session":
        raise CallRefused("not_signed_in")
    site.accounts.sessions.verify_proof(session)


router = Router("/", route_handlers=[enrol_person, issue_code, lay_out_rules])
