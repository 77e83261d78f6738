"""What every part of the accounts works with: store, clock, chance, the key of the accounts, and who takes notes."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.accounts.store import Store, read_key
from api.settings import Settings
from ledger.errors import LedgerReadOnly
from ledger.service.clock import Clock
from ledger.storage.enrolment import EnrolmentCodes
from ledger.storage.layout import ACCOUNTS, SECRETS
from ledger.storage.private import make_private_directory

_KEY, _NONCE, _TOKEN, _ID = 32, 12, 32, 12


class Recorder(Protocol):
    """Where sign-ins, failures and changes of rights are noted, durably, before they are answered."""

    def note(self, kind: str, *, person: str, by: str, detail: str) -> None:
        """*kind* happened to *person* ("" where nobody is known) by the act of *by* ("" likewise).

        *detail* is words such as `address=10.0.0.7 with=passkey`: never a password, code, token or patient.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    store: Store
    settings: Settings
    codes: EnrolmentCodes
    clock: Clock
    entropy: Callable[[int], bytes]
    recorder: Recorder
    is_signing_key: Callable[[str], bool]
    key: bytes = field(repr=False)

    def note(self, kind: str, person: str, /, *, by: str, **detail: str | int) -> None:
        told = " ".join(f"{name}={value}" for name, value in detail.items())
        self.recorder.note(kind, person=person, by=by, detail=told)

    def make_id(self) -> str:
        return self.entropy(_ID).hex()

    def make_secret(self) -> tuple[str, str]:
        """(256 random bits as base64url, their digest)."""
        text = to_base64url(self.entropy(_TOKEN))
        return text, to_digest(text)

    def name(self, *parts: str) -> str:
        """A name for what *parts* say, that tells nobody without the key of the accounts."""
        return self._mac("name", *parts).hex()

    def seal(self, plain: bytes, about: str) -> bytes:
        nonce = self.entropy(_NONCE)
        return nonce + AESGCM(self._mac("seal")).encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes | None:
        """What was sealed about the same; None for anything else."""
        try:
            return AESGCM(self._mac("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except (InvalidTag, ValueError):
            return None

    def _mac(self, *parts: str) -> bytes:
        return hmac.digest(self.key, "\n".join(("senim/accounts/v1", *parts)).encode("utf-8", "replace"), "sha256")


def to_base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises `ValueError`."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def to_label(told: str, longest: int) -> str:
    """What somebody called a thing, without what a terminal or a page would act on."""
    return "".join(letter for letter in told.strip() if letter.isprintable())[:longest]


def to_digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def open_office(
    directory: Path,
    *,
    settings: Settings,
    recorder: Recorder,
    clock: Clock,
    entropy: Callable[[int], bytes],
    is_signing_key: Callable[[str], bool],
) -> Office:
    database, secrets = directory / ACCOUNTS, directory / SECRETS
    try:
        make_private_directory(secrets)
        key = read_key(secrets / "accounts.key", store=database, fresh=entropy(_KEY))
        store = Store(database)
    except OSError as error:
        raise LedgerReadOnly("disk_unreachable") from error
    return Office(
        store=store,
        settings=settings,
        codes=EnrolmentCodes(directory),
        clock=clock,
        entropy=entropy,
        recorder=recorder,
        is_signing_key=is_signing_key,
        key=key,
    )
