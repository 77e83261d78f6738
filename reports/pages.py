"""Whether the pages of a PDF are the ones that its data draws, whatever the file around them looks like."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf

from ledger.errors import EvidenceRejected
from reports.paper import SIGNATURE_BOX
from reports.signature import FIELD

_OUTSIDE = frozenset({"/Parent", "/Annots", "/P"})
_ANNOTATION = frozenset({"/AP", "/F", "/FT", "/P", "/Rect", "/Subtype", "/T", "/Type", "/V"})
_PRINTED_AND_LOCKED = 132
_SHOWN = b"q q /BackgroundGS gs 1 0 0 1 0 0 cm /Stamp Do Q Q"
_OPAQUE = {"/BackgroundGS": {"/CA": 1, "/ca": 1}}
_OF_SIGNATURE = frozenset({"/AcroForm", "/Extensions", "/Perms", "/Version"})
_CATALOG = _OF_SIGNATURE | {"/AF", "/Lang", "/Metadata", "/Names", "/PageMode", "/Pages", "/Type", "/ViewerPreferences"}
_TITLES = ("/Title", "/Author", "/Subject", "/Creator")
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


def verify_around(document: pikepdf.Pdf, drawn: pikepdf.Pdf) -> None:
    """Raises `EvidenceRejected` where a reader would show or do more than the pages: no action, outline, layer or form
    is there, and what the window is called is what *drawn* is.
    """
    root = document.Root
    plain = (
        root.keys() <= _CATALOG
        and root.Names.keys() == {"/EmbeddedFiles"}
        and root.get("/AcroForm", {}).keys() <= {"/Fields", "/SigFlags"}
        and dict(root.ViewerPreferences) == {"/DisplayDocTitle": True}
        and (root.PageMode, root.Lang) == (drawn.Root.PageMode, drawn.Root.Lang)
    )
    told, title = document.docinfo, str(drawn.docinfo["/Title"])
    named = all(told.get(name) == drawn.docinfo[name] for name in _TITLES)
    if not plain or not named or document.open_metadata().get("dc:title") != title:
        raise EvidenceRejected("around_differs")


def verify_stamp(document: pikepdf.Pdf, drawn: Iterable[bytes]) -> None:
    """Raises `EvidenceRejected` unless the visible signature shows what one of *drawn*, pages of its size, does.

    The page with it was compared before, so its first annotation is the signature.
    """
    (annotation,) = document.pages[0].obj.Annots
    shown, graphics = annotation.AP.N, annotation.AP.N.Resources
    plain = (
        set(annotation.keys()) == _ANNOTATION
        and annotation.F == _PRINTED_AND_LOCKED
        and set(annotation.AP.keys()) == {"/N"}
        and shown.read_bytes() == _SHOWN
        and set(graphics.keys()) == {"/XObject", "/ExtGState"}
        and set(graphics.XObject.keys()) == {"/Stamp"}
        and {name: dict(value) for name, value in graphics.ExtGState.items()} == _OPAQUE
    )
    for each in drawn if plain else ():
        with pikepdf.open(BytesIO(each)) as expected:
            page, stamp = expected.pages[0].obj, graphics.XObject.Stamp
            if (
                stamp.read_bytes() == page.Contents.read_bytes()
                and _Digests().of(stamp.Resources) == _Digests().of(page.Resources)
                and sorted(_rounded(shown.BBox)) == sorted(_rounded(page.MediaBox)) == sorted(_rounded(stamp.BBox))
            ):
                return
    raise EvidenceRejected("stamp_differs")


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
