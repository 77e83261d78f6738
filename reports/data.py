"""A report's model as bytes: canonical JSON, one spelling for each, both ways."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ledger.errors import BytesRejected
from ledger.log.canonical import to_canonical
from ledger.words import LANGUAGES
from reports.act import Act
from reports.circle import CircleReport
from reports.count import Count
from reports.destruction import Destruction
from reports.dose_history import DoseReport
from reports.model import Register
from reports.monthly import Monthly
from reports.sheet import Sheet
from reports.verification import Inspection

FORMAT = "senim/report/v1"

MODELS: Mapping[str, type[Any]] = {
    "register": Register,
    "dispense": Act,
    "return": Act,
    "empties": Act,
    "sheet": Sheet,
    "count": Count,
    "circle": CircleReport,
    "monthly": Monthly,
    "destruction": Destruction,
    "dose-history": DoseReport,
    "verification": Inspection,
}
"""By kind."""


class _Framed(msgspec.Struct):
    kind: str


class _Told(msgspec.Struct):
    """What says how the rest is to be read."""

    format: str
    frame: _Framed


def to_report(report: Any) -> bytes:
    """The canonical JSON of a report model: members that are None, and nothing else, are left out."""
    return b"".join(_spell(report))


def _spell(report: Any) -> Iterator[bytes]:
    """Piece by piece: a long report is large, and no second one is made to write it down."""
    told = {each.name: getattr(report, each.name) for each in fields(report)} | {"format": FORMAT}
    mark = b"{"
    for name in sorted(name for name, value in told.items() if value is not None):
        yield mark + to_canonical(name) + b":"
        yield from _spell_member(told[name])
        mark = b","
    yield b"}"


def _spell_member(value: Any) -> Iterator[bytes]:
    if not isinstance(value, tuple):
        yield _spell_whole(value)
        return
    mark = b"["
    for each in value:
        yield mark + _spell_whole(each)
        mark = b","
    yield b"]" if value else b"[]"


def _spell_whole(value: Any) -> bytes:
    told = msgspec.json.decode(msgspec.json.encode(value))
    _drop_none(told)
    return to_canonical(told)


def from_report(data: bytes) -> Any:
    """The model back from exactly the bytes that `to_report` writes. Raises `BytesRejected` for any other."""
    try:
        told = msgspec.json.decode(data, type=_Told)
        if told.format != FORMAT:
            raise BytesRejected("report_format")
        model = msgspec.json.decode(data, type=MODELS[told.frame.kind])
        ZoneInfo(model.frame.facility.zone)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as bad:
        raise BytesRejected("report_shape") from bad
    if model.frame.language not in LANGUAGES or to_report(model) != data:
        raise BytesRejected("report_shape")
    return model


def _drop_none(value: Any) -> None:
    if isinstance(value, dict):
        for name in [name for name, each in value.items() if each is None]:
            del value[name]
        for each in value.values():
            _drop_none(each)
    elif isinstance(value, list):
        for each in value:
            _drop_none(each)
