"""What the service asks of its stores, as protocols with their contracts. A backend is whatever keeps these.

Store     entries, tree, projections: one writer door, many reader doors that cannot write
Vault     openings of sealed values, each under its data subject's key
Heads     the last signed head of each log, outside the data directory, by compare-and-swap
Keys      the secrets the facility holds: log key, ledger key, import keys
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from ledger.domain.book import Book
from ledger.domain.records import Key, Past
from ledger.log.merkle import Frontier


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends: `size` entries, `last_leaf` of the last one (or SHA-256 of nothing), its `recorded_at`."""

    size: int
    last_leaf: bytes
    last_recorded_at: str | None
    frontier: Frontier


class EntryRow(Struct, frozen=True):
    """One entry as it is stored: the bytes, and an index over them that can be rebuilt. The table has this order."""

    seq: int
    id: str
    type: str
    occurred_at: str
    recorded_at: str
    performer: str
    leaf: bytes
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow:
    """One opening, encrypted under `subject`'s key."""

    seq: int
    path: str
    subject: str
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    """A signed note as published."""

    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page of entries: all that is given must hold. *patients*: every id of one person; *from_at*, *until_at*: when
    it happened, both included; *after*: (occurred_at, seq) of the last entry of the page before. *mention* stands
    alone: what it finds is bounded by nothing else than the page."""

    type: str | None = None
    mention: tuple[str, str] | None = None
    product: str | None = None
    patients: tuple[str, ...] = ()
    from_at: str | None = None
    until_at: str | None = None
    after: tuple[str, int] | None = None
    limit: int


class Reading(Protocol):
    """A snapshot. Nothing written through it is possible; nothing read from it is believed before it is checked."""

    @property
    def head(self) -> Head: ...

    @property
    def book(self) -> Book:
        """The projections, loaded as they are asked for. Writing to it raises."""
        ...

    def scratch(self) -> Book:
        """The same to write on: what is put there nobody else sees, and nothing of it is ever stored."""
        ...

    def at_hand(self, shelf: str, keys: Iterable[Key] | None = None) -> None:
        """Let the book know the records of *keys*, or all of a short shelf, read together: each that it is asked for
        alone costs a query.
        """
        ...

    def mentions_at_hand(self, kind: str, key: str) -> list[Past]:
        """Let the book know the entries that mention a thing, read together; these, in order."""
        ...

    @property
    def begins_at(self) -> int:
        """The number of the first entry: 0, or, of a new epoch, below it: the old log's stand there as …, -2, -1."""
        ...

    def find_seq(self, entry_id: str) -> int | None: ...

    def entry(self, seq: int) -> bytes:
        """The bytes of one entry. Raises `NotFound`."""
        ...

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        """(number, bytes) in order, streamed: memory does not grow with the range."""
        ...

    def rows(
        self, *, type: str | None = None, mention: tuple[str, str] | None = None, last: int | None = None
    ) -> list[EntryRow]:
        """Entries by type and by the thing they mention (a `Book` mention), in order; only the *last* n if given."""
        ...

    def has_since(self, seq: int, types: Collection[str]) -> bool:
        """Whether an entry of one of *types* is numbered *seq* or above."""
        ...

    def newest(self, kind: str, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
        """(id, occurred_at) of the newest entry that mentions each thing of *kind*, by its key."""
        ...

    def page(self, wanted: Wanted) -> list[EntryRow]:
        """Newest first: by number, or, where a period is wanted, by (occurred_at, seq)."""
        ...

    def node(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of 2**level leaves number *index*, from tiles and leaves."""
        ...

    def leaves(self, start: int, stop: int) -> Iterator[bytes]: ...

    def shelf(self, name: str, prefix: Key = ()) -> Iterator[tuple[Key, Any]]:
        """(key, record) of a shelf of the book in key order, only those whose key starts with *prefix*."""
        ...

    def balances(
        self, *, at: str | None = None, place: str | None = None, product: str | None = None
    ) -> Iterator[tuple[str, str, str, int]]:
        """(place, product, lot, units) of every row ever used, in order; up to the moment *at*, or now."""
        ...

    def movements(
        self, place: str, product: str, lot: str, *, from_at: str, until_at: str
    ) -> list[tuple[str, int, int]]:
        """(at, seq, units) of a lot at a place, before *until_at*, in order; what was reversed is there with 0."""
        ...

    def empties_due(self) -> Iterator[tuple[str, str, str, int]]:
        """(ward, product, lot, units) where not as many came back empty as were opened, in order."""
        ...

    def entry_rows(self) -> Iterator[EntryRow]:
        """Every entry from `begins_at` on with its index, in order, streamed."""
        ...

    def sealed(self, seq: int) -> list[SealedRow]: ...

    def sealed_places(self) -> Iterator[tuple[int, str]]:
        """(seq, path) of every stored opening, in order, streamed."""
        ...

    def tile_rows(self) -> Iterator[tuple[int, int, bytes, bytes]]:
        """(level, index, root, hashes) of every stored tile, streamed."""
        ...

    def adopted(self) -> dict[str, bytes]:
        """Every adopted file by its SHA-256."""
        ...

    def checkpoint(self) -> CheckpointRow | None:
        """The newest published checkpoint."""
        ...

    def checkpoints(self) -> list[CheckpointRow]:
        """Every checkpoint ever published, in their order."""
        ...

    def differences(self, book: Book) -> Iterator[tuple[str, Any, Any]]:
        """(projection, stored row, derived row) wherever the stored ones are not those of *book*."""
        ...


class Writing(Reading, Protocol):
    """The open transaction on the head of the log. What is put here is there after the commit, or not at all."""

    @property
    def book(self) -> Book:
        """The projections; what is put on it is stored with the commit."""
        ...

    def insert(self, rows: Iterable[EntryRow], frontier: Frontier) -> None:
        """Append entries; their seqs continue the head's. *frontier* is the tree's after the last of them."""
        ...

    def expect(self, ids: Iterable[str]) -> None:
        """These entries will be asked for by id, whether they are there or not."""
        ...

    def insert_before(self, rows: Iterable[EntryRow]) -> None:
        """Put entries of an old log, by their numbers below 0, where there is none yet. The head stays at 0."""
        ...

    def insert_sealed(self, rows: Iterable[SealedRow]) -> None: ...

    def insert_adopted(self, digest: str, data: bytes) -> None: ...

    def insert_checkpoint(self, row: CheckpointRow, right: int = 0) -> None:
        """*right*: what `Store.signing` gave; it ends here. Raises `LedgerBusy` where somebody took it since."""
        ...


class Store(Protocol):
    def reading(self) -> AbstractContextManager[Reading]: ...

    def writing(self) -> AbstractContextManager[Writing]:
        """Take the lock on the head, give the transaction, commit on leaving, roll back on an exception.

        Raises `LedgerBusy` when the lock is not had in time, `LedgerReadOnly` when the disk is full or
        read-only, `NotStored` when the commit failed. After either nothing was recorded.
        """
        ...

    def signing(self) -> AbstractContextManager[int]:
        """The right to sign for this log, nobody else's for some seconds: a number above all that were given before.

        When it is given, whatever a reading showed earlier is kept as surely as the database was told to keep what it
        confirms, on its standby too. It ends with `insert_checkpoint`, or when it is left by an exception. Raises
        `LedgerBusy` while somebody else has it, `OutcomeUnknown`.
        """
        ...

    def check(self) -> None:
        """The append-only guards are all installed, under their names and with their text. Raises `LedgerReadOnly`."""
        ...

    def replace_projections(self, book: Book) -> None:
        """Put the projections of *book* (re-derived from the entries) in place of the stored ones."""
        ...

    def close(self) -> None: ...


class Vault(Protocol):
    def seal(self, subject: str, plaintext: bytes, *, context: bytes) -> tuple[bytes, bytes]:
        """(nonce, ciphertext) under the key of *subject*, made and kept durably if it has none; bound to *context*."""
        ...

    def open(self, subject: str, nonce: bytes, ciphertext: bytes, *, context: bytes) -> bytes | None:
        """The plaintext, or None where the subject's key was destroyed. Raises `OpeningRejected` if altered."""
        ...

    def destroy(self, *subjects: str) -> None:
        """Destroy every key of *subjects*: what was sealed for them can never be opened again, nor by an older copy
        of the keys with the secrets of today. May be repeated.
        """
        ...


class Heads(Protocol):
    def read(self, log: str, genesis: bytes, *, of_any_machine: bool = False) -> tuple[int, bytes] | None:
        """(size, root) of the last signed head of the log whose entry 0 has the leaf *genesis*.

        Raises `LedgerReadOnly`: `head_other_machine` where another machine noted it, unless that was asked for;
        `log_ended`.
        """
        ...

    def end(self, log: str, genesis: bytes, *, last: tuple[int, bytes], by: tuple[str, bytes]) -> None:
        """Note for ever that the log ended with the head *last* and that *by* (log, genesis) goes on from it.

        Afterwards everything else raises `LedgerReadOnly('log_ended')`. May be repeated.
        """
        ...

    def advance(self, log: str, genesis: bytes, *, old: tuple[int, bytes] | None, new: tuple[int, bytes]) -> None:
        """Compare-and-swap with fsync. Raises `LedgerReadOnly('head_moved')` when the stored head is not *old*."""
        ...

    def adopt(self, log: str, genesis: bytes, *, known: tuple[int, bytes] | None, new: tuple[int, bytes]) -> None:
        """As `advance`, from *known*, which any machine may have noted: *new* is this machine's from now on."""
        ...


class Keys(Protocol):
    def log_key(self) -> Ed25519PrivateKey:
        """The log's key. It lags behind the entries between a `key.rotated` and `turn_log_key`."""
        ...

    def next_log_key(self) -> Ed25519PrivateKey | None: ...

    def make_next_log_key(self) -> Ed25519PrivateKey:
        """Make and keep durably (mode 0600) the key that a `key.rotated` is to name."""
        ...

    def turn_log_key(self) -> None:
        """The next key is the log's key from now on; the old one is gone."""
        ...

    def log_keys(self) -> list[Ed25519PrivateKey]:
        """Every key of the log that is kept here: `log_key`, and after a change of keys the ones beside it."""
        ...

    def ledger_key(self) -> Ed25519PrivateKey: ...

    def import_key(self, person: str) -> Ed25519PrivateKey | None: ...

    def make_import_key(self, person: str) -> Ed25519PrivateKey:
        """Make and keep durably (mode 0600) an import key for *person*."""
        ...
