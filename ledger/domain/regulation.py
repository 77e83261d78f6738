"""Law as dated data: a rule set is a file, adopted in the chain by its hash, and says of each value where it stands.

A value that no text could be read for is absent: then its check is grey, or (contract, group 6) the act is
refused with `rule_not_adopted`. Nothing here knows a number.
"""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Any

from ledger.domain.history.equivalents import Equivalents, read_equivalents
from ledger.errors import WronglyCalled
from ledger.strict_json import read_json

FORMAT = "senim-rules/1"
STATUSES = ("verified", "secondary", "site")
_MOST, _MOST_UNITS = 5_000, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One dated value: act, paragraph and edition it rests on, and how sure that is (`STATUSES`)."""

    value: int
    valid_from: str
    valid_to: str | None
    act: str
    paragraph: str
    edition: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """`sha256` names the exact file; `tables` maps a table's name to the SHA-256 of its file."""

    name: str
    sha256: str
    provisions: Mapping[str, tuple[Provision, ...]]
    tables: Mapping[str, str]
    kato: frozenset[str] = frozenset()
    equivalents: Equivalents = field(default_factory=Equivalents)
    unset: tuple[str, ...] = ()

    def find(self, key: str, on: str) -> Provision | None:
        """The provision valid on the local day *on*, or the first one for earlier days; None where unset."""
        dated = self.provisions.get(key, ())
        for provision in dated:
            if provision.valid_from <= on and (provision.valid_to is None or on <= provision.valid_to):
                return provision
        return dated[0] if dated and on < dated[0].valid_from else None

    def value(self, key: str, on: str) -> int | None:
        provision = self.find(key, on)
        return None if provision is None else provision.value

    @property
    def status(self) -> str:
        """The least sure status of any value in it."""
        found = {p.status for dated in self.provisions.values() for p in dated}
        return next((s for s in reversed(STATUSES) if s in found), STATUSES[0])


@dataclass(frozen=True, slots=True)
class Adoption:
    """A rule set with the files it consists of, by SHA-256: what evidence must carry."""

    rules: RuleSet
    files: Mapping[str, bytes] = field(default_factory=dict)


KEYS = (
    "discharge_days_max",
    "home_unit_kato_digits",
    "commission_min",
    "countersign_hours",
    "late_reason_hours",
    "very_late_days",
    "retention_years",
    "units_max",
    "prescription_valid_days",
    "return_days",
    "destruction_days",
    "inventory_days",
    "visit_physician_days",
    "visit_nurse_days",
    # thresholds of warnings
    "early_supply_days",
    "duplicate_hours",
    "benzodiazepine_overlap_days",
    "opioid_naive_days",
    "patch_wear_hours",
    "dose_jump_percent",
    "dose_jump_days",
    "older_lot_days",
    "course_units_tolerance",
    "unusual_units",
)
"""Every value that a rule set may hold; one that it leaves out is unset."""
REFUSES_UNSET = frozenset({"discharge_days_max", "commission_min"})
"""Where these are unset, what they govern is refused with `rule_not_adopted`; any other unset value greys its check."""
TABLES = ("kato", "opioid_equivalents", "substance_classes")


def read_adoption(files: Mapping[str, bytes], digest: str, *, only: Collection[str] = TABLES) -> Adoption:
    """Read the rule set whose file has the SHA-256 *digest* out of *files*, with the tables it names.

    Of the tables *only* those are read and need be there. Raises `WronglyCalled` when a file is missing, does not
    have its hash, or is not of `FORMAT`.
    """
    data = _file(files, digest)
    try:
        raw: Any = read_json(data)
        if raw["format"] != FORMAT:
            raise WronglyCalled("rules_format", format=str(raw["format"])[:40])
        provisions = {key: _dated(key, dated) for key, dated in raw["values"].items()}
        tables = {str(name): str(hash_) for name, hash_ in raw["tables"].items()}
        name = _text(raw["name"])
    except (ValueError, KeyError, TypeError, AttributeError) as bad:
        raise WronglyCalled("rules_unreadable") from bad
    unknown = sorted(set(provisions) - set(KEYS)) + sorted(set(tables) - set(TABLES))
    if unknown:
        raise WronglyCalled("rules_unknown_value", key=unknown[0])
    read = {name: hash_ for name, hash_ in tables.items() if name in only}
    used = {digest: data} | {hash_: _file(files, hash_) for hash_ in read.values()}
    try:
        rows = {name: read_table(used[read[name]]) if name in read else [] for name in TABLES}
        kato = frozenset(row["code"] for row in rows["kato"])
        equivalents = read_equivalents(rows["opioid_equivalents"], rows["substance_classes"])
    except (KeyError, TypeError, ValueError, AttributeError, csv.Error) as bad:
        raise WronglyCalled("rules_unreadable") from bad
    unset = tuple(key for key in KEYS if not provisions.get(key))
    rules = RuleSet(
        name=name,
        sha256=digest,
        provisions=provisions,
        tables=tables,
        kato=kato,
        equivalents=equivalents,
        unset=unset,
    )
    return Adoption(rules=rules, files=used)


def _file(files: Mapping[str, bytes], digest: str) -> bytes:
    data = files.get(digest)
    if data is None:
        raise WronglyCalled("adopted_file_missing", sha256=digest)
    if sha256(data).hexdigest() != digest:
        raise WronglyCalled("adopted_file_altered", sha256=digest)
    return data


def _text(told: Any) -> str:
    if type(told) is not str or not told.isprintable():
        raise ValueError("not a line of text")
    return told


def _dated(key: str, dated: Sequence[Mapping[str, Any]]) -> tuple[Provision, ...]:
    """The provisions of one value in the order of their days, no two of them valid on the same day."""
    found = sorted(map(_provision, dated), key=lambda p: p.valid_from)
    if any(provision.value > (_MOST_UNITS if "units" in key else _MOST) for provision in found):
        raise ValueError("more than days can be counted by")
    if any(former.valid_to is None or former.valid_to >= later.valid_from for former, later in pairwise(found)):
        raise ValueError("two provisions on one day")
    return tuple(found)


def _provision(raw: Mapping[str, Any]) -> Provision:
    if raw["status"] not in STATUSES or type(raw["value"]) is not int or raw["value"] < 0:
        raise ValueError("a provision needs a whole value and a status")
    for told in (raw["act"], raw["paragraph"], raw["edition"]):
        _text(told)
    found = Provision(**{name: raw[name] for name in Provision.__slots__})
    days = (found.valid_from, found.valid_to or found.valid_from)
    if days[0] > days[1] or any(date.fromisoformat(day).isoformat() != day for day in days):
        raise ValueError("a provision ends before it begins")
    return found


def read_table(data: bytes) -> list[dict[str, str]]:
    """Rows of a reference table (CSV with a heading, UTF-8)."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))
