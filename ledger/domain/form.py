"""Readers of fields: each checks one value strictly; what of it stays in clear, is sealed, refers to a thing.

Trusts nothing it is given; collects every problem with its path instead of stopping at the first.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from ledger.domain import terms
from ledger.errors import Refusal


class _Mark:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


SEALED: Final = _Mark("SEALED")
"""Stands in a statement's body where the value is committed to, not shown."""
GONE: Final = _Mark("GONE")
"""Returned by a reader when nothing of the value stays in clear."""

MAX_INTEGER = 2**53 - 1
MAX_UNITS = 10**9  # of one line: no sum over a register's whole life leaves what a database can add
_MOST_PATHS = 1_024
"""Paths that a reader remembers with those of its members: writing them out anew is half of the reading."""
_MOST_TEXTS = 4_096
_SHORT, _LONG = 200, 4_000
# Direction marks and other invisible characters make a text look like another one.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u180e\u200b-\u200d\u2028\u2029\u2060-\u2065\u206a-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
# What is not ours may be a patient's name or number; no error repeats it.
_ECHOED = re.compile(r"(?![0-9]{12}\Z)[a-z0-9_.-]{1,64}")
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(n) for n in range(0xFE00, 0xFE10)}


@dataclass(slots=True)
class Reading:
    """What reading a body has found so far. `users` says whether a word is an enrolled username.

    `largest` is the most units of one line, and where they stand: whether they are plausible is the rule set's word.
    `standing`: it is read from the chain, where what was once let in is readable for ever.
    """

    users: Callable[[str], bool] = lambda _name: True
    problems: list[Refusal] = field(default_factory=list)
    sealed: dict[str, Any] = field(default_factory=dict)
    references: list[tuple[str, str, str, bool]] = field(default_factory=list)
    largest: tuple[int, str] = (0, "")
    sealing: bool = False
    standing: bool = False

    def refuse(self, code: str, path: str, **values: str | int) -> Any:
        self.problems.append(Refusal(code=code, field=path, values=values))
        return GONE


Reader = Callable[[Any, str, Reading], Any]


@dataclass(frozen=True, slots=True)
class Opt:
    """A field that may be absent or null."""

    read: Reader


Fields = Mapping[str, Reader | Opt]


def obj(fields: Fields, also: Callable[[dict[str, Any], str, Reading], None] | None = None) -> Reader:
    """An object with exactly these members; *also* checks what concerns several of them."""

    readers = [
        (name, want.read, True) if isinstance(want, Opt) else (name, want, False) for name, want in fields.items()
    ]
    known: dict[str, list[tuple[str, str, Reader, bool]]] = {}
    names = fields.keys()

    def members(path: str) -> list[tuple[str, str, Reader, bool]]:
        found = [(name, _under(path, name), reader, optional) for name, reader, optional in readers]
        if len(known) < _MOST_PATHS:
            known[path] = found
        return found

    def read(value: Any, path: str, reading: Reading) -> Any:
        if type(value) is not dict:
            return reading.refuse("malformed", path)
        clear: dict[str, Any] = {}
        sealing = reading.sealing
        for name, here, reader, optional in known.get(path) or members(path):
            found = value.get(name)
            if found is None:
                if not optional:
                    reading.refuse("field_missing", here)
                continue
            if sealing:
                if found is not SEALED:
                    reader(found, here, reading)
                if type(found) is not dict:
                    reading.sealed[here] = found
                continue
            kept = reader(found, here, reading)
            if kept is not GONE and (kept or kept != {}):
                clear[name] = kept
        if not value.keys() <= names:
            for name in value:
                if name not in names:
                    reading.refuse("field_unknown", _under(path, name if _ECHOED.fullmatch(name) else "…"))
        if also is not None:
            also(value, path, reading)
        return clear

    return read


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def many(item: Reader, *, most: int = 1_000, least: int = 1) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        if type(value) is not list or not least <= len(value) <= most:
            return reading.refuse("malformed", path)
        return [item(each, f"{path}.{n}", reading) for n, each in enumerate(value)]

    return read


def sealed(inner: Reader, *, whole: bool = False) -> Reader:
    """A personal field (° in the contract): checked, then kept out of the body leaf by leaf.

    *whole*: the field is an object, of which each leaf has a commitment of its own.
    """

    def read(value: Any, path: str, reading: Reading) -> Any:
        if value is SEALED and whole:
            return reading.refuse("malformed", path)
        if value is not SEALED:
            outer, reading.sealing = reading.sealing, True
            inner(value, path, reading)
            reading.sealing = outer
        if type(value) is not dict and not reading.sealing:
            reading.sealed[path] = value
        return GONE

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


def one_of(*words: str) -> Reader:
    allowed = frozenset(words)

    def read(value: Any, path: str, reading: Reading) -> Any:
        return value if type(value) is str and value in allowed else reading.refuse("malformed", path)

    return read


def flag(value: Any, path: str, reading: Reading) -> Any:
    return value if type(value) is bool else reading.refuse("malformed", path)


def yes(value: Any, path: str, reading: Reading) -> Any:
    return value if value is True else reading.refuse("malformed", path)


