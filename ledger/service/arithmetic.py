"""The arithmetic of signatures, spread over the processor's cores.

An entry is let in by libsodium, which takes half as long, and judged in every audit by OpenSSL. That is sound as
long as the door is the stricter one: libsodium also refuses what nobody signs by accident (a nonce of small order).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache, partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.errors import SignatureRejected
from ledger.log import signing
from ledger.log.signing import Check, load_public, verify_check
from ledger.service.helper import Helper, Question, opens

Verdict = Callable[[], None]
"""Waits for the arithmetic; raises `SignatureRejected` unless every signature holds."""

_SIGNATURE = 64
_CORES = 2
_WORTH_SPREADING = 8


def begin_at_door(checks: Sequence[Check], helper: Helper | None) -> Verdict:
    """Have the *helper* judge *checks* meanwhile; without one it is done here once the verdict is asked for.

    What the door lets in, `verify_check` accepts; in some corner cases it refuses what that would accept.
    """
    asked: list[tuple[Check, Question | None, int | None]] = []
    for check in checks:
        question = _to_question(check)
        asked.append((check, question, helper.ask(question) if helper and question else None))
    return partial(_give_verdict, asked, helper)


def _to_question(check: Check) -> Question | None:
    """None where the key is not for libsodium. SignatureRejected where there is no key."""
    key = _find_ed25519(check.public)
    if key is None:
        return None
    is_whole = len(check.value) == _SIGNATURE  # else a part of it would count as message
    return key, check.value + check.message if is_whole else b""


@lru_cache(maxsize=1024)
def _find_ed25519(public: bytes) -> bytes | None:
    """The 32 bytes of such a key; None of another."""
    return public[-32:] if isinstance(load_public(public), Ed25519PublicKey) else None


def _give_verdict(asked: Sequence[tuple[Check, Question | None, int | None]], helper: Helper | None) -> None:
    for check, question, ticket in asked:
        if question is None:
            verify_check(check)
            continue
        try:
            holds = opens(question) if helper is None or ticket is None else helper.holds(ticket)
        except EOFError:
            holds = opens(question)
        if not holds:
            raise SignatureRejected("signature_wrong")


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_CORES - 1, thread_name_prefix="signatures")


def each_holds(checks: Sequence[Check]) -> list[bool]:
    """Which of *checks* hold in an audit, in their order. OpenSSL works outside the interpreter's lock."""
    if len(checks) < _WORTH_SPREADING:
        return signing.each_holds(checks)
    half = len(checks) // _CORES
    other = _pool().submit(signing.each_holds, checks[:half])
    here = signing.each_holds(checks[half:])
    return other.result() + here
