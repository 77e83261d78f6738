"""The page of an entry: what it says, who signed it, what became of it; and how a mistake in it is mended.

Nothing is edited: a reversal is a new entry that says where the packs are (contract: Mending).
"""

from collections.abc import Sequence
from typing import Any

from litestar import Response
from litestar.params import FromPath, FromQuery

from api.authority import is_permitted
from api.caller import Caller, CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.counter.forms import AT_THE_COUNTER, Typed
from api.pages.counter.telling import Telling, open_at
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.pages.ward.reasons import pick_reason, render_reason
from api.seeing import patients_in, see_statements
from api.site import FromSite, Site
from ledger.domain.authority import AUTHORITY
from ledger.domain.dependents import NEVER_REVERSED, find_dependents
from ledger.domain.effects import AtHome, Effect
from ledger.domain.kind import Case, command_of, effects_of, moves_of
from ledger.domain.records import WHYS, Past
from ledger.domain.terms import PHARMACISTS
from ledger.domain.vocabulary import KINDS
from ledger.errors import NotFound
from ledger.log.canonical import MAX_INT, from_bytes, from_timestamp, to_timestamp
from ledger.log.merkle import leaf_hash
from ledger.service.ports import Reading
from ledger.words import Words, phrase

_REASONS = ("wrong_patient", "wrong_lot", "wrong_quantity", "not_collected", "wrong_product", "duplicate", "cancelled",
            "other")  # fmt: skip
_PACKS = {
    "never_left": phrase("They never left: they lie where they were, and count there again"),
    "back_sealed": phrase("They came back: they lie in a sealed bag in custody, not in stock"),
    "with_wrong_person": phrase("Somebody else has them, and they are not back yet"),
    "with_right_person": phrase("The patient rightly has them; only the entry was wrong"),
}
_UNDONE = phrase("It never happened that way: stock is counted as if this had not been entered")
_NOTHING = phrase("No packs are concerned")
_NEVER = phrase("An entry of this kind is not taken back; what is wrong in it is put right by a new one.")
_SUPPLIES = ("dispense.outpatient", "dispense.discharge")


@page("/entries/{seq:int}", "search:use")
def entry(
    request: CallerRequest, site: FromSite, seq: FromPath[int], then: FromQuery[int | None] = None
) -> Response[Any]:
    """One entry in words; where it tells of a patient with whom one has nothing to do, the reason is asked first.

    *then*: the entry that is mended after this one.
    """
    with site.ledger.reading() as reading:
        said = from_bytes(_read(reading, seq))["statement"]
        reason = _implied(request.user, said)
        if reason is not None or not patients_in(reading.book, said["type"], said["body"]):
            return render(request, site, "counter/entry.html", **_gather(request, site, reading, seq, then, reason))
    modules = ("entry", "stock_report") if said["type"] == "dispense.discharge" else ("entry",)
    return render_reason(request, site, *modules, room="counter")


@asked("/entries/{seq:int}", "search:use")
def entry_for(
    request: CallerRequest, site: FromSite, seq: FromPath[int], data: Typed, then: FromQuery[int | None] = None
) -> Response[Any]:
    """The same, once the reason was given."""
    reason = pick_reason(data)
    with site.ledger.reading() as reading:
        shown = _gather(request, site, reading, seq, then, reason)
        return render_part(request, "counter/_entry_asked.html", **shown)


def _read(reading: Reading, seq: int) -> bytes:
    if not 0 <= seq <= MAX_INT:
        raise NotFound
    return reading.entry(seq)


def _gather(
    request: CallerRequest, site: Site, reading: Reading, seq: int, then: int | None, reason: str | None
) -> dict[str, Any]:
    """All that the template names; whom the entry tells of is noted first."""
    words, caller, data = pick_words(request), request.user, _read(reading, seq)
    stored = from_bytes(data)
    said = stored["statement"]
    see_statements(site, reading, caller, [said], what=f"entry {seq}", reason=reason)
    names = Names(site, reading, words)
    telling, past = Telling(site, reading, words, names), reading.book.past.by_seq(seq)
    reversal = reading.book.find("reversal", said["id"])
    return dict(
        seq=seq, then=then, title=telling.title(said["type"]),
        told=list(telling.rows(said, open_at(site, reading, seq))),
        signed=[names.person(signature["by"]) for signature in stored["signatures"]],
        recorded_at=names.phrases.moment(from_timestamp(stored["recorded_at"])),
        imported=stored["via"] == "import", leaf=leaf_hash(data).hex(), id=said["id"],
        reversed_by=None if reversal is None else reversal.seq,
        packs_said="" if reversal is None else _say_packs(words, said["type"], reversal.packs),
        reverses=_reverses(reading, said), waits=_waits(reading, said["id"]),
        known=[(each, names.patient(each)) for each in patients_in(reading.book, said["type"], said["body"])],
        is_discharge=said["type"] == "dispense.discharge", may_issue=is_permitted("reports:issue", caller),
        may_hear=is_permitted("notices:use", caller),
        mend=_mending(site, reading, words, names, telling, past, caller) if past is not None else {"why": ""},
    )  # fmt: skip


