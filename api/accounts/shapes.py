"""What the accounts are asked with and answer with. Secrets stand only where their holder is given them, once."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Where a try comes from. *device*, *session*: the browser's cookies, if any; *words*: what it says it is."""

    address: str
    device: str | None = field(default=None, repr=False)
    session: str | None = field(default=None, repr=False)
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person at one device. *id* opens nothing; *proven_at*: when a factor was last given."""

    id: str
    person: str
    device: str
    words: str
    made_at: datetime
    seen_at: datetime
    proven_at: datetime
    expires_at: datetime
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody is in. *token* and *device* are for the two cookies.

    *resumed*: the session had been there before; *locked*: who else was in at this browser, and is locked now.
    """

    session: Session
    token: str = field(repr=False)
    device: str = field(repr=False)
    resumed: bool
    locked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonHere:
    """Somebody who entered at this device. *quick*: the password alone will do, for the rest of the shift."""

    person: str
    quick: bool
    has_passkey: bool
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A code was right: *ticket* lets its holder set credentials until *expires_at*; *why*: enrolment or recovery."""

    person: str
    why: str
    ticket: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpOffer:
    """A new TOTP secret (base32; *uri* for the QR code). Nothing is kept: *ticket* carries it back, sealed."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    ticket: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """Credentials are set, their holder is in, and sees ten recovery codes this once."""

    entered: Entered
    recovery_codes: list[str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    id: str
    label: str
    made_at: datetime
    used_at: datetime | None
    backed_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a person signs in with. *codes_left*: recovery codes not used yet."""

    passkeys: list[Passkey]
    has_password: bool
    codes_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """*scopes*: every action it may ask, shorthands written out; *asked*: as they were given."""

    id: str
    person: str
    label: str
    asked: list[str]
    scopes: frozenset[str]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    """What a browser needs to sign with the key *key*, and the server cannot use: a wrapped key, or a passkey's id."""

    key: str
    kind: str
    material: dict[str, Any]
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """A new key that waits to be enrolled. *body*: that of the `key.enrolled` to be signed; *seq*: it was."""

    id: str
    person: str
    key: str
    body: dict[str, Any]
    made_at: datetime
    closed_at: datetime | None
    seq: int | None
