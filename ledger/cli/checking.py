"""`senim check-pdf`: a file read by a stranger. No ledger is opened, and nothing of one is loaded."""

import re
from pathlib import Path

from ledger.cli.options import DONE, LANGUAGE, REFUSED, UNDETERMINED, answer, tell
from ledger.cli.reading import read_file
from ledger.errors import WronglyCalled
from ledger.service.verification import Trust, read_trust
from reports.check import check_pdf

_CODES = {"pass": DONE, "fail": REFUSED, "unknown": UNDETERMINED}


def read_vkey(told: str | None) -> Trust | None:
    """A vkey, or a file that holds one or a trust file."""
    if told is None:
        return None
    path = Path(told)
    try:
        is_file = path.is_file()
    except OSError:
        is_file = False
    if is_file:
        return read_trust(read_file(path).decode("utf-8", "replace"))
    return read_trust(told)


def check_report(file: Path, *, vkey: str | None, certificate: str | None, as_json: bool) -> int:
    """Check a PDF with nothing but itself and what is trusted: exit code by the worst of its verdicts.

    *certificate*: its SHA-256 as it is printed, in groups or not. Raises `WronglyCalled`.
    """
    data = read_file(file)
    trust = read_vkey(vkey)
    fingerprint = None if certificate is None else re.sub(r"[\s:]", "", certificate).lower()
    if fingerprint is not None and not re.fullmatch(r"[0-9a-f]{64}", fingerprint):
        raise WronglyCalled("fingerprint_unreadable")
    verdict = check_pdf(data, log_key=trust.key if trust else None, fingerprint=fingerprint)
    if as_json:
        answer(verdict.to_json())
    else:
        tell(*verdict.said(LANGUAGE))
    return _CODES[verdict.verdict]
