"""A report's model as bytes: canonical JSON, one spelling for each, both ways."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ledger.errors import BytesRejected
from ledger.log.canonical import from_bytes, to_bytes
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


def to_report(report: Any) -> bytes:
    """The canonical JSON of a report model: members that are None, and nothing else, are left out."""
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(report))
    _drop_none(told)
    return to_bytes({"format": FORMAT, **told})


def from_report(data: bytes) -> Any:
    """The model back from exactly the bytes that `to_report` writes. Raises `BytesRejected` for any other."""
    raw = from_bytes(data)
    try:
        if raw.pop("format") != FORMAT:
            raise BytesRejected("report_format")
        model = msgspec.convert(raw, type=MODELS[raw["frame"]["kind"]])
        ZoneInfo(model.frame.facility.zone)
    except (LookupError, TypeError, ValueError, AttributeError) as bad:
        raise BytesRejected("report_shape") from bad
    if model.frame.language not in LANGUAGES or to_report(model) != data:
        raise BytesRejected("report_shape")
    return model


def _drop_none(value: Any) -> None:
    """In place: a long report is large, and one copy of it is enough."""
    if isinstance(value, dict):
        for name in [name for name, each in value.items() if each is None]:
            del value[name]
        for each in value.values():
            _drop_none(each)
    elif isinstance(value, list):
        for each in value:
            _drop_none(each)
