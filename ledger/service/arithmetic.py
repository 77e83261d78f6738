"""The arithmetic of signatures, spread over the processor's cores: both libraries work outside the interpreter's lock.

An entry is let in by libsodium, which takes half as long, and judged in every audit by OpenSSL. That is sound as
long as the door is the stricter one: libsodium also refuses what nobody signs by accident (a nonce of small order).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from ledger.errors import SignatureRejected
from ledger.log.signing import Check, load_public, verify_check

Verify = Callable[[Check], None]

_SIGNATURE = 64
_CORES = 2
_WORTH_SPREADING = 8


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_CORES - 1, thread_name_prefix="signatures")


def verify_at_door(check: Check) -> None:
    """SignatureRejected unless `verify_check` accepts the signature, and in some corner cases where it would."""
    if not isinstance(load_public(check.public), Ed25519PublicKey):
        return verify_check(check)
    try:
        if len(check.value) != _SIGNATURE:  # else a part of it would count as message
            raise BadSignatureError
        crypto_sign_open(check.value + check.message, check.public[-32:])
    except BadSignatureError:
        raise SignatureRejected("signature_wrong") from None


def find_wrong(
    checks: Mapping[int, Sequence[Check]], *, verify: Verify = verify_at_door
) -> dict[int, SignatureRejected]:
    """Which groups of *checks* hold a signature that does not verify, with what was said of it."""
    groups = list(checks.items())
    among = partial(_wrong_among, verify)
    if sum(len(each) for _, each in groups) < _WORTH_SPREADING:
        return among(groups)
    half = len(groups) // _CORES
    other = _pool().submit(among, groups[:half])
    return among(groups[half:]) | other.result()


def each_holds(checks: Sequence[Check]) -> list[bool]:
    """Which of *checks* hold in an audit, in their order."""
    wrong = find_wrong({n: (check,) for n, check in enumerate(checks)}, verify=verify_check)
    return [n not in wrong for n in range(len(checks))]


def _wrong_among(verify: Verify, groups: Iterable[tuple[int, Sequence[Check]]]) -> dict[int, SignatureRejected]:
    wrong = {}
    for n, checks in groups:
        try:
            for check in checks:
                verify(check)
        except SignatureRejected as rejected:
            wrong[n] = rejected
    return wrong
