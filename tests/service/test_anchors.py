"""What was anchored elsewhere is a head of these very entries, or integrity fails and names the entry that says so."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.founding import append_as_ledger
from ledger.service.sources import open_source
from ledger.service.verification import Trust, verify
from tests.service.conftest import World, world

__all__ = ["world"]


@pytest.mark.parametrize("altered", [False, True])
def test_an_anchored_root_that_the_tree_never_had_fails_integrity(world: World, altered: bool, tmp_path: Path) -> None:
    for n in range(3):
        world.ledger.append([world.move(n)], via="api")
    with world.ledger.reading() as reading:
        size, root = reading.head.size, reading.head.frontier.root()
    world.ledger.append([world.move(4)], via="api")
    body = {"size": size, "root": (root if not altered else root[::-1]).hex(), "token_sha256": "0" * 64}
    seq = world.ledger.within(lambda tx: append_as_ledger(tx, world.ledger, "checkpoint.anchored", body)).seq
    folder = tmp_path / "evidence"
    write_evidence(world.ledger, sign_head(world.ledger), folder, readme="-", reports={}, disclose=False)
    trust = Trust(key=verifier_key(world.ledger), genesis=world.ledger.genesis())
    verdict, _ = verify(open_source(folder), trust=trust, now=datetime.now(UTC))
    integrity = verdict.checks["integrity"]
    assert [(each.seq, each.code) for each in integrity.findings] == ([(seq, "anchor_differs")] if altered else [])
    assert verdict.verdict == ("fail" if altered else "pass")
