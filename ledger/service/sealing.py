"""Personal values leave the statement here: a commitment stays, the opening goes to the vault.

Trusts the vault to keep openings secret; the chain reveals nothing that the opening's random key does not.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.book import Book
from ledger.domain.command import Command
from ledger.errors import OpeningRejected
from ledger.log.canonical import from_canonical, to_canonical
from ledger.log.sealed import commit, verify_opening
from ledger.service.ports import SealedRow, Vault

KEY_BYTES = 32
Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Opening:
    """What makes a commitment checkable: the value, and the random key it was committed under."""

    value: Any
    key: bytes


Openings = Mapping[str, Opening]


def seal_values(command: Command, *, log: str, entropy: Entropy) -> tuple[dict[str, str], dict[str, Opening]]:
    """Commit to every sealed value of *command*: (`sealed` of the statement, openings by path)."""
    openings = {path: Opening(value, entropy(KEY_BYTES)) for path, value in command.sealed.items()}
    sealed = {
        path: commit(opening.value, key=opening.key, log=log, id=command.id, path=path)
        for path, opening in openings.items()
    }
    return sealed, openings


def verify_openings(statement: Mapping[str, Any], openings: Openings) -> None:
    """Every opening belongs to a commitment of *statement* and matches it. Raises `OpeningRejected`."""
    for path, opening in openings.items():
        verify_opening(
            statement.get("sealed", {}).get(path, ""),
            opening.value,
            key=opening.key,
            log=statement["log"],
            id=statement["id"],
            path=path,
        )


def verify_own_keys(several: Iterable[Openings]) -> None:
    """Each value has a key of its own: under a key that was disclosed with one, the others can be guessed.

    Raises `OpeningRejected('opening_twice')`.
    """
    keys = [opening.key for openings in several for opening in openings.values()]
    if len(set(keys)) < len(keys):
        raise OpeningRejected("opening_twice")


def find_subject(command: Command, book: Book) -> str:
    """The data subject under whose key an entry's openings are kept: a patient, a person, or the entry alone."""
    body = command.body
    if "patient" in body:
        return f"patient:{body['patient']}"
    if "keep" in body:
        return f"patient:{body['keep']}"
    if "person" in body:
        return f"person:{body['person']}"
    prescription = book.find("prescription", body["prescription"]) if "prescription" in body else None
    if prescription is not None:
        return f"patient:{prescription.patient}"
    about = book.past.by_id(body["id"]) if "id" in body else None
    if about is not None and "patient" in about.body:
        return f"patient:{about.body['patient']}"
    return f"entry:{command.id}"


def _context(log: str, entry_id: str, path: str) -> bytes:
    return f"senim/vault/v1\n{log}\n{entry_id}\n{path}".encode()


def to_rows(openings: Openings, *, log: str, entry_id: str, seq: int, subject: str, vault: Vault) -> list[SealedRow]:
    rows = []
    for path, opening in openings.items():
        plaintext = opening.key + to_canonical(opening.value)
        nonce, ciphertext = vault.seal(subject, plaintext, context=_context(log, entry_id, path))
        rows.append(SealedRow(seq=seq, path=path, subject=subject, nonce=nonce, ciphertext=ciphertext))
    return rows


def from_rows(rows: list[SealedRow], *, log: str, entry_id: str, vault: Vault) -> dict[str, Opening]:
    """The openings still readable; a path whose subject was erased is left out."""
    found = {}
    for row in rows:
        plaintext = vault.open(row.subject, row.nonce, row.ciphertext, context=_context(log, entry_id, row.path))
        if plaintext is not None:
            found[row.path] = Opening(from_canonical(plaintext[KEY_BYTES:]), plaintext[:KEY_BYTES])
    return found
