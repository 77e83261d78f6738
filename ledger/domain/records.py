"""What is known of each thing: frozen records, and the shelves they stand on. Quantities are whole units."""

from dataclasses import dataclass
from typing import Any

from ledger.domain.home import HomeEvent

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    name: str
    bin: str
    kato: str
    kind: str
    zone: str
    practice: bool
    imports_closed: bool = False
    governed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`roles` is a list of (since seq, since time, role); the last one is in force."""

    roles: tuple[tuple[int, str, str], ...]
    left_at: str | None = None

    @property
    def role(self) -> str:
        return self.roles[-1][2]

    def held(self, role: str, at: str) -> bool:
        """Whether *role* was this person's at the time *at*."""
        held = [r for _, since, r in self.roles if since <= at]
        return bool(held) and held[-1] == role


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    inn: str
    strength: str
    unit: str
    unit_of_presentation: str
    schedule: str
    delisted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    kind: str
    administration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    home_kato: str
    died_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """`used` counts units: doses on the ward for an inpatient course, dispensed units otherwise."""

    patient: str
    product: str
    setting: str
    starts_on: str
    ends_on: str
    issued_at: str
    units: int
    days: int
    used: int = 0
    stopped_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """`expires_on` is None while no pack of the lot was here (a recall may come first); `told_by`: which entry said."""

    expires_on: str | None
    told_by: int | None = None
    quarantined_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A sealed bag in custody; `contents` is (product, lot or "", units)."""

    place: str
    units: int
    kind: str
    contents: tuple[tuple[str, str, int], ...]
    received_at: str
    patient: str | None = None
    destroyed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Empties:
    """One ward's ampoules of one lot: opened there, collected from there, adjusted by a resolution."""

    opened: int = 0
    collected: int = 0
    adjusted: int = 0

    @property
    def due(self) -> int:
        return self.opened - self.collected + self.adjusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One line of a count or a collection that differs, or once differed, from the book.

    `lot` is "" where a product's total was counted. For a `count`, `expected` is the book at the count, its
    own resolutions apart, kept current; for `empties`, what was due. `resolved` is the sum of resolutions,
    `settled` what was expected at the last one. `at_once`: it differed when it was recorded.
    """

    kind: str
    place: str
    product: str
    lot: str
    at: str
    seq: int
    counted: int
    expected: int
    resolved: int = 0
    settled: int | None = None
    at_once: bool = True
    open: bool = True

    @property
    def difference(self) -> int:
        """What the book must still change by to agree with the count."""
        return self.counted - self.expected - self.resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A signature that is due: `why` is witness, verbal_order or very_late; `by` who alone may give it."""

    seq: int
    why: str
    since_at: str
    performer: str
    imported: bool
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An entry as later ones refer to it. `body` is the statement's body in clear."""

    seq: int
    id: str
    type: str
    performer: str
    witness: str | None
    occurred_at: str
    imported: bool
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What reversed an entry: the seq of the reversal and where the packs are."""

    seq: int
    packs: str


SHELVES: dict[str, type] = {
    "facility": Facility,
    "person": Person,
    "product": Product,
    "place": Place,
    "patient": Patient,
    "prescription": Prescription,
    "lot": Lot,
    "seal": Seal,
    "empties": Empties,
    "discrepancy": Discrepancy,
    "last_count": str,
    "pending": Pending,
    "reversal": Reversal,
    "acknowledged": int,
    "moved": int,
    "home": tuple[HomeEvent, ...],
}
"""Every shelf: its name and the type of its records. Keys are tuples of text:

facility () · person, product, place, patient, prescription, seal (id) · lot (product, lot)
empties (place, product, lot) · discrepancy (its id) · last_count (place, product): when
pending (entry id, why) · reversal (entry id) · acknowledged (kind, from_log, from_id, product, lot)
moved (place, product): the first seq that moved it other than by opening · home (patient, product)
"""
