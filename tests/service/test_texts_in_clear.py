"""Nobody's IIN enters the chain through a text in clear; one that came in before this was asked is still read."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.append import NURSE
from ledger.domain.command import read_command, read_statement
from ledger.domain.vocabulary import BODIES
from ledger.errors import CommandInvalid
from ledger.log.signing import sign_statements
from ledger.log.statement import spell_statement
from ledger.service.checkpoints import sign_head
from ledger.service.ledger import derive_keys
from ledger.service.preparing import Signed
from ledger.service.queries import differing_projections
from ledger.service.sources import StoreSource
from ledger.service.statements import Seen, to_statement
from ledger.service.verification import verify
from tests.service.conftest import World, world

__all__ = ["world"]


def signed(world: World, supplier: str) -> Signed:
    """A receipt whose *supplier* a client's own program wrote."""
    ledger = world.ledger
    line = {"product": "morphine", "lot": "A", "expires_on": "2098-01-01", "units": 1}
    body: dict[str, Any] = {"place": "safe", "lines": [line], "supplier": "-", "document_no": "1"}
    raw = {"id": str(uuid4()), "type": "stock.received", "occurred_at": ledger.clock().isoformat(), "performer": "ph1"}
    command = read_command(raw | {"witness": NURSE, "body": body}, bodies=BODIES)
    with ledger.reading() as reading:
        seen = Seen(reading.head.size - 1, reading.head.last_leaf.hex())
    genesis = ledger.genesis().hex()
    statement, openings = to_statement(command, log=ledger.log, genesis=genesis, seen=seen, entropy=ledger.entropy)
    statement["body"]["supplier"] = supplier
    signatures = [each for by in ("ph1", NURSE) for each in sign_statements([statement], by=by, key=world.keys[by])]
    return Signed(statement, openings, signatures)


def test_an_iin_signed_into_a_text_is_refused_and_one_that_stands_is_read(world: World) -> None:
    size, made = world.size(), signed(world, "Иванов И. 850615100017")
    with pytest.raises(CommandInvalid) as refused:
        world.ledger.append([made], via="web")
    assert [(r.code, r.field) for r in refused.value.refusals] == [("id_looks_like_iin", "body.supplier")]
    assert world.size() == size
    world.ledger.within(  # as it was recorded before anybody asked
        lambda tx: tx.append(
            spell_statement(made.statement),
            made.signatures,
            {},
            via="web",
            command=read_statement(made.statement, bodies=BODIES),
        )
    )
    assert world.size() == size + 1
    sign_head(world.ledger)
    with world.ledger.reading() as reading:
        source = StoreSource(reading, derive_keys(reading, world.ledger.log).to_keys_jsonl())
        verdict, replay = verify(source, trust=None, now=datetime.now(UTC))
        assert (verdict.size, verdict.checks["domain"].verdict) == (size + 1, "pass")
        assert differing_projections(reading, replay.book) == []
