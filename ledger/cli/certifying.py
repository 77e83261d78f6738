"""The facility's key for its reports from asking to signing: made, certified, enrolled in the chain, taken into use.

A next key signs nothing before the chain names it, so that no report carries a signature that its own check rejects;
after that it takes the place of the one before in one renaming, and a crash in between is mended by calling again.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ledger.cli.ending import tell_unsigned
from ledger.cli.options import DONE, REFUSED, RUN, UNDETERMINED, WORDS, answer, say, tell
from ledger.cli.own_keys import enrol_signed, find_asked
from ledger.cli.reading import read_file
from ledger.cli.setting_up import govern
from ledger.cli.wiring import House
from ledger.errors import WronglyCalled
from ledger.log.canonical import from_bytes
from ledger.log.encoding import to_base64
from ledger.log.signing import key_id, to_enrolment_bytes
from ledger.service.checkpoints import sign_head
from ledger.storage.layout import SECRETS
from ledger.storage.private import remove_private
from reports.certificate import (
    is_self_signed,
    make_certificate,
    make_request,
    read_certificate,
    to_fingerprint,
    to_organisation,
)
from reports.issuing import find_enrolled, find_or_make_signer, read_facility
from reports.signing_key import (
    NEXT,
    FileKey,
    KeptSigner,
    SigningKey,
    find_key,
    find_signer,
    keep,
    to_spki,
    turn,
)
from reports.time_stamp import FILE, Authority

_HOLDER = "ledger"


def show_signer(house: House, *, as_json: bool) -> None:
    """The certificate that signs reports; at the start it is made now, so that paper can carry its fingerprint."""
    facility = _read_facility(house)
    signer = find_or_make_signer(_secrets(house), facility, at=house.ledger.clock())
    certificate, authority = signer.certificate, Authority.find(_secrets(house))
    with house.ledger.reading() as reading:
        enrolled = find_enrolled(reading).get(_id(signer.key))
    told: dict[str, Any] = {
        "fingerprint": to_fingerprint(certificate),
        "key": _id(signer.key),
        "subject": certificate.subject.rfc4514_string(),
        "self_signed": is_self_signed(certificate),
        "issuers": [{"name": to_organisation(each), "fingerprint": to_fingerprint(each)} for each in signer.issuers],
        "until": certificate.not_valid_after_utc.date().isoformat(),
        "token": None if isinstance(signer.key, FileKey) else getattr(signer.key, "token", None),
        "enrolled": enrolled,
        "next": (following := find_key(_secrets(house) / NEXT)) and _id(following),
        "time_stamps": authority and authority.url,
    }
    if as_json:
        answer(told | {"certificate": certificate.public_bytes(Encoding.PEM).decode()})
        return
    groups = " ".join(told["fingerprint"][n : n + 8] for n in range(0, 64, 8))
    tell(
        say("The reports are signed with the certificate of {name}. Its SHA-256, for the sheet of paper:",
            name=to_organisation(certificate)),
        groups,
        _said_issuer(certificate, is_self=told["self_signed"]),
        say("It is in force up to {day}.", day=WORDS.day(certificate.not_valid_after_utc.date())),
        say("The key lies in a file that only its owner can read.") if told["token"] is None
        else say("The key lies in the token {token}.", token=told["token"]),
        _said_enrolled(told["key"], enrolled),
        _said_authority(authority),
    )  # fmt: skip
    if following is not None:
        tell(say("The key {key} waits for its certificate, or for being enrolled.", key=told["next"]))


def request_certificate(house: House, *, module: Path | None, token: str, pin: Path | None, as_json: bool) -> None:
    """Print the request for the next key's certificate. One that waits is kept, unless another place is named."""
    path, facility = _secrets(house) / NEXT, _read_facility(house)
    key = find_key(path)
    if module is not None:
        if pin is None:
            raise WronglyCalled("pin_not_given")
        from reports.token import TokenKey

        made = TokenKey.make(
            module=module.resolve(), token=token, pin=read_file(pin).decode().strip(), id=house.ledger.entropy(8)
        )
        keep(path, made)
        key = made
    elif key is None:
        key = FileKey.make()
        keep(path, key)
    pem = make_request(key, facility=facility.name, bin=facility.bin).public_bytes(Encoding.PEM).decode()
    if as_json:
        answer({"key": _id(key), "request": pem})
    else:
        tell(pem.rstrip("\n"))


