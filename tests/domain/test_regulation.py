"""A rule set as a file: what may stand in it, which value counts on which day, and what it says of a drug."""

import json
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from importlib.resources import files
from typing import Any

import pytest

from ledger.domain.asking.warnings import GOVERNED_BY
from ledger.domain.history.equivalents import Amount
from ledger.domain.regulation import KEYS, RuleSet, read_adoption
from ledger.errors import WronglyCalled
from ledger.refusal_words.regulation import VALUES
from tests.domain.pharmacy import practice_rules


def provision(
    value: object, valid_from: str = "2015-01-26", valid_to: str | None = None, **more: Any
) -> dict[str, Any]:
    told = {"value": value, "valid_from": valid_from, "valid_to": valid_to, "act": "A", "paragraph": "1"}
    return told | {"edition": "E", "status": "site"} | more


def read(values: dict[str, Any], tables: dict[str, bytes] | None = None, **changes: Any) -> RuleSet:
    named = {name: sha256(data).hexdigest() for name, data in (tables or {}).items()}
    raw = {"format": "senim-rules/1", "name": "test", "tables": named, "values": values} | changes
    return read_text(json.dumps(raw).encode(), *(tables or {}).values())


def read_text(data: bytes, *tables: bytes) -> RuleSet:
    known = {sha256(each).hexdigest(): each for each in (data, *tables)}
    return read_adoption(known, sha256(data).hexdigest()).rules


def factors(*rows: str) -> bytes:
    """A table of equivalents; the last of *rows* may be an encoding."""
    rows, encoding = (rows[:-1], rows[-1]) if rows[-1] == "cp1251" else (rows, "utf-8")
    heading = "inn,route,basis,factor,source,other_values,confidence"
    return "\n".join((heading, *(f"{row},A,,high" for row in rows), "")).encode(encoding)


def test_the_value_of_the_day_counts_and_the_first_one_for_earlier_days() -> None:
    later, first = provision(7, "2026-03-01"), provision(10, "2026-01-01", "2026-02-14")
    rules = read({"discharge_days_max": [later, first]})
    days = ("2025-01-01", "2026-01-01", "2026-02-14", "2026-02-20", "2026-03-01", "2030-01-01")
    assert [rules.value("discharge_days_max", day) for day in days] == [10, 10, 10, None, 7, 7]
    assert rules.unset == tuple(key for key in KEYS if key != "discharge_days_max")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: read({"days_of_grace": [provision(1)]}), "rules_unknown_value"),
        (lambda: read({"units_max": [provision(True)]}), "rules_unreadable"),
        (lambda: read({"units_max": [provision("5")]}), "rules_unreadable"),
        (lambda: read({"units_max": [provision(-1)]}), "rules_unreadable"),
        (lambda: read({"units_max": [provision(1, status="sure")]}), "rules_unreadable"),
        (lambda: read({"units_max": [provision(1, "20150126")]}), "rules_unreadable"),
        (lambda: read({"units_max": [provision(1, "2026-02-02", "2026-02-01")]}), "rules_unreadable"),
        (lambda: read({"units_max": [provision(1), provision(2, "2026-01-01")]}), "rules_unreadable"),
        (lambda: read({"units_max": [{"value": 1}]}), "rules_unreadable"),
        (lambda: read({}, {"prices": b"inn\n"}), "rules_unknown_value"),
        (lambda: read({}, {"opioid_equivalents": b"inn,route\nmorphine,oral\n"}), "rules_unreadable"),
        (lambda: read({}, {"kato": b"name\nX\n"}), "rules_unreadable"),
        (lambda: read({}, format="senim-rules/2"), "rules_format"),
        (lambda: read({}, name=["a"]), "rules_unreadable"),
        (
            lambda: read_text(b'{"format":"senim-rules/1","name":"x","tables":{},"values":{},"values":{}}'),
            "rules_unreadable",
        ),
        (lambda: read({"units_max": [provision(1, act=None)]}), "rules_unreadable"),
        (lambda: read({"dose_jump_days": [provision(10**7)]}), "rules_unreadable"),  # no such day to look back to
        (lambda: read({}, {"opioid_equivalents": factors("morphine,oral,mg/mg,NaN")}), "rules_unreadable"),
        (lambda: read({}, {"opioid_equivalents": factors("morphine,oral,mg/mg,0")}), "rules_unreadable"),
        (lambda: read({}, {"opioid_equivalents": factors("morphine,oral,mg/mg,-1")}), "rules_unreadable"),
        (lambda: read({}, {"opioid_equivalents": factors("morphine,by mouth,mg/mg,1")}), "rules_unreadable"),
        (lambda: read({}, {"opioid_equivalents": factors(*["morphine,oral,mg/mg,1"] * 2)}), "rules_unreadable"),
        (lambda: read({}, {"opioid_equivalents": factors("морфин,oral,mg/mg,1", "cp1251")}), "rules_unreadable"),
        (lambda: read({}, {"substance_classes": b"inn,class\nfentanyl,strong opioid\n"}), "rules_unreadable"),
    ],
)
def test_what_is_no_rule_set_is_refused(make: Callable[[], RuleSet], reason: str) -> None:
    with pytest.raises(WronglyCalled) as told:
        make()
    assert told.value.reason == reason


