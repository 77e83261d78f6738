"""One command of each pharmacy type that can be recorded, and one that is refused, in the small pharmacy."""

from dataclasses import dataclass
from typing import Any

from tests.domain.pharmacy import Pharmacy, dose, moved, prescription, registration

EVENING = "2026-02-02T20:00:00+05:00"
AMPOULES = {"product": "morphine-inj", "lot": "morphine-inj-1"}
QUARTER_PAST = "2026-02-02T20:15:00+05:00"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`before` is recorded first; `refused` are changes of the body and the codes that they are answered with."""

    body: dict[str, Any]
    performer: str
    witness: str | None = None
    before: tuple[tuple[str, dict[str, Any], str, str | None], ...] = ()
    refused: tuple[tuple[dict[str, Any], list[str]], ...]
    notes: tuple[str, ...] = ()
    packs: str = "none"


_P3 = ("patient.registered", registration("p3"), "doc", None)
_WARD = ("stock.moved", moved(10), "ph1", "nurse")
_PAPER_WARD = (
    "place.opened",
    {"place": "paper", "kind": "ward", "name": "paper", "administration": "on_paper"},
    "registrar",
    None,
)
_TO_PAPER = ("stock.moved", moved(10, to="paper"), "ph1", "nurse")
_RX = ("prescription.issued", prescription("rx", "p1"), "doc", None)
_DRIVER = {
    "infusion": "drv",
    "patient": "p1",
    "place": "ward",
    "hours": 24,
    "contents": [
        {
            "product": "morphine-inj",
            "lots": [{"lot": "morphine-inj-1", "units": 3}],
            "dose": {"value": "30", "unit": "mg"},
        }
    ],
}
_RUNNING = ("infusion.started", _DRIVER, "nurse", None)
_HELD = ("lot.quarantined", {**AMPOULES, "reason": "шағым"}, "ph1", None)
_PAPER_RX: dict[str, Any] = prescription("paper", "p1", units=20) | {
    "issued_by": {"name": "Дәрігер", "organisation": "№5 емхана"},
    "issued_on": "2026-02-01",
    "blank_series": "А",
    "units_used_before": 12,
}

SAMPLES: dict[str, Sample] = {
    "home.opened": Sample(
        body={"patient": "p1", "lines": [AMPOULES | {"units": 11}], "journal_no": "6"},
        performer="phc",
        witness="nurse",
        refused=(
            ({"patient": "nobody"}, ["patient_unknown"]),
            ({"lines": [AMPOULES | {"units": 0}]}, ["units_not_positive"]),
        ),
        packs="never_left",
    ),
    "custody.opened": Sample(
        body={"place": "custody", "seal_no": "OLD-1", "lines": [AMPOULES | {"units": 4}]},
        performer="ph1",
        witness="nurse",
        refused=(({"place": "safe"}, ["place_wrong_kind"]), ({"lines": []}, ["malformed"])),
    ),
    "prescription.transcribed": Sample(
        body=_PAPER_RX,
        performer="nurse",
        refused=(
            ({"issued_on": "2026-02-03"}, ["time_in_future"]),
            ({"issued_by": {"organisation": "№5"}}, ["field_missing"]),
            ({"renews": "none"}, ["prescription_missing"]),
        ),
    ),
    "patient.corrected": Sample(
        body={"patient": "p1", "identity": {"name": "Ә. Б."}, "reason": "қате жазылған"},
        performer="nurse",
        refused=(
            ({"identity": {}}, ["field_missing"]),
            ({"identity": {"iin": "1"}}, ["iin_invalid"]),
            ({"patient": "nobody"}, ["patient_unknown"]),
        ),
    ),
    "patient.moved": Sample(
        body={"patient": "p1", "home_kato": "101010000", "home_phc_bin": "990140000017"},
        performer="doc",
        refused=(({"home_kato": "999999999"}, ["kato_unknown"]),),
    ),
    "patients.merged": Sample(
        body={"keep": "p1", "drop": "p3", "reason": "бір адам"},
        performer="ph1",
        before=(_P3,),
        refused=(({"drop": "p1"}, ["malformed"]), ({"keep": "nobody"}, ["patient_unknown"])),
    ),
    "lot.quarantined": Sample(
        body={**AMPOULES, "reason": "шағым"}, performer="ph1", refused=(({"product": "x"}, ["product_unknown"]),)
    ),
    "lot.recalled": Sample(
        body={**AMPOULES, "reason": "өндіруші", "document_no": "R-7"},
        performer="ph1",
        before=(_HELD,),
        refused=(({"document_no": None}, ["field_missing"]),),
    ),
    "lot.released": Sample(
        body={**AMPOULES, "reason": "тексерілді"},
        performer="ph1",
        before=(_HELD,),
        refused=(({"lot": "OTHER"}, ["already_closed"]),),
    ),
    "lot.corrected": Sample(
        body={**AMPOULES, "to_lot": "TRUE", "expires_on": "2028-01-31", "reason": "қате оқылған"},
        performer="ph1",
        witness="ph2",
        refused=(
            ({"lot": "NEVER"}, ["lot_unknown"]),
            ({"to_lot": None, "expires_on": None}, ["field_missing"]),
            ({"to_lot": "morphine-inj-1"}, ["malformed"]),
        ),
    ),
    "doses.summarised": Sample(
        body={
            "place": "paper",
            "from_at": "2026-02-02T08:00:00+05:00",
            "to_at": EVENING,
            "sheet_no": "12",
            "lines": [AMPOULES | {"units": 4, "doses": 5}],
        },
        performer="nurse",
        witness="nurse2",
        before=(_PAPER_WARD, _TO_PAPER),
        refused=(
            ({"place": "ward"}, ["place_wrong_kind", "lot_unknown"]),
            ({"to_at": "2026-02-02T08:00:00+05:00"}, ["malformed"]),
            ({"to_at": "2099-01-01T08:00:00+05:00"}, ["time_in_future"]),
            ({"lines": [AMPOULES | {"units": 11, "doses": 5}]}, ["balance_too_low"]),
        ),
        packs="never_left",
    ),
    "dose.not_given": Sample(
        body={"prescription": "rx", "due_at": EVENING, "reason": "asleep"},
        performer="nurse",
        before=(_RX,),
        refused=(
            ({"prescription": "none"}, ["prescription_missing"]),
            ({"due_at": "2099-01-01T08:00:00+05:00"}, ["time_in_future"]),
            ({"reason": "busy"}, ["malformed"]),
        ),
    ),
    "patch.removed": Sample(
        body={"patient": "p1", "product": "morphine-tab", "reason": "fell_off"},
        performer="nurse",
        refused=(({"product": "x"}, ["product_unknown"]),),
    ),
    "infusion.started": Sample(
        body=_DRIVER,
        performer="nurse",
        before=(_WARD, _RX),
        refused=(
            ({"home": True}, ["malformed"]),
            ({"hours": 0}, ["malformed"]),
            ({"prescription": "rx"}, ["prescription_other_product"]),
            ({"place": "custody"}, ["place_wrong_kind", "lot_unknown"]),
        ),
        notes=("without_prescription",),
        packs="never_left",
    ),
    "infusion.stopped": Sample(
        body={"infusion": "drv", "given_part": "0.75", "discarded": False},
        performer="nurse2",
        before=(_WARD, _RUNNING),
        refused=(
            ({"given_part": "1.1"}, ["malformed"]),
            ({"discarded": True}, ["witness_required"]),
            ({"infusion": "none"}, ["entry_unknown"]),
        ),
        notes=("rest_without_fate",),
    ),
    "stock.sent": Sample(
        body={
            "from_place": "safe",
            "to_log": "senim/rural/1",
            "lines": [AMPOULES | {"units": 5}],
            "document_no": "T-1",
        },
        performer="ph1",
        witness="ph2",
        refused=(({"lines": [AMPOULES | {"units": 101}]}, ["balance_too_low"]),),
        packs="never_left",
    ),
    "stock.arrived": Sample(
        body={
            "to_place": "safe",
            "from_log": "senim/rural/1",
            "from_id": "00000000-0000-0000-0000-0000000000ff",
            "lines": [AMPOULES | {"units": 5, "expires_on": "2027-06-30"}],
            "document_no": "T-1",
        },
        performer="ph1",
        witness="ph2",
        refused=(({"lines": [AMPOULES | {"units": 5, "expires_on": "2026-02-01"}]}, ["lot_expired"]),),
        packs="never_left",
    ),
    "dose.administered": Sample(
        body=dose(residue={"value": "5", "unit": "mg"}, dose={"value": "5", "unit": "mg"}),
        performer="nurse",
        before=(_WARD,),
        refused=(
            ({"residue_fate": "wasted"}, ["witness_required"]),
            ({"residue": None, "residue_fate": "kept_for_collection"}, ["field_missing"]),
            ({"acknowledged": "00000000-0000-0000-0000-0000000000ff"}, ["entry_unknown"]),
        ),
        notes=("without_prescription", "rest_without_fate"),
        packs="never_left",
    ),
}


def prepared(sample: Sample, pharmacy: Pharmacy | None = None) -> Pharmacy:
    pharmacy = pharmacy or Pharmacy()
    for type_, body, performer, witness in sample.before:
        told = pharmacy.do(type_, body, performer, witness, at="2026-02-02T08:00:00+05:00")
        assert told[0] == "recorded", (type_, told)
    return pharmacy
