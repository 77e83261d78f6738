"""Coming in. Signing in, unlocking and the change of person are one act, done with one factor or the other:

whoever has a session at this device gets it back where it stood, whoever has none gets a new one, and somebody else
who is in at this browser is locked, not signed out. With a passkey it is one gesture; with a password it wants the
phone's code too, once a shift and device.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.accounts.office import Office
from api.accounts.passkeys import Credential, Passkeys
from api.accounts.passwords import Passwords, Totps
from api.accounts.sessions import Sessions, find_device
from api.accounts.shapes import Entered, PersonHere, Visit
from api.accounts.tables import AccountRow, PasswordRow, PresenceRow
from api.accounts.throttle import Count, forgive_try, of_address, take_try
from ledger.domain.terms import ID
from ledger.errors import CallRefused

_FREE, _FREE_OF_ADDRESS = 5, 30


@dataclass(frozen=True, slots=True)
class _Try:
    """What is known before the password is looked at."""

    counts: tuple[Count, ...]
    hash: str | None
    totp: bytes
    is_known: bool


class Entrance:
    def __init__(self, office: Office, passkeys: Passkeys, sessions: Sessions, passwords: Passwords) -> None:
        self._office, self._passkeys, self._sessions = office, passkeys, sessions
        self._passwords, self._totps = passwords, Totps(office)
        self._nobodys = office.seal(bytes(20), "totp ")

    def people_here(self, device: str | None) -> list[PersonHere]:
        """Who entered at this device in the last shift."""
        return self._sessions.people_here(device)

    def offer_passkey(self, visit: Visit, username: str | None = None) -> dict[str, Any]:
        """Options for `navigator.credentials.get`. *username* narrows them, where that person has been here before."""
        person = to_username(username or "")
        with self._office.store.writing() as db:
            device = find_device(db, visit.device)
            is_here = device is not None and db.get(PresenceRow, (device.id, person)) is not None
            return self._passkeys.offer_assertion(db, person if is_here else "")

    def by_passkey(self, credential: Credential, visit: Visit) -> Entered:
        """Raises `CallRefused('passkey_refused')`."""
        try:
            person = self._passkeys.accept_assertion(credential)
        except CallRefused:
            self._office.note("sign_in_failed", "", by="", address=visit.address, factor="passkey")
            raise
        with self._office.store.writing() as db:
            entered = self._sessions.open_in(db, person, visit, is_full=True)
        return self._sessions.note_entry(entered, visit, how="passkey")

    def by_password(self, username: str, password: str, totp: str | None, visit: Visit) -> Entered:
        """*totp* may be None where `people_here` says `quick`.

        Raises `CallRefused`: `second_factor_needed`, `too_many_tries` (`seconds`), or for anything that is wrong
        `credentials_wrong`: of an unknown name no less is calculated, and no more is said.
        """
        now = self._office.clock()
        person = to_username(username)
        try:
            tried = self._begin_try(person, totp, visit, now)
        except CallRefused as refused:
            if refused.reason == "too_many_tries":
                self._office.note("sign_in_delayed", "", by="", address=visit.address, **refused.values)
            raise
        is_right = self._passwords.is_right(password, tried.hash)
        step = None if totp is None else self._totps.find_step(person if tried.hash else "", tried.totp, totp, now)
        if is_right and (totp is None or step is not None):
            entered = self._enter(person, password, step, visit, tried)
            if entered is not None:
                return self._sessions.note_entry(entered, visit, how="password" if totp is None else "password+totp")
        self._office.note(
            "sign_in_failed", person if tried.is_known else "", by="", address=visit.address, factor="password"
        )
        raise CallRefused("credentials_wrong")

    def _begin_try(self, person: str, totp: str | None, visit: Visit, now: datetime) -> _Try:
        with self._office.store.writing() as db:
            device = find_device(db, visit.device)
            presence = None if device is None else db.get(PresenceRow, (device.id, person))
            if totp is None and not self._sessions.is_quick(presence, now):
                raise CallRefused("second_factor_needed")
            row, is_known = db.get(PasswordRow, person), db.get(AccountRow, person) is not None
            counts: tuple[Count, ...] = (
                Count(self._office.name("account", person), _FREE),
                of_address(self._office, visit.address, "password", _FREE_OF_ADDRESS),
            )
            if presence is not None:
                counts = (Count(self._office.name("here", presence.device, person), _FREE),)
            take_try(db, counts, now)
        if row is None:
            return _Try(counts, None, self._nobodys, is_known)
        return _Try(counts, row.hash, row.totp, is_known)

    def _enter(self, person: str, password: str, step: int | None, visit: Visit, tried: _Try) -> Entered | None:
        """In, unless the password was changed or the code used since the try began."""
        assert tried.hash is not None
        fresh = self._passwords.renew(password, tried.hash)
        with self._office.store.writing() as db:
            row = db.get(PasswordRow, person)
            if row is None or row.hash != tried.hash or (step is not None and step <= row.step):
                return None
            row.hash, row.step = fresh, row.step if step is None else step
            db.add(row)
            forgive_try(db, tried.counts)
            return self._sessions.open_in(db, person, visit, is_full=step is not None)


def to_username(typed: str) -> str:
    """As it was enrolled; "", which is nobody, where it cannot be one. Telephones begin with a capital."""
    name = typed.strip().lower()
    return name if ID.fullmatch(name) else ""
