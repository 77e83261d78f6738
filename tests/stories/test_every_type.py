"""Every type of the register is recorded, refused, reversed and verified at least once, on real ledgers.

All stories are played. At the end of each, a type that no story has refused yet is tried by somebody who may not, and
one that none has reversed is reversed; then the evidence is verified by somebody who trusts a key alone.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.vocabulary import KINDS
from ledger.errors import SignatureRejected
from ledger.log.canonical import from_bytes
from ledger.service.founding import append_as_ledger
from ledger.service.rotating import rotate_log_key, to_rotation
from tests.stories.notation import Figure, Step
from tests.stories.stage import ZONE, Stage
from tests.stories.test_stories import STORIES, assert_whole, ceremonies_of, facility_of

# Contract, section 4: a reversal and governance cannot be reversed. What answers another entry stands like a reversal;
# an inspector and the ledger itself write nothing but types of their own.
STANDS = frozenset(
    """
    facility.opened regulation.adopted person.enrolled person.role_changed person.left key.enrolled key.revoked
    key.rotated import.closed identity.erased product.listed pack.listed product.delisted place.opened place.closed
    entry.reversed entry.countersigned claim.settled period.sealed
    inspection.opened inspection.noted inspection.closed report.issued checkpoint.anchored
    """.split()  # noqa: SIM905
)


@dataclass
class Evidence:
    """By type: the codes it was refused with, what its reversal was told, and the stories whose evidence has it."""

    refused: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    reversing: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    verified: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def play(self, path: Path, folder: Path) -> None:
        stage, recorded = Stage(folder, facility_of(path)), dict[str, Step]()
        for told in ceremonies_of(path):
            if isinstance(told, Figure):
                continue
            word, codes = stage.play(told)
            if word == "refused":
                self.refused[told[-1].type] |= set(codes)
            else:
                recorded |= {step.type: step for step in told}
        if path == STORIES[-1]:
            by_the_ledger(stage)
        types = {statement["id"]: statement["type"] for statement in statements(stage)}
        for each in (s["body"] for s in statements(stage) if s["type"] == "entry.reversed"):
            self.reversing[types[each["id"]]].add("recorded")
        for statement in reversed(statements(stage)):
            self._try(stage, statement, recorded.get(statement["type"]))
        assert_whole(stage, folder / "evidence", set())
        for statement in statements(stage):
            self.verified[statement["type"]].add(path.stem)
        stage.house.close()

    def _try(self, stage: Stage, statement: dict[str, Any], step: Step | None) -> None:
        type_ = statement["type"]
        if not self.refused[type_]:
            stranger = "nurse2" if type_.startswith("inspection.") else "inspector"
            word, codes = do(stage, type_, step.body if step else statement["body"], stranger)
            assert word == "refused", type_
            self.refused[type_] |= set(codes)
        said = self.reversing[type_]
        if "recorded" not in said and not (said and type_ in STANDS):
            said |= reverse(stage, statement)


def do(stage: Stage, type_: str, body: dict[str, Any], performer: str, witness: str | None = None) -> Any:
    at = f"{stage.now.astimezone(ZONE):%Y-%m-%d %H:%M}"
    try:
        return stage.play([Step(line=0, at=at, type=type_, body=body, performer=performer, witness=witness)])
    except SignatureRejected as refused:  # the log itself says no
        return "refused", [refused.code]


def reverse(stage: Stage, statement: dict[str, Any]) -> set[str]:
    """What its author is told who takes it back: "recorded", or the codes of the refusals."""
    author, told = statement["performer"] if statement["performer"] in stage.keys else "head", set[str]()
    if author.startswith("nurse") and statement["type"].startswith("stock."):
        author = "pharm"  # stock is reversed as a pharmacist
    for packs in ("never_left", "none"):
        body = {"id": statement["id"], "reason": "other", "note": "-", "packs": packs}
        word, codes = do(stage, "entry.reversed", body, author, "pharm2" if author != "pharm2" else "pharm")
        if word == "recorded":
            return {word}
        told |= set(codes)
    return told


def statements(stage: Stage) -> list[dict[str, Any]]:
    with stage.house.ledger.reading() as reading:
        return [from_bytes(row.data)["statement"] for row in reading.entry_rows()]


def by_the_ledger(stage: Stage) -> None:
    """What no person's statement says: the log's key changed, a report and a head that went out."""
    ledger = stage.house.ledger
    at = f"{stage.now.astimezone(ZONE):%Y-%m-%d %H:%M}"
    asked = Step(line=0, at=at, type="key.rotated", body=to_rotation(ledger), performer="registrar", witness="head")
    rotate_log_key(ledger, stage._sign([asked])[0], via="web")
    with ledger.reading() as reading:
        head = {"size": reading.head.size, "root": reading.head.frontier.root().hex()}
    report = {"kind": "register", "sha256": "ab" * 32, "size": head["size"], "subjects": []}
    ledger.within(lambda tx: append_as_ledger(tx, ledger, "report.issued", report))
    ledger.within(lambda tx: append_as_ledger(tx, ledger, "checkpoint.anchored", head | {"token_sha256": "cd" * 32}))


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    found = Evidence()
    for path in STORIES:
        found.play(path, tmp_path_factory.mktemp(path.stem))
    return found


def test_every_type_is_recorded_and_verified(evidence: Evidence) -> None:
    assert evidence.verified.keys() == KINDS.keys()


def test_every_type_is_refused(evidence: Evidence) -> None:
    assert {name for name in KINDS if not evidence.refused[name]} == set()


def test_every_type_is_reversed_or_may_not_be(evidence: Evidence) -> None:
    assert {name for name in KINDS if "recorded" in evidence.reversing[name]} == KINDS.keys() - STANDS
    assert {name for name in STANDS if "not_allowed" not in evidence.reversing[name]} == set()
