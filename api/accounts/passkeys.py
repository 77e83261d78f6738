"""Passkeys and security keys for signing in (WebAuthn level 2, ES256, user verification required, discoverable).

Trusts py_webauthn for the arithmetic, and nothing in what a browser sends: the challenge has to be one of ours, unused,
younger than five minutes and made for this purpose; origin and relying party are the settings'. All are discoverable,
so that nobody has to be asked for a name first, and no name is answered with credentials. None of them ever signs a
statement: a signing key has its own challenge, and a key in one use is refused for the other.
"""

import json
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import Session as Db
from sqlmodel import col, delete, select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from api.accounts.office import Office, from_base64url, to_base64url, to_digest, to_label
from api.accounts.tables import AccountRow, ChallengeRow, KeyRequestRow, PasskeyRow
from ledger.errors import CallRefused
from ledger.log.signing import key_id

_ES256 = [COSEAlgorithmIdentifier.ECDSA_SHA_256]
_CHALLENGE_LASTS = timedelta(minutes=5)
_CHALLENGE_BYTES, _HANDLE_BYTES = 32, 32
_LONGEST_ID, _LONGEST_LABEL, _MOST = 1023, 64, 20  # an id of 1,023 bytes: WebAuthn, section 4
_CREATE, _GET = "webauthn.create", "webauthn.get"
_MALFORMED = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, NotBase64,
    InvalidSignature, UnsupportedAlgorithm, WebAuthnException,
)  # fmt: skip

Credential = Mapping[str, Any]
"""What `PublicKeyCredential.toJSON()` gives."""