@asked("/entries/dependents", "search:use")
def dependents(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    """Which later entries rest on this one and go before it, the last first."""
    seq, packs = data.get("body.seq", ""), data.get("body.packs", "")
    with site.ledger.reading() as reading:
        past = reading.book.past.by_seq(int(seq)) if seq.isdecimal() and int(seq) <= MAX_INT else None
        if past is None:
            raise NotFound
        words = pick_words(request)
        telling = Telling(site, reading, words, Names(site, reading, words))
        case, effects = _effects(site, reading, past)
        found = find_dependents(case, [(past, effects)], packs) if packs in (*_PACKS, "none") else []
        later = [reading.book.past.by_seq(each) for each in reversed(found)]
        chain = [(each.seq, telling.title(each.type)) for each in later if each is not None]
        return render_part(request, "counter/_chain.html", chain=chain, seq=past.seq)


def _implied(caller: Caller, said: dict[str, Any]) -> str | None:
    """Why they look, where that goes without saying: at the counter, and for who signed or ordered it."""
    if caller.role in PHARMACISTS:
        return AT_THE_COUNTER
    body = said["body"]
    own = (said["performer"], said["witness"], body.get("ordered_by"), *body.get("commission", ()))
    return "own entry" if caller.person in own else None


def _reverses(reading: Reading, said: dict[str, Any]) -> int | None:
    """The entry that this one takes back or countersigns."""
    if said["type"] not in ("entry.reversed", "entry.countersigned"):
        return None
    if "seq" in said["body"]:
        return int(said["body"]["seq"])
    past = reading.book.past.by_id(said["body"]["id"])
    return None if past is None else past.seq


def _waits(reading: Reading, entry_id: str) -> bool:
    return any(reading.book.find("pending", entry_id, why) is not None for why in WHYS)


def _effects(site: Site, reading: Reading, past: Past) -> tuple[Case, list[Effect]]:
    case = Case(
        command=command_of(past), book=reading.book, rules=site.ledger.rules(reading), kinds=KINDS,
        now=to_timestamp(site.ledger.clock()), imported=False,
    )  # fmt: skip
    return case, effects_of(past, case)


def _say_packs(words: Words, undone: str, packs: str) -> str:
    """In the words that the choice was made in."""
    if packs == "never_left" and undone not in _SUPPLIES:
        return words.say(_UNDONE)
    return words.say(_PACKS[packs]) if packs in _PACKS else ""


def _mending(
    site: Site, reading: Reading, words: Words, names: Names, telling: Telling, past: Past, caller: Caller
) -> dict[str, Any]:
    """What the form asks for; or `why` there is none."""
    if caller.role not in AUTHORITY["entry.reversed"].performers:
        return {"why": ""}
    asked_of = AUTHORITY[past.type]
    if past.type in NEVER_REVERSED or asked_of.performers & {"registrar", "ledger"}:
        return {"why": words.say(_NEVER)}
    if reading.book.find("reversal", past.id) is not None:
        return {"why": ""}
    packs = [(code, words.say(said)) for code, said in _packs_for(_effects(site, reading, past)[1])]
    return {
        "why": None,
        "reasons": [(code, telling.value(code)) for code in _REASONS],
        "packs": packs,
        "needs_place": any(code == "back_sealed" for code, _ in packs),
        "custody": names.open_places("custody"),
        "colleagues": names.colleagues(caller.person) if asked_of.witness in ("required", "own", "commission") else [],
        "is_supply": past.type in _SUPPLIES,
    }


def _packs_for(effects: Sequence[Effect]) -> list[tuple[str, str]]:
    """Where the packs may be, as the rule of the reversal asks."""
    at_home = [effect for effect in effects if isinstance(effect, AtHome)]
    if any(effect.what == "dispensed" for effect in at_home):
        return list(_PACKS.items())
    if moves_of(effects) or any(effect.what != "counted" for effect in at_home):
        return [("never_left", _UNDONE)]
    return [("none", _NOTHING)]


HANDLERS = (entry, entry_for, dependents)
