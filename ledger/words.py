"""Sentences in the reader's language: catalogues read from `.po` files in memory, dates and numbers by locale.

The msgid is the English sentence, written where it is said: `say("…")`, `count("…", "…", n)`, or `phrase("…")` in a
table. Trusts the catalogues shipped with the program; values are data and are never read as sentences.
Babel is loaded when it is first needed.
"""

import gettext
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from ledger.errors import WronglyCalled

LANGUAGES: Final = ("kk", "ru", "en")
CATALOGUES: Final = Path(__file__).parent / "catalogues"
_LOCALES: Final = {"kk": "kk", "ru": "ru", "en": "en_GB"}
_DAYS: Final = {"kk": "dd.MM.yyyy", "ru": "dd.MM.yyyy", "en": "d MMM yyyy"}  # as journals are dated; ends without a dot
_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def phrase(sentence: str) -> str:
    """Mark a sentence of a table that is said later, so that it is found and translated."""
    return sentence


def placeholders(sentence: str) -> frozenset[str]:
    """The names in braces: nothing else is filled in."""
    return frozenset(_PLACEHOLDER.findall(sentence))


class Words:
    """One language. Made by `words`."""

    def __init__(self, lang: str, catalogue: gettext.NullTranslations) -> None:
        self.lang = lang
        self._catalogue = catalogue

    def say(self, sentence: str, /, **values: str | int) -> str:
        """The English *sentence* in this language, its `{names}` filled with *values*; one without a value stays."""
        return _fill(self._catalogue.gettext(sentence), values)

    def count(self, singular: str, plural: str, n: int, /, **values: str | int) -> str:
        """As `say`, in the form that *n* asks for; `{n}` is the number as this language writes it."""
        return _fill(self._catalogue.ngettext(singular, plural, n), {"n": self.number(n), **values})

    def day(self, on: date) -> str:
        return _say_day(self.lang, on)

    def moment(self, at: datetime, zone: tzinfo | str) -> str:
        """Day and minute of the aware time *at* on a clock in *zone* (or in the zone of that name)."""
        local = at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
        return f"{self.day(local.date())}, {local:%H:%M}"

    def number(self, value: int) -> str:
        return _say_number(self.lang, value)


@lru_cache(maxsize=4096)
def _say_day(lang: str, on: date) -> str:
    from babel.dates import format_date

    return format_date(on, format=_DAYS[lang], locale=_LOCALES[lang])


@lru_cache(maxsize=4096)
def _say_number(lang: str, value: int) -> str:
    from babel.numbers import format_decimal

    return format_decimal(value, locale=_LOCALES[lang])


@lru_cache
def words(lang: str, *, catalogues: Path = CATALOGUES) -> Words:
    """The words of *lang* from `<catalogues>/<lang>.po`; what is not there is looked up in the ledger's own.

    Raises `WronglyCalled` for a language that Senim does not speak.
    """
    _must_be_spoken(lang)
    catalogue = _read(catalogues / f"{lang}.po")
    if catalogues != CATALOGUES:
        catalogue.add_fallback(_read(CATALOGUES / f"{lang}.po"))
    return Words(lang, catalogue)


def pick_language(argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """`--lang`, else `SENIM_LANG`, else what the system speaks, else English.

    Raises `WronglyCalled` when one of the first two names a language that Senim does not speak.
    """
    asked = _option(argv) or environ.get("SENIM_LANG")
    if asked:
        return _must_be_spoken(asked)
    system = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environ.get(name))), "")
    spoken = re.split(r"[_.@]", system)[0]
    return spoken if spoken in LANGUAGES else "en"


def _option(argv: Sequence[str]) -> str | None:
    for n, word in enumerate(argv):
        if word == "--":
            break
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
        if word == "--lang" and n + 1 < len(argv):
            return argv[n + 1]
    return None


def _must_be_spoken(lang: str) -> str:
    if lang not in LANGUAGES:
        raise WronglyCalled("language_unknown", lang=lang, known=", ".join(LANGUAGES))
    return lang


def _read(path: Path) -> gettext.GNUTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _fill(sentence: str, values: Mapping[str, str | int]) -> str:
    return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), sentence)
