"""The figures of a register, worked out by hand."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import NotFound
from reports.model import AsKnown, LotLine, Person, RegisterRow, Rules, Units
from tests.reports.world import PRODUCT, RULES_SHA256, Log, at, busy_log


def figures(rows: tuple[RegisterRow, ...]) -> list[tuple[int, int, int, int]]:
    return [(row.seq, row.came, row.went, row.balance) for row in rows]


def test_a_quarter_of_the_safe_worked_out_by_hand() -> None:
    register = busy_log().register()
    assert figures(register.rows) == [
        (5, 400, 0, 400),
        (6, 200, 0, 600),
        (7, 0, 120, 480),
        (9, 0, 20, 460),
        (10, 0, 3, 457),
        (11, 0, -3, 460),
        (12, 0, 1, 459),
        (13, 0, 2, 457),
        (14, 0, 1, 456),
        (16, 0, 0, 456),
        (17, 0, 2, 454),
        (18, 50, 0, 504),
    ]
    assert (register.opening_units, register.came, register.went, register.closing_units) == (0, 650, 146, 504)
    assert register.lots == (
        LotLine(lot="A1", opening=0, came=400, went=142, closing=258),
        LotLine(lot="B2", opening=0, came=200, went=4, closing=196),
        LotLine(lot="C3", opening=0, came=50, went=0, closing=50),
    )
    assert [row.number for row in register.rows] == list(range(1, 13))


def test_over_the_whole_facility_an_internal_move_comes_and_goes() -> None:
    register = busy_log().register(place=None)
    assert figures(register.rows)[2] == (7, 120, 120, 600)
    assert register.rows[2].moved == (
        Units(place="safe", lot="A1", units=-120),
        Units(place="ward-1", lot="A1", units=120),
    )
    assert register.closing_units == 627
    assert [(place.id, place.name) for place in register.places] == [
        ("safe", "Дәріхана сейфі"),
        ("ward-1", "Паллиативтік бөлімше 1"),
    ]


def test_what_lay_there_before_the_period_is_its_opening_balance() -> None:
    register = busy_log().register(from_on=date(2026, 2, 2), to_on=date(2026, 3, 16))
    assert register.opening == (Units(place="safe", lot="A1", units=280), Units(place="safe", lot="B2", units=200))
    assert [row.seq for row in register.rows] == [9, 10, 11, 12]
    assert (register.opening_units, register.came, register.went, register.closing_units) == (480, 0, 21, 459)


def test_days_of_the_period_are_the_facility_s_own() -> None:
    log = Log.opened()
    early = log.moved("stock.received", "2026-02-01 00:00", 1)
    late = log.moved("stock.received", "2026-02-28 23:59", 1)
    log.moved("stock.received", "2026-01-31 23:59", 1)
    log.moved("stock.received", "2026-03-01 00:00", 1)
    register = log.register(from_on=date(2026, 2, 1), to_on=date(2026, 2, 28))
    assert [row.seq for row in register.rows] == [early, late]
    assert register.opening_units == 1


def test_a_period_without_entries_is_a_register_without_rows() -> None:
    register = busy_log().register(from_on=date(2026, 1, 9), to_on=date(2026, 2, 1))
    assert register.rows == ()
    assert register.opening_units == register.closing_units == 480


def test_figures_are_at_a_moment_as_known_at_an_entry() -> None:
    log = busy_log()
    before_reversal = log.register(as_known=AsKnown(at=at("2026-04-01 00:00").astimezone(UTC), seq=10))
    assert before_reversal.rows[-1].reversed_by is None
    assert before_reversal.closing_units == 457
    at_noon = log.register(as_known=AsKnown(at=at("2026-01-07 12:00").astimezone(UTC), seq=18))
    assert [row.seq for row in at_noon.rows] == [5, 6]


def test_a_late_row_stands_where_it_happened_and_says_how_late() -> None:
    log = Log.opened()
    first = log.moved("stock.received", "2026-02-01 09:00", 10)
    second = log.moved("stock.broken", "2026-02-03 09:00", 1)
    between = log.moved("stock.received", "2026-02-02 09:00", 5, recorded="2026-02-03 20:30")
    register = log.register()
    assert figures(register.rows) == [(first, 10, 0, 10), (between, 5, 0, 15), (second, 0, 1, 14)]
    assert [row.late_hours for row in register.rows] == [None, 35, None]


@pytest.mark.parametrize(("hours", "late"), [(24, None), (23, 24), (None, None)])
def test_what_counts_as_late_is_the_rule_set_s(hours: int | None, late: int | None) -> None:
    log = Log.opened()
    log.moved("stock.received", "2026-02-01 09:00", 1, recorded="2026-02-02 09:00")
    rules = Rules(name="practice", sha256=RULES_SHA256, status="site", late_reason_hours=hours)
    assert log.register(rules=rules).rows[0].late_hours == late


def test_an_imported_row_says_so_and_is_not_late() -> None:
    row = busy_log().register().rows[-1]
    assert row.imported
    assert row.late_hours is None


def test_a_reversed_row_and_its_reversal_name_each_other() -> None:
    rows = {row.seq: row for row in busy_log().register().rows}
    assert (rows[10].reversed_by, rows[10].reverses) == (11, None)
    assert (rows[11].reversed_by, rows[11].reverses) == (None, 10)
    assert rows[11].at == rows[10].at == at("2026-03-16 11:00")
    assert rows[11].done_at == at("2026-03-16 11:05")


def test_a_reversal_that_leaves_the_packs_out_is_a_row_without_movement() -> None:
    log = Log.opened()
    log.moved("stock.received", "2026-02-01 09:00", 10)
    broken = log.moved("stock.broken", "2026-02-02 09:00", 1)
    seal = {"seq": broken, "reason": "other", "packs": "back_sealed", "seal_no": "S-1", "place": "ward-1"}
    reversal = log.add("entry.reversed", seal, "2026-02-02 10:00")
    register = log.register()
    assert figures(register.rows)[1:] == [(broken, 0, 1, 9), (reversal, 0, 0, 9)]
    assert register.rows[1].reversed_by == reversal
    assert ("seal", "S-1") in [(each.code, each.value) for each in register.rows[2].counterpart]


def test_a_row_waits_for_its_second_signature_until_it_comes() -> None:
    rows = {row.seq: row for row in busy_log().register().rows}
    assert rows[14].awaits == ("witness",)
    assert rows[13].awaits == ()
    assert [(each.person, each.seq) for each in rows[13].countersigned] == [
        (Person(username="b.serikov", name="Серіков Бауыржан", role="pharmacist"), 15)
    ]


def test_a_verbal_order_waits_for_the_physician_who_gave_it() -> None:
    log = Log.opened()
    log.moved("stock.received", "2026-02-01 09:00", 10)
    dose: dict[str, Any] = {"patient": "p001", "ordered_by": "g.iskakov", "place": "safe", "product": PRODUCT}
    dose |= {"lots": [{"lot": "A1", "units": 1}], "dose": {"value": "10", "unit": "mg"}}
    given_at_night = log.add("dose.administered", dose, "2026-02-02 03:00", by="m.kasym", witness=None)
    assert log.register().rows[-1].awaits == ("verbal_order",)
    log.add("entry.countersigned", {"seq": given_at_night}, "2026-02-02 08:00", by="b.serikov", witness=None)
    assert log.register().rows[-1].awaits == ("verbal_order",)
    log.add("entry.countersigned", {"seq": given_at_night}, "2026-02-02 08:00", by="g.iskakov", witness=None)
    assert log.register().rows[-1].awaits == ()


def test_a_reversed_row_waits_for_nobody() -> None:
    log = Log.opened()
    seq = log.moved("stock.received", "2026-02-01 09:00", 10, witness_pending="alone_on_duty")
    log.add("entry.reversed", {"seq": seq, "reason": "duplicate", "packs": "never_left"}, "2026-02-01 10:00")
    assert log.register().rows[0].awaits == ()


def test_a_count_shows_what_was_counted_and_what_the_book_said_there() -> None:
    log = busy_log()
    for place in ("safe", None):
        row = next(row for row in log.register(place=place).rows if row.type == "stock.counted")
        told = {each.code: each.value for each in row.details}
        assert (told["counted"], told["book"], row.lot) == ("258", "260", "A1")
    assert all(row.type != "stock.counted" for row in log.register(place="ward-1").rows)


def test_the_lots_of_one_entry_are_rows_of_their_own() -> None:
    log = Log.opened()
    lines = [{"product": PRODUCT, "lot": lot, "units": units} for lot, units in (("B", 2), ("A", 1), ("B", 3))]
    body = {"place": "safe", "lines": lines, "supplier": "s", "document_no": "1"}
    seq = log.add("stock.received", body, "2026-02-01 09:00")
    register = log.register()
    assert [(row.lot, row.came, row.balance) for row in register.rows] == [("A", 1, 1), ("B", 5, 6)]
    assert {row.seq for row in register.rows} == {seq}


def test_every_member_of_a_commission_signs_beside_the_performer() -> None:
    log = Log.opened()
    log.moved("stock.received", "2026-02-01 09:00", 10)
    act: dict[str, Any] = {"act_no": "A-1", "method": "crushing", "place": "safe"}
    act |= {"commission": ["d.akhmetova", "a.nurlanova", "m.kasym"]}
    act |= {"items": [{"place": "safe", "product": PRODUCT, "lot": "A1", "units": 10}]}
    log.add("destruction.performed", act, "2026-02-02 09:00", by="d.akhmetova", witness=None)
    row = log.register().rows[-1]
    assert row.performer.username == "d.akhmetova"
    assert [each.username for each in row.witnesses] == ["a.nurlanova", "m.kasym"]


def test_a_name_that_is_not_known_any_more_leaves_the_username() -> None:
    log = busy_log()
    del log.names["b.serikov"]
    row = next(row for row in log.register().rows if row.seq == 12)
    assert row.performer == Person(username="b.serikov")


def test_patients_stand_as_ids_and_nothing_sealed_is_read() -> None:
    row = next(row for row in busy_log().register().rows if row.type == "dispense.outpatient")
    assert [(each.code, each.value) for each in row.counterpart] == [("patient", "p001"), ("prescription", "rx-1")]


@pytest.mark.parametrize("asked", [{"product": "nothing"}, {"place": "nowhere"}])
def test_an_unknown_product_or_place_has_no_register(asked: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        busy_log().register(**asked)  # type: ignore[arg-type]


MOVES = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["safe", "ward-1"]), st.sampled_from("AB"), st.integers(1, 9)),
    max_size=25,
)


@given(moves=MOVES, first=st.integers(1, 20), days=st.integers(0, 10), place=st.sampled_from(["safe", "ward-1", None]))
def test_every_balance_is_the_sum_of_what_came_before(
    moves: list[tuple[int, str, str, int]], first: int, days: int, place: str | None
) -> None:
    log = Log.opened()
    last = min(first + days, 28)
    known = []
    for day, where, lot, units in moves:
        seq = log.moved("stock.received", f"2026-02-{day + 1:02} 09:00", units, lot=lot, place=where)
        if place in (None, where):
            known.append((day + 1, seq, units))
    register = log.register(place=place, from_on=date(2026, 2, first), to_on=date(2026, 2, last))
    before = sum(units for day, _, units in known if day < first)
    expected: list[tuple[int, int, int]] = []
    for day, seq, units in sorted(known):
        if first <= day <= last:
            expected.append((seq, units, before + sum(each[1] for each in expected) + units))
    assert [(row.seq, row.came, row.balance) for row in register.rows] == expected
    assert register.closing_units == before + sum(each[1] for each in expected)
    assert sum(lot.closing for lot in register.lots) == register.closing_units
    assert all(lot.opening + lot.came - lot.went == lot.closing for lot in register.lots)


def test_times_of_the_model_are_utc() -> None:
    assert busy_log().register().rows[0].at == datetime(2026, 1, 6, 4, 0, tzinfo=UTC)