class Passkeys:
    def __init__(self, office: Office) -> None:
        self._office = office

    def offer_creation(self, person: str, *, whose: str) -> dict[str, Any]:
        """Options for `navigator.credentials.create`; only *whose* (a ticket or a session) can answer them."""
        challenge = self._office.entropy(_CHALLENGE_BYTES)
        with self._office.store.writing() as db:
            self._keep(db, challenge, _CREATE, whose)
            account = db.get(AccountRow, person) or AccountRow(
                person=person, handle=self._office.entropy(_HANDLE_BYTES)
            )
            db.add(account)
            handle = account.handle
            known = db.exec(select(PasskeyRow.id).where(PasskeyRow.person == person)).all()
        options = generate_registration_options(
            rp_id=self._office.settings.rp_id,
            rp_name="Senim",
            user_id=handle,
            user_name=person,
            user_display_name=person,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_describe(known),
            supported_pub_key_algs=_ES256,
        )
        return _to_dict(options_to_json(options))

    def offer_assertion(self, db: Db, person: str = "") -> dict[str, Any]:
        """Options for `navigator.credentials.get`, for anybody's passkey or only for those of *person*."""
        challenge = self._office.entropy(_CHALLENGE_BYTES)
        self._keep(db, challenge, _GET, person)
        known = db.exec(select(PasskeyRow.id).where(PasskeyRow.person == person)).all() if person else ()
        options = generate_authentication_options(
            rp_id=self._office.settings.rp_id,
            challenge=challenge,
            allow_credentials=_describe(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _to_dict(options_to_json(options))

    def accept_creation(self, credential: Credential, person: str, label: str, *, whose: str) -> PasskeyRow:
        """A new passkey of *person*, not stored yet. Raises `CallRefused`: `passkey_refused`, `key_unfit`."""
        challenge, _ = self._take(credential, _CREATE, lambda kept: kept == whose)
        with _refused():
            verified = verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._office.settings.rp_id,
                expected_origin=self._office.settings.origin,
                require_user_verification=True,
                supported_pub_key_algs=_ES256,
            )
            public = decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
            key = key_id(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        if len(verified.credential_id) > _LONGEST_ID:
            raise CallRefused("passkey_refused")
        return PasskeyRow(
            id=to_base64url(verified.credential_id), person=person, public=verified.credential_public_key, key=key,
            count=verified.sign_count, label=to_label(label, _LONGEST_LABEL), backed_up=verified.credential_backed_up,
            made_at=self._office.clock(), used_at=None,
        )  # fmt: skip

    def add(self, db: Db, row: PasskeyRow) -> None:
        """Raises `CallRefused`: `passkey_refused` for a known or one too many, `key_unfit` for a signing key."""
        asked = db.exec(select(KeyRequestRow.id).where(KeyRequestRow.key == row.key)).first()
        if asked is not None or self._office.is_signing_key(row.key):
            raise CallRefused("key_unfit")
        theirs = db.exec(select(PasskeyRow.id).where(PasskeyRow.person == row.person)).all()
        if db.get(PasskeyRow, row.id) is not None or len(theirs) >= _MOST:
            raise CallRefused("passkey_refused")
        db.add(row)

    def accept_assertion(self, credential: Credential) -> str:
        """Who answered. Raises `CallRefused('passkey_refused')`, also where the counter went back: a copy is about."""
        challenge, whose = self._take(credential, _GET, lambda _: True)
        with self._office.store.reading() as db:
            row = db.get(PasskeyRow, str(credential.get("id"))[: 2 * _LONGEST_ID])
            account = None if row is None else db.get(AccountRow, row.person)
        if row is None or account is None or whose not in ("", row.person):
            raise CallRefused("passkey_refused")
        with _refused():
            handle = credential["response"].get("userHandle")
            if handle is not None and from_base64url(handle) != account.handle:
                raise ValueError("userHandle")  # WebAuthn, section 7.2, step 6
            verified = verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._office.settings.rp_id,
                expected_origin=self._office.settings.origin,
                credential_public_key=row.public,
                credential_current_sign_count=0,  # judged below, on the row as it is then
                require_user_verification=True,
            )
        with self._office.store.writing() as db:
            now_kept = db.get(PasskeyRow, row.id)
            if now_kept is None:
                raise CallRefused("passkey_refused")
            # WebAuthn, section 7.2, step 21: of synchronised passkeys the counter stays 0.
            went_back = verified.new_sign_count <= now_kept.count and (verified.new_sign_count, now_kept.count) != (
                0,
                0,
            )
            if not went_back:
                now_kept.count, now_kept.used_at = verified.new_sign_count, self._office.clock()
                now_kept.backed_up = verified.credential_backed_up
                db.add(now_kept)
        if went_back:
            self._office.note("passkey_copied", row.person, by="", passkey=row.id[:16])
            raise CallRefused("passkey_refused")
        return row.person

    def _keep(self, db: Db, challenge: bytes, purpose: str, whose: str) -> None:
        now = self._office.clock()
        db.exec(delete(ChallengeRow).where(col(ChallengeRow.expires_at) <= now))
        digest = to_digest(to_base64url(challenge))
        db.add(ChallengeRow(digest=digest, purpose=purpose, whose=whose, expires_at=now + _CHALLENGE_LASTS))

    def _take(self, credential: Credential, purpose: str, fits: Callable[[str], bool]) -> tuple[bytes, str]:
        """(challenge, whose it is): of a live challenge of ours, that nobody can answer again whatever comes of it."""
        with _refused():
            told = json.loads(from_base64url(credential["response"]["clientDataJSON"]))
            challenge = from_base64url(told["challenge"])
            if told["type"] != purpose or told.get("crossOrigin") is True:
                raise ValueError("type")
        with self._office.store.writing() as db:
            row = db.get(ChallengeRow, to_digest(to_base64url(challenge)))
            if row is not None:
                db.delete(row)
        if row is None or row.purpose != purpose or row.expires_at <= self._office.clock() or not fits(row.whose):
            raise CallRefused("passkey_refused")
        return challenge, row.whose


def _describe(ids: Any) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=from_base64url(each)) for each in ids]


def _to_dict(told: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(told)
    return read


@contextmanager
def _refused() -> Iterator[None]:
    """Whatever is wrong with what a browser sent is one answer."""
    try:
        yield
    except _MALFORMED as wrong:
        raise CallRefused("passkey_refused") from wrong
