"""Wrong tries slow down whoever makes them, and never the ward's own computer."""

from dataclasses import replace

from sqlmodel import select

from api.accounts import Visit
from api.accounts.tables import TriesRow
from api.accounts.throttle import LONGEST_DELAY, of_address
from ledger.errors import CallRefused
from tests.api.accounts.world import ELSEWHERE, PASSWORD, WARD, Phone, World, at, refusal


def guess(world: World, phone: Phone, times: int, *, person: str = "a.nurse", visit: Visit = ELSEWHERE) -> list[str]:
    enter = world.accounts.entrance.by_password
    return [refusal(enter, person, "not this one", phone.code(), visit) for _ in range(times)]


def test_delays_grow_with_each_failure_and_end_at_a_quarter_of_an_hour(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    assert guess(world, phone, 6) == ["credentials_wrong"] * 5 + ["too_many_tries"]
    waited = []
    for _ in range(12):
        try:
            world.accounts.entrance.by_password("a.nurse", PASSWORD, phone.code(), ELSEWHERE)
        except CallRefused as refused:
            waited.append(int(refused.values["seconds"]))
            world.clock.on(seconds=waited[-1])
            guess(world, phone, 1)
    assert waited == [1 + 2**n for n in range(len(waited) - 2)] + [1 + LONGEST_DELAY.seconds] * 2
    assert ("sign_in_delayed", "", "") in world.noted()
    world.clock.on(seconds=LONGEST_DELAY.seconds + 1)
    world.accounts.entrance.by_password("a.nurse", PASSWORD, phone.code(), ELSEWHERE)
    assert guess(world, phone, 1) == ["credentials_wrong"]  # a right one clears the count


def test_a_guesser_elsewhere_never_blocks_the_wards_computer_nor_a_passkey(world: World) -> None:
    phone, done = world.enrol_password("a.nurse")
    passkey, _ = world.enrol_passkey("b.doctor")
    for _ in range(4):
        guess(world, phone, 2)
        guess(world, phone, 2, visit=WARD)  # even from the same address: a browser that nobody signed in at
    enter = world.accounts.entrance.by_password
    assert refusal(enter, "a.nurse", PASSWORD, phone.code(), ELSEWHERE) == "too_many_tries"
    here = at(WARD, done.entered)
    assert world.accounts.entrance.by_password("a.nurse", PASSWORD, phone.code(), here).resumed
    assert world.enter(passkey, ELSEWHERE).session.person == "b.doctor"


def test_guessing_at_the_wards_computer_slows_down_that_person_there_alone(world: World) -> None:
    phone, done = world.enrol_password("a.nurse")
    here = at(WARD, done.entered)
    assert guess(world, phone, 6, visit=here)[-1] == "too_many_tries"
    world.accounts.entrance.by_password("a.nurse", PASSWORD, phone.code(), ELSEWHERE)
    other, _ = world.enrol_password("b.doctor", here)
    world.accounts.entrance.by_password("b.doctor", PASSWORD, other.code(), here)


def test_many_names_from_one_address_are_slowed_down_together(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    answers = [guess(world, phone, 1, person=f"n{n}")[0] for n in range(32)]
    assert answers[:30] == ["credentials_wrong"] * 30
    assert set(answers[30:]) == {"too_many_tries"}
    guess(world, phone, 1, visit=replace(ELSEWHERE, address="203.0.113.6"))


def test_many_addresses_of_one_ipv6_network_are_one(world: World) -> None:
    office = world.accounts.tokens._office
    names = [of_address(office, each, "code", 1).name for each in ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1")]
    assert names[0] == names[1] != names[2]
    assert of_address(office, "no address", "code", 1).name not in names


def test_a_right_sign_in_does_not_forgive_its_address_what_others_did(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    for n in range(29):
        guess(world, phone, 1, person=f"n{n}")
    world.accounts.entrance.by_password("a.nurse", PASSWORD, phone.code(), ELSEWHERE)
    assert [guess(world, phone, 1, person=f"m{n}")[0] for n in range(2)] == ["credentials_wrong", "too_many_tries"]


def test_what_many_mistype_over_days_delays_nobody_at_their_address(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    for n in range(100):
        assert guess(world, phone, 1, person=f"n{n}") == ["credentials_wrong"], n
        world.clock.on(minutes=11)


def test_wrong_codes_and_wrong_passwords_of_an_address_are_counted_apart(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    for n in range(29):
        guess(world, phone, 1, person=f"n{n}")
    begin = world.accounts.enrolment.begin_recovery
    assert [refusal(begin, "a.nurse", "no code", ELSEWHERE) for _ in range(2)] == ["code_wrong"] * 2
    world.accounts.entrance.by_password("a.nurse", PASSWORD, phone.code(), ELSEWHERE)


def test_tries_are_forgotten_after_a_day_and_name_nobody(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    guess(world, phone, 3)
    with world.accounts.tokens._office.store.reading() as db:
        assert not any("nurse" in row.name or "203." in row.name for row in db.exec(select(TriesRow)).all())
    world.clock.on(days=1, seconds=1)
    assert guess(world, phone, 5) == ["credentials_wrong"] * 5
