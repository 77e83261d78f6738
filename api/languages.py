"""The caller's language: what they chose here (cookie `lang`), else `Accept-Language`, else Russian.

Where words are picked for it, the answer names their language in `Content-Language` (`api.entrance.Leaving`).
"""

from pathlib import Path
from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import Scope

from ledger.words import LANGUAGES, Words, words

CATALOGUES = Path(__file__).parent / "catalogues"
_ELSE = "ru"
_SPOKEN = "spoken"


def pick_language(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    chosen = connection.cookies.get("lang")
    if chosen in LANGUAGES:
        return chosen
    return _negotiate(connection.headers.get("accept-language", ""))


def pick_words(connection: ASGIConnection[Any, Any, Any, Any]) -> Words:
    spoken = connection.scope["state"][_SPOKEN] = pick_language(connection)
    return words(spoken, catalogues=CATALOGUES)


def find_spoken(scope: Scope) -> str | None:
    """The language of the answer to this request; None where nothing is said in words."""
    spoken: str | None = scope["state"].get(_SPOKEN)
    return spoken


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
