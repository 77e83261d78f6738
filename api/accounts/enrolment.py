"""How credentials begin, and begin anew: a code is shown, credentials are set, and only then the code is used up.

Two codes do the same: the registrar's one-time enrolment code, and one of the ten recovery codes that a person keeps
on paper. Each alone suffices, for each has more chance in it than any password; that it cannot be done quietly makes
it safe: all the old credentials, sessions and tokens end with it, so that the true holder notices at once, and it is
noted. It never touches a signing key: whoever comes in by a stolen code can sign nothing.
"""

from base64 import b32encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session as Db
from sqlmodel import col, delete, update

from api.accounts.entrance import to_username
from api.accounts.office import Office, to_digest
from api.accounts.passkeys import Credential, Passkeys
from api.accounts.passwords import Passwords, Totps, to_password
from api.accounts.sessions import Sessions
from api.accounts.shapes import SetUp, Setup, TotpOffer, Visit
from api.accounts.tables import AccountRow, CodeRow, PasskeyRow, PasswordRow, SetupRow, TokenRow, UsedRow
from api.accounts.throttle import forgive_try, of_address, take_try
from ledger.errors import CallRefused
from ledger.storage import enrolment

_TICKET_LASTS = timedelta(minutes=30)
_FREE_OF_ADDRESS = 10
_RECOVERY_BYTES, _RECOVERY_CODES, _GROUP = 16, 10, 5
_READ_AS = str.maketrans("018", "olb", " -")  # base32 has none of these digits


