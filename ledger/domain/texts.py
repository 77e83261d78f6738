"""Readers of texts: fixed words and forms, names of things and people, what may stand in clear and what is sealed."""

import re
import unicodedata
from typing import Any

from ledger.domain import terms
from ledger.domain.form import GONE, Reader, Reading, sealed

_SHORT, _LONG = 200, 4_000
_MOST_TEXTS = 4_096
# Direction marks and other invisible characters make a text look like another one.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u180e\u200b-\u200d\u2028\u2029\u2060-\u2065\u206a-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(n) for n in range(0xFE00, 0xFE10)}


def one_of(*words: str) -> Reader:
    allowed = frozenset(words)

    def read(value: Any, path: str, reading: Reading) -> Any:
        return value if type(value) is str and value in allowed else reading.refuse("malformed", path)

    return read


def matching(pattern: re.Pattern[str]) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        return value if type(value) is str and pattern.fullmatch(value) else reading.refuse("malformed", path)

    return read


def _flaw(value: Any, most: int) -> str | None:
    """Why *value* is no text that can be read, as a word of `refusal_words.terms.WHY`; None where it is one."""
    if type(value) is not str or not value or value.isspace():
        return "no_text"
    if len(value) > most:
        return "too_long"
    if value.isascii() and value.isprintable():  # the common case, in which nothing can hide
        return None
    if _DIRECTION.search(value):
        return "direction"
    if _INVISIBLE.search(value):
        return "invisible"
    return None if unicodedata.is_normalized("NFC", value) else "not_composed"


def printed(value: Any, path: str, reading: Reading) -> Any:
    """What a scanner reads off a pack: a short text on one line in the one way it can be seen."""
    flaw = _flaw(value, _SHORT)
    if flaw is None and ("\n" in value or "  " in value or value != value.strip()):
        flaw = "spaces"
    if flaw is None and not value.isascii():
        # Letters and marks by category, yet nothing is seen of them.
        if any(c in _FILLERS or (unicodedata.category(c) in ("Cf", "Co", "Cn", "Zs") and c != " ") for c in value):
            flaw = "invisible"
    return value if flaw is None else reading.refuse("malformed", path, why=flaw)


def _openly(read: Reader) -> Reader:
    """What *read* keeps may stand in clear unless somebody's IIN is written in it.

    Each of the texts so read is kept as it is or not at all, and most are names that come again with every entry.
    """
    known: set[str] = set()

    def read_openly(value: Any, path: str, reading: Reading) -> Any:
        if type(value) is str and value in known:
            return value
        kept = read(value, path, reading)
        if reading.sealing or kept is GONE:
            return kept
        if not terms.shows_iin(kept):
            if len(known) >= _MOST_TEXTS:
                known.clear()
            known.add(kept)
        elif not reading.standing:
            return reading.refuse("id_looks_like_iin", path)
        return kept

    return read_openly


text = _openly(printed)
"""A text on one line that may stand in clear: two lots never look alike, and nobody's number stands there."""


def _free(value: Any, path: str, reading: Reading) -> Any:
    flaw = _flaw(value, _LONG)
    return value if flaw is None else reading.refuse("malformed", path, why=flaw)


free = sealed(_free)
"""Free text of several lines: always sealed."""


def word(words: frozenset[str]) -> Reader:
    """One of the *words* stays in clear; anything else that the site says is sealed as free text."""

    def read(value: Any, path: str, reading: Reading) -> Any:
        return value if type(value) is str and value in words else free(value, path, reading)

    return read


def username_or_sealed(value: Any, path: str, reading: Reading) -> Any:
    """An enrolled username stays in clear; any other name of a person is sealed."""
    if type(value) is str and terms.ID.fullmatch(value) and reading.users(value):
        return value
    return free(value, path, reading)


@_openly
def _identifier(value: Any, path: str, reading: Reading) -> Any:
    if type(value) is not str or not terms.ID.fullmatch(value):
        return reading.refuse("malformed", path)
    if len(value) == 12 and terms.TWELVE_DIGITS.fullmatch(value):
        return reading.refuse("id_looks_like_iin", path)
    return value


username = _identifier
sheet_no = _openly(matching(terms.SHEET))


def new(kind: str, read: Reader = _identifier) -> Reader:
    """The name of a thing that this command makes."""
    return _reference(kind, read, True)


def ref(kind: str, read: Reader = _identifier) -> Reader:
    """The name of a thing that must be there."""
    return _reference(kind, read, False)


def _reference(kind: str, inner: Reader, is_new: bool) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        kept = inner(value, path, reading)
        if kept is not GONE:
            reading.references.append((kind, kept, path, is_new))
        return kept

    return read
