"""Passwords (argon2id) and the one-time codes of a phone (TOTP, RFC 6238) that always go with them.

No rule asks for capitals or digits; length decides. A password is compared in NFC, so that it is the same from every
keyboard. The arithmetic for somebody unknown is the same as for somebody known.
"""

import unicodedata
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pyotp import TOTP

from api.accounts.office import Office, from_base64url, to_base64url
from api.accounts.shapes import TotpOffer
from ledger.errors import CallRefused

SHORTEST, LONGEST = 12, 256
_STEP_SECONDS, _SECRET_BYTES = 30, 20
_AT_ONCE = 4
"""Each hash fills the memory that it costs; more of them wait for their turn."""
_AROUND = "0123456789!?.*-_ "
# Of the thousand commonest passwords nearly all are shorter than twelve; these, and whatever repeats, are not.
_COMMON = frozenset(
    {
        "0123456789ab", "123456789012", "1234567890123", "1q2w3e4r5t6y", "1qaz2wsx3edc", "administrator",
        "iloveyou1234", "passwordpassword", "qwerty123456", "qwertyuiop[]", "qwertyuiopasdf", "йцукенгшщзхъ",
    }
)  # fmt: skip


def to_password(typed: str, *, person: str) -> str:
    """*typed* in NFC. Raises `CallRefused`: `password_short`, `password_long`, `password_common`."""
    password = unicodedata.normalize("NFC", typed)
    if len(password) < SHORTEST:
        raise CallRefused("password_short", least=SHORTEST)
    if len(password) > LONGEST:
        raise CallRefused("password_long", most=LONGEST)
    plain = password.casefold()
    repeats = any(plain == (plain[:n] * len(plain))[: len(plain)] for n in range(1, 5))
    bare = plain.strip(_AROUND)
    if repeats or plain in _COMMON or (bare and bare in (person.strip(_AROUND), "senim", "password", "пароль")):
        raise CallRefused("password_common")
    return password


class Passwords:
    """Hashes at the cost that the settings say; `argon2` is (passes, KiB, lanes), as in RFC 9106."""

    def __init__(self, office: Office) -> None:
        passes, kib, lanes = office.settings.argon2
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=kib, parallelism=lanes)
        self._entropy, self._turn = office.entropy, BoundedSemaphore(_AT_ONCE)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(self._entropy(32))

    def to_hash(self, password: str) -> str:
        with self._turn:
            return self._hasher.hash(_to_bytes(password))

    def is_right(self, typed: str, hash: str | None) -> bool:
        """Whether *typed* is the password hashed in *hash*; None (of nobody) takes as long, and is never right."""
        if len(typed) > LONGEST:
            typed = ""  # nobody's password, and nothing to spend memory on
        nobodys = self._nobodys  # also where it is not needed: the first try of all takes longer for anybody
        try:
            with self._turn:
                return self._hasher.verify(hash or nobodys, _to_bytes(typed)) and hash is not None
        except (VerificationError, InvalidHashError):
            return False

    def renew(self, typed: str, hash: str) -> str:
        """The hash of the right password at today's cost: *hash* itself, or a new one."""
        if not self._hasher.check_needs_rehash(hash):
            return hash
        return self.to_hash(typed)


@dataclass(frozen=True, slots=True)
class Totps:
    office: Office

    def offer(self, person: str) -> TotpOffer:
        """A new secret. It counts once its holder shows a code of it together with the ticket."""
        secret = self.office.entropy(_SECRET_BYTES)
        totp = TOTP(_to_base32(secret))
        uri = totp.provisioning_uri(name=person, issuer_name=f"Senim {self.office.settings.rp_id}")
        ticket = to_base64url(self.office.seal(secret, f"offer {person}"))
        return TotpOffer(secret=totp.secret, uri=uri, ticket=ticket)

    def accept(self, person: str, ticket: str, code: str, now: datetime) -> tuple[bytes, int]:
        """(sealed secret, step used). Raises `CallRefused('totp_wrong')`."""
        try:
            secret = self.office.open(from_base64url(ticket), f"offer {person}")
        except ValueError:
            secret = None
        step = None if secret is None else find_step(secret, code, now)
        if secret is None or step is None:
            raise CallRefused("totp_wrong")
        return self.office.seal(secret, f"totp {person}"), step

    def find_step(self, person: str, sealed: bytes, code: str, now: datetime) -> int | None:
        secret = self.office.open(sealed, f"totp {person}")
        return None if secret is None else find_step(secret, code, now)


def find_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The newest step around *now* whose code is *code*: one before and one after pass too (RFC 6238, section 5.2)."""
    totp, step = TOTP(_to_base32(secret)), int(now.timestamp()) // _STEP_SECONDS
    typed = code.replace(" ", "")
    if not (typed.isascii() and typed.isdigit()):
        return None
    near = (step + 1, step, step - 1)
    return next((each for each in near if totp.verify(typed, for_time=each * _STEP_SECONDS)), None)


def _to_bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _to_base32(secret: bytes) -> str:
    return b32encode(secret).decode()
