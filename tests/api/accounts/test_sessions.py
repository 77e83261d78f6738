"""Sessions: locked in their place, several people at one device, ended one by one and all."""

from dataclasses import replace

import pytest

from ledger.errors import NotFound
from tests.api.accounts.world import ELSEWHERE, PASSWORD, SETTINGS, WARD, World, at, refusal


def test_an_idle_session_is_locked_and_goes_on_in_its_place_with_the_password_alone(world: World) -> None:
    _, done = world.enrol_password("a.nurse")
    token, find = done.entered.token, world.accounts.find_session
    for _ in range(3):  # whoever works is not locked
        world.clock.on(minutes=SETTINGS.idle_minutes - 1)
        assert find(token) is not None
    world.clock.on(minutes=SETTINGS.idle_minutes)
    assert world.accounts.sessions.find(token, touch=False).locked  # type: ignore[union-attr]
    world.clock.on(minutes=1)
    found = find(token)
    assert found is not None
    assert found.locked
    assert world.noted().count(("locked", "a.nurse", "")) == 1
    here = at(WARD, done.entered)
    assert refusal(world.accounts.entrance.by_password, "a.nurse", "not this one", None, here) == "credentials_wrong"
    again = world.accounts.entrance.by_password("a.nurse", PASSWORD, None, here)
    assert (again.resumed, again.session.id, again.locked) == (True, done.entered.session.id, "")
    assert find(token) is None  # a copy of the old cookie opens nothing
    assert find(again.token).locked is False  # type: ignore[union-attr]


def test_looking_without_touching_does_not_keep_a_session_open(world: World) -> None:
    _, done = world.enrol_password("a.nurse")
    for _ in range(SETTINGS.idle_minutes):
        world.clock.on(minutes=1)
        found = world.accounts.sessions.find(done.entered.token, touch=False)
    assert found is not None
    assert found.locked


def test_a_session_ends_after_its_hours_however_busy(world: World) -> None:
    _, done = world.enrol_password("a.nurse")
    for _ in range(SETTINGS.session_hours):
        world.clock.on(minutes=59)
        entered = world.accounts.entrance.by_password("a.nurse", PASSWORD, None, at(WARD, done.entered))
        assert entered.session.id == done.entered.session.id
    world.clock.on(minutes=SETTINGS.session_hours)
    assert world.accounts.find_session(entered.token) is None
    assert world.accounts.sessions.of("a.nurse") == []


def test_two_people_change_at_one_device_and_each_finds_their_place(world: World) -> None:
    phone, first = world.enrol_password("a.nurse")
    world.clock.on(minutes=1)
    visit = at(WARD, first.entered)
    passkey, second = world.enrol_passkey("b.doctor", visit)
    assert (second.entered.device, second.entered.locked) == (first.entered.device, "a.nurse")
    assert ("locked", "a.nurse", "b.doctor") in world.noted()
    assert world.accounts.find_session(first.entered.token).locked  # type: ignore[union-attr]
    here = world.accounts.entrance.people_here(second.entered.device)
    assert [(each.person, each.quick, each.has_passkey) for each in here] == [
        ("b.doctor", True, True), ("a.nurse", True, False)
    ]  # fmt: skip
    visit = at(WARD, second.entered)
    back = world.accounts.entrance.by_password("a.nurse", PASSWORD, None, visit)
    assert (back.resumed, back.session.id, back.locked) == (True, first.entered.session.id, "b.doctor")
    again = world.enter(passkey, at(WARD, back))
    assert (again.resumed, again.session.id, again.locked) == (True, second.entered.session.id, "a.nurse")
    assert world.accounts.entrance.people_here("another cookie") == []
    assert world.accounts.entrance.people_here(None) == []
    assert phone.code()


def test_at_a_wish_a_session_is_locked_at_once_and_for_all_its_copies(world: World) -> None:
    _, done = world.enrol_password("a.nurse")
    world.accounts.sessions.lock(done.entered.session)
    assert world.accounts.find_session(done.entered.token).locked  # type: ignore[union-attr]


def test_who_signed_out_gives_both_factors_again_there(world: World) -> None:
    phone, done = world.enrol_password("a.nurse")
    world.accounts.sessions.leave(done.entered.session)
    assert world.accounts.find_session(done.entered.token) is None
    here = at(WARD, done.entered)
    assert refusal(world.accounts.entrance.by_password, "a.nurse", PASSWORD, None, here) == "second_factor_needed"
    assert not world.accounts.entrance.by_password("a.nurse", PASSWORD, phone.code(), here).resumed


def test_sessions_are_listed_and_ended_one_by_one_and_all(world: World) -> None:
    phone, done = world.enrol_password("a.nurse")
    entered = [done.entered]
    for n in range(3):
        world.clock.on(minutes=1)
        visit = replace(ELSEWHERE, words=f"phone {n}\x1b[2J")
        entered.append(world.accounts.entrance.by_password("a.nurse", PASSWORD, phone.code(), visit))
    listed = world.accounts.sessions.of("a.nurse")
    assert [each.words for each in listed] == ["phone 2[2J", "phone 1[2J", "phone 0[2J", WARD.words]
    world.accounts.sessions.end(listed[0].id, "a.nurse", by="a.nurse")
    assert world.accounts.find_session(entered[3].token) is None
    for not_theirs in (listed[1].id, "no such id"):
        with pytest.raises(NotFound):
            world.accounts.sessions.end(not_theirs, "b.doctor", by="b.doctor")
    assert [world.accounts.find_session(each.token) is not None for each in entered] == [True, True, True, False]


def test_no_token_password_or_code_is_in_the_file_or_the_notes(world: World) -> None:
    phone, done = world.enrol_password("a.nurse")
    _, secret = world.accounts.tokens.make("a.nurse", by="a.nurse")
    kept = b"".join(path.read_bytes() for path in world.directory.rglob("*") if path.is_file())
    for each in (done.entered.token, done.entered.device, secret, PASSWORD, phone.secret, *done.recovery_codes):
        assert each.encode() not in kept
        assert each.replace("-", "").encode() not in kept
    assert all(path.stat().st_mode & 0o077 == 0 for path in world.directory.rglob("accounts*"))
