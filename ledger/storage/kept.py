"""Issued reports as they are kept: one that shows a patient lies sealed, so that an erasure reaches it.

    <seq>-<kind>.pdf            a report that shows no patient, as it was issued
    <seq>-<kind>.pdf.sealed     a line of canonical JSON (`format`, `nonce`, `shares`), then the PDF under AES-256-GCM

The key is the XOR of one random share a patient, each sealed in the vault under that patient's own key: once one of
them is erased nobody reads the file again, here or in a backup. Trust: whoever can write here can take a report away;
another one does not have the hash in its entry. What was handed out before is beyond it.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import NotFound, OpeningRejected
from ledger.log.canonical import from_bytes, to_bytes
from ledger.service.ports import Vault
from ledger.storage.private import write_private

SEALED = ".sealed"
_FORMAT = "senim/kept-report/v1"
_KEY_BYTES, _NONCE_BYTES = 32, 12


def kept_files(folder: Path) -> list[Path]:
    """The reports in *folder*, sealed or not."""
    return sorted((*folder.glob("*.pdf"), *folder.glob(f"*.pdf{SEALED}")))


class KeptReports:
    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault

    def keep(self, name: str, pdf: bytes, *, subjects: Sequence[str]) -> Path:
        """Keep *pdf* under *name*, readable as long as nobody of *subjects* (ids of patients) is erased."""
        path = self._folder / name
        if subjects:
            path, pdf = path.with_name(name + SEALED), self._seal(name, pdf, subjects)
        write_private(path, pdf)
        return path

    def read(self, name: str) -> bytes | None:
        """As it was issued; None where somebody in it was erased. Raises `NotFound`, `OpeningRejected` if altered."""
        plain, sealed = self._folder / name, self._folder / (name + SEALED)
        if plain.is_file():
            return plain.read_bytes()
        if not sealed.is_file():
            raise NotFound(name)
        return self._open(name, sealed.read_bytes())

    def read_all(self) -> dict[str, bytes]:
        """Every report that can be read, by name."""
        names = (path.name.removesuffix(SEALED) for path in kept_files(self._folder))
        return {name: pdf for name in names if (pdf := self.read(name)) is not None}

    def _seal(self, name: str, pdf: bytes, subjects: Iterable[str]) -> bytes:
        nonce, shares, told = os.urandom(_NONCE_BYTES), [], []
        for subject in subjects:
            shares.append(os.urandom(_KEY_BYTES))
            under, sealed = self._vault.seal(_subject(subject), shares[-1], context=_context(name))
            told.append({"patient": subject, "nonce": _to_text(under), "sealed": _to_text(sealed)})
        head = to_bytes({"format": _FORMAT, "nonce": _to_text(nonce), "shares": told})
        return head + b"\n" + AESGCM(_join(shares)).encrypt(nonce, pdf, head)

    def _open(self, name: str, data: bytes) -> bytes | None:
        head, _, ciphertext = data.partition(b"\n")
        told: dict[str, Any] = from_bytes(head)
        try:
            shares = []
            for each in told["shares"]:
                share = self._vault.open(
                    _subject(each["patient"]), _to_data(each["nonce"]), _to_data(each["sealed"]), context=_context(name)
                )
                if share is None:
                    return None
                shares.append(share)
            return AESGCM(_join(shares)).decrypt(_to_data(told["nonce"]), ciphertext, head)
        except (InvalidTag, KeyError, TypeError, ValueError) as bad:
            raise OpeningRejected("ciphertext_altered") from bad


def _subject(patient: str) -> str:
    return f"patient:{patient}"


def _context(name: str) -> bytes:
    return f"{_FORMAT}\n{name}".encode()


def _join(shares: Iterable[bytes]) -> bytes:
    return reduce(lambda one, other: bytes(a ^ b for a, b in zip(one, other, strict=True)), shares)


def _to_text(data: bytes) -> str:
    return b64encode(data).decode()


def _to_data(text: str) -> bytes:
    return b64decode(text, validate=True)
