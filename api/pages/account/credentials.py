"""A person's own ways to sign in: added and removed. Each wants a factor given within the last minutes."""

from typing import Annotated, Any

import segno
from litestar import Router, delete, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from api.accounts.shapes import Session, TotpOffer
from api.authority import needs
from api.caller import CallerRequest
from api.pages.account.devices import to_device
from api.pages.account.entering import Options, PasskeyGiven, Text, find_session
from api.site import FromSite, Site
from ledger.errors import CallRefused

_OWN = needs("account:own", in_person=True)


class TotpOffered(Struct, frozen=True, kw_only=True):
    """`picture`: a QR code as a `data:` address; `offer` goes back with the first code."""

    secret: str
    picture: str
    offer: str


class PasswordChosen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: Text
    offer: Text
    code: Annotated[str, Meta(max_length=16)]


class RecoveryCodes(Struct, frozen=True, kw_only=True):
    """Shown this once."""

    recovery_codes: list[str]


def to_offered(offer: TotpOffer) -> TotpOffered:
    picture = segno.make(offer.uri, error="m").svg_data_uri(scale=4, border=4)
    return TotpOffered(secret=offer.secret, picture=picture, offer=offer.ticket)


@post("/passkeys/options", operation_id="add_passkey_options", opt=_OWN, status_code=200,
      sync_to_thread=True)  # fmt: skip
def offer_passkey(request: CallerRequest, site: FromSite) -> Options:
    """A challenge to make another passkey."""
    return Options(options=site.accounts.credentials.offer_passkey(_session(request, site)))


@post("/passkeys", operation_id="add_passkey", opt=_OWN, status_code=204, sync_to_thread=True)
def add_passkey(request: CallerRequest, site: FromSite, data: JSONBody[PasskeyGiven]) -> None:
    """From now on it signs in too."""
    label = to_device(request.headers.get("user-agent", ""))
    site.accounts.credentials.add_passkey(_session(request, site), data.credential, label)


@delete("/passkeys/{id:str}", operation_id="remove_passkey", opt=_OWN, status_code=204,
        sync_to_thread=True)  # fmt: skip
def remove_passkey(request: CallerRequest, site: FromSite, id: FromPath[str]) -> None:
    """It signs in no more, and what it opened elsewhere is shut."""
    site.accounts.credentials.remove_passkey(_session(request, site), id)


@post("/totp", operation_id="offer_totp", opt=_OWN, status_code=200, sync_to_thread=True)
def offer_totp(request: CallerRequest, site: FromSite) -> TotpOffered:
    """A new secret for an app that shows codes."""
    return to_offered(site.accounts.credentials.offer_totp(_session(request, site)))


@post("/password", operation_id="set_password", opt=_OWN, status_code=204, sync_to_thread=True)
def set_password(request: CallerRequest, site: FromSite, data: JSONBody[PasswordChosen]) -> None:
    """Password and app anew; other sessions end."""
    site.accounts.credentials.set_password(_session(request, site), data.password, data.offer, data.code)


@post("/recovery-codes", operation_id="make_recovery_codes", opt=_OWN, status_code=200,
      sync_to_thread=True)  # fmt: skip
def make_recovery_codes(request: CallerRequest, site: FromSite) -> RecoveryCodes:
    """Ten new ones; the old are worth nothing any more."""
    return RecoveryCodes(recovery_codes=site.accounts.credentials.make_recovery_codes(_session(request, site)))


def _session(request: CallerRequest, site: Site) -> Session:
    """A machine's token changes nobody's way in. Raises `CallRefused('not_signed_in')`."""
    session: Any = find_session(request, site)
    if session is None or request.user.by != "session":
        raise CallRefused("not_signed_in")
    return session  # type: ignore[no-any-return]


router = Router(
    "/", route_handlers=[offer_passkey, add_passkey, remove_passkey, offer_totp, set_password, make_recovery_codes]
)