class Enrolment:
    def __init__(self, office: Office, passkeys: Passkeys, sessions: Sessions, passwords: Passwords) -> None:
        self._office, self._passkeys, self._sessions = office, passkeys, sessions
        self._passwords, self._totps = passwords, Totps(office)

    def issue_code(self, person: str, *, by: str) -> str:
        """A new one-time code for *person*, who has to be enrolled; the one before is worth nothing any more."""
        code = enrolment.make_code(self._office.entropy)
        with self._office.codes.kept(person, code):
            self._office.note("code_issued", person, by=by)
        return code

    def begin(self, username: str, code: str, visit: Visit) -> Setup:
        """With the registrar's code. Raises `CallRefused`: `code_wrong`, `too_many_tries` (`seconds`)."""
        person = to_username(username)
        digest = enrolment.to_digest(code)
        return self._begin(person, "enrolment", digest, visit, lambda db: self._is_in_force(db, person, digest))

    def begin_recovery(self, username: str, code: str, visit: Visit) -> Setup:
        """With a recovery code. Raises as `begin`."""
        person = to_username(username)
        digest = to_digest(code.strip().lower().translate(_READ_AS))

        def is_theirs(db: Db) -> bool:
            row = db.get(CodeRow, digest)
            return row is not None and row.person == person

        return self._begin(person, "recovery", digest, visit, is_theirs)

    def offer_passkey(self, ticket: str) -> dict[str, Any]:
        """Options for `navigator.credentials.create`. Raises `CallRefused('setup_over')`."""
        return self._passkeys.offer_creation(self._get(ticket).person, whose=to_digest(ticket))

    def offer_totp(self, ticket: str) -> TotpOffer:
        """Raises `CallRefused('setup_over')`."""
        return self._totps.offer(self._get(ticket).person)

    def finish_with_passkey(self, ticket: str, credential: Credential, label: str, visit: Visit) -> SetUp:
        """Raises `CallRefused`: `setup_over`, `passkey_refused`, `key_unfit`."""
        person = self._get(ticket).person
        row = self._passkeys.accept_creation(credential, person, label, whose=to_digest(ticket))
        return self._finish(ticket, visit, "passkey", lambda db: self._passkeys.add(db, row))

    def finish_with_password(self, ticket: str, password: str, offer: str, totp: str, visit: Visit) -> SetUp:
        """*offer* is the ticket of `offer_totp`. Raises `CallRefused`: `setup_over`, `password_…`, `totp_wrong`."""
        person = self._get(ticket).person
        now = self._office.clock()
        chosen = to_password(password, person=person)
        sealed, step = self._totps.accept(person, offer, totp, now)
        row = PasswordRow(person=person, hash=self._passwords.to_hash(chosen), totp=sealed, step=step, set_at=now)
        return self._finish(ticket, visit, "password+totp", lambda db: db.add(row))

    def end(self, person: str, *, by: str) -> None:
        """Nothing signs *person* in any more, or acts as them."""
        with self._office.store.writing() as db:
            self._wipe(db, person, self._office.clock())
        self._office.codes.end(person)
        self._office.note("account_ended", person, by=by)

    def _begin(self, person: str, why: str, digest: str, visit: Visit, is_good: Callable[[Db], bool]) -> Setup:
        now = self._office.clock()
        counts = (of_address(self._office, visit.address, "code", _FREE_OF_ADDRESS),)
        ticket, ticket_digest = self._office.make_secret()
        expires_at = now + _TICKET_LASTS
        with self._office.store.writing() as db:
            take_try(db, counts, now)
            good = bool(person) and is_good(db)
            if good:
                forgive_try(db, counts)
                db.exec(delete(SetupRow).where(col(SetupRow.expires_at) <= now))
                db.add(SetupRow(digest=ticket_digest, person=person, why=why, code=digest, expires_at=expires_at))
        if not good:
            self._office.note("code_failed", "", by="", address=visit.address, code=why)
            raise CallRefused("code_wrong")
        return Setup(person=person, why=why, ticket=ticket, expires_at=expires_at)

    def _get(self, ticket: str) -> SetupRow:
        with self._office.store.reading() as db:
            return self._get_in(db, ticket)

    def _get_in(self, db: Db, ticket: str) -> SetupRow:
        row = db.get(SetupRow, to_digest(ticket))
        if row is None or row.expires_at <= self._office.clock():
            raise CallRefused("setup_over")
        is_good = (
            db.get(CodeRow, row.code) is not None
            if row.why == "recovery"
            else self._is_in_force(db, row.person, row.code)
        )
        if not is_good:
            raise CallRefused("setup_over")
        return row

    def _is_in_force(self, db: Db, person: str, digest: str) -> bool:
        """Whether it is the newest code of *person*, not used, and young enough."""
        found = self._office.codes.find(person)
        lasts = timedelta(days=self._office.settings.code_days)
        is_newest = found is not None and found[0] == digest and self._office.clock() - found[1] < lasts
        return is_newest and db.get(UsedRow, digest) is None

    def _finish(self, ticket: str, visit: Visit, how: str, add: Callable[[Db], None]) -> SetUp:
        """All the old goes, the new comes, the code is used up: in one transaction, so that it happens once."""
        now = self._office.clock()
        with self._office.store.writing() as db:
            row = self._get_in(db, ticket)
            person, why, code = row.person, row.why, row.code
            self._wipe(db, person, now)
            if db.get(AccountRow, person) is None:
                db.add(AccountRow(person=person, handle=self._office.entropy(32)))
            add(db)
            codes = make_recovery_codes(self._office, db, person)
            db.delete(row)
            if why == "enrolment":
                db.add(UsedRow(digest=code, used_at=now))
            entered = self._sessions.open_in(db, person, visit, is_full=True)
        self._office.codes.end(person)
        self._office.note("credentials_set", person, by=person, code=why, factor=how, address=visit.address)
        return SetUp(entered=self._sessions.note_entry(entered, visit, how=why), recovery_codes=codes)

    def _wipe(self, db: Db, person: str, now: datetime) -> None:
        for table in (PasswordRow, PasskeyRow, CodeRow):
            db.exec(delete(table).where(col(table.person) == person))
        tokens = update(TokenRow).where(col(TokenRow.person) == person, col(TokenRow.revoked_at).is_(None))
        db.exec(tokens.values(revoked_at=now))
        self._sessions.end_all_in(db, person)


def make_recovery_codes(office: Office, db: Db, person: str) -> list[str]:
    """Ten new codes of 128 random bits in place of the old ones; only their digests stay."""
    db.exec(delete(CodeRow).where(col(CodeRow.person) == person))
    plain = [b32encode(office.entropy(_RECOVERY_BYTES)).decode().rstrip("=").lower() for _ in range(_RECOVERY_CODES)]
    for each in plain:
        db.add(CodeRow(digest=to_digest(each), person=person))
    return ["-".join(each[n : n + _GROUP] for n in range(0, len(each), _GROUP)) for each in plain]
