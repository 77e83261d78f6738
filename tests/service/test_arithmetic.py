"""Whatever the door lets in, every later audit accepts: an entry that it would not is there for ever."""

from base64 import b64decode

import pytest

from ledger.errors import SignatureRejected
from ledger.log.signing import Check, verify_check
from ledger.service.arithmetic import each_holds, find_wrong

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


@pytest.mark.parametrize(("key", "value", "opens", "accepts"), CORNERS.values(), ids=CORNERS)
def test_the_door_is_never_laxer_than_an_audit(key: str, value: str, opens: bool, accepts: bool) -> None:
    check = check_of(key, value)
    assert (find_wrong({0: [check]}) == {}) is opens
    assert each_holds([check]) == [accepts]
    assert accepts or not opens


def test_among_many_the_wrong_ones_are_found() -> None:
    """Enough of them to be spread over the cores."""
    good, bad = check_of(*CORNERS["in order"][:2]), check_of(*CORNERS["half a signature"][:2])
    verify_check(good)
    wrong = find_wrong({n: [good, bad if n % 3 == 0 else good] for n in range(12)})
    assert set(wrong) == {0, 3, 6, 9}
    assert all(isinstance(error, SignatureRejected) for error in wrong.values())
