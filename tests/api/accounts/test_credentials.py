"""What people change about their own way in, the tokens of machines, and keys on their way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.authority import PERMITS, SCOPES
from ledger.errors import NotFound
from tests.api.accounts.world import ELSEWHERE, PASSWORD, WARD, Authenticator, Phone, World, at, open_world, refusal

NEW = "five quite other words here"


def test_every_change_wants_a_factor_given_just_now(world: World) -> None:
    _, done = world.enrol_password("a.nurse")
    session, own = done.entered.session, world.accounts.credentials
    world.clock.on(minutes=5)
    changes: list[Callable[[], object]] = [
        lambda: own.offer_passkey(session),
        lambda: own.add_passkey(session, {}, ""),
        lambda: own.remove_passkey(session, "any"),
        lambda: own.offer_totp(session),
        lambda: own.set_password(session, NEW, "", ""),
        lambda: own.make_recovery_codes(session),
    ]
    assert [refusal(change) for change in changes] == ["proof_needed"] * len(changes)
    again = world.accounts.entrance.by_password("a.nurse", PASSWORD, None, at(WARD, done.entered)).session
    assert len(own.make_recovery_codes(again)) == 10


def test_the_last_way_in_is_not_removed(world: World) -> None:
    passkey, done = world.enrol_passkey("a.nurse")
    session, own = done.entered.session, world.accounts.credentials
    [only] = own.look("a.nurse").passkeys
    assert refusal(own.remove_passkey, session, only.id) == "last_credential"
    assert world.enter(passkey).session.person == "a.nurse"
    offer = own.offer_totp(session)
    own.set_password(session, PASSWORD, offer.ticket, Phone(offer.secret, world.clock).code())
    own.remove_passkey(session, only.id)
    assert (own.look("a.nurse").passkeys, own.look("a.nurse").has_password) == ([], True)


def test_a_changed_password_and_a_lost_passkey_end_the_other_sessions(world: World) -> None:
    phone, done = world.enrol_password("a.nurse")
    session, own = done.entered.session, world.accounts.credentials

    def survives(change: Callable[[], object], password: str, phone: Phone) -> bool:
        entered = world.accounts.entrance.by_password("a.nurse", password, phone.code(), ELSEWHERE)
        world.clock.on(seconds=30)
        change()
        assert world.accounts.find_session(done.entered.token) is not None
        return world.accounts.find_session(entered.token) is not None

    offer = own.offer_totp(session)
    anew = Phone(offer.secret, world.clock)
    assert not survives(lambda: own.set_password(session, NEW, offer.ticket, anew.code()), PASSWORD, phone)
    world.clock.on(seconds=30)
    passkey = Authenticator()
    own.add_passkey(session, passkey.create(own.offer_passkey(session)), "lost")
    [lost] = own.look("a.nurse").passkeys
    assert not survives(lambda: own.remove_passkey(session, lost.id), NEW, anew)
    assert refusal(world.enter, passkey) == "passkey_refused"
    enter = world.accounts.entrance.by_password
    assert refusal(enter, "a.nurse", PASSWORD, anew.code(), ELSEWHERE) == "credentials_wrong"


def test_nobody_removes_anothers_passkey(world: World) -> None:
    _, mine = world.enrol_passkey("a.nurse")
    world.enrol_passkey("b.doctor")
    [theirs] = world.accounts.credentials.look("b.doctor").passkeys
    with pytest.raises(NotFound):
        world.accounts.credentials.remove_passkey(mine.entered.session, theirs.id)


def test_new_recovery_codes_end_the_old(world: World) -> None:
    _, done = world.enrol_passkey("a.nurse")
    codes = world.accounts.credentials.make_recovery_codes(done.entered.session)
    assert world.accounts.credentials.look("a.nurse").codes_left == 10
    assert not {*codes} & {*done.recovery_codes}
    begin = world.accounts.enrolment.begin_recovery
    assert refusal(begin, "a.nurse", done.recovery_codes[0], WARD) == "code_wrong"
    begin("a.nurse", codes[0], WARD)


def test_a_token_acts_within_its_scopes_until_its_day_or_its_end(world: World) -> None:
    tokens = world.accounts.tokens
    made, secret = tokens.make("a.nurse", by="a.nurse", scopes=["read", "entries:preview"], days=2, label="till\x07")
    found = world.accounts.find_token(secret)
    assert found is not None
    assert (found.person, found.label, found.id) == ("a.nurse", "till", made.id)
    assert found.scopes == SCOPES["read"] | {"entries:preview"} <= PERMITS.keys()
    assert secret.startswith("senim_")
    assert tokens.of("a.nurse")[0].used_at == world.clock.now
    assert tokens.of("b.doctor") == []
    for wrong in (secret[:-1], secret + "A", secret.removeprefix("senim_"), "", "senim_\ud800", "senim_" + "x" * 999):
        assert world.accounts.find_token(wrong) is None
    world.clock.on(days=2)
    assert world.accounts.find_token(secret) is None
    made, secret = tokens.make("a.nurse", by="a.nurse")
    assert made.scopes == SCOPES["read"] | SCOPES["record"]
    with pytest.raises(NotFound):
        tokens.revoke(made.id, by="b.doctor", person="b.doctor")
    for _ in range(2):
        tokens.revoke(made.id, by="registrar")
    assert world.accounts.find_token(secret) is None
    assert [each for each in world.noted() if each[0].startswith("token")] == [
        ("token_made", "a.nurse", "a.nurse"), ("token_made", "a.nurse", "a.nurse"),
        ("token_revoked", "a.nurse", "registrar"),
    ]  # fmt: skip
    assert refusal(tokens.make, "a.nurse", by="", scopes=["everything"]) == "scope_unknown"
    assert refusal(tokens.make, "a.nurse", by="", scopes=[]) == "scope_unknown"
    assert [refusal(tokens.make, "a.nurse", by="", days=days) for days in (0, 367)] == ["days_unfit"] * 2


def test_what_another_process_revokes_opens_nothing_here(tmp_path: Path) -> None:
    with open_world(tmp_path) as here, open_world(tmp_path) as there:
        _, done = here.enrol_passkey("a.nurse")
        made, secret = here.accounts.tokens.make("a.nurse", by="a.nurse")
        assert here.accounts.find_token(secret) is not None
        assert here.accounts.find_session(done.entered.token) is not None
        there.accounts.tokens.revoke(made.id, by="console")
        [session] = there.accounts.sessions.of("a.nurse")
        there.accounts.sessions.end(session.id, "a.nurse", by="console")
        here.accounts.tokens._office.store._looked_at = 0.0  # a moment later
        assert here.accounts.find_token(secret) is None
        assert here.accounts.find_session(done.entered.token) is None


WRAPPED: dict[str, Any] = {
    "kdf": "pbkdf2-sha256", "iterations": 600_000, "salt": "AAAA", "cipher": "aes-256-gcm", "iv": "AAAA",
    "sealed": "AAAA",
}  # fmt: skip


@pytest.mark.parametrize(
    "bent",
    [
        {"iterations": 599_999},
        {"iterations": True},
        {"iterations": 10**9},
        {"kdf": "md5"},
        {"sealed": "A" * 1028},
        {"sealed": "not base64"},
        {"salt": 7},
        {"private": "AAAA"},
    ],
)
def test_a_wrapped_key_has_its_shape_and_its_holder(world: World, bent: dict[str, Any]) -> None:
    keys, key = world.accounts.keys, "0123456789abcdef"
    keys.keep("a.nurse", key, "wrapped", WRAPPED)
    assert refusal(keys.keep, "a.nurse", key, "wrapped", WRAPPED | bent) == "key_unfit"
    assert refusal(keys.keep, "b.doctor", key, "wrapped", WRAPPED) == "key_unfit"
    assert refusal(keys.keep, "a.nurse", key, "raw", WRAPPED) == "key_unfit"
    assert [each.material for each in keys.kept_of("a.nurse")] == [WRAPPED]
    with pytest.raises(NotFound):
        keys.drop("b.doctor", key)
    keys.drop("a.nurse", key)
    assert keys.kept_of("a.nurse") == []


def test_new_keys_wait_in_turn_until_they_are_enrolled_or_not(world: World) -> None:
    keys = world.accounts.keys
    ids = [keys.request("a.nurse", {"person": "a.nurse", "key": f"{n:016x}", "proof": "é"}).id for n in range(5)]
    assert [each.id for each in keys.waiting()] == ids
    for body in (
        {"person": "a.nurse", "key": f"{9:016x}"},  # too many wait
        {"person": "a.nurse", "key": f"{0:016x}"},  # asked before
        {"person": "b.doctor", "key": f"{9:016x}"},
        {"person": "a.nurse"},
        {"person": "a.nurse", "key": f"{9:016x}", "proof": "x" * 9000},
    ):
        assert refusal(keys.request, "a.nurse", body) == "key_unfit"
    keys.close(ids[0], by="registrar", seq=7)
    keys.close(ids[1], by="registrar")
    assert [keys.get(each).seq for each in ids[:2]] == [7, None]
    assert keys.get(ids[2]).body["proof"] == "é"
    assert [each.id for each in keys.waiting("a.nurse")] == ids[2:]
    for gone in (ids[0], "no such id"):
        with pytest.raises(NotFound):
            keys.close(gone, by="registrar")
