"""Faults 32, 36, 37, 41, 45, 46, 53, 55: two at once, an answer lost, clocks, keys, and what is no command at all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ledger.errors import CommandRefused, LedgerReadOnly, SignatureRejected
from ledger.log.checkpoint import open_checkpoint
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.importing import record_lines
from ledger.service.preparing import Signed
from ledger.service.sources import open_source
from ledger.service.verification import Trust, verify
from tests.faults.counter import SUPPLY, Counter
from tests.registers import copy_register
from tests.stories.test_stories import assert_whole


def test_fault_32_of_two_who_take_the_last_ampoules_one_gets_them(counter: Counter) -> None:
    last = "lines=[morphine A 40]"
    both = [
        counter.sign(f"09:00 {who} + nurse stock.moved from_place=safe to_place={to} {last}")
        for who, to in (("pharm", "ward"), ("pharm2", "team"))
    ]

    def post(signed: list[Signed]) -> object:
        try:
            return counter.house.ledger.append(signed, via="web")[0].replayed
        except CommandRefused as refused:
            return refused.refusals[0].code, refused.refusals[0].values["there"]

    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(post, both))
    assert sorted(answers, key=str) == [("balance_too_low", 0), False]
    counter.tell("= balance safe morphine A 0")


def test_fault_36_an_answer_that_was_lost_is_had_again_after_a_restart(counter: Counter) -> None:
    signed = counter.sign(f"09:00 pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3")
    (first,) = counter.house.ledger.append(signed, via="web")
    counter.reopen()
    (again,) = counter.house.ledger.append(signed, via="web")
    assert (again.replayed, again.seq, again.leaf) == (True, first.seq, first.leaf)
    counter.tell("= balance safe morphine A 31")


def test_fault_37_what_was_signed_without_network_is_recorded_days_later(counter: Counter) -> None:
    counter.tell(f"09:00 pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3")
    returned = counter.sign(
        '11:00 feldsher unused.returned patient=p1 brought_by="the wife" relation=wife reason=dose_changed'
        " lines=[morphine A intact=5 broken=0] empties_declined=false seal_no=R-1 place=custody signed_by_relative=yes"
    )
    counter.tell("day 2026-03-05\n09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 3]")
    (receipt,) = counter.house.ledger.append(returned, via="device")
    assert (receipt.seq, list(receipt.notes)) == (counter.size() - 1, ["late"])
    assert returned[0].statement["seen"]["seq"] == receipt.seq - 2, "what the phone had seen is not what the house has"
    counter.tell("= custody R-1 5 custody\n= circle p1 morphine A dispensed 9 used 4 returned 5 still_out 0")


def test_fault_41_a_server_s_clock_that_jumps_back_writes_nothing_until_it_is_right(counter: Counter) -> None:
    counter.tell("09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 9]")
    signed = counter.sign("09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 9]")
    right, size = counter.now, counter.size()
    counter.now -= timedelta(hours=1)
    with pytest.raises(LedgerReadOnly):
        counter.house.ledger.append(signed, via="web")
    assert counter.size() == size
    counter.now = right + timedelta(seconds=1)
    counter.house.ledger.append(signed, via="web")
    counter.tell("= balance ward morphine A 18")


def test_fault_45_a_history_made_again_with_every_key_contradicts_an_earlier_head(counter: Counter) -> None:
    """The operator holds the log's key and those of the imports: only what has left the house tells."""
    counter.house.close()
    data, folder = counter.folder / "data", counter.folder
    copy_register(data, folder / "again")
    counter.reopen()
    counter.tell("09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 9]")
    key = verifier_key(counter.house.ledger)
    taken_away = open_checkpoint(sign_head(counter.house.ledger).note, key=key)
    counter.reopen(folder / "again", folder / "other-heads")
    for place in ("attic", "cellar"):
        opened = {"place": place, "kind": "ward", "name": place, "administration": "entered"}
        assert counter.give("place.opened", opened, "registrar") == "recorded"
    ledger = counter.house.ledger
    write_evidence(ledger, sign_head(ledger), folder / "evidence", readme="", reports={})
    now, trust = counter.now + timedelta(seconds=9), Trust(key=key)
    unseen, _ = verify(open_source(folder / "evidence"), trust=trust, now=now, require_signed=False)
    assert unseen.checks["completeness"].verdict == "pass", "nothing inside gives it away"
    held, _ = verify(open_source(folder / "evidence"), trust=trust, since=taken_away, now=now, require_signed=False)
    assert [found.code for found in held.checks["completeness"].findings] == ["since_differs"]


def test_fault_46_a_stolen_key_ends_where_it_is_revoked_and_what_it_signed_before_stands(counter: Counter) -> None:
    counter.tell("""
09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 9]
10:00 head key.revoked key=key:nurse reason="the phone is gone"
""")
    stolen = counter.sign("10:01 pharm + nurse stock.moved from_place=ward to_place=team lines=[morphine A 9]")
    with pytest.raises(SignatureRejected):
        counter.house.ledger.append(stolen, via="web")
    counter.tell("= balance ward morphine A 9")
    assert_whole(counter, counter.folder / "evidence", set())


def test_fault_53_whoever_finds_a_desk_signed_in_cannot_use_the_signature_given_there(counter: Counter) -> None:
    one, other = (
        counter.sign(f"09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A {units}]")[0]
        for units in (1, 40)
    )
    size = counter.size()
    for signatures in ([], one.signatures):
        with pytest.raises(SignatureRejected):
            counter.house.ledger.append([Signed(other.statement, other.openings, signatures)], via="web")
    assert counter.size() == size


@pytest.mark.parametrize("line", [b"{", b"[1]", b'{"id": 1, "id": 1}', b'{"units": NaN}', b"\xff", b"\x00"])
def test_fault_55_a_line_that_is_no_command_gets_one_answer_and_nothing_is_recorded(
    counter: Counter, line: bytes
) -> None:
    size = counter.size()
    (answer,) = record_lines(counter.house.ledger, [b"\n", line])
    assert (answer.line, answer.answer, [each.code for each in answer.refusals]) == (2, "refused", ["malformed"])
    assert counter.size() == size
