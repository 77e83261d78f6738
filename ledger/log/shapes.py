"""The quick reader of entries: it knows the shapes met so far.

`canonical` and `statement` are the judges of every new shape; an entry that they accept teaches its shape, with
every string and number in it left open, and entries of a known shape are then read without being parsed. This is
sound because a shape fixes each byte outside its values, and each value by a class that the profile allows; what
does not match is no finding but a question for the judges. Narrower than the profile on purpose: printable ASCII,
one or two signatures, nothing sealed inside the lists of a body.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import contains
from typing import Any, TypeAlias

from ledger.errors import BytesRejected
from ledger.log.canonical import MAX_ENTRY, from_canonical
from ledger.log.patterns import BASE64, COUNT, HEX, HEX64, Tokens, to_alternation, to_sealed_tokens, to_tokens
from ledger.log.statement import VIAS, check_acknowledged, check_sealed

Row: TypeAlias = tuple[bytes, bytes, bytes, bytes | None, bytes | None, bytes, bytes, bytes, bytes]
"""prev, recorded_at, seq, both values of Ed25519, inside of acknowledged, id, occurred_at, seen.seq: as they stand.

Of these only seq, id and seen.seq are known to be well formed; prev, the times and the values, where there are any,
are any bytes of their length, and what is acknowledged is for `Shapes.are_acknowledgements`.
"""

MOST_SHAPES = 512
"""Shapes kept; a log made to exhaust this is read slowly, not wrongly."""

_CLASSES = {
    b"count": COUNT,
    b"name": rb"[a-z0-9._-]{1,64}+",
    b"type": rb"[a-z][a-z_]{0,31}+\.[a-z][a-z_]{0,31}+",
    b"code": rb"[a-z][a-z0-9_]{0,63}+",
    b"hex64": HEX64,
    b"hex16": HEX + rb"{16}+",
    b"uuid": b"-".join(HEX + b"{%d}+" % width for width in (8, 4, 4, 4, 12)),
    # Long runs first: a group costs the same for 64 digits as for 4.
    b"base64": rb'(?!")(?:D{64}+)*+(?:D{4}+)*+(?:D[AQgw]==|D{2}[AEIMQUYcgkosw048]=)?+'.replace(b"D", BASE64),
    b"via": "|".join(VIAS).encode(),
}
_KEY = rb'"key":"%(hex16)b",(?:"of":\["%(hex64)b"(?:,"%(hex64)b")++\],)?+' % _CLASSES
_SIGNATURE = (
    rb'\{"alg":"(?:ed25519","by":"%(name)b",%(key)b"value":"(.{88}+)|webauthn-es256",'
    rb'"authenticator_data":"%(base64)b","by":"%(name)b","client_data":"%(base64)b",%(key)b"value":"%(base64)b)"\}'
) % (_CLASSES | {b"key": _KEY})
_ENTRY = (
    rb'\{"log":"%(log)b","prev":"(.{64}+)","recorded_at":"(.{27}+)","seq":(%(count)b),'
    rb'"signatures":\[%(signature)b(?:,%(signature)b)?+\],"statement":\{'
    rb'"acknowledged":\[((?:\{"code":"%(code)b"\},?+){%(least)d,}+)\],"body":%(body)b,"genesis":"%(genesis)b",'
    rb'"id":"(%(uuid)b)","late_reason":null,"log":"%(log)b","occurred_at":"(.{27}+)","performer":"%(name)b",'
    rb'%(sealed)b"seen":\{"leaf":"%(hex64)b","seq":(0|%(count)b)\},'
    rb'(?:"sheet":\{"line":%(count)b,"no":"[ !#-\[\]-~]{1,64}+"\},)?+"type":"%(type)b",'
    rb'"witness":(?:"%(name)b"|null(?:,"witness_pending":"%(code)b")?+)\},"v":1,"via":"(?:%(via)b)"\}'
)


class Shapes:
    """The shapes of one log, learnt as it is read."""

    def __init__(self, log: str) -> None:
        self._log = log
        self._families: list[_Family] = []
        self._acknowledgements = {b""}

    def read(self, entries: Sequence[bytes]) -> list[Row | None]:
        """What stands in each entry that is of a known shape; None where the judges must look."""
        unread: list[Row | None] = [None] * len(entries)
        if not self._families or any(map(contains, entries, repeat(0))) or max(map(len, entries)) > MAX_ENTRY:
            return unread
        rows = self._families[0].read(entries)
        for family in self._families[1:]:
            missed = [at for at, row in enumerate(rows) if row is None]
            for at, row in zip(missed, family.read([entries[at] for at in missed]), strict=True):
                rows[at] = row
        return rows

    def are_acknowledgements(self, insides: Iterable[bytes]) -> bool:
        """Whether the codes are sorted and unique: no class can say it, but the same few lists come again."""
        for inside in set(insides) - self._acknowledgements:
            try:
                check_acknowledged(from_canonical(b"[" + inside + b"]"))
            except BytesRejected:
                return False
            if len(self._acknowledgements) < MOST_SHAPES:
                self._acknowledgements.add(inside)
        return True

    def learn(self, entry: Mapping[str, Any]) -> None:
        """Take in the shape of an entry that the judges accepted."""
        statement = entry["statement"]
        body, sealed = statement["body"], statement.get("sealed", {})
        reasons = [int(path.split(".")[1]) for path in sealed if path.startswith("acknowledged.")]
        is_full = sum(family.size for family in self._families) >= MOST_SHAPES
        if is_full or any(step.isdecimal() for path in sealed if path.startswith("body.") for step in path.split(".")):
            return
        least = max(reasons, default=-1) + 1
        family = next((family for family in self._families if family.takes(body, sealed, least)), None)
        if family is None:
            family = _Family(self._log, statement["genesis"], least)
            self._families.append(family)
        family.add(body, sealed)


class _Family:
    """Bodies and sets of sealed paths, each of which may stand beside each: no path is sealed and in clear.

    `least` is how many acknowledgements there must be, because the sealed reasons belong to so many.
    """

    def __init__(self, log: str, genesis: str, least: int) -> None:
        self._least = least
        fixed = {b"log": re.escape(log.encode()), b"genesis": genesis.encode(), b"signature": _SIGNATURE}
        self._fixed: dict[bytes, Any] = _CLASSES | fixed | {b"least": least}
        self._bodies: dict[Tokens, Mapping[str, Any]] = {}
        self._sealed: dict[Tokens, Mapping[str, str]] = {}
        self._untaught = 0
        self._pattern: re.Pattern[bytes] | None = None

    @property
    def size(self) -> int:
        return len(self._bodies) + len(self._sealed)

    def takes(self, body: Mapping[str, Any], sealed: Mapping[str, str], least: int) -> bool:
        return (
            least == self._least
            and all(self._fits(body, other) for other in self._sealed.values())
            and all(self._fits(other, sealed) for other in self._bodies.values())
        )

    def add(self, body: Mapping[str, Any], sealed: Mapping[str, str]) -> None:
        known = self.size
        self._bodies.setdefault(to_tokens(body), body)
        if sealed:
            self._sealed.setdefault(to_sealed_tokens(sealed), sealed)
        if self.size > known or self._untaught:
            self._untaught += 1

    def read(self, entries: Sequence[bytes]) -> list[Row | None]:
        # To compile costs as much as to judge a few entries of each shape: it waits until that many were met.
        if self._untaught > self.size:
            self._pattern, self._untaught = self._compile(), 0
        if self._pattern is None:
            return [None] * len(entries)
        return [found and found.groups() for found in map(self._pattern.fullmatch, entries)]  # type: ignore[misc]

    def _compile(self) -> re.Pattern[bytes]:
        sealed = rb'(?:"sealed":%b,)?+' % to_alternation(self._sealed) if self._sealed else b""
        body = to_alternation(self._bodies)
        return re.compile(_ENTRY % (self._fixed | {b"body": body, b"sealed": sealed}), re.DOTALL)

    def _fits(self, body: Mapping[str, Any], sealed: Mapping[str, str]) -> bool:
        if not sealed:
            return True
        try:
            check_sealed({"body": body, "acknowledged": [None] * self._least, "sealed": sealed})
        except BytesRejected:
            return False
        return True