def test_a_file_that_is_missing_or_altered_is_refused() -> None:
    data = b'{"format": "senim-rules/1", "name": "x", "values": {}, "tables": {"kato": "' + b"0" * 64 + b'"}}'
    digest = sha256(data).hexdigest()
    for known, reason in (({}, "adopted_file_missing"), ({digest: data + b" "}, "adopted_file_altered")):
        with pytest.raises(WronglyCalled) as told:
            read_adoption(known, digest)
        assert told.value.reason == reason
    with pytest.raises(WronglyCalled) as told:
        read_adoption({digest: data}, digest)
    assert told.value.reason == "adopted_file_missing"


def test_the_practice_rules_fill_every_warning_and_every_value_is_on_the_worksheet() -> None:
    rules = practice_rules()
    assert not set(GOVERNED_BY.values()) & set(rules.unset)
    assert set(rules.unset) >= {"return_days", "destruction_days", "prescription_valid_days", "inventory_days"}
    assert rules.status == "site"
    assert set(VALUES) == set(KEYS)


@pytest.mark.parametrize(
    ("inn", "route", "value", "unit", "told"),
    [
        ("morphine", "oral", "10", "mg", "10"),
        ("Morphine", "subcutaneous", "10", "mg", "20"),
        ("tramadol", "oral", "400", "mg", "40"),
        ("fentanyl", "transdermal", "25", "ug/h", "60"),
        ("fentanyl", "transdermal", "75", "ug/h", "180"),
        ("fentanyl", "transdermal", "100", "ug/h", "240"),
        ("fentanyl", "subcutaneous", "0.1", "mg", "15"),
        ("fentanyl", "transdermal", "25", "mg", "unit_unknown"),
        ("fentanyl", "subcutaneous", "25", "ug/h", "unit_unknown"),
        ("morphine", "oral", "5", "mL", "unit_unknown"),
        ("morphine", "", "10", "mg", "route_unknown"),
        ("morphine", "nasal", "10", "mg", "no_factor"),
        ("trimeperidine", "", "20", "mg", "no_factor"),
        ("methadone", "oral", "20", "mg", "no_factor"),
    ],
)
def test_an_equivalent_is_a_figure_or_a_reason(inn: str, route: str, value: str, unit: str, told: str) -> None:
    found = practice_rules().equivalents.to_equivalent(Amount(inn, route, Decimal(value), unit))
    assert (found.why or f"{found.value and found.value.normalize():f}") == told


def test_the_tables_shipped_are_those_that_the_practice_rules_name() -> None:
    folder = files("ledger.domain") / "reference"
    shipped = {sha256(each.read_bytes()).hexdigest() for each in folder.iterdir() if each.name.endswith(".csv")}
    assert set(practice_rules().tables.values()) <= shipped
