"""Every type of the pharmacy's day through the write path: stored, rebuilt, handed over, verified by a stranger."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from ledger.cli.wiring import make_house, read_rules
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.founding import found_facility
from ledger.service.importing import record_lines
from ledger.service.queries import differing_projections, read_circle
from ledger.service.sources import open_source
from ledger.service.verification import read_trust, verify
from ledger.storage.heads import FileHeads
from tests.domain.pharmacy import Pharmacy, reversal
from tests.domain.samples import EVENING, QUARTER_PAST, SAMPLES
from tests.independent import verify as stranger

_OWN = re.compile(r'"(p[1-3]|rx|paper|drv|OLD-1|morphine-(?:inj|tab)(?:-1)?|0{8}-0{4}-0{4}-0{4}-0{10}ff)"')


class Written(Pharmacy):
    """A pharmacy that only writes down what it is told."""

    def give(self, raw: dict[str, Any]) -> list[str]:
        self.__dict__.setdefault("told", []).append(raw)
        return ["recorded"]


def to_own(number: int, raw: dict[str, Any]) -> str:
    """The command with patients, products and lots of its own, so that no type meets another one's."""
    text = json.dumps(raw, ensure_ascii=False)
    return _OWN.sub(lambda m: json.dumps(m[1][:-2] + f"{number:02}" if len(m[1]) == 36 else f"{m[1]}.{number}"), text)


def commands() -> Iterator[str]:
    """The people and places once; then for each type what it needs, itself, and its reversal for every second one."""
    shared = {"person.enrolled", "place.opened"}
    for number, (type_, sample) in enumerate(sorted(SAMPLES.items())):
        pharmacy = Written()
        for before, body, performer, witness in sample.before:
            pharmacy.do(before, body, performer, witness, at="2026-02-02T08:00:00+05:00")
        pharmacy.do(type_, sample.body, sample.performer, sample.witness, at=EVENING)
        if number % 2:
            back = reversal(pharmacy.last_id, packs=sample.packs)
            pharmacy.do(
                "entry.reversed", back, sample.performer, "ph2" if sample.performer != "ph2" else "ph1", at=QUARTER_PAST
            )
        for raw in pharmacy.__dict__["told"][3:]:
            own = raw["type"] not in shared or raw["body"].get("place") == "paper"
            if own or not number:
                again = raw | {"id": str(UUID(int=(number << 32) + UUID(raw["id"]).int))}
                if raw["type"] == "entry.reversed":
                    again["body"] = raw["body"] | {"id": str(UUID(int=(number << 32) + UUID(raw["body"]["id"]).int))}
                yield to_own(number, again)


def test_every_type_is_stored_rebuilt_and_proved(tmp_path: Path) -> None:
    house = make_house(tmp_path / "data", "senim/hospital/1", heads=FileHeads(tmp_path / "heads"))
    body = {"facility": "Test", "bin": "990140000017", "kato": "101010000", "kind": "hospital"}
    found_facility(
        house.ledger, body | {"zone": "Asia/Almaty", "practice": False, "rules": "senim-rules/1"}, read_rules(None)
    )
    lines = list(commands())
    for line, answer in zip(lines, record_lines(house.ledger, [line.encode() for line in lines]), strict=True):
        assert answer.answer == "recorded", (line, answer)
    head, vkey = sign_head(house.ledger), verifier_key(house.ledger).to_vkey()
    write_evidence(house.ledger, head, tmp_path / "evidence", readme="-", reports={})
    assert stranger.verify(tmp_path / "evidence", vkey=vkey).ok
    verdict, replay = verify(open_source(tmp_path / "evidence"), trust=read_trust(vkey), now=datetime.now(UTC))
    assert verdict.verdict == "pass", verdict
    with house.ledger.reading() as reading:
        assert differing_projections(reading, replay.book) == []
        assert {row["patient"] for row in read_circle(reading, today="2026-02-03")} != set()
    house.close()
