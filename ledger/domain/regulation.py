"""Law as dated data: a rule set is a file, adopted in the chain by its hash, and says of each value where it stands.

A value that no text could be read for is absent: then its check is grey, or (contract, group 6) the act is
refused with `rule_not_adopted`. Nothing here knows a number.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ledger.errors import WronglyCalled

FORMAT = "senim-rules/1"
STATUSES = ("verified", "secondary", "site")


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


_KEYS = (
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
)


def read_adoption(files: Mapping[str, bytes], digest: str) -> Adoption:
    """Read the rule set whose file has the SHA-256 *digest* out of *files*, with the tables it names.

    Raises `WronglyCalled` when a file is missing, does not have its hash, or is not of `FORMAT`.
    """
    data = _file(files, digest)
    try:
        raw: Any = json.loads(data)
        if raw["format"] != FORMAT:
            raise WronglyCalled("rules_format", format=str(raw["format"])[:40])
        provisions = {key: tuple(_provision(p) for p in dated) for key, dated in raw["values"].items()}
        tables = {str(name): str(hash_) for name, hash_ in raw["tables"].items()}
        name = str(raw["name"])
    except (ValueError, KeyError, TypeError, AttributeError) as bad:
        raise WronglyCalled("rules_unreadable") from bad
    unknown = sorted(set(provisions) - set(_KEYS))
    if unknown:
        raise WronglyCalled("rules_unknown_value", key=unknown[0])
    used = {digest: data} | {hash_: _file(files, hash_) for hash_ in tables.values()}
    kato = frozenset(row["code"] for row in read_table(used[tables["kato"]])) if "kato" in tables else frozenset()
    unset = tuple(key for key in _KEYS if not provisions.get(key))
    rules = RuleSet(name=name, sha256=digest, provisions=provisions, tables=tables, kato=kato, unset=unset)
    return Adoption(rules=rules, files=used)


def _file(files: Mapping[str, bytes], digest: str) -> bytes:
    data = files.get(digest)
    if data is None:
        raise WronglyCalled("adopted_file_missing", sha256=digest)
    if sha256(data).hexdigest() != digest:
        raise WronglyCalled("adopted_file_altered", sha256=digest)
    return data


def _provision(raw: Mapping[str, Any]) -> Provision:
    if raw["status"] not in STATUSES or type(raw["value"]) is not int:
        raise ValueError("a provision needs a whole value and a status")
    return Provision(**{name: raw[name] for name in Provision.__slots__})


def read_table(data: bytes) -> list[dict[str, str]]:
    """Rows of a reference table (CSV with a heading, UTF-8)."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))
