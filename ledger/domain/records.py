"""What is known of each thing: frozen records, and the shelves they stand on. Quantities are whole units."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

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

    def role_at(self, seq: int) -> str:
        """The role in which this person made the entry *seq*."""
        return next(role for since, _, role in reversed(self.roles) if since <= seq)

    def held(self, role: str, at: str) -> bool:
        """Whether *role* was this person's at the time *at*."""
        for _, since, held in reversed(self.roles):
            if since <= at:
                return held == role
        return False


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
    """`closed_by` is the seq of the entry that closed it."""

    kind: str
    administration: str
    closed_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """`homes` is (since, seq, KATO, BIN of the primary-care organisation) in order; moves may be entered late."""

    homes: tuple[tuple[str, int, str, str], ...]
    died_on: str | None = None
    erased_by: int | None = None

    def home_at(self, at: str) -> tuple[str, str]:
        """(KATO, BIN) where the patient lived at *at*; before the first day known, the first home."""
        known = [home for home in self.homes if home[0] <= at]
        return (known[-1] if known else self.homes[0])[2:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """`used` counts units: doses on the ward for an inpatient course, dispensed units otherwise.

    `stops` is (from when, seq of the entry that stopped it); `transcribed_by`: who copied it from a
    paper of a physician who is not here;
    `warned`: warnings about the course that were answered when it was written.
    """

    patient: str
    product: str
    setting: str
    starts_on: str
    ends_on: str
    issued_at: str
    units: int
    days: int
    used: int = 0
    stops: tuple[tuple[str, int], ...] = ()
    transcribed_by: str = ""
    warned: tuple[str, ...] = ()

    @property
    def from_paper(self) -> bool:
        return bool(self.transcribed_by)

    @property
    def stopped_at(self) -> str | None:
        return min((at for at, _ in self.stops), default=None)

    @property
    def left(self) -> int:
        """Units of the course that are still owed."""
        return max(0, self.units - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What is known of a lot, which need not be here (yet). Every member is a history, so that entries can be reversed.

    `told` is (seq, expiry day) by deliveries, `corrected` by corrections; `states` is (at, seq, `quarantined`,
    `recalled` or `released`) in order; `renamed` is (at, seq, true name) in order, `formerly` the other way round.
    """

    told: tuple[tuple[int, str], ...] = ()
    corrected: tuple[tuple[int, str], ...] = ()
    states: tuple[tuple[str, int, str], ...] = ()
    renamed: tuple[tuple[str, int, str], ...] = ()
    formerly: tuple[tuple[str, int, str], ...] = ()

    @property
    def expires_on(self) -> str | None:
        """The last correction, else what was told first; None while no pack of the lot was here."""
        if self.corrected:
            return max(self.corrected)[1]
        return self.told[0][1] if self.told else None

    def renamed_after(self, at: str, seq: int) -> tuple[str, int, str] | None:
        """The first correction of the name after (*at*, *seq*)."""
        for each in self.renamed:
            if each[:2] > (at, seq):
                return each
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """What one person has out of a product: the sum over the lots, the last day that any supply was meant for, and
    when the first thing happened at that home.
    """

    units: int
    ends_on: str | None
    since_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Infusion:
    patient: str
    started_at: str
    hours: int
    stopped_at: str | None = None


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
class Discrepancy:
    """One line of a count or a collection that differs, or once differed, from the book.

    `lot` is "" where a product's total was counted. For a `count`, `expected` is the book at the count, its
    own resolutions apart, kept current; for `empties`, how many of the collected ones were due. `parts` is (seq of
    the resolution, lot, signed units) of every resolution that stands, `settled` what was expected at the last one
    (None where it was reversed). `at_once`: it differed when it was recorded.
    """

    kind: str
    place: str
    product: str
    lot: str
    at: str
    seq: int
    counted: int
    expected: int
    parts: tuple[tuple[int, str, int], ...] = ()
    settled: int | None = None
    at_once: bool = True
    open: bool = True

    @property
    def resolved(self) -> int:
        """The sum of its resolutions."""
        return sum(units for _, _, units in self.parts)

    @property
    def difference(self) -> int:
        """What the book must still change by to agree with the count."""
        return self.counted - self.expected - self.resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """Whose key, for what; `until_seq` is the entry that ended it. What it may sign is judged by `log.keys`."""

    person: str
    use: str
    until_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A numbered downtime sheet of so many lines."""

    place: str
    lines: int
    issued_by: str
    closed: bool = False


WHYS = ("witness", "verbal_order", "very_late")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A signature that is due: `why` is one of `WHYS`; `by` who alone may give it."""

    seq: int
    why: str
    since_at: str
    performer: str
    imported: bool
    by: str | None = None


class Past(NamedTuple):
    """An entry as later ones refer to it. `body` is the statement's body in clear.

    `seq` is its place in the book; `base` is that of its log's entry 0, which is not 0 in the log before an epoch.
    """

    seq: int
    id: str
    type: str
    performer: str
    witness: str | None
    occurred_at: str
    imported: bool
    body: dict[str, Any]
    base: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What reversed an entry: the seq of the reversal and where the packs are."""

    seq: int
    packs: str

    @property
    def is_with_right_person(self) -> bool:
        """The patient rightly has the packs: what was supplied goes on to count as supplied."""
        return self.packs == "with_right_person"


SHELVES: dict[str, Any] = {
    "facility": Facility,
    "person": Person,
    "product": Product,
    "place": Place,
    "patient": Patient,
    "merged": tuple[str, ...],
    "prescription": Prescription,
    "infusion": Infusion,
    "lot": Lot,
    "seal": Seal,
    "discrepancy": Discrepancy,
    "last_count": str,
    "pending": Pending,
    "reversal": Reversal,
    "acknowledged": int,
    "home": tuple[HomeEvent, ...],
    "key": SigningKey,
    "imported": int,
    "sheet": Sheet,
    "sheet_line": str,
    "inspection": str,
    "period": int,
    "balance": int,
    "opening": int,
    "last_moved": str,
    "open": Out | bool,
    "cared": int,
}
"""Every shelf: its name and the type of its records. Keys are tuples of text:

facility () · person, product, place, patient, prescription, infusion, seal (id) · lot (product, lot)
merged (patient): all ids of that person, the kept one first
discrepancy (its id) · last_count (place or account of empties, product): when
somebody looked there last, by an entry that stands
pending (entry id, why) · reversal (entry id) · acknowledged (kind, from_log, from_id, product, lot)
home (patient, product)
key (key id) · imported (): how many entries came by import · inspection (): the id of the open one
sheet (number) · sheet_line (number, line): the id of the entry that cites it · period (month): the seq that sealed it
balance (place or account of empties, product, lot): units now · opening (the same, month): what was there before
anything moved in that month (UTC) · last_moved (the same without month): the last such month · open (shelf, its key):
what is open there, of homes a few more (see `open_homes`) · cared (patient, person): the first entry about the patient
that the person performed or witnessed;
these five follow from the others, so that nobody looks through what is long past
"""
IS_OPEN: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {"seal": lambda seal: not seal.destroyed, "discrepancy": lambda found: found.open}
)
"""Of which shelves what is open is kept apart, and which record is."""
