"""Codes become credentials: once, in time, and never quietly."""

import os
from pathlib import Path

import pytest

from api.accounts.shapes import Setup
from tests.api.accounts.world import (
    ELSEWHERE,
    PASSWORD,
    SETTINGS,
    WARD,
    Authenticator,
    Phone,
    World,
    at,
    open_world,
    refusal,
)


def begin(world: World, person: str = "a.nurse") -> tuple[str, Setup]:
    code = world.accounts.enrolment.issue_code(person, by="registrar")
    return code, world.accounts.enrolment.begin(person, code, WARD)


def finish(world: World, setup: Setup) -> None:
    enrolment = world.accounts.enrolment
    made = Authenticator().create(enrolment.offer_passkey(setup.ticket))
    enrolment.finish_with_passkey(setup.ticket, made, "", WARD)


def test_a_code_is_typed_as_people_type_and_good_once(world: World) -> None:
    code, setup = begin(world)
    world.accounts.enrolment.begin(" A.Nurse", f" {code[:10].upper()}-{code[10:]} ", ELSEWHERE)
    second = world.accounts.enrolment.begin("a.nurse", code, ELSEWHERE)  # the page was loaded anew
    finish(world, setup)
    assert refusal(finish, world, second) == "setup_over"
    assert refusal(world.accounts.enrolment.begin, "a.nurse", code, WARD) == "code_wrong"
    assert [kind for kind, _, _ in world.noted()] == ["code_issued", "credentials_set", "signed_in", "code_failed"]
    assert not list((world.directory / "secrets" / "enrolment").iterdir())


def test_a_used_code_stays_used_where_its_file_comes_back(world: World) -> None:
    """As after a crash between the commit and the removal of the file."""
    code, setup = begin(world)
    [file] = (world.directory / "secrets" / "enrolment").iterdir()
    kept = file.read_bytes()
    second = world.accounts.enrolment.begin("a.nurse", code, WARD)
    finish(world, setup)
    file.write_bytes(kept)
    file.chmod(0o600)
    assert refusal(finish, world, second) == "setup_over"
    assert refusal(world.accounts.enrolment.begin, "a.nurse", code, WARD) == "code_wrong"


def test_a_code_is_for_one_person_for_some_days_and_until_the_next_one(world: World) -> None:
    enrolment = world.accounts.enrolment
    code, setup = begin(world)
    for person in ("b.doctor", "nobody", "../a.nurse", "", "\ud800"):
        assert refusal(enrolment.begin, person, code, WARD) == "code_wrong"
    fresh, _ = begin(world)
    assert refusal(enrolment.begin, "a.nurse", code, WARD) == "code_wrong"
    assert refusal(finish, world, setup) == "setup_over"
    [file] = (world.directory / "secrets" / "enrolment").iterdir()
    made_at = file.stat().st_mtime - SETTINGS.code_days * 86_400 - 60
    os.utime(file, (made_at, made_at))
    assert refusal(enrolment.begin, "a.nurse", fresh, WARD) == "code_wrong"


def test_a_ticket_lasts_half_an_hour_and_is_no_session(world: World) -> None:
    _, setup = begin(world)
    assert world.accounts.find_session(setup.ticket) is None
    offer = world.accounts.enrolment.offer_totp(setup.ticket)
    world.clock.on(minutes=30)
    phone = Phone(offer.secret, world.clock)
    finish_late = world.accounts.enrolment.finish_with_password
    refused = refusal(finish_late, setup.ticket, PASSWORD, offer.ticket, phone.code(), WARD)
    assert refused == "setup_over"
    assert refusal(world.accounts.enrolment.offer_passkey, "no ticket") == "setup_over"


def test_a_phone_counts_once_it_showed_a_code(world: World) -> None:
    _, setup = begin(world)
    enrolment = world.accounts.enrolment
    mine, another = enrolment.offer_totp(setup.ticket), enrolment.offer_totp(setup.ticket)
    _, of_other = begin(world, "b.doctor")
    of_another_person = enrolment.offer_totp(of_other.ticket)
    code = Phone(mine.secret, world.clock).code()
    for ticket in (another.ticket, of_another_person.ticket, "", "é", mine.ticket[:-2]):
        wrong = refusal(enrolment.finish_with_password, setup.ticket, PASSWORD, ticket, code, WARD)
        assert wrong == "totp_wrong"
    assert mine.uri.startswith("otpauth://totp/Senim%20senim.test:a.nurse?secret=")
    enrolment.finish_with_password(setup.ticket, PASSWORD, mine.ticket, code, WARD)
    refused = refusal(world.accounts.entrance.by_password, "a.nurse", PASSWORD, code, ELSEWHERE)
    assert refused == "credentials_wrong"  # the code that set it up is used


