"""A code becomes a way to sign in: the registrar's one-time code, or a recovery code that was kept on paper.

Trusts the accounts for whose code it is. Keys to sign with are never touched here.
"""

from typing import Any

from litestar import Request, Response, Router, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from api.accounts.shapes import SetUp
from api.authority import needs
from api.languages import pick_words
from api.pages.account.credentials import PasswordChosen, TotpOffered, to_offered
from api.pages.account.devices import to_device
from api.pages.account.entering import Me, Options, Text, describe_me, to_cookies, to_visit
from api.site import FromSite, Site
from ledger.errors import NotFound


class CodeGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    person: Text
    code: Text


class Ticket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stands for the code that was given, until the way in is set."""

    ticket: Text


class PasskeyMade(Ticket, frozen=True, kw_only=True, forbid_unknown_fields=True):
    credential: dict[str, Any]


class PasswordMade(PasswordChosen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ticket: Text


class SetUpDone(Struct, frozen=True, kw_only=True):
    """`recovery_codes` are shown this once."""

    me: Me
    recovery_codes: list[str]


@post("/setup/{why:str}", operation_id="begin_setup", opt=needs("account:enter"), status_code=200,
      sync_to_thread=True)  # fmt: skip
def begin_setup(
    request: Request[Any, Any, Any], site: FromSite, why: FromPath[str],
    data: JSONBody[CodeGiven],
) -> Ticket:  # fmt: skip
    """Show a one-time code (enrolment) or a recovery code (recovery)."""
    enrolment = site.accounts.enrolment
    begin = {"enrolment": enrolment.begin, "recovery": enrolment.begin_recovery}.get(why)
    if begin is None:
        raise NotFound
    return Ticket(ticket=begin(data.person, data.code, to_visit(request, site)).ticket)


@post("/setup/passkey/options", operation_id="setup_passkey_options", opt=needs("account:enter"),
      status_code=200, sync_to_thread=True)  # fmt: skip
def offer_passkey(site: FromSite, data: JSONBody[Ticket]) -> Options:
    """A challenge to make a passkey."""
    return Options(options=site.accounts.enrolment.offer_passkey(data.ticket))


@post("/setup/totp", operation_id="setup_totp", opt=needs("account:enter"), status_code=200,
      sync_to_thread=True)  # fmt: skip
def offer_totp(site: FromSite, data: JSONBody[Ticket]) -> TotpOffered:
    """A secret for an app that shows codes; nothing of it is kept before a code of it came back."""
    return to_offered(site.accounts.enrolment.offer_totp(data.ticket))


@post("/setup/passkey/made", operation_id="setup_passkey", opt=needs("account:enter"), status_code=200,
      sync_to_thread=True)  # fmt: skip
def finish_with_passkey(
    request: Request[Any, Any, Any], site: FromSite, data: JSONBody[PasskeyMade]
) -> Response[SetUpDone]:
    """From now on this passkey signs in; what did before does no more."""
    label = to_device(request.headers.get("user-agent", ""))
    visit = to_visit(request, site)
    return _let_in(
        request, site, site.accounts.enrolment.finish_with_passkey(data.ticket, data.credential, label, visit)
    )


@post("/setup/password/made", operation_id="setup_password", opt=needs("account:enter"), status_code=200,
      sync_to_thread=True)  # fmt: skip
def finish_with_password(
    request: Request[Any, Any, Any], site: FromSite, data: JSONBody[PasswordMade]
) -> Response[SetUpDone]:
    """The same by password and app."""
    visit = to_visit(request, site)
    done = site.accounts.enrolment.finish_with_password(data.ticket, data.password, data.offer, data.code, visit)
    return _let_in(request, site, done)


def _let_in(request: Request[Any, Any, Any], site: Site, done: SetUp) -> Response[SetUpDone]:
    me = describe_me(site, done.entered.session.person, pick_words(request))
    return Response(SetUpDone(me=me, recovery_codes=done.recovery_codes), cookies=to_cookies(site, done.entered))


router = Router("/", route_handlers=[begin_setup, offer_passkey, offer_totp, finish_with_passkey, finish_with_password])
