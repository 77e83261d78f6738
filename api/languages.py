"""The caller's language: what they chose here (cookie `lang`), else `Accept-Language`, else Russian."""

from pathlib import Path
from typing import Any

from litestar.connection import ASGIConnection

from ledger.words import LANGUAGES, Words, words

CATALOGUES = Path(__file__).parent / "catalogues"
_ELSE = "ru"


def pick_language(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    chosen = connection.cookies.get("lang")
    if chosen in LANGUAGES:
        return chosen
    return _negotiate(connection.headers.get("accept-language", ""))


def pick_words(connection: ASGIConnection[Any, Any, Any, Any]) -> Words:
    return words(pick_language(connection), catalogues=CATALOGUES)


def _negotiate(header: str) -> str:
    """The spoken language with the greatest weight (RFC 9110, section 12.5.4)."""
    best, weight = _ELSE, 0.0
    for part in header[:200].split(","):
        name, _, q = part.partition(";")
        spoken = name.strip().lower().partition("-")[0]
        try:
            asked = float(q.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if spoken in LANGUAGES and asked > weight:
            best, weight = spoken, asked
    return best
