"""The quarter, asked as its users ask: every answer, every figure, and the same again."""

from tests.cli.conftest import Recorded
from tests.cli.test_bad_lines import dumped, line
from tests.reference.pharmacy import PRACTICE_RULES, Pharmacy
from tests.reference.test_reference import AFTER_THE_QUARTER, read_kato, read_scenario

OF_ACTS = {
    *("early_supply", "duplicate_dispense", "opioid_with_benzodiazepine", "patch_opioid_naive", "patch_change_early"),
    *("dose_jump", "older_lot_first", "units_differ_from_course", "unusual_quantity", "home_differs"),
}
OF_FACTS = {
    *("after_death", "outside_course", "without_prescription", "beyond_prescribed", "dose_arithmetic"),
    *("lot_expired_given", "return_exceeds_dispensed", "very_late"),
}


def test_every_command_gets_the_answer_it_must_get(quarter: Recorded) -> None:
    assert len(quarter.answers) == quarter.expected["lines"] == len(quarter.expected["answers"])
    for told, must in zip(quarter.answers, quarter.expected["answers"], strict=True):
        assert told["id"] == must["id"]
        if must["answer"] in ("recorded", "replayed"):
            assert told["answer"] == must["answer"], told
        else:
            assert told["answer"] == "refused"
            assert told["code"] == told["refusals"][0] == must["answer"], told
            assert "seq" not in told


def test_every_refusal_and_every_note_is_what_the_contract_alone_gives(quarter: Recorded) -> None:
    """Whoever compares `notes` finds in it the contract's warnings and nothing else; the rest are `remarks`."""
    facility, commands, _ = read_scenario(quarter.name)
    reference = Pharmacy(facility, PRACTICE_RULES, read_kato(), now=AFTER_THE_QUARTER)
    for told, command in zip(quarter.answers, commands, strict=True):
        must, notes = reference.record(command), set(told.get("notes", ()))
        assert (told["answer"], told.get("refusals", [])) == (must.answer, must.codes), told
        assert notes <= OF_ACTS | OF_FACTS, told
        if must.answer == "recorded":
            assert notes & OF_FACTS == set(must.notes) & OF_FACTS, told
            assert set(told["remarks"]) == set(must.notes) - OF_FACTS | {"late"}, told


def rows(told: list[dict[str, object]], members: tuple[str, ...]) -> list[tuple[object, ...]]:
    return sorted(tuple(row[member] for member in members) for row in told)


def test_the_figures_are_those_worked_out_independently(quarter: Recorded) -> None:
    members: tuple[str, ...] = ("place", "product", "lot", "units")
    assert rows(quarter.ask("balance", "--json").json, members) == rows(quarter.expected["balances"], members)
    found = quarter.ask("discrepancies", "--json").json
    assert rows(found["empties_due"], members) == rows(quarter.expected["empties_due"], members)
    members = ("discrepancy", "place", "product", "lot", "difference")
    assert rows(found["discrepancies"], members) == rows(quarter.expected["discrepancies"], members)
    members = tuple(quarter.expected["circle"][0])
    assert rows(quarter.ask("circle", "--json").json, members) == rows(quarter.expected["circle"], members)
    members = ("seal_no", "units")
    assert rows(quarter.ask("custody", "--json").json, members) == rows(quarter.expected["custody"], members)
    pending = sorted(row["id"] for row in quarter.ask("pending", "--json").json)
    assert pending == sorted(quarter.expected["pending"])


def test_the_same_file_again_records_nothing_twice(quarter: Recorded) -> None:
    before = quarter.ask("balance", "--json").json
    size = quarter.ask("checkpoint", "--json").json["size"]
    again = quarter.ask("record", quarter.commands, "--json").lines
    for first, second in zip(quarter.answers, again, strict=True):
        if first["answer"] == "recorded":
            assert (second["answer"], second["seq"]) == ("replayed", first["seq"])
        else:
            assert second["answer"] in ("refused", "replayed")
    assert quarter.ask("balance", "--json").json == before
    assert quarter.ask("checkpoint", "--json").json["size"] == size


def test_an_id_with_another_statement_is_refused(hospital: Recorded) -> None:
    first = hospital.commands.read_text().splitlines()[0]
    changed = first.replace("H-100", "H-999")
    assert changed != first
    told = hospital.ask("record", "-", "--json", input=changed.encode())
    assert (told.code, told.lines[0]["code"]) == (1, "id_reused")


def test_projections_follow_from_the_entries(quarter: Recorded) -> None:
    told = quarter.ask("rebuild", "--check", "--json")
    assert (told.code, told.json["differing"]) == (0, [])


def test_a_balance_is_asked_for_at_a_time(hospital: Recorded) -> None:
    at = ("balance", "--product", "morphine-inj-10", "--place", "safe", "--json", "--at")
    assert hospital.ask(*at, "2026-01-05").json == [
        {"place": "safe", "product": "morphine-inj-10", "lot": "MORPI10H01", "units": 400}
    ]
    assert hospital.ask(*at, "2026-01-05T08:00:00+05:00").json == []


def test_a_shortage_to_come_is_told_with_what_may_be_taken_and_in_local_time(hospital: Recorded) -> None:
    lines = [{"product": "morphine-inj-10", "lot": "MORPI10H01", "units": 300}]
    body = {"from_place": "safe", "to_place": "ward-1", "lines": lines}
    at = "2026-01-05T23:00:00+05:00"
    move = line(occurred_at=at, body=body)
    told = hospital.ask("record", "-", input=dumped(move))
    assert told.code == 1
    said = (
        "there are 400 of morphine-inj-10, lot MORPI10H01, and 300 were asked for; later entries leave no more than 160"
    )
    assert f"{said}, from 6 Jan 2026, 11:00." in told.out


def test_tables_for_people_fit_80_columns_and_hold_every_row(hospital: Recorded) -> None:
    for lang in ("kk", "ru", "en"):
        for command, rows in (
            (["circle"], hospital.ask("circle", "--json").json),
            (["balance"], hospital.ask("balance", "--json").json),
            (["custody"], hospital.ask("custody", "--json").json),
            (["pending"], hospital.ask("pending", "--json").json),
            (["discrepancies"], hospital.ask("discrepancies", "--json").json["discrepancies"]),
        ):
            told = hospital.ask(*command, lang=lang, COLUMNS="80").out
            assert max(map(len, told.splitlines())) <= 80, told
            for row in rows:
                for member in ("patient", "discrepancy", "seal_no", "performer", "product", "lot"):
                    assert str(row.get(member, "")) in told, (member, row)


def test_entries_are_found_by_patient_and_type(hospital: Recorded) -> None:
    told = hospital.ask("show", "--patient", "p001", "--type", "prescription.issued", "--json").json
    assert {entry["statement"]["body"]["patient"] for entry in told} == {"p001"}
    assert {entry["statement"]["type"] for entry in told} == {"prescription.issued"}
    one = hospital.ask("show", "0", "--json").json
    assert one["statement"]["type"] == "facility.opened"
    assert len(hospital.ask("show", "--last", "3", "--json").json) == 3
