"""Tokens: machines that act as a person, within scopes, until a day. What they record that person still signs."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import col, select, update

from api.accounts.office import Office, to_digest, to_label
from api.accounts.shapes import Token
from api.accounts.tables import TokenRow
from api.authority import PERMITS, SCOPES
from ledger.errors import CallRefused, LedgerBusy, LedgerReadOnly, NotFound

PREFIX = "senim_"
"""So that a token that leaked is found by whoever searches for one."""
USUAL_DAYS, MOST_DAYS = 30, 366
_LONGEST, _LONGEST_LABEL = 128, 64
_TOUCHED_EVERY = timedelta(minutes=1)


class Tokens:
    def __init__(self, office: Office) -> None:
        self._office = office

    def make(
        self, person: str, *, by: str, label: str = "", scopes: Collection[str] = tuple(SCOPES), days: int = USUAL_DAYS
    ) -> tuple[Token, str]:
        """(the token's description, the token itself, which nobody ever sees again).

        *scopes*: actions of `api.authority.PERMITS`, or the words of `SCOPES`. Raises `CallRefused`: `scope_unknown`,
        `days_unfit` (`most`).
        """
        unknown = sorted(set(scopes) - PERMITS.keys() - SCOPES.keys())
        if unknown or not scopes:
            raise CallRefused("scope_unknown")
        if not 1 <= days <= MOST_DAYS:
            raise CallRefused("days_unfit", most=MOST_DAYS)
        now = self._office.clock()
        secret = PREFIX + self._office.make_secret()[0]
        row = TokenRow(
            id=self._office.make_id(), digest=to_digest(secret), person=person, label=to_label(label, _LONGEST_LABEL),
            scopes=" ".join(sorted(set(scopes))), made_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        with self._office.store.writing() as db:
            db.add(row)
        self._office.note("token_made", person, by=by, token=row.id, days=days, scopes=row.scopes.replace(" ", ","))
        return _to_shape(row), secret

    def find(self, secret: str) -> Token | None:
        """Whose it is, while it is neither over nor revoked."""
        if not secret.startswith(PREFIX) or len(secret) > _LONGEST:
            return None
        now = self._office.clock()
        token = self._office.store.find(TokenRow, to_digest(secret), _to_shape)
        if token is None or token.revoked_at is not None or token.expires_at <= now:
            return None
        if token.used_at is None or now - token.used_at >= _TOUCHED_EVERY:
            self._note_used(token.id, now)
        return token

    def of(self, person: str | None = None) -> list[Token]:
        """Every token of *person*, or of everybody, also those that are over; the newest first."""
        query = select(TokenRow).order_by(col(TokenRow.made_at).desc())
        with self._office.store.reading() as db:
            rows = db.exec(query if person is None else query.where(TokenRow.person == person)).all()
        return [_to_shape(row) for row in rows]

    def revoke(self, id: str, *, by: str, person: str | None = None) -> Token:
        """End the token with this id, of *person* if given. May be repeated. Raises `NotFound`."""
        with self._office.store.writing() as db:
            row = db.get(TokenRow, id)
            if row is None or person not in (None, row.person):
                raise NotFound
            is_new = row.revoked_at is None
            row.revoked_at = row.revoked_at or self._office.clock()
            db.add(row)
        if is_new:
            self._office.note("token_revoked", row.person, by=by, token=id)
        return _to_shape(row)

    def _note_used(self, id: str, now: datetime) -> None:
        try:
            with self._office.store.writing() as db:
                db.exec(update(TokenRow).where(col(TokenRow.id) == id).values(used_at=now))
        except (LedgerBusy, LedgerReadOnly):
            return  # whoever reads need not wait for a disk


def _to_shape(row: TokenRow) -> Token:
    asked = row.scopes.split()
    scopes = frozenset[str]().union(*(SCOPES.get(each, frozenset({each})) for each in asked))
    return Token(
        id=row.id, person=row.person, label=row.label, asked=asked, scopes=scopes, made_at=row.made_at,
        expires_at=row.expires_at, used_at=row.used_at, revoked_at=row.revoked_at,
    )  # fmt: skip
