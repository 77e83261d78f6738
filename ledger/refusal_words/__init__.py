"""What is said of a refusal, a warning or a stop: why, and what to do. Codes and values come in, sentences go out.

    refusals   why a command is refused, code by code
    warnings   what is to be answered before an act, and what is noted on a fact
    stops      why nothing can be written, or Senim was called wrongly
    web        why a call over HTTP was not taken
    accounts   why somebody does not come in
    acts       the acts that a rule set names
    terms      the names of roles, kinds of facility and types of entry

A code has several sentences, the most telling first; the first one whose values are all there is said.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from ledger.errors import (
    CallRefused,
    CommandInvalid,
    CommandRefused,
    EvidenceRejected,
    LedgerReadOnly,
    NeedsAcknowledgement,
    NotFound,
    OutcomeUnknown,
    Refusal,
    SenimError,
    Stopped,
    WronglyCalled,
)
from ledger.refusal_words.acts import say_source
from ledger.refusal_words.refusals import REFUSALS
from ledger.refusal_words.sentence import Sentence
from ledger.refusal_words.stops import STOPS
from ledger.refusal_words.terms import FACILITIES, ROLES, STATUSES, TYPES, WHY
from ledger.refusal_words.warnings import WARNINGS
from ledger.refusal_words.web import WEB
from ledger.words import Words, placeholders

SENTENCES: Mapping[str, Sentence] = {**REFUSALS, **WARNINGS, **STOPS, **WEB}
UNTOLD = Sentence(
    "The reason has the code {code}.",
    advice="Tell the people who look after Senim at your facility which code you saw.",
)
_NOT_OF_WRITING = (WronglyCalled, NotFound, EvidenceRejected, Stopped, OutcomeUnknown)
# What came in may be a person's name or number: an error repeats a code, never a text. Twelve digits are an IIN.
_ECHOED = re.compile(r"(?!.*(?<![0-9a-f-])[0-9]{12}(?![0-9a-f-]))[a-z0-9_.:-]{1,64}")
_ECHOED_OF_PACKS = re.compile(r"(?![0-9]{12}\Z)(?=.*[0-9])[A-Za-z0-9_./-]{1,64}")
_UNKNOWN = ("lot_unknown", "seal_unknown")
_FROM_COMMANDS = frozenset(
    {"discrepancy", "id", "kato", "name", "patient", "performer", "person", "place", "prescription", "product"}
    | {"signatory"}
)
# What a value is the id of, by its name; of a `name` by the code. Never a patient: what is said may be kept.
_THINGS: Mapping[str, str] = {
    **dict.fromkeys(("product", "other", "product_unknown"), "product"),
    **dict.fromkeys(("place", "elsewhere", "place_unknown"), "place"),
    **dict.fromkeys(("person", "performer", "signatory", "not_enrolled"), "person"),
}
_TERMS: Mapping[str, Mapping[str, str]] = {"role": ROLES, "kind": FACILITIES, "type": TYPES, "status": STATUSES}

Called = Callable[[str, str], str | None]
"""What the register calls the `product`, the `place` or the `person` of an id; None where it knows no name."""


@dataclass(frozen=True, slots=True)
class Told:
    """`said` is why, `advice` what to do; both whole sentences in the reader's language."""

    said: str
    advice: str


def tell(words: Words, refusal: Refusal, *, zone: tzinfo = UTC, called: Called | None = None) -> Told:
    """The words of one refusal, warning or note. Times are shown on a clock in *zone*, things as they are *called*."""
    sentence = SENTENCES.get(refusal.code, UNTOLD)
    shown = {name: _show(words, refusal, name, value, zone) for name, value in refusal.values.items()}
    if "why" in shown:
        shown["why"] = words.say(WHY[shown["why"]], **shown)
    values = shown | (_named(refusal, called) if called else {}) | {"code": refusal.code}
    if refusal.field:
        values["field"] = refusal.field
    if "least" in shown and shown["least"] == shown.get("most"):
        values["exactly"] = shown["least"]
    said = next(each for each in sentence.said if placeholders(each) <= values.keys())
    because = words.say(said, **values)
    if refusal.code in WARNINGS and "act" in values:
        source = say_source(words, *(values[name] for name in ("act", "paragraph", "edition") if name in values))
        because += " " + words.say("Rule: {source} ({status}).", source=source, status=values.get("status", ""))
    return Told(because, words.say(sentence.advice))


