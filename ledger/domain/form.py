"""The shape of a body: its members, its lists and what of it is sealed, each value read by a reader of its own.

Trusts nothing it is given; collects every problem with its path instead of stopping at the first.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

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

_MOST_PATHS = 1_024
"""Paths that a reader remembers with those of its members: writing them out anew is half of the reading."""
# What is not ours may be a patient's name or number; no error repeats it.
_ECHOED = re.compile(r"(?![0-9]{12}\Z)[a-z0-9_.-]{1,64}")


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
