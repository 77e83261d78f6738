"""What a server could put before somebody who signs whatever they are given: a table of altered previews.

Each lie is consistent where a liar could make it so: what is signed and what is sealed is made again to fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .canon import to_canonical
from .client import Json, commitment, signed_bytes
from .craft import to_base64

Alter = Callable[[Json], None]
_OTHER = "0" * 63 + "1"
_KEY = bytes(range(32))


@dataclass(frozen=True, kw_only=True)
class Lie:
    name: str
    code: str  # what the client refuses with
    tell: Alter


def digest(statement: Json) -> bytes:
    return hashlib.sha256(to_canonical(statement)).digest()


def _first(alter: Alter) -> Alter:
    """Alters the first statement, and what is to be signed fits it."""

    def tell(told: Json) -> None:
        alter(told["entries"][0]["statement"])
        _sign_again(told)

    return tell


def _set(*path: Any, value: Any) -> Alter:
    def alter(statement: Json) -> None:
        place: Any = statement
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value

    return alter


def _sign_again(told: Json) -> None:
    told["sign"] = to_base64(signed_bytes([each["statement"] for each in told["entries"]]))


def _another_text(told: Json) -> None:
    """Another reason is sealed, with a commitment that fits it."""
    entry = told["entries"][1]
    (opening,) = entry["openings"]
    opening["value"] = "it never arrived"
    _seal_again(told)


def _seal_again(told: Json) -> None:
    for entry in told["entries"]:
        said = entry["statement"]
        for each in entry["openings"]:
            key = _KEY
            each["key"] = to_base64(key)
            said["sealed"][each["path"]] = commitment(said["log"], said["id"], each["path"], each["value"], key)
    _sign_again(told)


def _no_opening(told: Json) -> None:
    told["entries"][1]["openings"] = []


def _key_of_another_length(told: Json) -> None:
    told["entries"][1]["openings"][0]["key"] = to_base64(b"short")


def _text_in_clear(told: Json) -> None:
    entry = told["entries"][1]
    entry["statement"]["body"]["how"] = "fell"
    del entry["statement"]["sealed"]
    entry["openings"] = []
    _sign_again(told)


def _other_commitment(told: Json) -> None:
    told["entries"][1]["statement"]["sealed"]["body.how"] = _OTHER
    _sign_again(told)


def _sealed_more(told: Json) -> None:
    """The number of units is hidden, and the liar alone can open it."""
    said = told["entries"][0]["statement"]
    path = "body.lines.0.lot"
    lot = said["body"]["lines"][0].pop("lot")
    said["sealed"] = {path: commitment(said["log"], said["id"], path, lot, _KEY)}
    told["entries"][0]["openings"] = [{"path": path, "value": "B", "key": to_base64(_KEY)}]
    _sign_again(told)


def _one_more_hash(told: Json) -> None:
    statements = [each["statement"] for each in told["entries"]]
    told["sign"] = to_base64(signed_bytes([*statements, statements[0] | {"id": "another"}]))


def _another_entry_too(told: Json) -> None:
    told["entries"].append(told["entries"][0])
    _sign_again(told)


def _other_order(told: Json) -> None:
    told["entries"].reverse()
    _sign_again(told)


def _bare_bytes(told: Json) -> None:
    told["sign"] = to_base64(b"senim/key/v1\nsomething else to sign")


def _one_statement_twice(told: Json) -> None:
    told["entries"][1] = told["entries"][0]
    _sign_again(told)


def _key_of_somebody(told: Json) -> None:
    told["keys"]["nurse"] = "0123456789abcdef"


def _nobody_beside(told: Json) -> None:
    del told["keys"]["nurse"]


def lie(name: str, code: str, tell: Alter) -> Lie:
    return Lie(name=name, code=code, tell=tell)


LIES = [
    lie("more_units", "statement", _first(_set("body", "lines", 0, "units", value=100))),
    lie("another_lot", "statement", _first(_set("body", "lines", 0, "lot", value="B"))),
    lie("another_place", "statement", _first(_set("body", "to_place", value="custody"))),
    lie("a_field_more", "statement", _first(_set("body", "lines", 0, "gtin", value="4870000000001"))),
    lie("another_type", "statement", _first(_set("type", value="stock.sent"))),
    lie("another_time", "statement", _first(_set("occurred_at", value="2020-01-01T00:00:00.000000Z"))),
    lie("another_id", "statement", _first(_set("id", value="00000000-0000-0000-0000-000000000001"))),
    lie("another_performer", "statement", _first(_set("performer", value="head"))),
    lie("no_witness", "statement", _first(_set("witness", value=None))),
    lie("a_pending_witness", "statement", _first(_set("witness_pending", value="at_home"))),
    lie("an_acknowledgement", "statement", _first(_set("acknowledged", value=[{"code": "early_supply"}]))),
    lie("a_late_reason_in_clear", "statement", _first(_set("late_reason", value="was busy"))),
    lie("an_unknown_member", "statement", _first(_set("extra", value=1))),
    lie("another_log", "log", _first(_set("log", value="senim/other-hospital/1"))),
    lie("another_genesis", "genesis", _first(_set("genesis", value=_OTHER))),
    lie("it_has_seen_less", "seen", _first(_set("seen", "seq", value=0))),
    lie("it_has_seen_another_log", "seen", _first(_set("seen", "leaf", value=_OTHER))),
    lie("it_has_seen_nothing", "seen", _first(_set("seen", value={"seq": -1, "leaf": "0" * 64}))),
    lie("seen_is_missing", "seen", _first(lambda said: said.pop("seen"))),
    lie("another_text_is_sealed", "opening", _another_text),
    lie("another_commitment", "opening", _other_commitment),
    lie("an_opening_is_missing", "opening", _no_opening),
    lie("a_key_is_short", "base64", _key_of_another_length),
    lie("a_text_in_clear", "sealed", _text_in_clear),
    lie("more_is_sealed", "opening", _sealed_more),
    lie("another_statement_is_signed_too", "sign", _one_more_hash),
    lie("other_bytes_are_signed", "sign", _bare_bytes),
    lie("another_entry_in_the_basket", "basket", _another_entry_too),
    lie("another_order", "sealed", _other_order),
    lie("one_entry_twice", "sealed", _one_statement_twice),
    lie("another_key_for_somebody", "keys", _key_of_somebody),
    lie("somebody_is_left_out", "keys", _nobody_beside),
]
