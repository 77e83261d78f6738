"""The arithmetic of signatures, spread over the processor's cores: OpenSSL works outside the interpreter's lock."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from ledger.errors import SignatureRejected
from ledger.log.signing import Check, verify_check

_CORES = 2
_WORTH_SPREADING = 8


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_CORES - 1, thread_name_prefix="signatures")


def find_wrong(checks: Mapping[int, Sequence[Check]]) -> dict[int, SignatureRejected]:
    """Which groups of *checks* hold a signature that does not verify, with what was said of it."""
    groups = list(checks.items())
    if sum(len(each) for _, each in groups) < _WORTH_SPREADING:
        return _wrong_among(groups)
    half = len(groups) // _CORES
    other = _pool().submit(_wrong_among, groups[:half])
    return _wrong_among(groups[half:]) | other.result()


def each_holds(checks: Sequence[Check]) -> list[bool]:
    """Which of *checks* hold, in their order."""
    wrong = find_wrong({n: (check,) for n, check in enumerate(checks)})
    return [n not in wrong for n in range(len(checks))]


def _wrong_among(groups: Iterable[tuple[int, Sequence[Check]]]) -> dict[int, SignatureRejected]:
    wrong = {}
    for n, checks in groups:
        try:
            for check in checks:
                verify_check(check)
        except SignatureRejected as rejected:
            wrong[n] = rejected
    return wrong
