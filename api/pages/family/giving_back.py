"""The return at the family's table, and the slip that the family keeps (order No. 32, paragraph 34).

Nothing here asks for empties, and nothing is owed: what is beyond the expected is one question that may stay open.
"""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from api.caller import CallerRequest
from api.languages import CATALOGUES, pick_language, pick_words
from api.naming import Names
from api.pages.codes import draw_code
from api.pages.family.aloud import SPOKEN, read_aloud
from api.pages.family.left import find_left
from api.pages.family.table import AT_THE_TABLE, Table, open_table
from api.pages.family.told import find_told
from api.pages.keeping import keep_for
from api.pages.rendering import render
from api.pages.routing import page
from api.seeing import patients_in
from api.site import FromSite, Site
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.refusal_words.terms import RELATIONS
from ledger.service.ports import Reading
from ledger.words import phrase, words
from reports.phrases import Phrases

_REASONS = (
    ("dose_changed", phrase("the dose was changed")),
    ("side_effects", phrase("side effects")),
    ("expired", phrase("expired")),
    ("moved_away", phrase("moved away")),
    ("found", phrase("found")),
    ("other", phrase("other")),
)
_SHORTFALLS = (
    ("used_not_recorded", phrase("used in the last days, not written down")),
    ("broken_before", phrase("broken before")),
    ("not_found", phrase("not found")),
    ("kept_by_family", phrase("stays with the family for now")),
    ("other", phrase("other")),
)


@page("/family/return/{patient:str}", "family:use")
def give_back(request: CallerRequest, site: FromSite, patient: FromPath[str]) -> Response[Any]:
    """From a family after a death, or from a living patient."""
    with open_table(request, site, patient) as table:
        informed = find_told(site, table.reading, table.patient)
        return render(
            request, site, "family/return.html", late=table.died_on is not None, name=table.name,
            patient=table.patient, packs=_packs(table), informed=informed,
            **_asked(request, site, table.names, table.patient, died=table.died_on is not None),
        )  # fmt: skip


@page("/family/return", "family:use")
def give_back_found(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Of unknown origin: nobody says whose it was."""
    with site.ledger.reading() as reading:
        return render(
            request, site, "family/return.html", late=False, name="", patient="", packs=[], informed=None,
            **_asked(request, site, Names(site, reading, pick_words(request)), "", died=False),
        )  # fmt: skip


def _packs(table: Table) -> list[dict[str, Any]]:
    lots = find_left(table.reading.book, table.patient, table.products, table.died_on or table.today)
    return [table.show(each) for each in lots]


def _asked(request: CallerRequest, site: Site, names: Names, patient: str, *, died: bool) -> dict[str, Any]:
    say = pick_words(request).say
    reasons = _REASONS if patient else (*_REASONS[-2:], *_REASONS[:-2])
    return {
        "aloud": read_aloud("after_death" if died else "living"),
        "spoken": SPOKEN,
        "spoken_first": first_spoken(request),
        "reasons": [(code, say(word)) for code, word in reasons],
        "shortfalls": [(code, say(word)) for code, word in _SHORTFALLS],
        "relations": relations(request),
        "bags": names.open_places("custody"),
        "products": names.open_products(),
        "kept": keep_for(site, request.user.person, f"return {patient}"),
    }


def first_spoken(request: CallerRequest) -> str:
    """The family's language that is offered first: the reader's, where the family may speak it."""
    return "ru" if pick_language(request) == "ru" else "kk"


def relations(request: CallerRequest) -> list[tuple[str, str]]:
    """Who may bring something, in words, the commonest first."""
    say = pick_words(request).say
    return [*((code, say(RELATIONS[code])) for code in _RELATED), ("other", say("other"))]


_RELATED = (
    "relative", "wife", "husband", "daughter", "son", "mother", "father", "sister", "brother", "grandchild", "carer",
    "neighbour",
)  # fmt: skip


@page("/family/slip/{seq:int}", "family:use")
def slip(request: CallerRequest, site: FromSite, seq: FromPath[int]) -> Response[Any]:
    """What was handed over, with thanks, and the number under which the proof can be fetched. No name stands on it."""
    with site.ledger.reading() as reading:
        entry = from_bytes(reading.entry(seq)) if 0 <= seq < reading.head.size else None
        if entry is None or entry["statement"]["type"] != "unused.returned":
            raise NotFound
        said = entry["statement"]
        for patient in patients_in(reading.book, said["type"], said["body"]):
            site.see_patient(reading, request.user, patient, what=f"slip {seq}", reason=AT_THE_TABLE)
        return render(
            request, site, "family/slip.html", seq=seq, spoken=SPOKEN, spoken_first=first_spoken(request),
            told={lang: _tell(site, reading, said, lang) for lang, _ in SPOKEN},
            code=draw_code(site, reading, str(seq)), reason=AT_THE_TABLE,
        )  # fmt: skip


def _tell(site: Site, reading: Reading, said: dict[str, Any], lang: str) -> dict[str, Any]:
    """Each medicine once, whole and broken packs together, in *lang*."""
    spoken, phrases = words(lang, catalogues=CATALOGUES), Phrases(lang, site.zone)
    names, units = Names(site, reading, spoken), dict[str, int]()
    for line in said["body"]["lines"]:
        units[line["product"]] = units.get(line["product"], 0) + line["intact"] + line["broken"]
    return {
        "say": spoken.say,
        "condole": said["body"]["reason"] == "patient_died",
        "at": spoken.moment(from_timestamp(said["occurred_at"]), site.zone),
        "packs": [
            (names.product(product), phrases.word(names.products[product]["unit_of_presentation"]), many)
            for product, many in units.items()
            if many
        ],
    }


HANDLERS = (give_back, give_back_found, slip)
