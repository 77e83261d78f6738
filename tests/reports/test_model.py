"""A report's data has one spelling, both ways."""

import json
from dataclasses import replace

import pytest

from ledger.errors import BytesRejected
from ledger.log.canonical import to_bytes
from reports.data import from_report, to_report
from reports.model import Period
from tests.reports.world import Log, busy_log


@pytest.mark.parametrize("place", ["safe", "ward-1", None])
def test_what_is_written_is_read_back_as_it_was(place: str | None) -> None:
    register = busy_log().register("kk", place=place)
    assert from_report(to_report(register)) == register


def test_what_is_not_there_is_left_out() -> None:
    told = json.loads(to_report(Log.opened().register(place=None)))
    assert "place" not in told
    assert told["period"] == {}
    assert told["rows"] == []


def test_what_is_spelled_in_pieces_is_canonical_as_a_whole() -> None:
    data = to_report(busy_log().register("kk", place=None))
    assert to_bytes(json.loads(data)) == data


def test_another_spelling_of_the_same_data_is_refused() -> None:
    data = to_report(busy_log().register())
    with pytest.raises(BytesRejected, match="report_shape"):
        from_report(json.dumps(json.loads(data)).encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.update(surplus=1),
        lambda raw: raw["rows"][0].update(surplus=1),
        lambda raw: raw["rows"][0].update(came="400"),
        lambda raw: raw["rows"][0].update(at="yesterday"),
        lambda raw: raw.pop("closing_units"),
        lambda raw: raw["frame"].update(kind="dispense"),
        lambda raw: raw["frame"].update(language="de"),
        lambda raw: raw["frame"]["facility"].update(zone="Asia/Nowhere"),
        lambda raw: raw["frame"]["facility"].update(zone="../../etc/localtime"),
        lambda raw: raw.update(format="senim/report/v2"),
        lambda raw: raw.update(frame=[]),
        lambda raw: raw["frame"].pop("kind"),
        lambda raw: raw.pop("format"),
    ],
)
def test_data_of_another_shape_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    raw = json.loads(to_report(busy_log().register()))
    change(raw)
    with pytest.raises(BytesRejected, match=r"report_(shape|format)"):
        from_report(to_bytes(raw))


def test_a_name_that_is_not_nfc_makes_no_report() -> None:
    register = busy_log().register()
    person = replace(register.rows[0].performer, name="И\u0306")
    with pytest.raises(BytesRejected, match="not_nfc"):
        to_report(replace(register, rows=(replace(register.rows[0], performer=person),), period=Period()))


def test_data_nested_without_end_are_refused() -> None:
    with pytest.raises(BytesRejected, match="report_shape"):
        from_report(b'{"format":"senim/report/v1","frame":{"kind":"register","language":' + b"[" * 100_000 + b"}}")
