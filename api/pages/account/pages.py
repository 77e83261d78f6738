"""The pages around a person's own affairs. Each does its work by the JSON that its module asks for."""

from typing import Any

from litestar import Response, Router, get
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from api.authority import needs
from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import find_name
from api.pages.account.devices import to_device
from api.pages.account.keys import OwnKey, read_own_keys, read_waiting
from api.pages.files import read_static, takes_gzip
from api.pages.rendering import render
from api.pages.routing import AnyRequest, page
from api.pages.terms import VALUES
from api.pages.texts import render_texts
from api.site import FromSite
from ledger.errors import NotFound
from ledger.log.canonical import from_timestamp
from ledger.refusal_words.terms import ROLES
from ledger.words import LANGUAGES, Words

_YEAR = 365 * 24 * 3600


@page("/sign-in", "pages:read")
def sign_in(request: AnyRequest, site: FromSite) -> Response[Any]:
    locked = request.user is not None and request.user.locked
    return render(request, site, "account/sign_in.html", me=None, locked=locked)


@page("/enrol", "pages:read")
def enrol(request: AnyRequest, site: FromSite) -> Response[Any]:
    return render(request, site, "account/enrol.html", me=None)


@page("/recover", "pages:read")
def recover(request: AnyRequest, site: FromSite) -> Response[Any]:
    return render(request, site, "account/recover.html", me=None)


@page("/account/keys", "keys:own")
def own_keys(request: CallerRequest, site: FromSite) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        keys = [_to_row(key, words) for key in read_own_keys(site, reading, request.user.person)]
    return render(request, site, "account/keys.html", keys=keys)


@page("/account/signatures", "keys:own")
def own_signatures(request: CallerRequest, site: FromSite) -> Response[Any]:
    return render(request, site, "account/signatures.html")


@page("/account/sessions", "keys:own")
def own_sessions(request: CallerRequest, site: FromSite) -> Response[Any]:
    words = pick_words(request)
    shown = [
        {
            "id": session.id,
            "device": to_device(session.words) or words.say("Device"),
            "current": session.id == request.user.session,
            "since_said": words.moment(session.made_at, site.zone),
            "used_said": words.moment(session.seen_at, site.zone),
        }
        for session in site.accounts.sessions.of(request.user.person)
    ]
    return render(request, site, "account/sessions.html", sessions=shown)


@page("/account/sign-in", "keys:own")
def own_credentials(request: CallerRequest, site: FromSite) -> Response[Any]:
    words, found = pick_words(request), site.accounts.credentials.look(request.user.person)
    passkeys = [
        {
            "id": each.id,
            "label": each.label or words.say("Device"),
            "since_said": words.moment(each.made_at, site.zone),
            "used_said": words.moment(each.used_at, site.zone) if each.used_at else "",
        }
        for each in found.passkeys
    ]
    return render(
        request, site, "account/credentials.html", passkeys=passkeys, has_password=found.has_password,
        codes_left=words.count("{n} recovery code left", "{n} recovery codes left", found.codes_left),
    )  # fmt: skip


@page("/account/requests", "keys:own")
def key_requests(request: CallerRequest, site: FromSite) -> Response[Any]:
    words, shown, governs = pick_words(request), [], request.user.role in ("registrar", "head_pharmacist")
    if governs:
        with site.ledger.reading() as reading:
            shown = [
                {
                    "key": each.key,
                    "person": each.person,
                    "name": find_name(reading, site, each.person) or each.person,
                    "role_said": words.say(ROLES[reading.book.get("person", each.person).role]),
                    "kind_said": words.say(VALUES[each.body["custody"]]),
                    "asked_said": words.moment(each.made_at, site.zone),
                    "is_signed_here": request.user.role == "registrar",
                }
                for each in read_waiting(site, reading)
            ]
    return render(request, site, "account/requests.html", governs=governs, requests=shown)


@page("/account/key-list", "keys:own")
def key_list(request: CallerRequest, site: FromSite) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        book, head = site.ledger.keys(reading), reading.head
        keys = [key for key in map(book.get, book.ids()) if key.until_seq is None and key.use in ("sign", "import")]
        shown = [
            {
                "person": key.person,
                "name": find_name(reading, site, key.person) or key.person,
                "key_spaced": " ".join(key.key[n : n + 4] for n in range(0, 16, 4)),
                "use_said": words.say(VALUES[key.use]),
                "from_seq": key.from_seq,
            }
            for key in sorted(keys, key=lambda key: (key.person, key.from_seq))
        ]
        at = words.moment(from_timestamp(head.last_recorded_at or ""), site.zone)
    return render(
        request, site, "account/key_list.html", keys=shown, seq=head.size - 1, at_said=at,
        genesis=site.ledger.genesis().hex(),
    )  # fmt: skip


@get("/texts/{name:str}", operation_id="page_texts", opt=needs("pages:read"), include_in_schema=False,
     sync_to_thread=True)  # fmt: skip
def texts(request: AnyRequest, site: FromSite, name: FromPath[str]) -> Response[bytes | None]:
    """What the modules say, as `<language>.json`, and what statements are said with, as `<language>-terms.json`;
    304 where the browser has it (RFC 9110, section 13.1.2)."""
    found = render_texts(name.removesuffix(".json"), site.zone)
    if found is None:
        raise NotFound
    data, pressed, tag = found
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(None, status_code=304, headers=headers)
    if takes_gzip(request):
        headers["Content-Encoding"], data = "gzip", pressed
    return Response(data, media_type="application/json", headers=headers)


@get("/language/{lang:str}", operation_id="page_language", opt=needs("pages:read"), include_in_schema=False,
     sync_to_thread=False)  # fmt: skip
def choose_language(site: FromSite, lang: FromPath[str], to: FromQuery[str] = "/") -> Redirect:
    """Remember the language, and go back."""
    if lang not in LANGUAGES:
        raise NotFound
    chosen = Cookie(
        key="lang", value=lang, max_age=_YEAR, path="/", secure=site.settings.is_secure, samesite="lax", httponly=True
    )
    is_here = to.startswith("/") and not to.startswith(("//", "/\\"))
    return Redirect(to if is_here else "/", status_code=303, cookies=[chosen])


def _to_row(key: OwnKey, words: Words) -> dict[str, str]:
    return {
        "key": key.key,
        "state": key.state,
        "kind_said": words.say(VALUES[key.custody]),
        "state_said": words.say(VALUES[key.state]),
    }


PAGES = (
    sign_in, enrol, recover, own_keys, own_signatures, own_sessions, own_credentials, key_requests, key_list,
    texts, choose_language,
)  # fmt: skip
router = Router("/", route_handlers=[*PAGES, read_static])
