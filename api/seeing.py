"""Why somebody looks at a patient, as they say it in a header; and whom an entry tells of."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import unquote

from litestar.params import HeaderParameter

from api.caller import Caller
from api.site import LONGEST_REASON, Site
from ledger.domain.book import Book
from ledger.domain.vocabulary import KINDS
from ledger.errors import CallRefused, NotFound
from ledger.service.ports import EntryRow, Reading
from ledger.service.queries import read_body

Reason = Annotated[
    str | None,
    HeaderParameter(
        name="X-Access-Reason",
        description="Why a patient's data is read: at most 200 characters, percent-encoded beyond ASCII. Required "
        "where the answer is about a patient; kept in the access log.",
    ),
]
"""A handler's parameter `reason: Reason = None`."""
_NAMED = ("patient", "keep", "drop")
_ORDERS = ("prescription", "infusion")
_TELLING = frozenset(
    type
    for type, kind in KINDS.items()
    if kind.fields.keys() & {*_NAMED, *_ORDERS, "id", "seq", "about", "claims", "subjects"}
)


def find_reason(told: str | None) -> str | None:
    """The reason that the header states; None without one, or for one that nobody could read afterwards."""
    reason = told or ""
    with suppress(UnicodeError):  # a header comes to us as Latin-1, whatever it was sent as
        reason = reason.encode("latin-1").decode()
    return _read(unquote(reason, errors="replace"))


def reason_of(told: str | None) -> str:
    """The reason that the header states. Raises `CallRefused('reason_required')`."""
    return _must_be_there(find_reason(told))


def typed_reason(data: Mapping[str, str]) -> str:
    """The reason that somebody typed in a form of ours, letter by letter. Raises `CallRefused('reason_required')`."""
    return _must_be_there(_read(data.get("reason", "")))


def _read(text: str) -> str | None:
    reason = " ".join(text.split())
    good = 1 <= len(reason) <= LONGEST_REASON and reason.isprintable() and "\ufffd" not in reason
    return reason if good else None


def _must_be_there(reason: str | None) -> str:
    if reason is None:
        raise CallRefused("reason_required")
    return reason


def patients_in(book: Book, type: str, body: Mapping[str, Any]) -> list[str]:
    """Whose an entry is: the patients that it, its order, its infusion or the entries it is about name."""
    if named := [*(body[name] for name in _NAMED if name in body), *body.get("subjects", ())]:
        return named
    for kind in _ORDERS:
        if (found := book.find(kind, body[kind]) if kind in body else None) is not None:
            return [found.patient]
    about = [book.past.by_id(id) for id in (body.get("id"), body.get("about"), *body.get("claims", ())) if id]
    if type in ("entry.reversed", "entry.countersigned") and "seq" in body:
        about.append(book.past.by_seq(body["seq"]))
    return [patient for past in about if past is not None for patient in patients_in(book, past.type, past.body)]


def see_statements(
    site: Site, reading: Reading, caller: Caller, said: Iterable[Mapping[str, Any]], *, what: str, reason: str | None
) -> None:
    """Note whom the statements tell of, before they are shown; also who is not registered yet, or no more.

    Raises `CallRefused('reason_required')` where they tell of anybody and *reason*, which is as it was found, is None.
    """
    telling = (each for each in said if each["type"] in _TELLING)
    patients = [patient for each in telling for patient in patients_in(reading.book, each["type"], each["body"])]
    for patient in dict.fromkeys(patients):
        with suppress(NotFound):
            site.see_patient(reading, caller, patient, what=what, reason=_must_be_there(reason))


def tells_of_patients(reading: Reading, rows: Iterable[EntryRow]) -> bool:
    return any(patients_in(reading.book, row.type, read_body(row)) for row in rows if row.type in _TELLING)


def note_list(site: Site, caller: Caller, *, what: str, reason: str) -> None:
    """Note that *caller* is about to see many patients at once: *what* says which entries or rows, and so whom."""
    site.access.note("listed", person=caller.person, by=caller.session, detail=what, reason=reason)