def _whole(value: Any, path: str, reading: Reading, least: int) -> Any:
    if type(value) is float:
        finite = value == value and value not in (float("inf"), float("-inf"))
        return reading.refuse("units_not_whole" if finite else "malformed", path)
    if type(value) is not int or abs(value) > MAX_UNITS:
        return reading.refuse("malformed", path)
    if value < least:
        return reading.refuse("units_not_positive", path)
    if value > reading.largest[0]:
        reading.largest = value, path
    return value


def units(value: Any, path: str, reading: Reading) -> Any:
    """Units of presentation, at least one."""
    return _whole(value, path, reading, 1)


def count(value: Any, path: str, reading: Reading) -> Any:
    """Units of presentation found, possibly none."""
    return _whole(value, path, reading, 0)


def integer(least: int, most: int = MAX_INTEGER) -> Reader:
    """A whole number that does not count packs (days, hours, a signed difference)."""

    def read(value: Any, path: str, reading: Reading) -> Any:
        if type(value) is int and least <= value <= most:
            return value
        return reading.refuse("malformed", path)

    return read


@_openly
def _identifier(value: Any, path: str, reading: Reading) -> Any:
    if type(value) is not str or not terms.ID.fullmatch(value):
        return reading.refuse("malformed", path)
    if len(value) == 12 and terms.TWELVE_DIGITS.fullmatch(value):
        return reading.refuse("id_looks_like_iin", path)
    return value


username = _identifier


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


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
# As `ledger.log.statement.check_log` has it, which this room does not know; a test holds the two together.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOG = re.compile(
    rf"(?=.{{1,255}}\Z)(?:{_LABEL}(?:\.{_LABEL})+/)?senim(?:-practice)?/[a-z0-9._-]{{1,64}}/(?:0|[1-9][0-9]{{0,8}})"
)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CANONICAL = len("2026-03-02T05:15:00.000000Z")
_UCUM = re.compile(r"[!-~]{1,16}")
_DIGITS = re.compile(r"[0-9]{1,20}")


def matching(pattern: re.Pattern[str]) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        return value if type(value) is str and pattern.fullmatch(value) else reading.refuse("malformed", path)

    return read


uuid = matching(_UUID)
key_id = matching(re.compile(r"[0-9a-f]{16}"))
base64 = matching(re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"))
gtin = matching(re.compile(r"[0-9]{14}"))
hex64 = matching(_HEX64)
log_origin = matching(_LOG)
sheet_no = _openly(matching(terms.SHEET))
code = matching(_DIGITS)
"""A numeric code of a classification (EDQM)."""


def day(value: Any, path: str, reading: Reading) -> Any:
    if type(value) is str and _DAY.fullmatch(value):
        try:
            found = date.fromisoformat(value)
        except ValueError:
            return reading.refuse("malformed", path)
        return value if 1800 <= found.year <= 2200 else reading.refuse("malformed", path)
    return reading.refuse("malformed", path)


def time(value: Any, path: str, reading: Reading) -> Any:
    """RFC 3339 with an offset; kept as UTC with microseconds."""
    if type(value) is str and _TIME.fullmatch(value):
        try:
            at = datetime.fromisoformat(value)
            if len(value) == _CANONICAL and value[-1] == "Z":
                return value if at.year >= 1000 else reading.refuse("malformed", path)
            at = at.astimezone(UTC)
        except (ValueError, OverflowError):
            return reading.refuse("malformed", path)
        if at.year >= 1000:
            return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return reading.refuse("malformed", path)


def _decimal(value: Any, path: str, reading: Reading) -> Any:
    good = type(value) is str and terms.DECIMAL.fullmatch(value) and len(value.replace(".", "")) <= 18
    return value if good and value.isascii() else reading.refuse("malformed", path)


def _positive(value: Any, path: str, reading: Reading) -> Any:
    return _decimal(value, path, reading) if value != "0" else reading.refuse("malformed", path)


quantity = obj({"value": _decimal, "unit": matching(_UCUM)})
"""A dose: decimal text of at most 18 digits and a UCUM unit."""
some_quantity = obj({"value": _positive, "unit": matching(_UCUM)})
"""A strength, or a dose that is ordered: more than nothing."""


def iin(value: Any, path: str, reading: Reading) -> Any:
    return value if type(value) is str and terms.is_iin(value) else reading.refuse("iin_invalid", path)


def bin_number(value: Any, path: str, reading: Reading) -> Any:
    return value if type(value) is str and terms.is_bin(value) else reading.refuse("bin_invalid", path)


kato = ref("kato", matching(re.compile(r"[0-9]{9}")))
"""A code of the classifier of territorial units; whether it exists is a rule (`kato_unknown`)."""
_assertion = obj({"authenticator_data": base64, "client_data": base64, "value": base64})


def proof(value: Any, path: str, reading: Reading) -> Any:
    """A new key's signature over its own enrolment: base64, or a passkey's assertion."""
    return _assertion(value, path, reading) if type(value) is dict else base64(value, path, reading)


PRODUCT_LINE: Fields = {"product": ref("product"), "lot": text, "units": units}
LOT_LINE: Fields = {"lot": text, "units": units}
