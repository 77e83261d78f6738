"""Signatures that people made where their keys are, brought along in files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger.cli.reading import read_file
from ledger.errors import BytesRejected, WronglyCalled
from ledger.log.encoding import from_base64, to_base64

Signed = Mapping[str, Any] | bytes


def read_signed(told: str) -> tuple[str, Signed]:
    """`USERNAME=FILE`: 64 bytes, or base64 of them, or a passkey's signature as an entry carries it."""
    person, _, name = told.partition("=")
    data = read_file(Path(name))
    try:
        if len(data) == 64:  # whatever they begin with
            return person, data
        if data.lstrip().startswith(b"{"):
            return person, dict(json.loads(data))
        return person, from_base64(data.decode("ascii").strip())
    except (ValueError, BytesRejected) as bad:
        raise WronglyCalled("proof_unreadable", path=Path(name).name) from bad


def to_signature(person: str, key: str, signed: Signed) -> dict[str, Any]:
    """As an entry carries it: a passkey's as it came, plain bytes as Ed25519 by *key*."""
    if isinstance(signed, bytes):
        return {"by": person, "key": key, "alg": "ed25519", "value": to_base64(signed)}
    return dict(signed)
