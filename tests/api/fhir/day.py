"""One day with everything that has a status of its own in FHIR, and resources as a client would read them."""

import json
from decimal import Decimal
from typing import Any

from msgspec.json import encode

from api.fhir.gathering import Chart
from api.fhir.resources import MAKERS, build
from tests.faults.counter import PERSON, UNKNOWN

Json = dict[str, Any]
_HOME = "route=20066000 duration_days=10 record_no=1 starts_on=2026-03-02"
_FAR = PERSON.replace("home_kato=101010000", "home_kato=103230100")
DAY = f"""
08:00 head + pharm stock.opened place=safe lines=[morphine A 40 expires_on=2027-06-30,
  morphine B 20 expires_on=2027-06-30, morphine-tab T 100 expires_on=2027-06-30, fentanyl F 10 expires_on=2027-06-30]
08:01 head + pharm stock.opened place=ward lines=[midazolam M 10 expires_on=2027-06-30]
08:02 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 12]
08:30 doctor patient.registered patient=p_1 {PERSON} {UNKNOWN}
08:31 doctor patient.registered patient=p2 {_FAR} {UNKNOWN}
08:32 doctor patient.registered patient=p3 {PERSON} iin=821028101001 born_on=1882-10-28}}
08:40 doctor prescription.issued prescription=rx_part patient=p_1 product=morphine single_dose=2.125mg units=20
  frequency=3/d? setting=home {_HOME}
08:41 doctor prescription.issued prescription=rx-used patient=p_1 product=morphine-tab single_dose=10mg units=20
  frequency=2/d setting=home {_HOME}
08:42 doctor prescription.issued prescription=rx-stop patient=p_1 product=fentanyl single_dose=25ug/h units=4
  frequency=1/72h setting=home {_HOME}
08:43 doctor prescription.issued prescription=rx-ward patient=p2 product=morphine single_dose=10mg units=30
  frequency=3/d setting=inpatient {_HOME}
08:44 doctor prescription.issued prescription=rx-home patient=p2 product=morphine single_dose=10mg units=15
  frequency=3/d setting=home {_HOME.replace("duration_days=10", "duration_days=5")}
08:45 [wrong] doctor prescription.issued prescription=rx-wrong patient=p_1 product=morphine single_dose=10mg units=30
  frequency=3/d setting=home {_HOME}
08:46 doctor entry.reversed id=@wrong reason=wrong_patient note="another one" packs=none
09:00 [part] pharm dispense.outpatient prescription=rx_part patient=p_1 place=safe lots=[A 5, B 3] days_supply=4
  collector={{kind=relative identity=seen name="Test Relative"}}
09:05 [rest] pharm dispense.outpatient prescription=rx_part patient=p_1 place=safe lots=[A 2] days_supply=1
  collector={{kind=patient identity=seen}}
  → asks: early_supply, duplicate_dispense
  answers early_supply: the rest
  answers duplicate_dispense: the rest
09:10 [all] pharm dispense.outpatient prescription=rx-used patient=p_1 place=safe lots=[T 20] days_supply=10
  collector={{kind=delivered identity=known}}
09:20 [back] pharm dispense.outpatient prescription=rx-stop patient=p_1 place=safe lots=[F 1] days_supply=3
  collector={{kind=patient identity=seen}}
09:30 pharm entry.reversed id=@back reason=not_collected note="left" packs=never_left
09:40 doctor prescription.stopped prescription=rx-stop reason="sleepy all day"
10:00 [given] nurse + nurse2 dose.administered patient=p2 prescription=rx-ward place=ward product=morphine lots=[A 1]
  dose=7.5mg residue=2.5mg residue_fate=wasted
10:10 [asked] nurse dose.administered patient=p2 ordered_by=doctor place=ward product=morphine lots=[A 1] dose=10mg
10:20 [asleep] nurse dose.not_given prescription=rx-ward due_at=2026-03-02T10:00:00+05:00 reason=asleep
10:30 [error] nurse dose.administered patient=p2 prescription=rx-ward place=ward product=morphine lots=[A 1] dose=10mg
10:31 nurse entry.reversed id=@error reason=duplicate note="twice" packs=never_left
10:40 [mixed] nurse infusion.started infusion=drv-1 patient=p2 place=ward hours=24
  contents=[product=morphine lots=[A 3] dose=30mg, product=midazolam lots=[M 2] dose=10mg]
  → recorded: without_prescription
10:50 [half] nurse infusion.started infusion=drv-2 patient=p2 prescription=rx-ward place=ward hours=8
  contents=[product=morphine lots=[A 1] dose=7.5mg]
  → recorded: dose_arithmetic
14:50 [stop] nurse infusion.stopped infusion=drv-2 given_part="0.25"
  → recorded: rest_without_fate
15:00 [home] pharm dispense.discharge prescription=rx-home patient=p2 place=safe lots=[A 15] days_supply=5
  collector={{kind=patient identity=seen}} discharge_summary_no=7 decided_by=doctor home_kato=103230100
  home_phc_bin=990140000017
16:00 doctor patients.merged keep=p_1 drop=p3 reason="one person"
17:00 doctor patient.died patient=p2 died_on=2026-03-02
"""


def read_all(chart: Chart) -> dict[tuple[str, str], Json]:
    """Every resource that the ledger makes, by type and id, its numbers as decimals."""
    found: dict[tuple[str, str], Json] = {}
    for row in chart.reading.rows():
        for type in MAKERS:
            for made in build(chart, type, chart.entry(row.seq)):
                assert (type, made["id"]) not in found
                found[type, made["id"]] = to_json(made)
    return found


def to_json(made: Json) -> Json:
    """As a client reads it from the wire."""
    told: Json = json.loads(encode(made), parse_float=Decimal)
    return told
