"""Three weeks of one patient on a real ledger: a pump's drug, patches, what has no factor, home, and a death."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from ledger.service.importing import record_line
from tests.stories.stage import Stage, to_utc

NAME = "Қасымова <b>Ә</b> & &lt;Ұ&gt;"
SUBCUTANEOUS, SKIN = "20066000", "20070000"
_NOBODY = {"no_iin_reason": "no papers", "born_on": "1890-01-01", "address": "Abai 1"}


class Days:
    """A stage on which everything is entered from paper, so that nothing is asked."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder)

    def do(self, type: str, at: str, body: Mapping[str, Any], by: str = "nurse", witness: str | None = None) -> int:
        """Enter it at *at* (of 2026, where no year is named) on the facility's clock; its seq."""
        when = at if at[4] == "-" else f"2026-{at}"
        self.stage.now = max(self.stage.now, to_utc(when.replace("T", " ")))
        raw = {"id": str(uuid4()), "type": type, "occurred_at": f"{when}:00+05:00", "performer": by}
        told = raw | {"witness": witness, "body": dict(body)}
        answer = record_line(self.stage.house.ledger, 1, told, strict=False)
        assert answer.receipt is not None, (type, at, answer)
        return int(answer.receipt.seq)

    def register(self, patient: str = "p1", name: str = NAME) -> None:
        body: dict[str, Any] = {"patient": patient, "identity": {"name": name, **_NOBODY}, "home_kato": "103230100"}
        body |= {"home_phc_bin": "990140000017", "indication": "malignant_neoplasm", "icd10": "C34"}
        self.do("patient.registered", "03-01T08:00", body, "doctor")

    def stock(self) -> None:
        for place in ("ward", "safe"):
            lines = [
                {"product": each, "lot": f"{each}-1", "units": 400, "expires_on": "2027-06-30"}
                for each in ("morphine", "morphine-tab", "fentanyl", "trimeperidine", "diazepam")
            ]
            self.do("stock.opened", "03-01T07:00", {"place": place, "lines": lines}, "head", "pharm")

    def order(self, name: str, product: str, dose: str, route: str, on: str, days: int, **more: Any) -> None:
        value, _, unit = dose.partition(" ")
        often: dict[str, Any] = {"times": 4, "period": 1, "period_unit": "d", "as_needed": False}
        body: dict[str, Any] = {
            "prescription": name,
            "patient": "p1",
            "product": product,
            "route": route,
            "frequency": often,
        }
        body |= {"single_dose": {"value": value, "unit": unit}, "duration_days": days, "starts_on": f"2026-{on}"}
        body |= {"units": 300, "setting": "inpatient", "record_no": "1"} | more
        self.do("prescription.issued", f"{on}T08:00", body, "doctor")

    def give(self, at: str, product: str, dose: str, order: str) -> int:
        value, _, unit = dose.partition(" ")
        body: dict[str, Any] = {"patient": "p1", "prescription": order, "place": "ward", "product": product}
        body |= {"lots": [{"lot": f"{product}-1", "units": 1}], "dose": {"value": value, "unit": unit}}
        return self.do("dose.administered", at, body, witness="nurse2")


def three_weeks(folder: Path) -> Days:
    days = Days(folder)
    days.stock()
    days.register()
    days.order("rx", "morphine", "10 mg", SUBCUTANEOUS, "03-02", 9)
    for day in (f"{n:02}" for n in range(2, 10)):
        for hour in ("09", "13", "18", "23"):
            days.give(f"03-{day}T{hour}:00", "morphine", "10 mg", "rx")
    twice = days.give("03-05T13:05", "morphine", "10 mg", "rx")
    undo = {"seq": twice, "reason": "duplicate", "note": "told twice", "packs": "never_left"}
    days.do("entry.reversed", "03-05T14:00", undo, witness="nurse2")
    needed = {"times": 4, "period": 1, "period_unit": "d", "as_needed": True}
    days.order("need", "morphine", "10 mg", SUBCUTANEOUS, "03-03", 18, frequency=needed)
    for day in ("03", "04", "10", "11"):
        days.give(f"03-{day}T15:00", "morphine", "10 mg", "need")
    changed = {"times": 1, "period": 3, "period_unit": "d", "as_needed": False}
    days.order("patch", "fentanyl", "25 ug/h", SKIN, "03-10", 12, frequency=changed)
    for at in ("03-10T09:00", "03-13T09:00", "03-13T09:30", "03-16T10:00"):
        days.give(at, "fentanyl", "25 ug/h", "patch")
    days.order("promedol", "trimeperidine", "20 mg", SUBCUTANEOUS, "03-13", 2)
    days.give("03-13T20:00", "trimeperidine", "20 mg", "promedol")
    days.order("calm", "diazepam", "10 mg", "20035000", "03-13", 2)
    days.give("03-13T21:00", "diazepam", "10 mg", "calm")
    days.order("tab", "morphine-tab", "20 mg", "20053000", "03-14", 20, setting="home")
    supply: dict[str, Any] = {"prescription": "tab", "patient": "p1", "place": "safe", "days_supply": 8}
    supply |= {"lots": [{"lot": "morphine-tab-1", "units": 64}]}
    supply |= {"collector": {"kind": "relative", "name": "Туысы", "identity": "seen"}}
    discharge = {"discharge_summary_no": "D-1", "decided_by": "doctor", "home_kato": "103230100"}
    days.do("dispense.discharge", "03-15T12:00", supply | discharge | {"home_phc_bin": "990140000017"}, "pharm")
    return days


def died(days: Days) -> None:
    days.do("patient.died", "03-20T09:00", {"patient": "p1", "died_on": "2026-03-19"}, "doctor")
