"""Books of keys, and statements to hold against them."""

from collections.abc import Sequence
from typing import Any

from ledger.log.canonical import from_bytes
from ledger.log.encoding import to_base64
from ledger.log.keys import KeyBook
from tests.log.honest import (
    LOG,
    LOG_KEY,
    HonestLog,
    Signer,
    Statement,
    lively,
)

ENTRIES = [from_bytes(data) for data in lively(1).entries]
OPEN, AFTER = 4, 30
"""A number before and one after the close of imports, which is entry 7."""


def book_of(entries: Sequence[dict[str, Any]] = ENTRIES) -> KeyBook:
    book = KeyBook(LOG)
    for seq, entry in enumerate(entries):
        book.apply(seq, entry["statement"])
    return book


def statement(type: str, performer: str = "registrar", body: dict[str, Any] | None = None, **more: Any) -> Statement:
    return HonestLog().statement(type, performer, body or {}, **more)


NEW_LOG_KEY = Signer("log", "log", "2")


def rotation(**more: Any) -> dict[str, Any]:
    return {"old": LOG_KEY.id, "new": NEW_LOG_KEY.id, "public": to_base64(NEW_LOG_KEY.public)} | more
