"""How many of what, as people count and take them; and in forms that a module fills in while somebody types."""

from collections.abc import Mapping
from typing import Any

from api.pages.terms import VALUES
from ledger.domain.history.equivalents import ROUTES
from ledger.domain.terms import DOCUMENTS
from ledger.words import Words, phrase
from reports.act_values import say_often
from reports.phrases import Phrases

_OTHER_PAPER = phrase("another document")
_FORMS = {"one": 1, "few": 2, "many": 5, "other": 5}


def say_units(words: Words, unit: str, n: int, /, **values: str) -> str:
    """`20 ampoules`; *unit* is a unit of presentation."""
    match unit:
        case "ampoule":
            return words.count("{n} ampoule", "{n} ampoules", n, **values)
        case "vial":
            return words.count("{n} vial", "{n} vials", n, **values)
        case "tablet":
            return words.count("{n} tablet", "{n} tablets", n, **values)
        case "capsule":
            return words.count("{n} capsule", "{n} capsules", n, **values)
        case "patch":
            return words.count("{n} patch", "{n} patches", n, **values)
        case "syringe":
            return words.count("{n} syringe", "{n} syringes", n, **values)
        case "suppository":
            return words.count("{n} suppository", "{n} suppositories", n, **values)
    return words.count("{n} unit", "{n} units", n, **values)


def say_change(words: Words, unit: str, n: int) -> str:
    """`−2 ampoules`: a difference has its sign."""
    sign = "+" if n > 0 else "−" if n < 0 else ""
    return sign + say_units(words, unit, abs(n))


def say_papers(words: Words) -> list[tuple[str, str]]:
    """The kinds of documents that a collector may show, for a choice."""
    return [(code, words.say(VALUES.get(code, _OTHER_PAPER))) for code in sorted(DOCUMENTS)]


def forms_of(words: Words, unit: str) -> Mapping[str, str]:
    """The form for each class of numbers (CLDR), `{n}` left in it."""
    return {name: say_units(words, unit, n, n="{n}") for name, n in _FORMS.items()}


def say_dosage(words: Words, phrases: Phrases, order: Mapping[str, Any]) -> str:
    """`10 mg, subcutaneous, 3 times in 1 day`, of the body of a prescription."""
    dose, how = order["single_dose"], order["frequency"]
    often = say_often(phrases, f"{how['times']} {how['period']} {how['period_unit']}", as_needed=how["as_needed"])
    route = words.say(ROUTES[order["route"]]) if order["route"] in ROUTES else order["route"]
    return f"{phrases.quantity(' '.join((dose['value'], dose['unit'])))}, {route}, {often}"
