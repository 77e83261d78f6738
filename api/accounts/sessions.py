"""Sessions: one for each person at each device, found by the digest of their token.

A session that nobody used for a while is locked: it keeps its place until a factor is given again, and ends for good
after its hours. At a shared computer several people have one each, of which the browser holds one token at a time.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session as Db
from sqlmodel import col, delete, select, update

from api.accounts.office import Office, to_digest, to_label
from api.accounts.shapes import Entered, PersonHere, Session, Visit
from api.accounts.tables import DeviceRow, PasskeyRow, PresenceRow, SessionRow
from ledger.errors import CallRefused, LedgerBusy, LedgerReadOnly, NotFound

_TOUCHED_EVERY = timedelta(seconds=30)
_DEVICE_KEPT = timedelta(days=180)
_PROOF_LASTS = timedelta(minutes=5)
_LONGEST_TOKEN, _LONGEST_WORDS = 128, 200


class Sessions:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._idle = timedelta(minutes=office.settings.idle_minutes)
        self._lifetime = timedelta(hours=office.settings.session_hours)
        self._shift = timedelta(hours=office.settings.shift_hours)

    def find(self, token: str, *, touch: bool = True) -> Session | None:
        """Whose session it is, locked or not. *touch*: somebody is at work, so the time to the lock begins anew."""
        if not 0 < len(token) <= _LONGEST_TOKEN:
            return None
        now = self._office.clock()
        kept = self._office.store.find(SessionRow, to_digest(token), _to_shape)
        if kept is None or kept.expires_at <= now:
            return None
        session = self._at(kept, now)
        if not kept.locked and (session.locked or (touch and now - kept.seen_at >= _TOUCHED_EVERY)):
            with suppress(LedgerBusy, LedgerReadOnly):  # whoever reads need not wait for a disk
                self._note_seen(session, now)
        return session

    def _note_seen(self, session: Session, now: datetime) -> None:
        change = {"locked_at": session.seen_at + self._idle} if session.locked else {"seen_at": now}
        with self._office.store.writing() as db:
            is_open = (col(SessionRow.id) == session.id, col(SessionRow.locked_at).is_(None))
            changed = db.exec(update(SessionRow).where(*is_open).values(change)).rowcount
        if session.locked and changed:
            self._office.note("locked", session.person, by="", session=session.id)

    def lock(self, session: Session) -> None:
        """At the person's own wish. Nothing is lost; a factor opens it again."""
        with self._office.store.writing() as db:
            row = self._get(db, session.id, session.person)
            row.locked_at = row.locked_at or self._office.clock()
            db.add(row)
        self._office.note("locked", session.person, by=session.person, session=session.id)

    def leave(self, session: Session) -> None:
        """Sign out: the session ends, and the password alone no longer opens one here."""
        with self._office.store.writing() as db:
            db.exec(delete(SessionRow).where(col(SessionRow.id) == session.id))
            self._forget_proof(db, session.person, device=session.device)
        self._office.note("signed_out", session.person, by=session.person, session=session.id)

    def of(self, person: str) -> list[Session]:
        """The sessions of *person* that have not ended, the one used last first."""
        now = self._office.clock()
        with self._office.store.reading() as db:
            query = select(SessionRow).where(SessionRow.person == person, col(SessionRow.expires_at) > now)
            rows = db.exec(query.order_by(col(SessionRow.seen_at).desc())).all()
        return [self._at(_to_shape(row), now) for row in rows]

    def end(self, id: str, person: str, *, by: str) -> None:
        """End one session of *person*. Raises `NotFound`."""
        with self._office.store.writing() as db:
            row = self._get(db, id, person)
            db.delete(row)
            self._forget_proof(db, person, device=row.device)
        self._office.note("session_ended", person, by=by, session=id)

    def find_device_id(self, token: str | None) -> str | None:
        """Of a browser where somebody entered once; None of any other."""
        if token is None:
            return None
        with self._office.store.reading() as db:
            row = find_device(db, token)
            return None if row is None else row.id

    def people_here(self, device: str | None) -> list[PersonHere]:
        """Who entered at this device in the last shift, the last one first: for a change of person."""
        now = self._office.clock()
        with self._office.store.reading() as db:
            row = find_device(db, device)
            if row is None:
                return []
            query = select(PresenceRow).where(PresenceRow.device == row.id, PresenceRow.entered_at > now - self._shift)
            here = db.exec(query.order_by(col(PresenceRow.entered_at).desc())).all()
            holders = set(db.exec(select(PasskeyRow.person)).all())
        return [
            PersonHere(
                person=each.person,
                quick=self.is_quick(each, now),
                has_passkey=each.person in holders,
                entered_at=each.entered_at,
            )
            for each in here
        ]

    def is_quick(self, presence: PresenceRow | None, now: datetime) -> bool:
        """Whether a second factor was given there in this shift, so that the password alone will do."""
        return presence is not None and presence.proven_at is not None and now - presence.proven_at < self._shift

    def open_in(self, db: Db, person: str, visit: Visit, *, is_full: bool) -> Entered:
        """The session of *person* at this device, the one that is there or a new one, under a new token.

        *is_full*: two factors were given, or what stands for them. Whoever else is in at this browser is locked.
        """
        now = self._office.clock()
        db.exec(delete(SessionRow).where(col(SessionRow.expires_at) <= now))
        token, digest = self._office.make_secret()
        device, device_token = self._get_device(db, visit, now)
        self._note_presence(db, device, person, now, is_full=is_full)
        locked = self._lock_other(db, person, visit, now)
        row = db.exec(select(SessionRow).where(SessionRow.device == device, SessionRow.person == person)).first()
        resumed = row is not None
        if row is None:
            row = SessionRow(
                id=self._office.make_id(), digest=digest, person=person, device=device,
                words=to_label(visit.words, _LONGEST_WORDS), made_at=now, seen_at=now, proven_at=now,
                expires_at=now + self._lifetime,
            )  # fmt: skip
        row.digest, row.seen_at, row.proven_at, row.locked_at = digest, now, now, None
        db.add(row)
        session = self._at(_to_shape(row), now)
        return Entered(session=session, token=token, device=device_token, resumed=resumed, locked=locked)

    def note_entry(self, entered: Entered, visit: Visit, *, how: str) -> Entered:
        """Note what `open_in` did, after its commit and before anybody is given the token."""
        session = entered.session
        if entered.locked:
            self._office.note("locked", entered.locked, by=session.person, device=session.device)
        kind = "unlocked" if entered.resumed else "signed_in"
        self._office.note(
            kind, session.person, by=session.person, factor=how, address=visit.address, session=session.id
        )  # fmt: skip
        return entered

    def end_all_in(self, db: Db, person: str, *, but: str = "") -> None:
        db.exec(delete(SessionRow).where(col(SessionRow.person) == person, col(SessionRow.id) != but))
        self._forget_proof(db, person)

    def verify_proof(self, session: Session) -> None:
        """What changes how somebody signs in wants a factor given just now. Raises `CallRefused`: `proof_needed`."""
        if session.locked or self._office.clock() - session.proven_at > _PROOF_LASTS:
            raise CallRefused("proof_needed")

    def _get_device(self, db: Db, visit: Visit, now: datetime) -> tuple[str, str]:
        """(id, token) of the browser, which is known from now on."""
        row, token = find_device(db, visit.device), visit.device or ""
        if row is None:
            token, digest = self._office.make_secret()
            row = DeviceRow(
                id=self._office.make_id(), digest=digest, words=to_label(visit.words, _LONGEST_WORDS), seen_at=now
            )
        row.seen_at = now
        db.add(row)
        db.exec(delete(DeviceRow).where(col(DeviceRow.seen_at) < now - _DEVICE_KEPT))
        db.exec(delete(PresenceRow).where(col(PresenceRow.entered_at) < now - _DEVICE_KEPT))
        return row.id, token

    def _note_presence(self, db: Db, device: str, person: str, now: datetime, *, is_full: bool) -> None:
        row = db.get(PresenceRow, (device, person)) or PresenceRow(device=device, person=person, entered_at=now)
        row.entered_at = now
        row.proven_at = now if is_full else row.proven_at
        db.add(row)

    def _lock_other(self, db: Db, person: str, visit: Visit, now: datetime) -> str:
        digest = to_digest(visit.session or "")
        row = db.exec(select(SessionRow).where(SessionRow.digest == digest, SessionRow.person != person)).first()
        if row is None:
            return ""
        row.locked_at = row.locked_at or now
        db.add(row)
        return row.person

    def _forget_proof(self, db: Db, person: str, *, device: str | None = None) -> None:
        query = update(PresenceRow).where(col(PresenceRow.person) == person).values(proven_at=None)
        db.exec(query if device is None else query.where(col(PresenceRow.device) == device))

    def _get(self, db: Db, id: str, person: str) -> SessionRow:
        row = db.get(SessionRow, id)
        if row is None or row.person != person:
            raise NotFound
        return row

    def _at(self, kept: Session, now: datetime) -> Session:
        """As it is *now*: locked once nobody used it for a while."""
        return replace(kept, locked=True) if not kept.locked and now - kept.seen_at >= self._idle else kept


def _to_shape(row: SessionRow) -> Session:
    return Session(
        id=row.id, person=row.person, device=row.device, words=row.words, made_at=row.made_at, seen_at=row.seen_at,
        proven_at=row.proven_at, expires_at=row.expires_at, locked=row.locked_at is not None,
    )  # fmt: skip


def find_device(db: Db, token: str | None) -> DeviceRow | None:
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    return db.exec(select(DeviceRow).where(DeviceRow.digest == to_digest(token))).first()
