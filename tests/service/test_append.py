"""The way in: who comes together commits together, and a refusal removes only itself."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks.append import tell
from ledger.cli.wiring import open_house
from ledger.errors import CommandRefused, IdReused, NotStored, SeenUnknown, SenimError, SignatureRejected
from ledger.log.canonical import from_bytes
from ledger.log.merkle import leaf_hash
from ledger.service.founding import describe_key
from ledger.service.preparing import Signed
from tests.service.conftest import World, units


def test_a_receipt_says_what_was_committed(world: World) -> None:
    (receipt,) = world.ledger.append([world.move()], via="api")
    with world.ledger.reading() as reading:
        data = reading.entry(receipt.seq)
    assert leaf_hash(data) == receipt.leaf
    entry = from_bytes(data)
    assert (entry["seq"], entry["via"], entry["recorded_at"]) == (receipt.seq, "api", receipt.recorded_at)
    assert world.stock()["ward"] == 1


def test_many_people_at_once_lose_nothing_and_fork_nothing(world: World) -> None:
    moves = [world.move(n) for n in range(64)]
    before = world.size()
    with ThreadPoolExecutor(16) as people:
        receipts = list(people.map(lambda move: world.ledger.append([move], via="api")[0], moves))
    assert sorted(receipt.seq for receipt in receipts) == list(range(before, before + 64))
    assert world.stock()["ward"] == sum(1 + n % 3 for n in range(64))
    with world.ledger.reading() as reading:
        entries = [data for _, data in reading.entries()]
    for earlier, later in pairwise(entries):
        assert from_bytes(later)["prev"] == leaf_hash(earlier).hex()
        assert from_bytes(later)["recorded_at"] > from_bytes(earlier)["recorded_at"]


def test_a_refusal_removes_only_itself(world: World) -> None:
    good = [world.move(n) for n in range(8)]
    bad = world.sign(units(2_000_000))
    forged = [Signed(good[0].statement | {"id": bad[0].statement["id"]}, {}, good[0].signatures)]
    asked = [*([each] for each in good), bad, forged]

    def ask(signed: list[Signed]) -> str:
        try:
            world.ledger.append(signed, via="api")
        except SenimError as refused:
            return type(refused).__name__
        return "recorded"

    with ThreadPoolExecutor(10) as people:
        told = list(people.map(ask, asked))
    assert told == ["recorded"] * 8 + ["CommandRefused", "SignatureRejected"]


def test_a_ceremony_is_recorded_whole_or_not_at_all(world: World) -> None:
    before = world.size()
    with pytest.raises(CommandRefused):
        world.ledger.append(world.sign(units(5), units(2_000_000)), via="api")
    assert (world.size(), world.stock().get("ward", 0)) == (before, 0)
    receipts = world.ledger.append(world.sign(units(5), units(6)), via="api")
    assert [receipt.seq for receipt in receipts] == [before, before + 1]
    assert world.stock()["ward"] == 11


def test_the_same_statement_again_gets_the_same_receipt(world: World) -> None:
    move = world.move()
    (first,) = world.ledger.append([move], via="api")
    (again,) = world.ledger.append([move], via="api")
    assert (again.seq, again.leaf, again.replayed) == (first.seq, first.leaf, True)
    assert world.stock()["ward"] == 1
    other = world.sign(units(3))[0]
    changed = replace(other, statement=other.statement | {"id": move.statement["id"]})
    with pytest.raises((IdReused, SignatureRejected)):
        world.ledger.append([changed], via="api")


@pytest.mark.parametrize("part", ["genesis", "seen", "log"])
def test_a_statement_of_another_history_is_refused(world: World, part: str) -> None:
    move = world.sign(units(1))[0]
    other = {"genesis": "1" * 64, "seen": {"seq": 1, "leaf": "1" * 64}, "log": "senim/elsewhere/1"}
    statement = move.statement | {part: other[part]}
    from ledger.log.signing import sign_statements

    signatures = [sign_statements([statement], by=who, key=world.keys[who])[0] for who in ("ph1", "nurse")]
    with pytest.raises(SeenUnknown):
        world.ledger.append([Signed(statement, {}, signatures)], via="api")


@pytest.mark.parametrize("damage", ["missing", "swapped", "doubled", "altered", "another person's key"])
def test_only_exactly_the_due_signatures_record(world: World, damage: str) -> None:
    move = world.sign(units(1))[0]
    first, second = move.signatures
    flipped = dict(first) | {"value": ("B" if first["value"][0] == "A" else "A") + first["value"][1:]}
    signatures = {
        "missing": [first],
        "swapped": [second, first],
        "doubled": [first, second, second],
        "altered": [flipped, second],
        "another person's key": [dict(second) | {"by": "ph1"}, second],
    }[damage]
    before = world.size()
    with pytest.raises(SignatureRejected):
        world.ledger.append([replace(move, signatures=signatures)], via="api")
    assert world.size() == before


def test_a_failing_commit_gives_no_receipt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    move, before = world.move(), world.size()

    def fails(_connection: object) -> None:
        raise NotStored

    with monkeypatch.context() as patched:
        patched.setattr("ledger.storage.store._commit", fails)
        with pytest.raises(NotStored):
            world.ledger.append([move], via="api")
    assert world.size() == before
    (receipt,) = world.ledger.append([move], via="api")
    assert (receipt.seq, receipt.replayed) == (before, False)
    assert world.stock()["ward"] == 1


def test_a_bug_in_one_job_fails_everybody_who_waited_and_the_next_go_on(world: World) -> None:
    def broken(_tx: object) -> None:
        raise ZeroDivisionError

    before = world.size()
    with pytest.raises(ZeroDivisionError):
        world.ledger.within(broken)
    world.ledger.append([world.move()], via="api")
    assert world.size() == before + 1


def test_a_key_revoked_by_another_process_signs_nothing_here(world: World) -> None:
    world.ledger.append([world.move()], via="api")
    signed = world.move()
    other = open_house(world.folder / "data", heads=world.heads, writes=True)
    key = describe_key("ph1", world.keys["ph1"].public_key(), "sign")["key"]
    tell(other, "key.revoked", {"key": key, "reason": "lost"}, "registrar", "head")
    other.close()
    with pytest.raises(SignatureRejected):
        world.ledger.append([signed], via="api")
