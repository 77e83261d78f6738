"""The days around today, so that whoever signs in finds work: fresh stock, courses that run, a ward, a death.

Commands as in the files of the quarter. People and patients are invented; IINs are those of persons born in the 1800s.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

_HOME = {"hospital": ("101010000", "990140000017"), "phc": ("103230100", "050340000079")}
_PHARMACIST = {"hospital": ("a.nurlanova", "d.akhmetova"), "phc": ("l.dosan", "k.baimukhan")}
_PHYSICIAN = {"hospital": "g.iskakov", "phc": "e.zhaksybek"}
_NURSE = {"hospital": "m.kasym", "phc": "f.mukan"}
_ORAL, _UNDER_THE_SKIN, _THROUGH_THE_SKIN = "20053000", "20066000", "20070000"
_TABLET, _AMPOULE, _PATCH = "morphine-tab-10", "morphine-inj-10", "fentanyl-tts-25"
_LOTS = {_TABLET: "T-201", _AMPOULE: "M-101", _PATCH: "F-301"}
_MG = {"value": "10", "unit": "mg"}
_GTIN = "04870000000029"
PACK = f"(01){_GTIN}(10){_LOTS[_TABLET]}"
"""What a scanner reads from a pack of the tablets: GS1 elements, spelled for people."""


def days_around(facility: str, now: datetime) -> Iterator[dict[str, Any]]:
    """What happened at the *facility* of the demonstration (hospital or phc) up to *now*, an aware local time."""

    def line(days: int, clock: str, type: str, performer: str, body: dict[str, Any], witness: str | None = None) -> Any:
        at = datetime.combine((now + timedelta(days=days)).date(), time.fromisoformat(clock), now.tzinfo).isoformat()
        return {"id": str(uuid4()), "type": type, "occurred_at": at, "performer": performer, "witness": witness,
                "body": body}  # fmt: skip

    def on(days: int) -> str:
        return (now + timedelta(days=days)).date().isoformat()

    (pharmacist, second), physician, nurse = _PHARMACIST[facility], _PHYSICIAN[facility], _NURSE[facility]
    received = [
        {"product": product, "lot": lot, "expires_on": on(500), "units": units}
        for (product, lot), units in zip(_LOTS.items(), (200, 100, 30), strict=True)
    ]
    packs = {"product": _TABLET, "gtins": [{"gtin": _GTIN, "units": 20}]}
    yield line(-8, "08:30", "pack.listed", "registrar", packs)
    body: dict[str, Any] = {"place": "safe", "lines": received, "supplier": "СК-Фармация", "document_no": "2026/118"}
    yield line(-8, "09:00", "stock.received", pharmacist, body, second)
    for patient, name, iin, born_on, home in _patients(facility):
        identity = {"name": name, "iin": iin, "born_on": born_on, "address": "ойдан шығарылған мекенжай"}
        kato, phc = _HOME[home]
        body = {"patient": patient, "identity": identity, "home_kato": kato, "home_phc_bin": phc}
        yield line(
            -8, "10:00", "patient.registered", physician, body | {"indication": "malignant_neoplasm", "icd10": "C50.9"}
        )
    for patient, product, times, days, starts, setting in _courses(facility):
        per_day = 1 if product == _PATCH else times
        frequency = {"times": times, "period": 3 if product == _PATCH else 1, "period_unit": "d", "as_needed": False}
        units = -(-days // 3) if product == _PATCH else per_day * days
        body = {
            "prescription": f"rx-{patient}", "patient": patient, "product": product,
            "single_dose": {"value": "25", "unit": "ug/h"} if product == _PATCH else _MG,
            "route": {_TABLET: _ORAL, _AMPOULE: _UNDER_THE_SKIN, _PATCH: _THROUGH_THE_SKIN}[product],
            "frequency": frequency, "duration_days": days, "starts_on": on(starts), "units": units,
            "setting": setting, "record_no": f"{patient}/26",
        }  # fmt: skip
        yield line(starts, "10:30", "prescription.issued", physician, body)
    body = {
        "prescription": "rx-n3", "patient": "n3", "place": "safe", "lots": [{"lot": _LOTS[_TABLET], "units": 30}],
        "days_supply": 10, "collector": {"kind": "relative", "name": "Сейтқали Айша", "identity": "seen"},
    }  # fmt: skip
    yield line(-6, "12:00", "dispense.outpatient", pharmacist, body)
    yield line(-1, "08:00", "patient.died", physician, {"patient": "n3", "died_on": on(-1)})
    if facility == "hospital":
        moved = [{"product": _AMPOULE, "lot": _LOTS[_AMPOULE], "units": 20}]
        body = {"from_place": "safe", "to_place": "ward-1", "lines": moved}
        yield line(-3, "09:00", "stock.moved", pharmacist, body, nurse)
        for days in (-3, -2, -1):
            for clock in ("12:00", "18:00", "22:00"):
                body = {
                    "patient": "n2", "prescription": "rx-n2", "place": "ward-1", "product": _AMPOULE,
                    "lots": [{"lot": _LOTS[_AMPOULE], "units": 1}], "dose": _MG,
                }  # fmt: skip
                yield line(days, clock, "dose.administered", nurse, body)


def _patients(facility: str) -> tuple[tuple[str, str, str, str, str], ...]:
    """(patient, name, IIN, day of birth, whose home district)."""
    return (
        ("n1", "Әбдірахман Жанат", "840312201002", "1884-03-12", facility),
        ("n2", "Ибраева Гүлсім", "790921201001", "1879-09-21", facility),
        ("n3", "Сейтқали Бекзат", "881105101000", "1888-11-05", facility),
        ("n4", "Оразбай Күлән", "910227201006", "1891-02-27", "phc"),
    )


def _courses(facility: str) -> tuple[tuple[str, str, int, int, int, str], ...]:
    """(patient, product, times, days, first day from today, setting)."""
    ward = "inpatient" if facility == "hospital" else "home"
    return (
        ("n1", _TABLET, 3, 10, -1, "home"),
        ("n2", _AMPOULE, 3, 14, -3, ward),
        ("n3", _TABLET, 3, 10, -6, "home"),
        ("n4", _PATCH, 1, 30, -1, "home"),
    )