def tell_error(words: Words, error: SenimError, *, zone: tzinfo = UTC) -> list[Told]:
    """The words of every reason of *error*, in its order."""
    return [tell(words, reason, zone=zone) for reason in reasons_of(error)]


def say_refusal(words: Words, refusal: Refusal, *, zone: tzinfo = UTC) -> str:
    """Why, and what to do, in one go."""
    told = tell(words, refusal, zone=zone)
    return f"{told.said} {told.advice}"


def say_error(words: Words, error: SenimError, *, zone: tzinfo = UTC) -> str:
    """What was not recorded, why, and what to do: a line each."""
    reasons = say_reasons(words, error, zone=zone)
    return "\n".join(reasons if isinstance(error, _NOT_OF_WRITING) else [say_not_recorded(words), *reasons])


def say_reasons(words: Words, error: SenimError, *, zone: tzinfo = UTC) -> list[str]:
    """Why, and what to do: a line for each reason, and nothing about what was recorded."""
    return [say_refusal(words, reason, zone=zone) for reason in reasons_of(error)]


def say_not_recorded(words: Words, type_: str = "") -> str:
    """The heading of a refusal: what it is that was not recorded."""
    if type_ in TYPES:
        return words.say("Not recorded: {what}.", what=words.say(TYPES[type_]))
    return words.say("Nothing was recorded.")


def reasons_of(error: SenimError) -> list[Refusal]:
    """Every reason of *error* as a refusal with the most telling code that has words."""
    match error:
        case NeedsAcknowledgement():
            return [Refusal(code=error.code), *error.refusals]
        case CommandInvalid() | CommandRefused():
            return error.refusals
        case LedgerReadOnly() | WronglyCalled() | CallRefused() | Stopped():
            code, field = error.reason if error.reason in SENTENCES else error.code, error.values.get("field")
            told = Refusal(code=code, field=None if field is None else str(field), values=error.values)
            further = error.also if isinstance(error, LedgerReadOnly) else ()
            return [told, *(reason for each in further for reason in reasons_of(each))]
        case EvidenceRejected():
            return [Refusal(code=error.reason if error.reason in SENTENCES else error.code)]
        case _:
            return [Refusal(code=error.code)]


def _named(refusal: Refusal, called: Called) -> dict[str, str]:
    """What the register itself has a name for; of things in the quotation marks that tell it from the sentence."""
    found = {}
    for name, id in refusal.values.items():
        kind = _THINGS.get(refusal.code if name == "name" else name)
        known = called(kind, str(id)) if kind else None
        if known:
            found[name] = known if kind == "person" else f"«{known}»"
    return found


def _is_read_off(refusal: Refusal) -> bool:
    """Whether it is about a number that stands on a pack or a seal."""
    return refusal.code in _UNKNOWN or (refusal.code == "already_exists" and refusal.field == "body.seal_no")


def _show(words: Words, refusal: Refusal, name: str, value: str | int, zone: tzinfo) -> str:
    if isinstance(value, int):
        return str(value) if name == "seq" else words.number(value)
    if name in _TERMS and value in _TERMS[name]:
        return words.say(_TERMS[name][value])
    if name == "on" or name.endswith("_on"):
        return words.day(date.fromisoformat(value))
    if name in ("at", "last", "now") or name.endswith("_at"):
        return words.moment(datetime.fromisoformat(value), zone)
    if _is_read_off(refusal) and name in ("lot", "seal", "name"):
        return value if _ECHOED_OF_PACKS.fullmatch(value) else "…"
    if name in _FROM_COMMANDS:
        return value if _ECHOED.fullmatch(value) else "…"
    return value
