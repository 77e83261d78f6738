"""One frame for all pages: who is here, in which language, of which facility. Trusts the ledger for names and roles.

What stands in a page is escaped by the template, always; sentences come from the catalogues by `say("…")`.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.enums import MediaType

from api.authority import is_permitted
from api.caller import Caller
from api.languages import pick_language, pick_words
from api.naming import find_name
from api.pages.files import ADDRESS
from api.pages.keeping import keep_for
from api.site import Site
from ledger.refusal_words.terms import ROLES
from ledger.service.ports import Reading
from ledger.words import Words, phrase

TEMPLATES = Path(__file__).parents[1] / "templates"
_LANGUAGES = (("kk", "Қазақша"), ("ru", "Русский"), ("en", "English"))
PLACES = (
    ("/", phrase("Today"), "day:read"),
    ("/counter", phrase("Counter"), "counter:use"),
    ("/search", phrase("Search"), "search:use"),
    ("/stock", phrase("Stock"), "stock:use"),
    ("/stock/count", phrase("Count"), "stock:use"),
    ("/stock/register", phrase("Journal"), "stock:use"),
    ("/family", phrase("Families"), "family:use"),
    ("/office/people", phrase("People"), "office:use"),
    ("/office/places", phrase("Places and products"), "office:use"),
    ("/office/rules", phrase("Rule set"), "office:use"),
    ("/office/go-live", phrase("Going live"), "office:use"),
    ("/ward/doses", phrase("Doses"), "bedside:use"),
    ("/ward/handover", phrase("Shift handover"), "bedside:use"),
    ("/ward/empties", phrase("Empties"), "ward:use"),
    ("/prescribing", phrase("Prescribing"), "prescribing:use"),
    ("/inspection", phrase("Inspection"), "inspection:use"),
    ("/inspection/visit", phrase("Visit and findings"), "inspection:use"),
    ("/downtime", phrase("Downtime"), "downtime:use"),
)
"""Where the work is: address, name, and what one must be allowed to see it there. In the order of the menu."""
OWN_PLACES = (
    ("/account/requests", phrase("Waiting for my signature"), "keys:own"),
    ("/account/signatures", phrase("My signatures"), "keys:own"),
    ("/account/keys", phrase("My keys"), "keys:own"),
    ("/account/sign-in", phrase("How I sign in"), "keys:own"),
    ("/account/sessions", phrase("Where I am signed in"), "keys:own"),
    ("/account/key-list", phrase("Keys in force"), "keys:own"),
)
ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
ENVIRONMENT.globals["static"] = ADDRESS


def render(request: Request[Any, Any, Any], site: Site, template: str, **shown: Any) -> Response[str]:
    """The page *template* for whoever asks. Drafts lie by its address, or at *kept_at* where that is shown."""
    words, caller = pick_words(request), request.user
    frame = _frame(request, site, words) | {
        "idle_minutes": site.settings.idle_minutes,
        "menu": _offered(PLACES, caller, words),
        "own_menu": _offered(OWN_PLACES, caller, words),
        "read_only": site.ledger.read_only is not None,
    }
    with site.ledger.reading() as reading:
        facility = reading.book.facility
        frame |= {"facility": facility.name, "practice": facility.practice}
        if caller is not None:
            frame["me"] = describe_person(reading, site, caller, words)
            frame["keep_here"] = lambda: keep_for(site, caller.person, f"page {shown.get('kept_at', frame['here'])}")
    return Response(ENVIRONMENT.get_template(template).render(frame | shown), media_type=MediaType.HTML)


def render_part(request: Request[Any, Any, Any], template: str, **shown: Any) -> Response[str]:
    """A part of a page, for htmx to put in its place; `say`, `lang` and what is *shown* stand in it."""
    words = pick_words(request)
    known = {"say": words.say, "count": words.count, "lang": words.lang}
    return Response(ENVIRONMENT.get_template(template).render(known | shown), media_type=MediaType.HTML)


def render_problem(request: Request[Any, Any, Any], site: Site, problem: Any) -> str:
    """What somebody at a browser is told instead of a page. It reads nothing: it is also said when nothing can be."""
    frame = _frame(request, site, pick_words(request))
    return ENVIRONMENT.get_template("problem.html").render(
        frame | {"practice": False, "facility": "", "read_only": False, "problem": problem}
    )


def render_refused(request: Request[Any, Any, Any], problem: Any) -> str:
    """The same instead of a part of a page."""
    return ENVIRONMENT.get_template("parts/refused.html").render(say=pick_words(request).say, problem=problem)


def _offered(places: Any, caller: Caller | None, words: Words) -> list[tuple[str, str]]:
    return [(href, words.say(name)) for href, name, action in places if is_permitted(action, caller)]


def _frame(request: Request[Any, Any, Any], site: Site, words: Words) -> dict[str, Any]:
    path, query = request.url.path, request.url.query
    return {
        "say": words.say,
        "count": words.count,
        "lang": pick_language(request),
        "languages": _LANGUAGES,
        "path": path,
        "here": f"{path}?{query}" if query else path,
        "log": site.ledger.log,
        "rp_id": site.settings.rp_id,
        "me": None,
    }


def describe_person(reading: Reading, site: Site, caller: Caller, words: Words) -> dict[str, str]:
    return {
        "person": caller.person,
        "name": find_name(reading, site, caller.person) or caller.person,
        "role": caller.role,
        "role_said": words.say(ROLES[caller.role]),
    }