def install_certificate(house: House, file: Path | None, signed: Sequence[str], *, as_json: bool) -> int:
    """Enrol the next key, or else the current one, with its certificate, and take both into use.

    Raises `WronglyCalled` for a certificate that does not fit. The code is 2 while registrar and head pharmacist have
    still to sign.
    """
    secrets, facility, at = _secrets(house), _read_facility(house), house.ledger.clock()
    following = find_key(secrets / NEXT)
    current = find_or_make_signer(secrets, facility, at=at)
    key: SigningKey = following or current.key
    if file is not None:
        certificate, *issuers = read_certificate(read_file(file), key, at=at)
        signer = KeptSigner(key, certificate, tuple(issuers))
    elif following is None:
        signer = current
    else:
        signer = _find_waiting(secrets / NEXT) or KeptSigner(
            key, make_certificate(key, facility=facility.name, bin=facility.bin, at=at)
        )
    certificate = signer.certificate
    with house.ledger.reading() as reading:
        in_force = find_enrolled(reading).get(_id(key))
        closed = reading.book.facility.imports_closed
    if in_force is False:
        raise WronglyCalled("report_key_ended", key=_id(key))
    if in_force is None:
        keep(secrets / NEXT, signer)
        body = _to_body(house, signer)
        seq = enrol_signed(house, body, signed, as_json=as_json) if closed else govern(house, "key.enrolled", body)
        if seq is None:
            return UNDETERMINED
        RUN.recorded.append(seq)
    elif _find_named(house, _id(key)) not in (None, to_fingerprint(certificate)):
        raise WronglyCalled("certificate_of_enrolled_key", key=_id(key))
    keep(secrets / NEXT, signer)
    turn(secrets)
    if as_json:
        answer({"key": _id(key), "fingerprint": to_fingerprint(certificate)})
    else:
        tell(
            say("The key {key} is enrolled and signs the reports from now on. Its certificate's SHA-256, for the sheet "
                "of paper:", key=_id(key)),
            to_fingerprint(certificate),
            say("A key that it replaces stays in force for what it signed; end it by key.revoked where it is lost."),
        )  # fmt: skip
    return REFUSED if tell_unsigned(lambda: sign_head(house.ledger)) else DONE


def set_time_stamps(house: House, address: str | None, file: Path | None, *, none: bool, as_json: bool) -> None:
    """Set, end or show whose time-stamps the reports carry. Raises `WronglyCalled`."""
    secrets = _secrets(house)
    if address is not None and (file is None or none):
        raise WronglyCalled("certificate_not_given")
    if none and (secrets / FILE).exists():
        remove_private(secrets / FILE)
    if address is not None and file is not None:
        Authority.read(address, read_file(file)).keep(secrets)
    found = Authority.find(secrets)
    if as_json:
        answer(
            {
                "address": found and found.url,
                "trusted": [to_fingerprint(each) for each in found.trusted] if found else [],
            }
        )
    else:
        tell(_said_authority(found))


def _to_body(house: House, signer: KeptSigner) -> dict[str, Any]:
    """The `key.enrolled` for it. One that was shown to be signed is shown again: a proof is never made alike twice."""
    public = to_base64(to_spki(signer.key.public))
    body = {
        "person": _HOLDER,
        "key": _id(signer.key),
        "alg": "ecdsa-p256",
        "public": public,
        "use": "pdf",
        "custody": "facility",
        "certificate": to_fingerprint(signer.certificate),
    }
    asked = find_asked(house, _HOLDER)
    if asked is not None and {**asked, "proof": ""} == {**body, "proof": ""}:
        return asked
    return body | {"proof": to_base64(signer.sign(to_enrolment_bytes(house.ledger.log, _HOLDER, public)))}


def _find_named(house: House, key: str) -> str | None:
    """SHA-256 of the certificate that the entry of *key* names."""
    with house.ledger.reading() as reading:
        for row in reading.rows(type="key.enrolled"):
            body = from_bytes(row.data)["statement"]["body"]
            if body["key"] == key:
                found: str | None = body.get("certificate")
                return found
    return None


def _find_waiting(path: Path) -> KeptSigner | None:
    """The key that waits with its certificate, where it has one already."""
    return find_signer(path) if b"BEGIN CERTIFICATE" in path.read_bytes() else None


def _said_issuer(certificate: x509.Certificate, *, is_self: bool) -> str:
    if is_self:
        return say("No authority has certified it: compare the fingerprint with the one on paper.")
    return say("It is certified by {issuer}.", issuer=certificate.issuer.rfc4514_string())


def _said_enrolled(key: str, enrolled: bool | None) -> str:
    if enrolled is None:
        return say("The register does not name the key {key} yet: `senim report-key install` enrols it.", key=key)
    if enrolled:
        return say("The register names the key {key} for its reports.", key=key)
    return say("The register has revoked the key {key}: ask for another with `senim report-key request`.", key=key)


def _said_authority(authority: Authority | None) -> str:
    if authority is None:
        return say("No time-stamp authority is set: reports are signed without a time-stamp (PAdES B-B) and say so.")
    return say("Reports carry a time-stamp of {address} (PAdES B-T).", address=authority.url)


def _secrets(house: House) -> Path:
    return house.directory / SECRETS


def _read_facility(house: House) -> Any:
    with house.ledger.reading() as reading:
        return read_facility(reading, house.ledger.log)


def _id(key: SigningKey) -> str:
    return key_id(to_spki(key.public))
