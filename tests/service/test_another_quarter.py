"""A random quarter of another facility through the whole write path, held against two strangers to the code."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from ledger.cli.wiring import make_house, read_rules
from ledger.domain.regulation import read_table
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.founding import found_facility
from ledger.service.importing import record_lines
from ledger.service.queries import differing_projections, read_balances
from ledger.service.sources import open_source
from ledger.service.verification import read_trust, verify
from ledger.storage.heads import FileHeads
from tests.independent import verify as stranger
from tests.reference.generate import generate
from tests.reference.pharmacy import PRACTICE_RULES, Pharmacy
from tests.reference.stage import facility_of


@pytest.mark.parametrize("kind", ["hospital", "phc"])
def test_another_facilitys_quarter_is_answered_stored_and_proved(kind: str, tmp_path: Path) -> None:
    facility, commands = facility_of(77, kind), generate(77, kind, 60)
    kato = {row["code"] for row in read_table((files("ledger.domain") / "reference" / "kato.csv").read_bytes())}
    reference = Pharmacy(facility, PRACTICE_RULES, kato)
    house = make_house(tmp_path / "data", facility["log"], heads=FileHeads(tmp_path / "heads"))
    body: dict[str, object] = {name: facility[name] for name in ("facility", "bin", "kato", "kind")}
    body |= {"zone": "Asia/Almaty", "practice": False, "rules": "senim-rules/1"}
    found_facility(house.ledger, body, read_rules(None))
    lines = [json.dumps(command, ensure_ascii=False).encode() for command in commands]
    for command, answer in zip(commands, record_lines(house.ledger, lines), strict=True):
        must = reference.record(command)
        codes = list(dict.fromkeys(refusal.code for refusal in answer.refusals))
        assert (answer.answer, codes) == (must.answer, must.codes if must.answer == "refused" else []), command
    head, vkey = sign_head(house.ledger), verifier_key(house.ledger).to_vkey()
    write_evidence(house.ledger, head, tmp_path / "evidence", readme="-", reports={})
    assert stranger.verify(tmp_path / "evidence", vkey=vkey).ok
    verdict, replay = verify(open_source(tmp_path / "evidence"), trust=read_trust(vkey), now=datetime.now(UTC))
    assert verdict.verdict == "pass"
    with house.ledger.reading() as reading:
        assert differing_projections(reading, replay.book) == []
        balances = {tuple(row.values()) for row in read_balances(reading, product=None, place=None, at=None)}
    # The reference keeps a row without a lot for a resolved total.
    members = ("place", "product", "lot", "units")
    assert balances == {tuple(row[m] for m in members) for row in reference.balances() if row["lot"]}
    house.close()