def test_codes_are_not_to_be_guessed(world: World) -> None:
    begin(world)
    tries = [refusal(world.accounts.enrolment.begin, "a.nurse", "0" * 20, ELSEWHERE) for _ in range(11)]
    assert tries == ["code_wrong"] * 10 + ["too_many_tries"]
    begin(world)


def test_recovery_ends_all_that_was_and_is_noted(world: World) -> None:
    phone, done = world.enrol_password("a.nurse")
    old_passkey = Authenticator()
    credentials = world.accounts.credentials
    credentials.add_passkey(
        done.entered.session, old_passkey.create(credentials.offer_passkey(done.entered.session)), "lost"
    )
    _, secret = world.accounts.tokens.make("a.nurse", by="a.nurse")
    code = done.recovery_codes[3]
    setup = world.accounts.enrolment.begin_recovery("a.nurse", code.upper().replace("-", " "), ELSEWHERE)
    assert (setup.person, setup.why) == ("a.nurse", "recovery")
    assert world.accounts.find_session(done.entered.token) is not None  # until the new way in is there
    new_passkey = Authenticator()
    made = new_passkey.create(world.accounts.enrolment.offer_passkey(setup.ticket))
    again = world.accounts.enrolment.finish_with_passkey(setup.ticket, made, "new", ELSEWHERE)
    assert world.accounts.find_session(done.entered.token) is None
    assert world.accounts.find_token(secret) is None
    assert refusal(world.enter, old_passkey) == "passkey_refused"
    here = at(WARD, done.entered)
    assert refusal(world.accounts.entrance.by_password, "a.nurse", PASSWORD, phone.code(), here) == "credentials_wrong"
    for old in done.recovery_codes:
        assert refusal(world.accounts.enrolment.begin_recovery, "a.nurse", old, WARD) in {
            "code_wrong", "too_many_tries"
        }  # fmt: skip
    assert len(set(again.recovery_codes)) == 10
    assert world.enter(new_passkey, ELSEWHERE).session.person == "a.nurse"
    assert "credentials_set a.nurse a.nurse code=recovery" in world.told()


def test_a_recovery_code_is_its_holders_alone_and_read_as_it_was_meant(world: World) -> None:
    _, done = world.enrol_password("a.nurse")
    world.enrol_password("b.doctor")
    code = next(each for each in done.recovery_codes if set(each) & set("olb"))
    assert refusal(world.accounts.enrolment.begin_recovery, "b.doctor", code, WARD) == "code_wrong"
    assert refusal(world.accounts.enrolment.begin, "a.nurse", code, WARD) == "code_wrong"
    world.accounts.enrolment.begin_recovery("a.nurse", code.translate(str.maketrans("olb", "018")), WARD)


def test_who_left_has_no_way_in_any_more(world: World) -> None:
    passkey, done = world.enrol_passkey("a.nurse")
    _, secret = world.accounts.tokens.make("a.nurse", by="a.nurse")
    code = world.accounts.enrolment.issue_code("a.nurse", by="registrar")
    world.accounts.keys.request("a.nurse", {"person": "a.nurse", "key": "0" * 16})
    world.accounts.end("a.nurse", by="registrar")
    assert world.accounts.find_session(done.entered.token) is None
    assert world.accounts.find_token(secret) is None
    assert world.accounts.keys.waiting() == []
    assert refusal(world.enter, passkey) == "passkey_refused"
    assert refusal(world.accounts.enrolment.begin, "a.nurse", code, WARD) == "code_wrong"
    recover = world.accounts.enrolment.begin_recovery
    assert refusal(recover, "a.nurse", done.recovery_codes[0], WARD) == "code_wrong"


def test_an_exposed_code_is_not_used(world: World) -> None:
    code, _ = begin(world)
    [file] = (world.directory / "secrets" / "enrolment").iterdir()
    file.chmod(0o644)
    with pytest.raises(Exception, match="file_exposed"):
        world.accounts.enrolment.begin("a.nurse", code, WARD)


def test_accounts_outlive_the_process(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        passkey, done = world.enrol_passkey("a.nurse")
    with open_world(tmp_path) as world:
        assert world.accounts.find_session(done.entered.token) is not None
        assert world.enter(passkey, at(WARD, done.entered)).resumed
