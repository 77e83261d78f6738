"""The rules against the slow reference, which was written from the contract alone and shares no code with them."""

from importlib.resources import files

import pytest

from ledger.domain.regulation import read_table
from tests.domain.comparing import figures, told
from tests.domain.pharmacy import Pharmacy
from tests.reference.generate import generate
from tests.reference.pharmacy import PRACTICE_RULES
from tests.reference.pharmacy import Pharmacy as Reference
from tests.reference.stage import facility_of

BORDER = {"id_reused", "entry_too_large"}  # decided before the rules, where lines and ids are read


@pytest.mark.parametrize("kind", ["hospital", "phc"])
@pytest.mark.parametrize("seed", [101, 102, 103])
def test_a_random_quarter_is_answered_as_the_reference_answers(seed: int, kind: str) -> None:
    facility = facility_of(seed, kind)
    kato = {row["code"] for row in read_table((files("ledger.domain") / "reference" / "kato.csv").read_bytes())}
    reference, pharmacy = Reference(facility, PRACTICE_RULES, kato), Pharmacy(kind, facility["kato"], furnished=False)
    for number, command in enumerate(generate(seed, kind, 60)):
        expected = reference.record(command)
        if expected.answer == "replayed" or BORDER & set(expected.codes):
            continue
        got = pharmacy.give(command)
        if expected.answer == "recorded":
            assert got[0] == "recorded", (number, command, got)
        else:
            assert got == expected.codes, (number, command, got, expected.codes)
    found = figures(pharmacy)
    for name in ("empties_due", "discrepancies", "custody", "pending"):
        assert set(found[name]) == told(reference, name), name
    assert set(found["balances"]) == told(reference, "balances")
    # Of a home that never had anything there may be a row or not.
    assert {row for row in found["circle"] if any(row[3:])} == {r for r in told(reference, "circle") if any(r[3:])}
