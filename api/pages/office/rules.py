"""The rule set: what it says and on what it rests, what must be looked up, the adoption of another by two people."""

from datetime import date
from typing import Any

from litestar import Response, Router
from litestar.params import FromPath

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.office.governing import read_governance
from api.pages.rendering import render
from api.pages.routing import page
from api.site import FromSite
from ledger.domain.regulation import KEYS, REFUSES_UNSET, TABLES, Provision, RuleSet, read_adoption
from ledger.domain.rule_reading import find_changes, is_to_look_up
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes
from ledger.refusal_words.acts import QUOTED, say_source
from ledger.refusal_words.regulation import VALUES
from ledger.refusal_words.terms import STATUSES
from ledger.words import Words, phrase

_TABLES = {
    "kato": phrase("codes of places (KATO)"),
    "opioid_equivalents": phrase("factors of the oral morphine equivalent"),
    "substance_classes": phrase("classes of substances"),
}


@page("/office/rules", "office:use")
def rules(request: CallerRequest, site: FromSite) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names, found = Names(site, reading, words), site.ledger.rules(reading)
        adopted = [
            {"seq": row.seq, "name": from_bytes(row.data)["statement"]["body"]["name"]}
            for row in reading.rows(type="regulation.adopted")
        ]
        governance = read_governance(site, reading, names, request.user)
    return render(
        request, site, "office/rules.html", rules=found, adopted=adopted, governance=governance,
        values=[_to_value(words, found, key) for key in KEYS],
        tables=[{"said": words.say(_TABLES[name]), "sha256": found.tables.get(name, "")} for name in TABLES],
        left=sum(is_to_look_up(found, key) for key in VALUES),
    )  # fmt: skip


@page("/office/rules/worksheet", "office:use")
def worksheet(request: CallerRequest, site: FromSite) -> Response[Any]:
    words, found = pick_words(request), site.ledger.rules()
    places: dict[str, list[dict[str, Any]]] = {}
    for key in VALUES:
        if is_to_look_up(found, key):
            places.setdefault(words.say(VALUES[key][1]), []).append(_to_value(words, found, key))
    return render(request, site, "office/worksheet.html", rules=found, places_said=places)


@page("/office/rules/proposed/{digest:str}", "office:use")
def proposed(request: CallerRequest, site: FromSite, digest: FromPath[str]) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        files = reading.adopted()
        if not files.get(digest, b"").lstrip().startswith(b"{"):
            raise NotFound
        theirs, ours = read_adoption(files, digest).rules, site.ledger.rules(reading)
        governance = read_governance(site, reading, Names(site, reading, words), request.user)
    changes = find_changes(ours, theirs)
    return render(
        request, site, "office/proposed.html", theirs=theirs, ours=ours, governance=governance,
        is_in_force=theirs.sha256 == ours.sha256,
        values=[
            {
                "said": words.say(VALUES[key][0]),
                "before": [_to_provision(words, each) for each in before] or _say_unset(words, key),
                "after": [_to_provision(words, each) for each in after] or _say_unset(words, key),
            }
            for key, before, after in changes.values
        ],
        tables=[{"said": words.say(_TABLES[each.table]), "rows": each.rows} for each in changes.tables],
        unset=[words.say(VALUES[key][0]) for key in theirs.unset],
    )  # fmt: skip


def _to_value(words: Words, rules: RuleSet, key: str) -> dict[str, Any]:
    dated = [_to_provision(words, each) for each in rules.provisions.get(key, ())]
    return {
        "said": words.say(VALUES[key][0]),
        "dated": dated,
        "unset_said": _say_unset(words, key),
        "refuses": key in REFUSES_UNSET,
    }


def _to_provision(words: Words, provision: Provision) -> dict[str, Any]:
    return {
        "value": provision.value,
        "days": f"{_say_day(words, provision.valid_from)} – {_say_day(words, provision.valid_to)}",
        "source": say_source(words, provision.act, provision.paragraph, provision.edition),
        "is_quoted": provision.act in QUOTED,
        "status_said": words.say(STATUSES[provision.status]),
        "verified": provision.status == "verified",
    }


def _say_day(words: Words, on: str | None) -> str:
    return "…" if on is None else words.day(date.fromisoformat(on))


def _say_unset(words: Words, key: str) -> str:
    if key in REFUSES_UNSET:
        return words.say("unset: refused until it is adopted")
    return words.say("unset: not checked")


router = Router("/", route_handlers=[rules, worksheet, proposed])
