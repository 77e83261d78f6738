"""People: who is here in which role with which keys, who comes, changes and leaves."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Response, Router
from litestar.params import FromPath

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.account.keys import read_waiting
from api.pages.office.governing import read_governance
from api.pages.rendering import render
from api.pages.routing import page
from api.pages.terms import VALUES
from api.site import FromSite, Site
from ledger.domain.records import Person
from ledger.domain.terms import ROLES
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.log.key import Key
from ledger.refusal_words.terms import ROLES as ROLE_WORDS
from ledger.refusal_words.terms import TYPES
from ledger.service.ports import Reading
from ledger.words import Words


@page("/office/people", "office:use")
def people(request: CallerRequest, site: FromSite) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        keys, waiting = _keys_of(site, reading), {each.person for each in read_waiting(site, reading)}
        shown = [
            {
                "person": username,
                "name": names.person(username),
                "role_said": words.say(ROLE_WORDS[person.role]),
                "left_said": _day_of(words, site, person),
                "keys": sum(key.until_seq is None for key in keys.get(username, ())),
                "waits": username in waiting,
            }
            for (username,), person in reading.shelf("person")
        ]
        governance = read_governance(site, reading, names, request.user)
    shown.sort(key=lambda each: (bool(each["left_said"]), each["name"]))
    roles = [(role, words.say(ROLE_WORDS[role])) for role in ROLES]
    if not any(name for name, _ in governance.heads) and request.user.role == "registrar" and governance.on_word:
        roles.sort(key=lambda each: each[0] != "head_pharmacist")  # who comes first
    return render(
        request, site, "office/people.html", people=shown, roles=roles, governance=governance,
        code_days=site.settings.code_days,
    )  # fmt: skip


@page("/office/people/{person:str}", "office:use")
def person(request: CallerRequest, site: FromSite, person: FromPath[str]) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        found: Person | None = reading.book.find("person", person)
        if found is None:
            raise NotFound
        names = Names(site, reading, words)
        waiting = [
            {"key": each.key, "body": each.body, "kind_said": words.say(VALUES[each.body["custody"]])}
            for each in read_waiting(site, reading, person)
        ]
        return render(
            request, site, "office/person.html",
            person=person, name=names.person(person), role_said=words.say(ROLE_WORDS[found.role]),
            since_said=words.moment(from_timestamp(found.roles[-1][1]), site.zone),
            left_said=_day_of(words, site, found),
            keys=[_to_row(key) for key in _keys_of(site, reading).get(person, ())],
            waiting=waiting,
            roles=[(role, words.say(ROLE_WORDS[role])) for role in ROLES if role != found.role],
            holds=_held_by(reading, person, words),
            is_only=found.role in ("registrar", "head_pharmacist") and not names.colleagues(person, found.role),
            governance=read_governance(site, reading, names, request.user),
            today=datetime.now(ZoneInfo(site.zone)).date().isoformat(), code_days=site.settings.code_days,
        )  # fmt: skip


def _keys_of(site: Site, reading: Reading) -> dict[str, list[Key]]:
    """Keys to sign with by their holder, the newest first."""
    book = site.ledger.keys(reading)
    found: dict[str, list[Key]] = {}
    for key in sorted((key for key in map(book.get, book.ids()) if key.use == "sign"), key=lambda key: -key.from_seq):
        found.setdefault(key.person, []).append(key)
    return found


def _to_row(key: Key) -> dict[str, Any]:
    return {
        "key": key.key,
        "spaced": " ".join(key.key[n : n + 4] for n in range(0, 16, 4)),
        "from_seq": key.from_seq,
        "until_seq": key.until_seq,
    }


def _held_by(reading: Reading, person: str, words: Words) -> list[str]:
    """What keeps somebody from leaving: nobody else could answer for it afterwards."""
    pending = sorted({each.seq for _, each in reading.shelf("pending") if person in (each.performer, each.by)})
    said = []
    for seq in pending:
        type = from_bytes(reading.entry(seq))["statement"]["type"]
        said.append(
            words.say("Entry {seq} waits for a second signature: {what}.", seq=seq, what=words.say(TYPES[type]))
        )
    for (sheet_no,), sheet in reading.shelf("sheet"):
        if sheet.issued_by == person and not sheet.closed:
            said.append(words.say("The downtime sheet {sheet} is not closed.", sheet=sheet_no))
    return said


def _day_of(words: Words, site: Site, person: Person) -> str:
    return "" if person.left_at is None else words.moment(from_timestamp(person.left_at), site.zone)


router = Router("/", route_handlers=[people, person])
