"""Whether the pages of a PDF are the ones that its data draws, whatever the file around them looks like."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pikepdf

from ledger.errors import EvidenceRejected
from reports.paper import SIGNATURE_BOX
from reports.signature import FIELD

_OUTSIDE = frozenset({"/Parent", "/Annots", "/P"})
_PACKING = frozenset({"/Length", "/Filter", "/DecodeParms"})


def verify_pages(document: pikepdf.Pdf, drawn: pikepdf.Pdf) -> None:
    """Raises `EvidenceRejected` unless each page of *document* shows what the page of *drawn* does.

    Everything a page leads to is compared, unpressed: its marks, fonts and forms. The first page may carry
    the visible signature, at its place, and no page anything else on top.
    """
    if len(document.pages) != len(drawn.pages):
        raise EvidenceRejected("pages_differ")
    here, there = _Digests(), _Digests()
    for number, (page, expected) in enumerate(zip(document.pages, drawn.pages, strict=True)):
        if here.of(page.obj) != there.of(expected.obj):
            raise EvidenceRejected("pages_differ")
        on_top = [_place(each) for each in page.obj.get("/Annots", [])]
        if on_top != ([(FIELD, _rounded(SIGNATURE_BOX))] if number == 0 else []):
            raise EvidenceRejected("pages_covered")


def _place(annotation: Any) -> tuple[str, tuple[int, ...]]:
    return str(annotation.get("/T", "")), _rounded(annotation.get("/Rect", []))


def _rounded(box: Any) -> tuple[int, ...]:
    return tuple(round(float(each)) for each in box)


class _Digests:
    """Hashes of the objects of one document and of all that they lead to; what is shared is hashed once."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], bytes] = {}

    def of(self, value: Any) -> bytes:
        if not isinstance(value, pikepdf.Object) or not value.is_indirect:
            return self._hash(value)
        if value.objgen not in self._seen:
            self._seen[value.objgen] = b"on the way"  # a cycle ends here
            self._seen[value.objgen] = self._hash(value)
        return self._seen[value.objgen]

    def _hash(self, value: Any) -> bytes:
        return sha256(b"".join(sha256(part).digest() for part in self._parts(value))).digest()

    def _parts(self, value: Any) -> Iterator[bytes]:
        if isinstance(value, pikepdf.Stream):
            yield value.read_bytes()
            yield from self._members(value, _PACKING)
        elif isinstance(value, pikepdf.Dictionary):
            yield from self._members(value, _OUTSIDE)
        elif isinstance(value, pikepdf.Array):
            yield from (self.of(each) for each in value)
        else:
            yield repr(value).encode()

    def _members(self, value: Any, but: frozenset[str]) -> Iterator[bytes]:
        for name in sorted(set(value.keys()) - but):
            yield name.encode()
            yield self.of(value[name])
