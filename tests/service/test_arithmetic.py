"""Whatever the door lets in, every later audit accepts: an entry that it would not is there for ever."""

import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import nullcontext

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.errors import SignatureRejected
from ledger.log.signing import Check
from ledger.service.arithmetic import begin_at_door, each_holds
from ledger.service.helper import Helper

MESSAGE = b"senim"
KEY = "fdd07d0bb562760cdb1ce08a937535c048a62e41bf2d1f5eb2b7701a78e1347c"
MIXED_KEY = "a586b4bb01f120f805536b824df44866497cf68c9c1bcf161ec3df7bc6c11244"
NONCE = "684c0d53ab44de46d526ab4d33b5947bab9d77af687fe0a09518a5f6df4a86eb"
MIXED_NONCE = "742ad0ba6320e013c4b8e9e7e94fbf87391cd552577028789ffa91cf1633f16b"
OTHER_NONCE = "d021f840ea65acbdfc64f1556e177108a8c4300821cf8151bfa2174d5e67dcd4"
CORNERS = {
    # name: (key, signature, does the door open, does an audit accept)
    "in order": (KEY, NONCE + "31cf2e6c1dd9606b7ae4681de407967c2b008838e3c8b0bea644455d915c8a0d", True, True),
    "a nonce with a part of small order": (
        KEY,
        MIXED_NONCE + "876b7ffc211d1c297c9dac147c12aad81362d25f1dbac079d66fbe3787704403",
        False,
        False,
    ),
    "a nonce of small order": (
        KEY,
        "01" + "00" * 31 + "f3f5557e766b313f21390449a02a3cb5449c74c36a1d1af24eb21cf5f6db8507",
        False,
        True,
    ),
    "a factor beyond the order of the group": (
        KEY,
        NONCE + "1ea324c9373c73c3508160c0c20175912b008838e3c8b0bea644455d915c8a1d",
        False,
        False,
    ),
    "a key with a part of small order": (
        MIXED_KEY,
        NONCE + "7f9d01dfbed414d560003b2dac639f7722d392f99f012d3b2b08fd186f13f20c",
        False,
        False,
    ),
    "the same, where the part cancels out": (
        MIXED_KEY,
        OTHER_NONCE + "c8d7210877e6a1c60dec9ec040e436a26af3c112de43bf4cfcdaadc65cebcf08",
        True,
        True,
    ),
    "a message that begins in the signature": (
        KEY,
        NONCE + "35ceaefa3faf72578d8e64576d7a1241b8c4d8f5d87fea83280790ad515b70037878",
        False,
        False,
    ),
    "half a signature": (KEY, NONCE, False, False),
}


def check_of(key: str, value: str) -> Check:
    spki = b64decode("MCowBQYDK2VwAyEA") + bytes.fromhex(key)
    return Check(spki, MESSAGE, bytes.fromhex(value))


@pytest.fixture(scope="module")
def helper() -> Iterator[Helper]:
    helper = Helper()
    while not helper.is_ready():
        time.sleep(0.01)
    yield helper
    helper.end()


def opens_at_door(checks: Sequence[Check], helper: Helper | None) -> bool:
    try:
        verdict = begin_at_door(checks, helper)
        if helper is not None:
            helper.send()
        verdict()
    except SignatureRejected:
        return False
    return True


@pytest.mark.parametrize("is_helped", [False, True], ids=["here", "helped"])
@pytest.mark.parametrize(("key", "value", "opens", "accepts"), CORNERS.values(), ids=CORNERS)
def test_the_door_is_never_laxer_than_an_audit(
    key: str, value: str, opens: bool, accepts: bool, is_helped: bool, helper: Helper
) -> None:
    check = check_of(key, value)
    assert opens_at_door([check], helper if is_helped else None) is opens
    assert each_holds([check]) == [accepts]
    assert accepts or not opens


def test_a_key_that_is_not_for_the_helper_is_judged_here(helper: Helper) -> None:
    private = generate_private_key(SECP256R1())
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    good = Check(spki, MESSAGE, private.sign(MESSAGE, ECDSA(SHA256())))
    assert opens_at_door([good, check_of(*CORNERS["in order"][:2])], helper)
    assert not opens_at_door([Check(spki, b"else", good.value)], helper)


def test_each_verdict_is_of_its_own_signatures_in_whatever_order_it_is_asked_for(helper: Helper) -> None:
    """Also where there are more of them than the helper is asked about at once."""
    good, bad = check_of(*CORNERS["in order"][:2]), check_of(*CORNERS["half a signature"][:2])
    verdicts = [begin_at_door([good, bad if n % 3 == 0 else good], helper) for n in range(2_100)]
    helper.send()
    for n in (*range(2_099, 200, -1), *range(201)):
        with pytest.raises(SignatureRejected) if n % 3 == 0 else nullcontext():
            verdicts[n]()


def test_what_nobody_waited_for_is_not_taken_for_an_answer_to_others(helper: Helper) -> None:
    good, bad = check_of(*CORNERS["in order"][:2]), check_of(*CORNERS["a factor beyond the order of the group"][:2])
    begin_at_door([good] * 50, helper)
    helper.forget()
    assert not opens_at_door([bad], helper)


def test_without_the_helper_the_verdict_is_the_same() -> None:
    """Killed while it was at work, it leaves the rest to be done here; and it is not asked again."""
    good, bad = check_of(*CORNERS["in order"][:2]), check_of(*CORNERS["half a signature"][:2])
    helper = Helper()
    while not helper.is_ready():
        time.sleep(0.01)
    verdicts = [begin_at_door([bad if n == 7 else good], helper) for n in range(9)]
    helper._process.kill()
    helper._process.wait()
    helper.send()
    for n, verdict in enumerate(verdicts):
        with pytest.raises(SignatureRejected) if n == 7 else nullcontext():
            verdict()
    helper.forget()
    assert not helper.is_ready()
    helper.end()


def test_among_many_an_audit_finds_the_wrong_ones() -> None:
    """Enough of them to be spread over the cores."""
    good, bad = check_of(*CORNERS["in order"][:2]), check_of(*CORNERS["half a signature"][:2])
    assert each_holds([bad if n % 3 == 0 else good for n in range(12)]) == [n % 3 != 0 for n in range(12)]
