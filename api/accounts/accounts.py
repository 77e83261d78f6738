"""The accounts of one data directory, opened as a whole."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.accounts.credentials import OwnCredentials
from api.accounts.enrolment import Enrolment
from api.accounts.entrance import Entrance
from api.accounts.keys import Keys
from api.accounts.office import Office, Recorder, open_office
from api.accounts.passkeys import Passkeys
from api.accounts.passwords import Passwords
from api.accounts.sessions import Sessions
from api.accounts.shapes import Session, Token
from api.accounts.tokens import Tokens
from api.settings import Settings
from ledger.service.clock import Clock, system_clock


@dataclass(frozen=True, slots=True)
class Accounts:
    """One facility's accounts. Safe for threads."""

    enrolment: Enrolment
    entrance: Entrance
    sessions: Sessions
    credentials: OwnCredentials
    tokens: Tokens
    keys: Keys

    def find_session(self, token: str) -> Session | None:
        """Whose session *token* opens, also a locked one; it counts as used now."""
        return self.sessions.find(token)

    def find_token(self, token: str) -> Token | None:
        """Whose machine's *token* this is, while it is in force."""
        return self.tokens.find(token)

    def end(self, person: str, *, by: str) -> None:
        """Somebody left: all that signs them in or acts as them ends, and their waiting keys are withdrawn."""
        self.enrolment.end(person, by=by)
        self.keys.withdraw_all(person, by=by)


def make_accounts(office: Office) -> Accounts:
    passkeys, passwords, sessions = Passkeys(office), Passwords(office), Sessions(office)
    return Accounts(
        enrolment=Enrolment(office, passkeys, sessions, passwords),
        entrance=Entrance(office, passkeys, sessions, passwords),
        sessions=sessions,
        credentials=OwnCredentials(office, passkeys, sessions, passwords),
        tokens=Tokens(office),
        keys=Keys(office),
    )


@contextmanager
def open_accounts(
    directory: Path,
    *,
    settings: Settings,
    recorder: Recorder,
    clock: Clock = system_clock,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
    is_signing_key: Callable[[str], bool] = lambda _key: False,
) -> Iterator[Accounts]:
    """The accounts in *directory*, made at first use. *is_signing_key*: whether a key id stands in the ledger.

    Raises `LedgerReadOnly`: `key_missing`, `file_exposed`, `schema_unknown` and what the disk says.
    """
    office = open_office(
        directory, settings=settings, recorder=recorder, clock=clock, entropy=entropy, is_signing_key=is_signing_key
    )
    try:
        yield make_accounts(office)
    finally:
        office.store.close()
