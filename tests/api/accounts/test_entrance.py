"""Signing in with password and phone: what is right, what is not, and what somebody unknown learns."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from api.accounts.entrance import Entrance
from api.accounts.passwords import Passwords, to_password
from api.accounts.tables import PasswordRow
from tests.api.accounts.world import ELSEWHERE, PASSWORD, SETTINGS, WARD, World, at, open_world, refusal


def test_password_and_phone_sign_in_and_the_token_finds_the_session(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    entered = world.accounts.entrance.by_password("A.Nurse ", PASSWORD, phone.code(), ELSEWHERE)
    found = world.accounts.find_session(entered.token)
    assert found is not None
    assert (found.person, found.locked, found.words) == ("a.nurse", False, "somewhere")
    assert world.accounts.find_session("") is None
    assert world.accounts.find_session(entered.device) is None
    assert world.noted()[-1] == ("signed_in", "a.nurse", "a.nurse")


def test_a_password_is_the_same_from_every_keyboard(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse", password="кофе й чай утром")
    decomposed = "кофе и\u0306 чай утром"
    world.accounts.entrance.by_password("a.nurse", decomposed, phone.code(), ELSEWHERE)


def test_wrong_unknown_and_passkey_only_are_one_answer(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    world.enrol_passkey("b.doctor")
    enter = world.accounts.entrance.by_password
    for person, password, code in (
        ("a.nurse", "not this password", phone.code()),
        ("a.nurse", PASSWORD, "000000" if phone.code() != "000000" else "000001"),
        ("a.nurse", PASSWORD, "１２３４５６"),
        ("a.nurse", "x" * 100_000, phone.code()),
        ("b.doctor", PASSWORD, phone.code()),
        ("nobody", PASSWORD, phone.code()),
        ("no\ud800body\x00", "\ud800", phone.code()),
    ):
        assert refusal(enter, person, password, code, ELSEWHERE) == "credentials_wrong"
        world.clock.on(days=2)
    people = [person for kind, person, _ in world.noted() if kind == "sign_in_failed"]
    assert people == ["a.nurse"] * 4 + ["b.doctor", "", ""]  # what a stranger typed is not kept: it may be a password


class Watched(PasswordHasher):
    """Tells at which cost it was asked to verify."""

    asked: ClassVar[list[str]] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.asked.append(str(hash).rsplit("$", 2)[0])
        return super().verify(hash, password)


def test_for_nobody_the_same_hash_is_calculated(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    world.accounts.entrance._passwords._hasher = Watched(*SETTINGS.argon2)
    for person in ("a.nurse", "nobody", "no name at all"):
        refusal(world.accounts.entrance.by_password, person, "not this one", phone.code(), ELSEWHERE)
    assert Watched.asked == ["$argon2id$v=19$m=8,t=1,p=1"] * 3


def test_a_code_of_the_phone_is_good_once_and_only_about_now(world: World) -> None:
    phone, _ = world.enrol_password("a.nurse")
    enter = world.accounts.entrance.by_password
    world.clock.on(minutes=5)
    code, later = phone.code(), phone.code(seconds=30)
    for wrong in (phone.code(seconds=-60), phone.code(seconds=60)):
        assert refusal(enter, "a.nurse", PASSWORD, wrong, ELSEWHERE) == "credentials_wrong"
    enter("a.nurse", PASSWORD, later, ELSEWHERE)
    for used in (later, code):  # one that is older than the last one used is used, too
        assert refusal(enter, "a.nurse", PASSWORD, used, ELSEWHERE) == "credentials_wrong"
    world.clock.on(seconds=60)
    enter("a.nurse", PASSWORD, phone.code(), ELSEWHERE)


def test_the_password_alone_opens_nothing_where_the_phone_was_not_shown(world: World) -> None:
    phone, done = world.enrol_password("a.nurse")
    enter = world.accounts.entrance.by_password
    assert refusal(enter, "a.nurse", PASSWORD, None, ELSEWHERE) == "second_factor_needed"
    assert refusal(enter, "nobody", PASSWORD, None, ELSEWHERE) == "second_factor_needed"
    here = at(WARD, done.entered)
    enter("a.nurse", PASSWORD, None, here)
    world.clock.on(hours=SETTINGS.shift_hours)
    assert refusal(enter, "a.nurse", PASSWORD, None, here) == "second_factor_needed"
    enter("a.nurse", PASSWORD, phone.code(), here)


def test_a_hash_of_an_older_cost_is_renewed_at_the_next_sign_in(world: World, tmp_path: Path) -> None:
    phone, _ = world.enrol_password("a.nurse")
    office = world.accounts.tokens._office
    dearer = replace(office, settings=replace(SETTINGS, argon2=(2, 16, 1)))
    entrance = Entrance(dearer, world.accounts.entrance._passkeys, world.accounts.sessions, Passwords(dearer))
    entrance.by_password("a.nurse", PASSWORD, phone.code(), ELSEWHERE)
    with office.store.reading() as db:
        assert "m=16,t=2" in db.exec(select(PasswordRow.hash)).one()
    world.clock.on(minutes=1)
    world.accounts.entrance.by_password("a.nurse", PASSWORD, phone.code(), ELSEWHERE)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("eleven char", "password_short"),
        ("x" * 257, "password_long"),
        ("aaaaaaaaaaaa", "password_common"),
        ("12341234123412", "password_common"),
        ("Qwerty123456", "password_common"),
        ("a.nurse-2026", "password_common"),
        ("Senim2026!!!", "password_common"),
    ],
)
def test_a_password_that_everybody_would_try_first_is_refused(password: str, reason: str) -> None:
    assert refusal(to_password, password, person="a.nurse") == reason


def test_a_name_with_a_number_at_its_end_is_no_password_either() -> None:
    assert refusal(to_password, "Nurse12-20261123", person="nurse12") == "password_common"


def test_the_accounts_of_a_lost_key_are_not_opened_with_a_new_one(tmp_path: Path) -> None:
    with open_world(tmp_path):
        pass
    (tmp_path / "secrets" / "accounts.key").unlink()
    with pytest.raises(Exception, match="key_missing"), open_world(tmp_path):
        pass
