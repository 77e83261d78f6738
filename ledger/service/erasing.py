"""What an `identity.erased` destroys: the keys of a patient's openings, under every id that the patient had.

The entry is committed first, for what is destroyed never comes back. So the destruction is repeated at every start:
after a crash in between, and after a restore that brought older keys along.
"""

from collections.abc import Iterator

from ledger.domain.book import Book
from ledger.domain.person import ids_of
from ledger.log.canonical import from_bytes
from ledger.service.ports import Reading, Vault


def subjects_of(book: Book, patient: str) -> list[str]:
    """The data subjects of everything sealed about *patient*, whatever id it was written with."""
    return [f"patient:{each}" for each in ids_of(book, patient)]


def erased_subjects(reading: Reading) -> Iterator[str]:
    for row in reading.rows(type="identity.erased"):
        yield from subjects_of(reading.book, from_bytes(row.data)["statement"]["body"]["patient"])


def erase_again(reading: Reading, vault: Vault) -> None:
    """Destroy whatever should have been. Raises `LedgerBusy` where another reader kept old pages alive."""
    vault.destroy(*erased_subjects(reading))
