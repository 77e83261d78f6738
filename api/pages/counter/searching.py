"""Search: a number or a name, and everything that it may mean. What is about a person is sent as a form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from litestar import Response

from api.authority import is_permitted
from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.counter.finding import find_hits, find_product_of, is_wrong_iin
from api.pages.counter.forms import Typed
from api.pages.counter.telling import Telling
from api.pages.rendering import render, render_part
from api.pages.routing import asked, page
from api.site import FromSite
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.service.ports import EntryRow, Reading
from ledger.words import Words, phrase

_LOOKED_THROUGH = 1_000
_SHOWN = 20
_DOCUMENTS = (
    ("stock.received", "document_no"), ("stock.sent", "document_no"), ("stock.arrived", "document_no"),
    ("lot.recalled", "document_no"), ("inspection.opened", "document_no"), ("destruction.performed", "act_no"),
    ("stock.opened", "journal_no"),
)  # fmt: skip
_HEADINGS = {
    "number": phrase("Entry"),
    "prescription": phrase("Prescription"),
    "seal": phrase("Sealed bag"),
    "lot": phrase("Lot"),
    "document": phrase("Act or document"),
}


@dataclass(frozen=True, slots=True)
class _Finder:
    """Looks for one text in one snapshot."""

    reading: Reading
    names: Names
    asked: str

    def find(self) -> Iterator[tuple[str, EntryRow]]:
        """(what it is there, the entry), kind by kind, the newest first."""
        for kind, mention in self._mentions():
            yield from ((kind, row) for row in reversed(self.reading.rows(mention=mention, last=_SHOWN)))
        wanted = self.asked.casefold()
        for type, member in _DOCUMENTS:
            for row in reversed(self.reading.rows(type=type, last=_LOOKED_THROUGH)):
                if wanted in row.data.decode().casefold() and self._number(row, member) == wanted:
                    yield "document", row

    @staticmethod
    def _number(row: EntryRow, member: str) -> str:
        return str(from_bytes(row.data)["statement"]["body"].get(member, "")).casefold()

    def _mentions(self) -> Iterator[tuple[str, tuple[str, str]]]:
        for text in dict.fromkeys((self.asked, self.asked.upper(), self.asked.lower())):
            yield "prescription", ("prescription", text)
            yield "seal", ("seal", text)
            for product in self.names.products:
                yield "lot", ("lot", f"{product} {text}")

    def lots(self) -> Iterator[tuple[str, str, str, int]]:
        """(product, lot, place, units) of lots of this name that lie somewhere."""
        wanted = self.asked.casefold()
        for product in self.names.products:
            for place, _, lot, units in self.reading.balances(product=product):
                if lot.casefold() == wanted and place in self.names.places:
                    yield self.names.product(product), lot, self.names.place(place), units


@page("/search", "search:use")
def search(request: CallerRequest, site: FromSite) -> Response[Any]:
    return render(request, site, "counter/search.html")


@asked("/search/find", "search:use")
def find(request: CallerRequest, site: FromSite, data: Typed) -> Response[Any]:
    typed = " ".join(data.get("q", "").split())
    with site.ledger.reading() as reading:
        words, caller = pick_words(request), request.user
        names = Names(site, reading, words)
        number = typed.lstrip("#№ ")
        entries = _entries(reading, words, names, Telling(site, reading, words, names), typed) if typed else []
        if number.isdecimal() and int(number) < reading.head.size and len(number) < 12:
            row = from_bytes(reading.entry(int(number)))
            entries.insert(0, _told(words, names, Telling(site, reading, words, names), "number", int(number),
                                    row["statement"]["type"], row["statement"]["occurred_at"]))  # fmt: skip
        hits, more = find_hits(site, reading, caller, names, typed, reason="search") if not entries else ([], False)
        product = find_product_of(names, typed)
        return render_part(
            request, "counter/_found.html", typed=typed, wrong=is_wrong_iin(typed), entries=entries, more=more,
            hits=[(hit, _registered(reading, hit.patient)) for hit in hits],
            lots=list(_Finder(reading, names, typed).lots()) if typed else [],
            product=names.product(product) if product else "", at_counter=is_permitted("counter:use", caller),
            looked_through=_LOOKED_THROUGH,
        )  # fmt: skip


def _entries(reading: Reading, words: Words, names: Names, telling: Telling, typed: str) -> list[dict[str, Any]]:
    found = {row.seq: (kind, row) for kind, row in _Finder(reading, names, typed).find()}
    return [
        _told(words, names, telling, kind, row.seq, row.type, row.occurred_at)
        for kind, row in list(found.values())[: 2 * _SHOWN]
    ]


def _told(
    words: Words, names: Names, telling: Telling, kind: str, seq: int, type: str, occurred_at: str
) -> dict[str, Any]:
    at = names.phrases.moment(from_timestamp(occurred_at))
    return {"seq": seq, "kind": words.say(_HEADINGS[kind]), "said": telling.title(type), "at": at}


def _registered(reading: Reading, patient: str) -> int:
    """The number of the entry that registered the patient: an address that names nobody."""
    (row, *_) = reading.rows(type="patient.registered", mention=("identity", patient))
    return row.seq


HANDLERS = (search, find)
