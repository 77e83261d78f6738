"""Who is new here, what was wrong about a patient, and prescriptions from paper: parts of the counter's page."""

from functools import lru_cache
from typing import Any

from litestar import Response

from api.asking import read_today
from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.counter.finding import find_hits
from api.pages.counter.forms import AT_THE_COUNTER, Typed
from api.pages.offered import offer_products
from api.pages.often import choose_often
from api.pages.rendering import render_part
from api.pages.routing import asked
from api.pages.terms import VALUES
from api.site import FromSite, Site
from ledger.domain.history.equivalents import ROUTES
from ledger.domain.regulation import read_table
from ledger.domain.terms import INDICATIONS, is_iin
from ledger.errors import Refusal
from ledger.log.canonical import to_timestamp
from ledger.refusal_words import tell
from ledger.service.ports import Reading
from ledger.storage.folding import join_digits
from ledger.words import Words, phrase
from reports.vocabulary import WORDS

_ANOTHER = phrase("another one")
_UNITS = ("mg", "ug/h", "ug", "g", "mL")


@asked("/counter/new", "counter:use")
def new_patient(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    """What was looked for in vain is filled in, as a name or as an IIN."""
    words, typed = pick_words(request), join_digits(" ".join(data.get("q", "").split()))
    with site.ledger.reading() as reading:
        return render_part(
            request, "counter/_new.html", katos=read_katos(site, reading), today=read_today(site, reading),
            indications=[(code, words.say(VALUES.get(code, _ANOTHER))) for code in INDICATIONS],
            facility=reading.book.facility, iin=typed if is_iin(typed) else "",
            typed="" if any(sign.isdigit() for sign in typed) else typed, wrong_iin=_say_wrong_iin(words),
        )  # fmt: skip


@asked("/counter/correct", "counter:use")
def correct(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        kept = site.see_patient(reading, request.user, data.get("patient", ""), what="patient", reason=AT_THE_COUNTER)
        names = Names(site, reading, words)
        home = reading.book.get("patient", kept).home_at(to_timestamp(site.ledger.clock()))
        return render_part(
            request, "counter/_correct.html", patient=kept, identity=names.identity(kept), home=home,
            name=names.patient(kept), katos=read_katos(site, reading), wrong_iin=_say_wrong_iin(words),
        )  # fmt: skip


def _say_wrong_iin(words: Words) -> str:
    """As it is said when somebody signs."""
    return tell(words, Refusal(code="iin_invalid", field=f"«{words.say('IIN')}»")).said


@asked("/counter/others", "counter:use")
def find_others(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    """The records that may be of the same person as *keep*."""
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        typed = " ".join(data.get("other", "").split())
        hits, _ = find_hits(site, reading, request.user, names, typed, reason=AT_THE_COUNTER)
        others = [hit for hit in hits if hit.patient != data.get("body.keep")]
        return render_part(request, "counter/_others.html", others=others)


@asked("/counter/paper", "counter:use")
def paper(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        kept = site.see_patient(reading, request.user, data.get("patient", ""), what="paper", reason=AT_THE_COUNTER)
        names = Names(site, reading, words)
        return render_part(
            request, "counter/_paper.html", patient=kept, name=names.patient(kept),
            products=list(offer_products(reading, names, to_timestamp(site.ledger.clock()))),
            routes=[(code, words.say(route)) for code, route in ROUTES.items()], today=read_today(site, reading),
            units=[(unit, names.phrases.say(WORDS[unit])) for unit in _UNITS], often=list(choose_often(words)),
        )  # fmt: skip


def read_katos(site: Site, reading: Reading) -> list[tuple[str, str]]:
    """(code, name) of the districts in the table that is in force; a name stands in one language only."""
    digest = site.ledger.rules(reading).tables.get("kato")
    data = reading.adopted().get(digest) if digest else None
    return _named(data) if data else []


@lru_cache(maxsize=4)
def _named(data: bytes) -> list[tuple[str, str]]:
    return [(row["code"], row.get("name_ru", "")) for row in read_table(data)]


HANDLERS = (new_patient, correct, find_others, paper)
