"""What people read of a rule set: what another one would change, and what nobody has read in its act yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.domain.regulation import KEYS, TABLES, Provision, RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChange:
    """`rows`: (what it is of, before, after) where a table says something of drugs; None where it says nothing."""

    table: str
    rows: Sequence[tuple[str, str | None, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanges:
    """`values`: (name, provisions before, provisions after) of those that differ."""

    values: Sequence[tuple[str, Sequence[Provision], Sequence[Provision]]]
    tables: Sequence[TableChange]

    def __bool__(self) -> bool:
        return bool(self.values or self.tables)


def find_changes(ours: RuleSet, theirs: RuleSet) -> RuleChanges:
    values = [(key, ours.provisions.get(key, ()), theirs.provisions.get(key, ())) for key in KEYS]
    tables = [name for name in TABLES if ours.tables.get(name) != theirs.tables.get(name)]
    return RuleChanges(
        values=[each for each in values if each[1] != each[2]],
        tables=[TableChange(table=name, rows=_rows_changed(ours, theirs, name)) for name in tables],
    )


def is_to_look_up(rules: RuleSet, key: str) -> bool:
    """Whether the value is unset, or not verified in its act."""
    return key in rules.unset or any(p.status != "verified" for p in rules.provisions.get(key, ()))


def read_rows(rules: RuleSet, table: str) -> Mapping[str, str]:
    """What a table says of each drug, as a pharmacist compares it; nothing of the codes of places."""
    known = rules.equivalents
    if table == "opioid_equivalents":
        factors = sorted(known.factors.items())
        return {", ".join(key): f"{'?' if f.factor is None else f'× {f.factor:f}'} ({f.source})" for key, f in factors}
    return dict(sorted(known.classes.items())) if table == "substance_classes" else {}


def _rows_changed(ours: RuleSet, theirs: RuleSet, table: str) -> list[tuple[str, str | None, str | None]]:
    before, after = read_rows(ours, table), read_rows(theirs, table)
    rows = [(row, before.get(row), after.get(row)) for row in sorted(before.keys() | after.keys())]
    return [each for each in rows if each[1] != each[2]]
