"""The tables of `accounts.db`. Rows never leave this room: `shapes` do.

Every token and code is kept as SHA-256 of itself (`digest`): each has at least 80 random bits, so that a slow hash
would add nothing. Only passwords are guessable, and are hashed by argon2id.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, MetaData
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

VERSION = 1
"""The newest schema; `PRAGMA user_version` says which a file has."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware time, as microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


def _at(**more: Any) -> Any:
    return Field(sa_type=Moment, **more)


class Row(SQLModel, registry=registry(metadata=MetaData())):
    """Superclass of the tables here, with a metadata of their own."""


class AccountRow(Row, table=True):
    """*handle*: what a passkey calls its user (WebAuthn: user.id); random, so that it names nobody."""

    __tablename__ = "account"
    person: str = Field(primary_key=True)
    handle: bytes


class PasswordRow(Row, table=True):
    """Password and TOTP, which are set and removed together. *step*: the last TOTP step used."""

    __tablename__ = "password"
    person: str = Field(primary_key=True)
    hash: str
    totp: bytes
    step: int
    set_at: datetime = _at()


class PasskeyRow(Row, table=True):
    """*id*: the credential's (base64url); *public*: its COSE key; *key*: the id of that key as in the ledger."""

    __tablename__ = "passkey"
    id: str = Field(primary_key=True)
    person: str = Field(index=True)
    public: bytes
    key: str = Field(index=True)
    count: int
    label: str
    backed_up: bool
    made_at: datetime = _at()
    used_at: datetime | None = _at(default=None)


class CodeRow(Row, table=True):
    """A recovery code that is not used yet."""

    __tablename__ = "recovery_code"
    digest: str = Field(primary_key=True)
    person: str = Field(index=True)


class UsedRow(Row, table=True):
    """An enrolment code that set credentials."""

    __tablename__ = "used_code"
    digest: str = Field(primary_key=True)
    used_at: datetime = _at()


class SetupRow(Row, table=True):
    """A ticket to set credentials. *code*: the digest of the code that it was given for."""

    __tablename__ = "setup"
    digest: str = Field(primary_key=True)
    person: str
    why: str
    code: str
    expires_at: datetime = _at(index=True)


class ChallengeRow(Row, table=True):
    """A WebAuthn challenge that waits for its one answer. *whose*: of whom; empty where anybody may answer."""

    __tablename__ = "challenge"
    digest: str = Field(primary_key=True)
    purpose: str
    whose: str
    expires_at: datetime = _at(index=True)


class DeviceRow(Row, table=True):
    """A browser at which somebody once signed in."""

    __tablename__ = "device"
    id: str = Field(primary_key=True)
    digest: str = Field(index=True, unique=True)
    words: str
    seen_at: datetime = _at(index=True)


class PresenceRow(Row, table=True):
    """Somebody at a device. *proven_at*: when a second factor was last given there, unless they signed out since."""

    __tablename__ = "presence"
    device: str = Field(primary_key=True)
    person: str = Field(primary_key=True, index=True)
    entered_at: datetime = _at()
    proven_at: datetime | None = _at(default=None)


class SessionRow(Row, table=True):
    __tablename__ = "session"
    id: str = Field(primary_key=True)
    digest: str = Field(index=True, unique=True)
    person: str = Field(index=True)
    device: str = Field(index=True)
    words: str
    made_at: datetime = _at()
    seen_at: datetime = _at()
    proven_at: datetime = _at()
    expires_at: datetime = _at(index=True)
    locked_at: datetime | None = _at(default=None)


class TriesRow(Row, table=True):
    """How often somebody failed. *name*: keyed hash of whom and where: what is typed as a username may be secret."""

    __tablename__ = "tries"
    name: str = Field(primary_key=True)
    failures: int
    blocked_until: datetime = _at()
    failed_at: datetime = _at(index=True)


class TokenRow(Row, table=True):
    """*scopes*: words with spaces between."""

    __tablename__ = "token"
    id: str = Field(primary_key=True)
    digest: str = Field(index=True, unique=True)
    person: str = Field(index=True)
    label: str
    scopes: str
    made_at: datetime = _at()
    expires_at: datetime = _at()
    used_at: datetime | None = _at(default=None)
    revoked_at: datetime | None = _at(default=None)


class KeptKeyRow(Row, table=True):
    """*material*: JSON that only the browser understands."""

    __tablename__ = "kept_key"
    key: str = Field(primary_key=True)
    person: str = Field(index=True)
    kind: str
    material: str
    made_at: datetime = _at()


class KeyRequestRow(Row, table=True):
    __tablename__ = "key_request"
    id: str = Field(primary_key=True)
    person: str = Field(index=True)
    key: str = Field(index=True)
    body: str
    made_at: datetime = _at()
    closed_at: datetime | None = _at(default=None)
    seq: int | None = None
