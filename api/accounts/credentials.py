"""What a person changes about the own way in. Each wants a factor given within the last minutes (`proof_needed`)."""

from typing import Any

from sqlmodel import Session as Db
from sqlmodel import col, func, select

from api.accounts.enrolment import make_recovery_codes
from api.accounts.office import Office
from api.accounts.passkeys import Credential, Passkeys
from api.accounts.passwords import Passwords, Totps, to_password
from api.accounts.sessions import Sessions
from api.accounts.shapes import Credentials, Passkey, Session, TotpOffer
from api.accounts.tables import CodeRow, PasskeyRow, PasswordRow
from ledger.errors import CallRefused, NotFound


class OwnCredentials:
    def __init__(self, office: Office, passkeys: Passkeys, sessions: Sessions, passwords: Passwords) -> None:
        self._office, self._passkeys, self._sessions = office, passkeys, sessions
        self._passwords, self._totps = passwords, Totps(office)

    def look(self, person: str) -> Credentials:
        with self._office.store.reading() as db:
            rows = db.exec(
                select(PasskeyRow).where(PasskeyRow.person == person).order_by(col(PasskeyRow.made_at))
            ).all()
            codes = db.exec(select(func.count()).select_from(CodeRow).where(CodeRow.person == person)).one()
            has_password = db.get(PasswordRow, person) is not None
        passkeys = [
            Passkey(id=row.id, label=row.label, made_at=row.made_at, used_at=row.used_at, backed_up=row.backed_up)
            for row in rows
        ]
        return Credentials(passkeys=passkeys, has_password=has_password, codes_left=codes)

    def offer_passkey(self, session: Session) -> dict[str, Any]:
        """Options for `navigator.credentials.create`."""
        self._sessions.verify_proof(session)
        return self._passkeys.offer_creation(session.person, whose=session.id)

    def add_passkey(self, session: Session, credential: Credential, label: str) -> None:
        """Raises `CallRefused`: `passkey_refused`, `key_unfit` for one that signs statements."""
        self._sessions.verify_proof(session)
        row = self._passkeys.accept_creation(credential, session.person, label, whose=session.id)
        with self._office.store.writing() as db:
            self._passkeys.add(db, row)
        self._office.note("passkey_added", session.person, by=session.person, passkey=row.id[:16])

    def remove_passkey(self, session: Session, id: str) -> None:
        """Other sessions end: what the lost key opened is shut. Raises `NotFound`, `CallRefused('last_credential')`."""
        self._sessions.verify_proof(session)
        with self._office.store.writing() as db:
            row = db.get(PasskeyRow, id)
            if row is None or row.person != session.person:
                raise NotFound
            db.delete(row)
            self._verify_some_left(db, session.person)
            self._sessions.end_all_in(db, session.person, but=session.id)
        self._office.note("passkey_removed", session.person, by=session.person, passkey=id[:16])

    def offer_totp(self, session: Session) -> TotpOffer:
        self._sessions.verify_proof(session)
        return self._totps.offer(session.person)

    def set_password(self, session: Session, password: str, offer: str, totp: str) -> None:
        """Password and phone anew; other sessions end. Raises `CallRefused`: `password_…`, `totp_wrong`."""
        self._sessions.verify_proof(session)
        now = self._office.clock()
        chosen = to_password(password, person=session.person)
        sealed, step = self._totps.accept(session.person, offer, totp, now)
        hash = self._passwords.to_hash(chosen)
        row = PasswordRow(person=session.person, hash=hash, totp=sealed, step=step, set_at=now)
        with self._office.store.writing() as db:
            db.merge(row)
            self._sessions.end_all_in(db, session.person, but=session.id)
        self._office.note("password_set", session.person, by=session.person)

    def make_recovery_codes(self, session: Session) -> list[str]:
        """Ten new ones; the old are worth nothing any more."""
        self._sessions.verify_proof(session)
        with self._office.store.writing() as db:
            codes = make_recovery_codes(self._office, db, session.person)
        self._office.note("recovery_codes_made", session.person, by=session.person)
        return codes

    def _verify_some_left(self, db: Db, person: str) -> None:
        db.flush()
        has_passkey = db.exec(select(PasskeyRow.id).where(PasskeyRow.person == person)).first() is not None
        if not has_passkey and db.get(PasswordRow, person) is None:
            raise CallRefused("last_credential")
