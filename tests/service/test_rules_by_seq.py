"""Several rule sets in one ledger: each entry is judged by the one adopted before it, at once and ever after."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledger.cli.wiring import House, make_house, open_house, read_rules
from ledger.domain.regulation import Adoption, read_adoption
from ledger.errors import CommandRefused, NotStored
from ledger.log.canonical import from_bytes, to_timestamp
from ledger.service.founding import found_facility
from ledger.service.importing import record_line
from ledger.service.ledger import find_adopted, find_adoption
from ledger.service.replay import Replay
from ledger.service.transaction import Transaction
from ledger.storage.heads import FileHeads

BODY = {"facility": "T", "bin": "990140000017", "kato": "101010000", "kind": "hospital", "zone": "Asia/Almaty"}


def rules_with(units_max: int | None) -> Adoption:
    """The practice rules with a ceiling of units a line."""
    practice = read_rules(None)
    raw = json.loads(practice.files[practice.rules.sha256])
    if units_max is not None:
        source = raw["values"]["commission_min"][0]
        raw["values"]["units_max"] = [source | {"value": units_max}]
    data = json.dumps(raw | {"name": f"most {units_max}"}).encode()
    return read_adoption({**practice.files, sha256(data).hexdigest(): data}, sha256(data).hexdigest())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = make_house(tmp_path / "data", "senim/test/1", heads=FileHeads(tmp_path / "heads"))
    found_facility(made.ledger, {**BODY, "practice": False, "rules": "senim-rules/1"}, rules_with(None))
    do(made, "person.enrolled", {"person": "head", "role": "head_pharmacist", "name": "H"}, witness=None)
    do(made, "person.enrolled", {"person": "ph1", "role": "pharmacist", "name": "P"})
    do(made, "place.opened", {"place": "safe", "kind": "safe", "name": "S", "administration": "entered"})
    product: dict[str, Any] = {
        "product": "m",
        "inn": "morphine",
        "form": "1",
        "strength": {"value": "10", "unit": "mg"},
    }
    do(
        made,
        "product.listed",
        product | {"unit_of_presentation": "ampoule", "schedule": "II", "gtins": [], "divisible": False},
    )
    yield made
    made.close()


def do(
    house: House, type: str, body: dict[str, Any], by: str = "registrar", witness: str | None = "head", **more: Any
) -> str:
    raw = {"id": str(uuid4()), "type": type, "occurred_at": to_timestamp(house.ledger.clock()), "performer": by}
    told = record_line(house.ledger, 1, raw | {"witness": witness, "body": body}, strict=False, **more)
    return told.answer if told.receipt else told.refusals[0].code


def receive(house: House, units: int) -> str:
    line = {"product": "m", "lot": "A", "expires_on": "2099-01-01", "units": units}
    return do(house, "stock.received", {"place": "safe", "lines": [line], "supplier": "S", "document_no": "1"}, "ph1")


def adopt(house: House, adoption: Adoption) -> str:
    body = {"name": adoption.rules.name, "sha256": adoption.rules.sha256, "rules": "senim-rules/1"}
    return do(house, "regulation.adopted", body, files=adoption.files)


def test_each_entry_is_judged_by_the_rules_adopted_before_it_in_append_and_in_replay(house: House) -> None:
    assert receive(house, 900) == "recorded"
    assert adopt(house, rules_with(500)) == "recorded"
    assert receive(house, 900) == "units_implausible"
    assert receive(house, 400) == "recorded"
    assert adopt(house, rules_with(1000)) == "recorded"
    assert receive(house, 900) == "recorded"
    with house.ledger.reading() as reading:
        entries = [(seq, from_bytes(data)) for seq, data in reading.entries()]
        files = reading.adopted()
        adopted = [seq for seq, entry in entries if entry["statement"]["type"] == "regulation.adopted"]
        names = []
        for seq in adopted:
            before, after = find_adoption(reading, before=seq), find_adoption(reading, before=seq + 1)
            names.append((before.rules.name if before else None, after.rules.name if after else None))
    assert names == [(None, "most None"), ("most None", "most 500"), ("most 500", "most 1000")]
    replay = Replay(files.get)
    judged = {}
    for seq, entry in entries:
        judged[seq] = replay.rules.name
        replay.add(seq, entry)
    assert replay.refused == []
    assert [judged[seq] for seq in (adopted[1], adopted[1] + 1, adopted[2], adopted[2] + 1)] == [
        "most None", "most 500", "most 500", "most 1000",
    ]  # fmt: skip


def test_a_rule_set_whose_file_is_not_here_is_not_adopted(house: House) -> None:
    adoption = rules_with(5)
    body = {"name": adoption.rules.name, "sha256": adoption.rules.sha256, "rules": "senim-rules/1"}
    assert do(house, "regulation.adopted", body) == "rule_not_adopted"
    assert receive(house, 900) == "recorded"


def test_a_rule_set_adopted_by_another_process_judges_the_next_entry_here(house: House, tmp_path: Path) -> None:
    assert receive(house, 900) == "recorded"
    other = open_house(tmp_path / "data", heads=FileHeads(tmp_path / "heads"))
    assert adopt(other, rules_with(5)) == "recorded"
    other.close()
    assert house.ledger.rules().name == "most 5"
    assert receive(house, 900) == "units_implausible"


@pytest.mark.parametrize("failure", [CommandRefused([]), NotStored()])
def test_what_was_adopted_in_a_ceremony_that_failed_judges_nothing(house: House, failure: Exception) -> None:
    adoption = rules_with(5)
    before = house.ledger.rules().name

    def refused(tx: Transaction) -> None:
        tx.rules = adoption.rules
        raise failure

    with pytest.raises(type(failure)):
        house.ledger.within(refused)
    assert house.ledger.rules().name == before
    with house.ledger.reading() as reading:
        assert find_adopted(reading) != adoption.rules.sha256
    assert receive(house, 900) == "recorded"
