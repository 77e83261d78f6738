"""A command that is sent twice is recorded once: what it says is compared, value by value, never a hash of it."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.domain.command import read_command
from ledger.domain.vocabulary import BODIES
from ledger.errors import IdReused
from ledger.log.canonical import from_bytes
from ledger.log.signing import sign_statements
from ledger.service.preparing import Signed
from ledger.service.statements import Seen, to_statement
from tests.service.conftest import World, world

__all__ = ["world"]
IDENTITY = {"name": "Сәуле", "iin": None, "no_iin_reason": "-", "born_on": "1890-01-01", "address": "Абай 1"}
BODY: dict[str, Any] = {"patient": "p1", "identity": IDENTITY, "home_kato": "101010000", "icd10": "C50"}
BODY |= {"home_phc_bin": "990140000017", "indication": "malignant_neoplasm"}
ID = "0192f0c1-0000-7000-8000-000000000001"


def signed(world: World, body: dict[str, Any], *, at: str) -> Signed:
    """A fresh statement: other commitments under other keys, another `seen`."""
    ledger = world.ledger
    raw = {"id": ID, "type": "patient.registered", "occurred_at": at, "performer": "nurse", "witness": None}
    command = read_command(raw | {"body": body}, bodies=BODIES)
    with ledger.reading() as reading:
        seen = Seen(reading.head.size - 1, reading.head.last_leaf.hex())
    genesis = ledger.genesis().hex()
    statement, openings = to_statement(command, log=ledger.log, genesis=genesis, seen=seen, entropy=ledger.entropy)
    return Signed(statement, openings, sign_statements([statement], by="nurse", key=world.keys["nurse"]))


def test_the_same_again_is_the_same_entry_though_no_byte_of_its_commitments_is(world: World) -> None:
    at = world.ledger.clock().isoformat()
    first, again = signed(world, BODY, at=at), signed(world, BODY, at=at)
    assert set(first.statement["sealed"].values()).isdisjoint(again.statement["sealed"].values())
    (receipt,), (replay,) = (world.ledger.append([each], via="web") for each in (first, again))
    assert (replay.seq, replay.leaf, replay.replayed, receipt.replayed) == (receipt.seq, receipt.leaf, True, False)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: {**body, "identity": {**IDENTITY, "name": "Сауле"}},
        lambda body: {**body, "icd10": "C51"},
        lambda body: {**body, "home_kato": "711010000"},
        lambda body: {**body, "identity": {**IDENTITY, "iin": "850615100017"}},
    ],
    ids=["a sealed letter", "a sealed code", "something open", "one sealed value more"],
)
def test_another_word_under_the_same_id_is_refused(world: World, change: Callable[[Any], Any]) -> None:
    at = world.ledger.clock().isoformat()
    world.ledger.append([signed(world, BODY, at=at)], via="web")
    size = world.size()
    with pytest.raises(IdReused):
        world.ledger.append([signed(world, change(BODY), at=at)], via="web")
    assert world.size() == size


def test_after_an_erasure_the_open_part_decides(world: World) -> None:
    """Nothing is left that the value could be compared with; nothing that it could be guessed by, either."""
    at = world.ledger.clock().isoformat()
    (receipt,) = world.ledger.append([signed(world, BODY, at=at)], via="web")
    world.ledger.vault.destroy("patient:p1")
    (replay,) = world.ledger.append([signed(world, BODY, at=at)], via="web")
    assert (replay.seq, replay.replayed) == (receipt.seq, True)
    with world.ledger.reading() as reading:
        stored = from_bytes(reading.entry(receipt.seq))["statement"]
    assert not any(word in str(stored) for word in ("Сәуле", "1890", "Абай", "C50"))
    with pytest.raises(IdReused):
        world.ledger.append([signed(world, BODY | {"home_kato": "711010000"}, at=at)], via="web")
