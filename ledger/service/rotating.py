"""The log's own key changed: registrar and head pharmacist sign, then the old key and the new one.

The last head that the old key signs is the one that ends with the change; only once that is published the old key
goes. Whoever can read the secrets in between can sign as either key.
"""

from base64 import b64encode
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log.signing import LOG, key_id, sign_statements
from ledger.service.checkpoints import sign_head
from ledger.service.founding import to_spki
from ledger.service.ledger import Ledger
from ledger.service.preparing import Signed
from ledger.service.transaction import Receipt


def to_rotation(ledger: Ledger) -> dict[str, str]:
    """The body of the `key.rotated` that two people are to sign; the new key is made and kept."""
    finish_rotation(ledger)
    public = to_spki(ledger.secrets.make_next_log_key().public_key())
    return {"old": _id(ledger.secrets.log_key()), "new": key_id(public), "public": b64encode(public).decode()}


def rotate_log_key(ledger: Ledger, signed: Signed, *, via: str) -> Receipt:
    """Record the change that *signed* asks for, hand over to the new key, and sign the head with it.

    Raises any `SenimError`; then nothing has changed. May be repeated after a crash.
    """
    old, new = ledger.secrets.log_key(), ledger.secrets.next_log_key()
    if new is not None and _id(old) == signed.statement["body"].get("old"):
        both = [sign_statements([signed.statement], by=LOG, key=key)[0] for key in (old, new)]
        signed = replace(signed, signatures=[*signed.signatures, *both])
    (receipt,) = ledger.append([signed], via=via)
    finish_rotation(ledger)
    return receipt


def finish_rotation(ledger: Ledger) -> None:
    """Where the entries name the next key as the log's: publish the head that hands over, and let the old key go."""
    following = ledger.secrets.next_log_key()
    if following is not None and ledger.keys().current_log_key == following.public_key().public_bytes_raw():
        sign_head(ledger)
        ledger.secrets.turn_log_key()


def _id(key: Ed25519PrivateKey) -> str:
    return key_id(to_spki(key.public_key()))
