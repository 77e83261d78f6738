"""Every type of the pharmacy's day through the write path: stored, rebuilt, handed over, verified by a stranger; and
the entries that came of it, spoilt in many ways, judged alike by the audit's quick reader and by its judges.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from ledger.cli.wiring import House, make_house, read_rules
from ledger.log.audit import ChainAudit
from ledger.log.canonical import from_bytes
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
from tests.log.both import agree, is_read

LOG = "senim/hospital/1"
_BYTES = [b'"', b"\\", b"\0", b"\n", b"\x7f", b"\xc3\xa4", b" ", b"0", b"9", b"-", b".", b"}", b"]", b"=", b"Z", b"+"]
_VALUE = re.compile(rb'"[^"]*"|[0-9]+')
_VALUES = [b"0", b"00", b"-1", b"1.0", b"9007199254740993", b"null", b"true", b"{}", b"[]", b'""', b'"a"', b'"\\u0061"']
_VALUES += [b'"' + b"A" * 85 + end + b'"' for end in (b"A==", b"B==", b"AA=", b"AAA", b"===", b"A= ")]
_VALUES += [b'"' + b"a" * 64 + b'"', b'"' + b"A" * 64 + b'"', b'"2026-02-30T00:00:00.000000Z"']
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


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A ledger that holds every type."""
    folder = tmp_path_factory.mktemp("house")
    house = make_house(folder / "data", LOG, heads=FileHeads(folder / "heads"))
    body = {"facility": "Test", "bin": "990140000017", "kato": "101010000", "kind": "hospital"}
    found_facility(
        house.ledger, body | {"zone": "Asia/Almaty", "practice": False, "rules": "senim-rules/1"}, read_rules(None)
    )
    lines = list(commands())
    for line, answer in zip(lines, record_lines(house.ledger, [line.encode() for line in lines]), strict=True):
        assert answer.answer == "recorded", (line, answer)
    yield house
    house.close()


def test_every_type_is_stored_rebuilt_and_proved(house: House, tmp_path: Path) -> None:
    head, vkey = sign_head(house.ledger), verifier_key(house.ledger).to_vkey()
    write_evidence(house.ledger, head, tmp_path / "evidence", readme="-", reports={})
    assert stranger.verify(tmp_path / "evidence", vkey=vkey).ok
    verdict, replay = verify(open_source(tmp_path / "evidence"), trust=read_trust(vkey), now=datetime.now(UTC))
    assert verdict.verdict == "pass", verdict
    with house.ledger.reading() as reading:
        assert differing_projections(reading, replay.book) == []
        assert {row["patient"] for row in read_circle(reading, today="2026-02-03")} != set()


def spoilt(data: bytes, random: Random) -> bytes:
    """The entry with one thing changed, mostly so that it is an entry of the same shape still, or nearly."""
    at, other = random.randrange(len(data)), random.choice(_BYTES)
    ways = [data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]]
    ways += [data[:at] + data[at + 1 :], data[:at] + other + data[at:], data[:at] + other + data[at + 1 :]]
    old = random.choice(_VALUE.findall(data))
    return random.choice([*ways, data.replace(old, random.choice(_VALUES), 1), data[:at]])


def test_every_type_spoilt_is_judged_alike_by_both_ways(house: House) -> None:
    with house.ledger.reading() as reading:
        entries = [row.data for row in reading.entry_rows()]
    audit, random, met, known = ChainAudit(LOG), Random(11), set(), 0
    for data in entries:
        type_ = from_bytes(data)["statement"]["type"]
        if audit.size and type_ not in met:
            met.add(type_)
            known += is_read(audit, data)
            for _ in range(200):
                agree(audit, spoilt(data, random))
        assert audit.add(data) is not None
    assert met > SAMPLES.keys() - {"facility.opened"}
    assert known > 0.9 * len(met)
