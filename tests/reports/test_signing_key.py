"""The facility's key for its reports: in a file or a token, certified by itself or by an authority, never another's."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ledger.errors import LedgerReadOnly, WronglyCalled
from reports.certificate import is_self_signed, make_certificate, make_request, read_certificate, to_organisation
from reports.signing_key import CURRENT, NEXT, FileKey, KeptSigner, SigningKey, find_key, find_signer, keep, turn
from reports.token import TokenKey
from tests.reports.world import BIN, FACILITY, busy_log, issue_passing, signer

MADE = datetime(2026, 1, 1, tzinfo=UTC)
MODULES = [
    Path("/usr/lib") / each / "libsofthsm2.so" for each in ("softhsm", "x86_64-linux-gnu/softhsm", "local/softhsm")
]


@pytest.fixture(scope="module")
def token(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> TokenKey:
    """A key in a token of its own."""
    make, folder = program("softhsm2-util"), tmp_path_factory.mktemp("token")
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")  # its module reads it when it is loaded
    asked = ["--init-token", "--free", "--label", "facility", "--pin", "4321", "--so-pin", "8765"]
    subprocess.run([make, *asked], check=True, capture_output=True)
    module = next(path for path in MODULES if path.exists())
    return TokenKey.make(module=module, token="facility", pin="4321", id=b"\x01\x02")


def certified(key: SigningKey) -> KeptSigner:
    return KeptSigner(key, make_certificate(key, facility=FACILITY, bin=BIN, at=MADE))


def test_the_certificate_names_the_facility_by_name_and_number() -> None:
    certificate = signer().certificate
    subject = {each.oid: each.value for each in certificate.subject}
    assert subject[NameOID.ORGANIZATION_NAME] == to_organisation(certificate) == FACILITY
    assert subject[NameOID.SERIAL_NUMBER] == f"BIN{BIN}"
    assert FACILITY.startswith(str(subject[NameOID.COMMON_NAME]))
    assert is_self_signed(certificate)
    assert certificate.not_valid_before_utc == MADE


def test_a_kept_signer_is_read_back_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made, path = certified(FileKey.make()), tmp_path / CURRENT
    keep(path, made)
    found = find_signer(path)
    assert found is not None
    assert found.certificate == made.certificate
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(LedgerReadOnly, match="file_exposed"):
        find_signer(path)
    assert find_signer(tmp_path / NEXT) is None


def _pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


CERTIFICATE = signer().certificate.public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    "kept",
    [
        b"no key" + CERTIFICATE,
        _pem(Ed25519PrivateKey.generate()) + CERTIFICATE,
        _pem(ec.generate_private_key(ec.SECP384R1())) + CERTIFICATE,
        FileKey.make().to_kept() + CERTIFICATE,
        signer().key.to_kept(),
        signer().key.to_kept() + CERTIFICATE[:-60],
        b'{"module": "a"}\n' + CERTIFICATE,
        b'{"module": "a", "token": "b", "id": "00", "point": "00", "pin": "1"}\n' + CERTIFICATE,
    ],
)
def test_a_key_that_is_damaged_or_not_the_certificate_s_signs_nothing(kept: bytes, tmp_path: Path) -> None:
    (tmp_path / CURRENT).touch(mode=0o600)
    (tmp_path / CURRENT).write_bytes(kept)
    with pytest.raises(LedgerReadOnly, match="key_damaged"):
        find_signer(tmp_path / CURRENT)


def test_a_request_is_signed_by_its_key_and_names_the_facility() -> None:
    key = FileKey.make()
    request = make_request(key, facility=FACILITY, bin=BIN)
    assert request.is_signature_valid
    assert request.public_key() == key.public
    assert request.subject == signer().certificate.subject


@pytest.mark.parametrize(
    ("facility", "common"),
    [
        ("Семей паллиативтік ауруханасы (жаттығу)", "Семей паллиативтік ауруханасы"),
        ("Semey hospital", "Semey hospital"),
        ("ә" * 40, "ә" * 32),
    ],
)
def test_what_readers_show_of_a_long_name_is_whole_words_of_it(facility: str, common: str) -> None:
    subject = make_request(FileKey.make(), facility=facility, bin=BIN).subject
    named = [subject.get_attributes_for_oid(oid)[0].value for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)]
    assert named == [facility, common]


def _issued_by_authority(key: SigningKey, *, key_usage: bool = True, days: int = 365) -> bytes:
    by = ec.generate_private_key(ec.SECP256R1())
    use = dict.fromkeys(("content_commitment", "data_encipherment", "key_cert_sign", "crl_sign"), False)
    use |= dict.fromkeys(("encipher_only", "decipher_only", "key_encipherment"), False)
    request = make_request(key, facility=FACILITY, bin=BIN)
    return (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")]))
        .public_key(request.public_key())
        .serial_number(7)
        .not_valid_before(MADE)
        .not_valid_after(MADE + timedelta(days=days))
        .add_extension(x509.KeyUsage(digital_signature=key_usage, key_agreement=not key_usage, **use), critical=True)
        .sign(by, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def test_a_certificate_of_an_authority_is_taken_for_its_key_alone() -> None:
    key, at = FileKey.make(), MADE + timedelta(days=30)
    (taken,) = read_certificate(_issued_by_authority(key), key, at=at)
    assert not is_self_signed(taken)
    for pem, when, reason in (
        (_issued_by_authority(FileKey.make()), at, "certificate_of_another_key"),
        (_issued_by_authority(key, key_usage=False), at, "certificate_for_another_use"),
        (_issued_by_authority(key, days=10), at, "certificate_not_in_force"),
        (_issued_by_authority(key), MADE - timedelta(days=1), "certificate_not_in_force"),
        (b"nothing", at, "certificate_unreadable"),
    ):
        with pytest.raises(WronglyCalled, match=reason):
            read_certificate(pem, key, at=when)


def test_the_next_signer_takes_the_place_of_the_one_before_in_one_step(tmp_path: Path) -> None:
    old, new = certified(FileKey.make()), certified(FileKey.make())
    keep(tmp_path / CURRENT, old)
    keep(tmp_path / NEXT, new.key)
    assert find_key(tmp_path / NEXT) is not None
    keep(tmp_path / NEXT, new)
    turn(tmp_path)
    found = find_signer(tmp_path / CURRENT)
    assert found is not None
    assert found.certificate == new.certificate
    assert [path.name for path in tmp_path.iterdir()] == [CURRENT]


def test_a_report_is_signed_by_a_key_that_never_left_its_token(token: TokenKey, tmp_path: Path) -> None:
    keep(tmp_path / CURRENT, certified(token))
    found = find_signer(tmp_path / CURRENT)
    assert found is not None
    assert b"PRIVATE" not in (tmp_path / CURRENT).read_bytes()
    assert make_request(found.key, facility=FACILITY, bin=BIN).is_signature_valid
    log = busy_log()
    verdict = issue_passing(log.register(), log, by=found)
    assert verdict.signed is not None
    assert verdict.signed.certificate == found.certificate


@pytest.mark.parametrize("change", [{"pin": "1111"}, {"token": "gone"}, {"module": "/nowhere.so"}, {"id": "ff"}])
def test_a_token_out_of_reach_signs_nothing_and_says_so(token: TokenKey, change: dict[str, str]) -> None:
    told = {name: getattr(token, name) for name in ("module", "token", "id", "point", "pin")}
    with pytest.raises(LedgerReadOnly, match="token_unusable"):
        TokenKey(**told | change).sign(b"data")
