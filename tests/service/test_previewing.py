"""What a dry run says is what recording does; and it leaves nothing behind, and waits for nobody."""

from typing import Any
from uuid import uuid4

import pytest

from benchmarks.append import NURSE
from ledger.domain.shifts import Shift
from ledger.errors import IdReused
from ledger.log.canonical import MAX_ENTRY
from ledger.log.signing import sign_statements, to_signed_bytes
from ledger.log.statement import to_statement_hash
from ledger.service.preparing import Signed
from ledger.service.previewing import Previewed, preview
from tests.service.conftest import World, units


def ask(world: World, *commands: Any, caller: str = "ph1") -> Previewed:
    with world.ledger.reading() as reading:
        return preview(world.ledger, reading, commands, caller=caller)


def command(world: World, body: dict[str, Any], *, type: str = "stock.moved", **more: Any) -> dict[str, Any]:
    at = world.ledger.clock().isoformat()
    return {"id": str(uuid4()), "type": type, "occurred_at": at, "witness": NURSE, "body": body} | more


def sign(world: World, told: Previewed) -> list[Signed]:
    statements = [dict(each.statement or {}) for each in told.entries]
    by = [sign_statements(statements, by=name, key=world.keys[name]) for name in told.keys]
    return [
        Signed(statement, each.openings, [signatures[n] for signatures in by])
        for n, (statement, each) in enumerate(zip(statements, told.entries, strict=True))
    ]


def codes(told: Previewed) -> list[list[str]]:
    return [[refusal.code for refusal in each.refusals] for each in told.entries]


def test_what_a_preview_gives_is_recorded_as_it_stands(world: World) -> None:
    told = ask(world, command(world, units(3)), command(world, units(2)))
    assert codes(told) == [[], []]
    assert told.sign == to_signed_bytes([to_statement_hash(each.statement or {}) for each in told.entries])
    assert list(told.keys) == ["ph1", NURSE]
    stock = {"of": "stock", "product": "morphine", "lot": "A"}
    assert told.entries[1].effects == [
        Shift(where="safe", before=999_997, after=999_995, **stock),
        Shift(where="ward", before=3, after=5, **stock),
    ]
    receipts = world.ledger.append(sign(world, told), via="web")
    assert [receipt.id for receipt in receipts] == [each.id for each in told.entries]
    assert world.stock()["ward"] == 5


def test_a_preview_stores_nothing(world: World) -> None:
    before = world.size(), world.stock()
    ask(world, command(world, units(3)))
    assert (world.size(), world.stock()) == before


def test_a_preview_does_not_wait_for_the_writer(world: World) -> None:
    def meanwhile(_: Any) -> Previewed:
        return ask(world, command(world, units(1)))

    assert codes(world.ledger.within(meanwhile)) == [[]]


def test_a_later_command_is_judged_on_those_before_it_and_a_refused_one_takes_no_part(world: World) -> None:
    back = {"from_place": "ward", "to_place": "safe", "lines": [{"product": "morphine", "lot": "A", "units": 4}]}
    told = ask(
        world,
        command(world, units(2_000_000)),
        command(world, units(4)),
        command(world, back),
        command(world, back),
        command(world, units(1), witness="ph1"),
        "not a command",
    )
    assert codes(told) == [["balance_too_low"], [], [], ["balance_too_low"], ["witness_same_person"], ["malformed"]]
    assert told.sign is None
    assert [len(each.effects) for each in told.entries] == [0, 2, 2, 0, 0, 0]


def test_every_refusal_is_told_in_the_contract_s_order(world: World) -> None:
    wrong = units(2_000_000) | {"to_place": "nowhere"}
    told = ask(world, command(world, wrong, witness="nobody"))
    assert codes(told) == [["not_enrolled", "place_unknown", "balance_too_low"]]


@pytest.mark.parametrize(
    ("more", "caller", "said"),
    [
        ({}, "head", ["not_enrolled"]),  # enrolled, but without a key of their own
        ({"performer": "ph2"}, "ph1", ["not_allowed"]),  # neither performer nor witness
        ({"performer": "ph2"}, NURSE, []),
    ],
)
def test_people_speak_for_themselves(world: World, more: dict[str, Any], caller: str, said: list[str]) -> None:
    assert codes(ask(world, command(world, units(1)) | more, caller=caller)) == [said]


def test_nobody_speaks_for_the_ledger(world: World) -> None:
    body = {"kind": "register", "sha256": "0" * 64, "size": 3, "subjects": []}
    asked = command(world, body, type="report.issued", performer="ledger", witness=None)
    assert codes(ask(world, asked)) == [["not_allowed", "not_allowed"]]


def test_a_recorded_id_is_known_again_and_never_for_something_else(world: World) -> None:
    asked = command(world, units(3))
    (receipt,) = world.ledger.append(sign(world, ask(world, asked)), via="web")
    again = ask(world, asked)
    assert (again.entries[0].seq, codes(again)) == (receipt.seq, [[]])
    (replayed,) = world.ledger.append(sign(world, again), via="web")
    assert (replayed.seq, replayed.replayed) == (receipt.seq, True)
    assert codes(ask(world, asked | {"body": units(4)})) == [["id_reused"]]
    fresh = command(world, units(1))
    assert codes(ask(world, asked, fresh)) == [["id_reused"], []]  # half of this list stands
    assert codes(ask(world, fresh, fresh)) == [[], ["id_reused"]]


def test_a_half_recorded_list_harms_nobody_beside_it(world: World) -> None:
    stands = world.move()
    world.ledger.append([stands], via="web")
    size = world.size()
    for half in ([stands, world.move()], [twice := world.move(), twice]):
        with pytest.raises(IdReused):
            world.ledger.append(half, via="web")
    assert world.size() == size


def test_an_entry_that_is_too_large_with_all_signatures_is_refused_before_it_is_signed(world: World) -> None:
    def asked(count: int) -> dict[str, Any]:
        line = {"product": "morphine", "lot": "A" * 64, "expires_on": "2099-01-01", "units": 1}
        body = {"place": "safe", "lines": [line] * count, "supplier": "SK", "document_no": "1"}
        return command(world, body, type="stock.received")

    told = [ask(world, asked(count)) for count in range(448, 468)]
    refused = [said == [["entry_too_large"]] for said in map(codes, told)]
    assert refused == sorted(refused)
    fits = told[refused.index(True) - 1]
    (receipt,) = world.ledger.append(sign(world, fits), via="device")
    with world.ledger.reading() as reading:
        assert MAX_ENTRY - 200 < len(reading.entry(receipt.seq)) <= MAX_ENTRY


def test_a_patient_s_home_and_names_made_here_are_shown(world: World) -> None:
    identity = {"name": "A", "iin": None, "no_iin_reason": "none", "born_on": "1950-01-01", "address": "x"}
    body = {
        "identity": identity,
        "home_kato": "101010000",
        "home_phc_bin": "990140000017",
        "indication": "other",
        "icd10": "C50",
    }
    told = ask(world, command(world, body, type="patient.registered", witness=None, performer=NURSE), caller=NURSE)
    (found,) = told.entries
    assert codes(told) == [[]]
    assert found.statement is not None
    name = found.statement["body"]["patient"]
    assert len(name) == 16
    assert {"body.identity.name", "body.icd10"} <= found.openings.keys()
