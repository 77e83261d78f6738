"""Practice accounts: one for each role, whose passwords, code and keys stand on the screen.

They protect nothing. So they are made for practice registers only, and whatever is not one is refused before anything
is made. Trusts the entries for what the register is, and for who is here.
"""

import secrets
from base64 import b32encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger.cli.access import open_access
from ledger.cli.setting_up import govern
from ledger.cli.wiring import House
from ledger.domain.terms import ROLES
from ledger.errors import WronglyCalled
from ledger.log.encoding import to_base64
from ledger.log.signing import to_enrolment_bytes
from ledger.service.founding import describe_key

if TYPE_CHECKING:
    from api.accounts import Accounts

SIGN_IN, SIGNING = "open the practice", "sign the practice"
_ROUNDS, _SECRET_BYTES = 600_000, 20
_BY = "demo"
CHEAP = (1, 8, 1)
"""The cost of a hash (`Settings.argon2`) whose password stands on the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practising:
    """Who may be practised as: (role, username), one a role; `secret`: of the app that shows codes, in base32."""

    people: Sequence[tuple[str, str]]
    secret: str


def make_accounts(house: House, *, phone: bytes | None = None) -> Practising:
    """A way in and a signing key for the first person in each role. *phone*: the secret of the codes, 20 bytes.

    Raises `WronglyCalled('practice_only')` for any register that is not one for practice.
    """
    with house.ledger.reading() as reading:
        if not reading.book.facility.practice:
            raise WronglyCalled("practice_only")
        here = [(name, person.role) for (name,), person in reading.shelf("person") if person.left_at is None]
    firsts = {role: next((name for name, held in here if held == role), None) for role in ROLES}
    people = [(role, name) for role, name in firsts.items() if name is not None]
    shared = phone or secrets.token_bytes(_SECRET_BYTES)
    now = house.ledger.clock()  # stands still meanwhile: no code grows old under way
    with _open_accounts(house, shared, now) as accounts:
        for _, person in people:
            _let_in(accounts, person, now)
            _give_key(house, accounts, person)
    return Practising(people=people, secret=b32encode(shared).decode())


@contextmanager
def _open_accounts(house: House, phone: bytes, now: datetime) -> Iterator["Accounts"]:
    """As the web opens them, only that everybody's phone is the same one."""
    from api.accounts import open_accounts
    from api.settings import Settings

    def chance(size: int) -> bytes:
        return phone if size == _SECRET_BYTES else secrets.token_bytes(size)

    settings = Settings(argon2=CHEAP)
    with (
        open_access(house) as access,
        open_accounts(
            house.directory, settings=settings, recorder=access, clock=lambda: now, entropy=chance
        ) as accounts,
    ):
        yield accounts


def _let_in(accounts: "Accounts", person: str, now: datetime) -> None:
    """Through the steps that everybody takes: a code, a password, a phone. Its next code is the first to sign in."""
    from pyotp import TOTP

    from api.accounts import Visit

    visit, enrolment = Visit(address="127.0.0.1", words="senim demo"), accounts.enrolment
    setup = enrolment.begin(person, enrolment.issue_code(person, by=_BY), visit)
    offer = enrolment.offer_totp(setup.ticket)
    code = TOTP(offer.secret).at(now - timedelta(seconds=30))
    done = enrolment.finish_with_password(setup.ticket, SIGN_IN, offer.ticket, code, visit)
    accounts.sessions.end(done.entered.session.id, person, by=_BY)


def _give_key(house: House, accounts: "Accounts", person: str) -> None:
    """A key wrapped under `SIGNING`, as `api/static/keys.js` wraps one in a browser."""
    log, private = house.ledger.log, Ed25519PrivateKey.generate()
    described = describe_key(person, private.public_key(), "sign")
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(12)
    under = PBKDF2HMAC(SHA256(), length=32, salt=salt, iterations=_ROUNDS).derive(SIGNING.encode())
    plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    whose = f"senim/wrapped/v1\n{log}\n{person}\n{described['key']}"
    wrapped = {
        "kdf": "pbkdf2-sha256", "iterations": _ROUNDS, "salt": to_base64(salt), "cipher": "aes-256-gcm",
        "iv": to_base64(iv), "sealed": to_base64(AESGCM(under).encrypt(iv, plain, whose.encode())),
    }  # fmt: skip
    proof = private.sign(to_enrolment_bytes(log, person, described["public"]))
    accounts.keys.keep(person, described["key"], "wrapped", wrapped)
    govern(house, "key.enrolled", {**described, "custody": "wrapped", "proof": to_base64(proof)})
