"""In and out: who is here, at which device. Signing in, unlocking and the change of person are one act.

Trusts the accounts for who somebody is. Nothing that is answered here before that depends on whether a name is known.
"""

from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody
from msgspec import Meta, Struct

from api.accounts import Entered, Visit
from api.authority import needs
from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import find_name
from api.pages.account.keys import OwnKey, read_own_keys
from api.settings import Settings
from api.site import FromSite, Site
from ledger.errors import CallRefused
from ledger.refusal_words.terms import ROLES
from ledger.words import Words

Text = Annotated[str, Meta(max_length=1_000)]
_DEVICE_DAYS = 180


class Me(Struct, frozen=True, kw_only=True):
    """Who is in; `keys`: their own keys to sign with, as only their browser can use them."""

    person: str
    name: str
    role: str
    role_said: str
    keys: list[OwnKey]


class PasskeyWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    person: Text | None = None


class Options(Struct, frozen=True, kw_only=True):
    """`options` for `navigator.credentials` (WebAuthn: …OptionsJSON)."""

    options: dict[str, Any]


class PasskeyGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `PublicKeyCredential.toJSON()` gives."""

    credential: dict[str, Any]


class PasswordGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code` (TOTP) may be empty where the person gave one at this device in the shift."""

    person: Text
    password: Text
    code: Text = ""


class Somebody(Struct, frozen=True, kw_only=True):
    """`quick`: the password alone will do."""

    person: str
    name: str
    quick: bool
    has_passkey: bool


class Here(Struct, frozen=True, kw_only=True):
    people: list[Somebody]


@get("/here", operation_id="people_here", opt=needs("account:enter"), sync_to_thread=True)
def people_here(request: Request[Any, Any, Any], site: FromSite) -> Here:
    """Who entered at this device in the shift, the last one first."""
    found = site.accounts.entrance.people_here(to_visit(request, site).device)
    with site.ledger.reading() as reading:
        return Here(
            people=[
                Somebody(
                    person=each.person,
                    name=find_name(reading, site, each.person) or each.person,
                    quick=each.quick,
                    has_passkey=each.has_passkey,
                )
                for each in found
            ]
        )


@post("/sign-in/options", operation_id="sign_in_options", opt=needs("account:enter"), status_code=200,
      sync_to_thread=True)  # fmt: skip
def offer_passkey(request: Request[Any, Any, Any], site: FromSite, data: JSONBody[PasskeyWanted]) -> Options:
    """A challenge for a passkey."""
    return Options(options=site.accounts.entrance.offer_passkey(to_visit(request, site), data.person))


@post("/sign-in/passkey", operation_id="sign_in_passkey", opt=needs("account:enter"), status_code=200,
      sync_to_thread=True)  # fmt: skip
def enter_by_passkey(request: Request[Any, Any, Any], site: FromSite, data: JSONBody[PasskeyGiven]) -> Response[Me]:
    """Sign in, unlock or change the person by a passkey."""
    entered = site.accounts.entrance.by_passkey(data.credential, to_visit(request, site))
    return let_in(request, site, entered)


@post("/sign-in/password", operation_id="sign_in_password", opt=needs("account:enter"), status_code=200,
      sync_to_thread=True)  # fmt: skip
def enter_by_password(request: Request[Any, Any, Any], site: FromSite, data: JSONBody[PasswordGiven]) -> Response[Me]:
    """The same by password and the code of an app."""
    visit = to_visit(request, site)
    entered = site.accounts.entrance.by_password(data.person, data.password, data.code or None, visit)
    return let_in(request, site, entered)


@get("/me", operation_id="me", opt=needs("keys:own"), sync_to_thread=True)
def read_me(request: CallerRequest, site: FromSite) -> Me:
    """Who is in. To ask counts as being at work."""
    return describe_me(site, request.user.person, pick_words(request))


@post("/lock", operation_id="lock", opt=needs("account:own"), status_code=204, sync_to_thread=True)
def lock(request: CallerRequest, site: FromSite) -> None:
    """Lock this session; a factor opens it again where it stood."""
    if session := find_session(request, site):
        site.accounts.sessions.lock(session)


@delete("/session", operation_id="sign_out", opt=needs("account:own"), status_code=204, sync_to_thread=True)
def sign_out(request: CallerRequest, site: FromSite) -> Response[None]:
    """End this session."""
    if session := find_session(request, site):
        site.accounts.sessions.leave(session)
    return Response(None, status_code=204, cookies=[_to_cookie(site.settings, site.settings.cookie, "", seconds=0)])


def find_session(request: CallerRequest, site: Site) -> Any:
    return site.accounts.find_session(request.cookies.get(site.settings.cookie, ""))


def to_visit(request: Request[Any, Any, Any], site: Site) -> Visit:
    return Visit(
        address=request.client.host if request.client else "",
        device=request.cookies.get(site.settings.device_cookie),
        session=request.cookies.get(site.settings.cookie),
        words=request.headers.get("user-agent", ""),
    )


def let_in(request: Request[Any, Any, Any], site: Site, entered: Entered) -> Response[Me]:
    """The answer to who is in now, with their cookies. Raises `CallRefused('not_signed_in')` for who has left."""
    me = describe_me(site, entered.session.person, pick_words(request))
    return Response(me, cookies=to_cookies(site, entered))


def to_cookies(site: Site, entered: Entered) -> list[Cookie]:
    """The session's and the device's cookie: for no script to read, and for no other site to send."""
    settings = site.settings
    return [
        _to_cookie(settings, settings.cookie, entered.token, seconds=settings.session_hours * 3600),
        _to_cookie(settings, settings.device_cookie, entered.device, seconds=_DEVICE_DAYS * 24 * 3600),
    ]


def _to_cookie(settings: Settings, name: str, value: str, *, seconds: int) -> Cookie:
    """One that ends is spelled as one that lasts: browsers take nothing named `__Host-` that is not `Secure`."""
    return Cookie(
        key=name,
        value=value,
        max_age=seconds,
        path="/",
        httponly=True,
        secure=settings.is_secure,
        samesite="strict",
    )


def describe_me(site: Site, person: str, words: Words) -> Me:
    """Raises `CallRefused('not_signed_in')` for who is not enrolled, or has left."""
    with site.ledger.reading() as reading:
        found = reading.book.find("person", person)
        if found is None or found.left_at is not None:
            raise CallRefused("not_signed_in")
        return Me(
            person=person,
            name=find_name(reading, site, person) or person,
            role=found.role,
            role_said=words.say(ROLES[found.role]),
            keys=read_own_keys(site, reading, person),
        )


router = Router(
    "/", route_handlers=[people_here, offer_passkey, enter_by_passkey, enter_by_password, read_me, lock, sign_out]
)
