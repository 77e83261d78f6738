"""Two ids of one person brought together: nothing is rewritten, and one step can always be taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ledger.domain.book import Book
from ledger.domain.form import Reading
from ledger.domain.kind import Case, Kind
from ledger.domain.open_homes import keep_homes_of
from ledger.domain.person import ids_of
from ledger.domain.records import Prescription
from ledger.domain.texts import free, ref
from ledger.domain.timeline import When


@dataclass(frozen=True, slots=True)
class Merged:
    """*drop* is another id of the person *keep*: ids keep pointing, every figure of *keep* includes both."""

    keep: str
    drop: str

    def apply(self, book: Book, when: When) -> None:
        _set_ids(book, (*ids_of(book, self.keep), self.drop))
        keep_homes_of(book, self.keep)

    def revert(self, book: Book, when: When) -> None:
        keep_homes_of(book, self.keep)
        _set_ids(book, tuple(each for each in ids_of(book, self.keep) if each != self.drop))
        book.put("merged", (self.drop,), None)

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        """Entries that use under one id what belongs to the other."""
        others = [each for each in ids_of(book, self.keep) if each != self.drop]
        for mine, theirs in (([self.drop], others), (others, [self.drop])):
            for patient in mine:
                for seq in book.past.mentioning("patient", patient, when.seq):
                    past = book.past.by_seq(seq)
                    if past is not None and _owners(book, past.body) & set(theirs):
                        yield seq


def _owners(book: Book, body: dict[str, Any]) -> set[str]:
    """Whose the prescriptions and take-overs are that an entry names."""
    orders = [book.find("prescription", body[name]) for name in ("prescription", "renews", "replaces") if name in body]
    owners = {each.patient for each in orders if isinstance(each, Prescription)}
    past = book.past.by_id(body["acknowledged"]) if "acknowledged" in body else None
    return owners | ({past.body["patient"]} if past is not None else set())


def _set_ids(book: Book, ids: tuple[str, ...]) -> None:
    for each in ids:
        book.put("merged", (each,), ids if len(ids) > 1 else None)


def _two_patients(value: dict[str, Any], path: str, reading: Reading) -> None:
    if value.get("keep") is not None and value.get("keep") == value.get("drop"):
        reading.refuse("malformed", f"{path}.drop")


def _merge(case: Case) -> None:
    """A merge is one step: nobody is merged into a dropped id, and who was kept before is not dropped."""
    book, keep, drop = case.book, case.body["keep"], case.body["drop"]
    for name in ("keep", "drop"):
        if ids_of(book, case.body[name])[0] != case.body[name]:
            case.refuse(
                "already_closed", f"body.{name}", patient=case.body[name], kept=ids_of(book, case.body[name])[0]
            )
    if keep != drop and len(ids_of(book, drop)) > 1 and ids_of(book, drop)[0] == drop:
        merges = [seq for seq in book.past.mentioning("patient", drop) if _is_merge_into(case, seq, drop)]
        case.refuse("has_dependents", "body.drop", patient=drop, seqs=", ".join(map(str, merges)))


def _is_merge_into(case: Case, seq: int, keep: str) -> bool:
    past = case.book.past.by_seq(seq)
    merges = past is not None and past.type == "patients.merged" and past.body["keep"] == keep
    return merges and past is not None and case.book.find("reversal", past.id) is None


PATIENTS_MERGED = Kind(
    name="patients.merged",
    fields={"keep": ref("patient"), "drop": ref("patient"), "reason": free},
    also=_two_patients,
    rule=_merge,
    effects=lambda case: [Merged(case.body["keep"], case.body["drop"])],
)

KINDS: tuple[Kind, ...] = (PATIENTS_MERGED,)
