"""What a report shows, and nothing of how: frozen facts in stable codes, without a sentence or a measure of paper.

Every kind of report is one dataclass with a `frame`. Its canonical JSON (`data.to_report`) is attached to the
PDF and is all that the pages are drawn from, so whoever has the one can draw the other again.
"""

from dataclasses import dataclass
from datetime import date, datetime

LAYOUT = 2
"""How pages are drawn. Raised with every change of a single point: `check` draws the pages again to compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """As entry 0 names it. `zone` is the IANA zone of every local day and hour in the report."""

    name: str
    bin: str
    log: str
    zone: str
    practice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AsKnown:
    """Every figure is at the moment `at` (aware UTC) as known at entry `seq`."""

    at: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The signed head that the report was made under: `size` entries, `root` as 64 lower-case hex digits."""

    size: int
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The adopted rule set: `status` is its least sure value's, `unset` the keys that the site left open.

    `late_reason_hours` is the value that decides which rows count as late; None: none does.
    """

    name: str
    sha256: str
    status: str
    unset: tuple[str, ...] = ()
    late_reason_hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of the site as printed. `name` and `role` are "" where they are not known (any more)."""

    username: str
    name: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """A line to sign by hand: what the signature means, and whose it is; no `person`: a line to fill in."""

    meaning: str
    person: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands on every page of every kind. `language` is kk, ru or en; `made_at` is aware UTC.

    `layout` is the `LAYOUT` that the pages were drawn with.
    """

    kind: str
    language: str
    facility: Facility
    as_known: AsKnown
    head: Head
    rules: Rules
    made_at: datetime
    layout: int = LAYOUT
    signatories: tuple[Signatory, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    id: str
    inn: str
    form: str
    strength: str
    unit: str
    unit_of_presentation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Local days, both included; None: from the first entry, up to `as_known.at`."""

    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One short fact about a row: a stable code and its value, a word of the vocabulary or the site's own text."""

    code: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Signed units of one lot at one place."""

    place: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersignature:
    """A second signature that came later, by an entry of its own."""

    person: Person
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The month of a row was sealed `at` by entry `seq`, before the row's own entry came."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """One lot of one entry; a correction of a lot's name is one row under the wrong one.

    `at` is when it is in effect, `done_at` when its own statement says it was done, where that differs (a
    reversal takes effect at its original's time). `reverses` names what a reversal or a settlement takes back
    here; its figures stand in the original's column, negative: turnover counts only what stands. `moved` are
    the movements behind `came` and `went`.
    """

    number: int
    seq: int
    at: datetime
    done_at: datetime | None = None
    type: str
    details: tuple[Detail, ...] = ()
    counterpart: tuple[Detail, ...] = ()
    lot: str
    came: int
    went: int
    balance: int
    moved: tuple[Units, ...] = ()
    performer: Person
    witnesses: tuple[Person, ...] = ()
    countersigned: tuple[Countersignature, ...] = ()
    awaits: tuple[str, ...] = ()
    imported: bool = False
    late_hours: int | None = None
    after_sealing: Sealed | None = None
    reversed_by: int | None = None
    reverses: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLine:
    """One lot over the period: `closing = opening + came − went`."""

    lot: str
    opening: int
    came: int
    went: int
    closing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The item-and-quantity journal of one product, of one place or (None) of the whole facility.

    `opening` lists what lay where before the period; `rows` are in the order (at, seq, lot), what takes
    something back right after it.
    """

    frame: Frame
    product: Product
    place: Place | None = None
    places: tuple[Place, ...] = ()
    period: Period
    opening: tuple[Units, ...] = ()
    rows: tuple[RegisterRow, ...] = ()
    lots: tuple[LotLine, ...] = ()
    opening_units: int
    came: int
    went: int
    closing_units: int
