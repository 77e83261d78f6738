"""From a canonical value to a regular expression that accepts canonical values of the same shape, and only such.

The members of objects, the order of members and the kinds of values stay; strings, numbers and the length of lists
of like items are left open. Every repeat is possessive: a match never goes back, so it takes linear time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from ledger.log.canonical import Json

STRING = rb'"[ !#-\[\]-~]*+"'
"""A string of printable ASCII without quotes and backslashes: canonical as it stands, and NFC."""
COUNT = rb"[1-9][0-9]{0,14}+"
# With the NUL the class has three runs of bytes and is compiled to a table; a search through the two ranges would
# stumble over random digits and take three times as long. Whoever uses it looks for NUL himself.
HEX = rb"[\x000-9a-f]"
HEX64 = HEX + rb"{64}+"
BASE64 = rb"[A-Za-z0-9+/]"

Tokens = tuple[bytes, ...]
"""A pattern in pieces that are whole in themselves: a letter, a class with its repeat, a group."""


def to_tokens(value: Json) -> Tokens:
    """The pattern of a value that is known to be of the profile; members are expected in canonical order."""
    return tuple(_tokens(value))


def to_sealed_tokens(sealed: Mapping[str, str]) -> Tokens:
    """The pattern of commitments under just these paths."""
    return tuple(_object(dict.fromkeys(sealed, b'"' + HEX64 + b'"')))


def to_alternation(choices: Iterable[Tokens]) -> bytes:
    """One pattern for all choices. Common beginnings are shared, so that a choice is made by the next letter."""
    return _alternation(sorted(set(choices)))


def _tokens(value: Json) -> Iterator[bytes]:
    if type(value) is str:
        yield STRING
    elif type(value) is bool:
        yield b"(?:true|false)"
    elif type(value) is int:
        yield b"-" + COUNT if value < 0 else b"(?:" + COUNT + b"|0)"
    elif type(value) is dict:
        yield from _object({key: b"".join(_tokens(member)) for key, member in value.items()})
    else:
        yield from _list([b"".join(_tokens(item)) for item in value])


def _object(members: Mapping[str, bytes]) -> Iterator[bytes]:
    for before, (key, pattern) in zip("{" + "," * len(members), members.items(), strict=False):
        yield from _literal(f'{before}"{key}":')
        yield pattern
    yield from _literal("}" if members else "{}")


def _list(items: Sequence[bytes]) -> Iterator[bytes]:
    yield rb"\["
    if len(set(items)) == 1:
        yield items[0] + b"(?:," + items[0] + b")*+"
    else:
        yield b",".join(items)
    yield rb"\]"


def _literal(text: str) -> Iterator[bytes]:
    return (re.escape(letter).encode() for letter in text)


def _alternation(choices: Sequence[Tokens]) -> bytes:
    shared = 0
    while all(len(choice) > shared for choice in choices) and len({choice[shared] for choice in choices}) == 1:
        shared += 1
    prefix = b"".join(choices[0][:shared])
    rests = [choice[shared:] for choice in choices]
    if len(rests) == 1 or not any(rests):
        return prefix + b"".join(rests[0])
    branches = (list(group) for _, group in groupby(rests, key=lambda rest: rest[:1]))
    return prefix + b"(?:" + b"|".join(map(_alternation, branches)) + b")"
