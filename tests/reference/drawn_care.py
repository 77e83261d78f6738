"""Bodies of what is done for patients: courses, supplies, doses, homes, what comes back."""

from datetime import timedelta

from tests.reference.drawn import PRODUCTS, Days, Maker
from tests.reference.homes import Homes
from tests.reference.stock import Stock
from tests.reference.world import Body

KATO = ("101010000", "103230100", "103230100", "999999999")
BIN = "990140000017"
ROUTES = {"amp": "20066000", "tab": "20053000", "fen": "20070000"}
SHORTFALLS = ("used_not_recorded", "not_asked", "broken_before", "not_found", "kept_by_family", "other")


def register(days: Days) -> Body:
    identity = {"name": "Ә. Ә.", "iin": None, "no_iin_reason": "newborn", "born_on": "1885-01-01", "address": "-"}
    patient = days.patient() if days.chance(8) else f"p{days.number(4, 9)}"
    body: Body = {"patient": patient, "identity": identity, "home_kato": days.one(KATO), "home_phc_bin": BIN}
    return body | {"indication": "other", "icd10": "C34.9"}


def correct(days: Days) -> Body:
    told: Body = {"identity": {"name": "Б. Б."}} if days.chance(70) else {"icd10": "C50"}
    return {"patient": days.patient(), "reason": "қате жазылған", **told}


def merge(days: Days) -> Body:
    keep = days.patient()
    others = [entry.body["patient"] for entry in days.live("patient.registered") if entry.body["patient"] != keep]
    return {"keep": keep, "drop": days.one(others or ["nobody"]), "reason": "бір адам"}


def order(days: Days) -> Body:
    """The body of a prescription; of the one it renews or replaces mostly the patient and the drug."""
    old = days.prescription() if days.chance(25) else None
    patient = old.body["patient"] if old and not days.chance(10) else days.patient()
    product = old.body["product"] if old and not days.chance(10) else days.product()
    _, strength, unit, _ = PRODUCTS.get(product, ("", "10", "mg", ""))
    body: Body = {
        "prescription": f"rx{days.said}" if not days.chance(4) else "rx1",
        "patient": patient,
        "product": product,
        "single_dose": {"value": strength, "unit": unit},
        "route": ROUTES.get(product, "20053000"),
        "frequency": {"times": 2, "period": 1, "period_unit": "d", "as_needed": days.chance(20)},
        "duration_days": days.number(2, 25),
        "starts_on": days.day(-5, 3),
        "units": days.number(4, 14),
        "setting": days.one(("inpatient", "home", "home", "outpatient")),
        "record_no": "R-1",
    }
    return body | ({days.one(("renews", "replaces")): old.body["prescription"]} if old else {})


def transcribe(days: Days) -> Body:
    paper: Body = {"issued_by": {"name": "Дәрігер", "organisation": "№5"}, "issued_on": days.day(-8, 1)}
    return order(days) | paper | {"units_used_before": days.number(0, 3)}


def supply(days: Days) -> Body:
    issued = days.prescription("home", "outpatient")
    named, product, patient = ("none", days.product(), days.patient())
    if issued is not None:
        named, product, patient = (issued.body[key] for key in ("prescription", "product", "patient"))
    if days.chance(5):
        patient = days.patient()
    place = days.place("safe", "safe", "mobile_team")
    body: Body = {"prescription": named, "patient": patient, "place": place, "lots": days.lots(place, product)}
    body |= {"days_supply": days.number(1, 11), "collector": {"kind": "patient", "identity": "seen"}}
    return body | days.maybe(20, left_before=_found_at_home(days, patient))


def discharge(days: Days) -> Body:
    kato = days.one(KATO) if days.chance(25) else KATO[1]
    told = {"discharge_summary_no": "D-1", "decided_by": "дәрігер", "home_kato": kato, "home_phc_bin": BIN}
    return supply(days) | told


def _source(days: Days) -> Body:
    return {"from_log": "senim/rural/1", "from_id": f"00000000-0000-0000-0000-{days.number(1, 6):012d}"}


def take_over(days: Days) -> Body:
    lines = [{"product": days.product(), "lot": days.lot(), "units": days.number(1, 8)}]
    return {**_source(days), "patient": days.patient(), "lines": lines, "days_supply": days.number(1, 9)}


def notice(days: Days) -> Body:
    kind = days.one(("acknowledged", "acknowledged", "died", "returned", "arrived"))
    types = ("stock.sent",) if kind == "arrived" else ("dispense.outpatient", "dispense.discharge")
    about = days.entry_id(*types) if not days.chance(8) else days.one(days.world.entries).id
    lines = [{"product": days.product(), "lot": days.lot(), "units": days.number(1, 3)}]
    return {"kind": kind, **_source(days), "about": about, **days.maybe(40, lines=lines)}


# -- at the bed and at home ------------------------------------------------------------------------


def _at_home(days: Days, patient: str) -> tuple[str, str, int]:
    """(product, lot, units) of what a patient has, mostly."""
    rows = Homes(days.world).rows.items()
    held = [(pack[1], pack[2], row.still_out) for pack, row in rows if pack[0] == patient]
    return days.one(held) if held and not days.chance(8) else (days.product(), days.lot(), 2)


def _where(days: Days, patient: str, product: str) -> tuple[Body, str, list[Body]]:
    """Given at a place or at home: where, the product, the lots."""
    if days.chance(35):
        product, lot, there = _at_home(days, patient)
        return {"home": True}, product, [{"lot": lot or "A", "units": days.units_of(max(1, there))}]
    place = days.place("ward", "ward", "safe", "mobile_team")
    if not days.chance(60):
        product = days.on_shelf(place)[0]
    return {"place": place}, product, days.lots(place, product)


def dose(days: Days) -> Body:
    issued = days.prescription() if days.chance(60) else None
    patient = issued.body["patient"] if issued and not days.chance(5) else days.patient()
    where, product, lots = _where(days, patient, issued.body["product"] if issued else days.product())
    _, strength, unit, _ = PRODUCTS.get(product, ("", "10", "mg", ""))
    whole = sum(line["units"] for line in lots) * int(strength)
    given = whole if days.chance(60) else max(1, whole - 4)
    body: Body = {"patient": patient, **where, "product": product, "lots": lots}
    body["dose"] = {"value": str(given), "unit": unit}
    if given < whole and days.chance(80):
        body["residue"] = {"value": str(whole - given), "unit": unit}
        body |= days.maybe(60, residue_fate=days.one(("wasted", "kept_for_collection")))
    if issued is not None:
        body["prescription"] = issued.body["prescription"]
    elif days.chance(40):
        body["ordered_by"] = days.one(("doc", "doc", "doc2", "nu1", "ghost"))
    elif days.chance(40):
        body["acknowledged"] = days.entry_id("dispense.acknowledged")
    return body


def infuse(days: Days) -> Body:
    issued = days.prescription() if days.chance(50) else None
    patient = issued.body["patient"] if issued else days.patient()
    where, product, lots = _where(days, patient, issued.body["product"] if issued else "amp")
    amount = str(sum(line["units"] for line in lots) * 10)
    contents = [{"product": product, "lots": lots, "dose": {"value": amount, "unit": "mg"}}]
    if days.chance(20) and "place" in where:
        other = days.on_shelf(where["place"])
        lots = [{"lot": other[1], "units": 1}]
        contents.append({"product": other[0], "lots": lots, "dose": {"value": "10", "unit": "mg"}})
    body: Body = {"infusion": f"drv{days.number(1, 9)}", "patient": patient, **where, "contents": contents, "hours": 24}
    return body | ({"prescription": issued.body["prescription"]} if issued else {})


def stop_infusion(days: Days) -> Body:
    body: Body = {"infusion": days.some("infusion", ("infusion.started",), "none")}
    return body | {"given_part": days.one(("0", "0.5", "1", "1.5"))} | days.maybe(40, discarded=days.chance(60))


def summarise(days: Days) -> Body:
    place = "paper" if not days.chance(8) else days.place("ward")
    first = days.now - timedelta(hours=days.number(8, 30))
    to_at = days.write(first + timedelta(hours=8))
    lines = [{**line, "doses": 2} for line in days.lines(place)]
    return {"place": place, "from_at": days.write(first), "to_at": to_at, "sheet_no": "12", "lines": lines}


def not_given(days: Days) -> Body:
    issued = days.prescription()
    due_at = days.write(days.now - timedelta(hours=days.number(-1, 9)))
    return {"prescription": issued.body["prescription"] if issued else "none", "due_at": due_at, "reason": "asleep"}


def _found_at_home(days: Days, patient: str) -> list[Body]:
    lines = []
    for _ in range(1 + days.chance(25)):
        product, lot, there = _at_home(days, patient)
        units = max(0, there + days.number(-2, 1))
        lines.append({"product": product, "units": units, **(days.maybe(70, lot=lot) if lot else {})})
    return lines


def count_at_home(days: Days) -> Body:
    patient = days.patient()
    return {"patient": patient, "lines": _found_at_home(days, patient)}


def open_home(days: Days) -> Body:
    line = {"product": days.product(), "lot": days.lot(), "units": days.number(1, 8)}
    return {"patient": days.patient(), "lines": [line | days.maybe(30, expires_on="2027-03-31")]}


def bring_back(days: Days) -> Body:
    patient, lines = days.patient(), []
    for _ in range(1 + days.chance(20)):
        product, lot, there = _at_home(days, patient)
        line: Body = {"product": product, "intact": max(0, there - days.number(-1, 3)), "broken": days.chance(15) * 1}
        line |= days.maybe(75, lot=lot) if lot else {}
        lines.append(line | days.maybe(50, shortfall=days.one(SHORTFALLS)))
    body: Body = {"brought_by": "Ұлы", "relation": "child", "reason": "other", "lines": lines}
    body |= {"empties_declined": False, "seal_no": days.seal_no(), "place": days.place("custody")}
    return body | {"signed_by_relative": "yes"} | days.maybe(92, patient=patient)


# -- empties, custody, the end ---------------------------------------------------------------------


def collect(days: Days) -> Body:
    ward, stock, lines = days.place("ward"), Stock(days.world), []
    for _ in range(1 + days.chance(20)):
        due = [(account[2], account[3], stock.balance(account)) for account in stock.accounts("empties", ward)]
        product, lot, units = days.one(due) if due and not days.chance(15) else ("amp", days.lot(), 1)
        empty = max(0, units + days.one((0, 0, 0, -1, 1)))
        lines.append({"product": product, "lot": lot, "empty": empty, "partial": days.chance(10) * 1})
    return {"place": ward, "lines": lines, "seal_no": days.seal_no(), "to_place": days.place("custody")}


def hand_on(days: Days) -> Body:
    seals = days.seals()
    from_place = days.place("custody")
    return {"from_place": from_place, "to_place": days.place("custody"), "seals": seals}


def destroy(days: Days) -> Body:
    commission = ["head", days.one(("ph1", "nu1")), days.one(("ph2", "doc", "ghost") if days.chance(20) else ("ph2",))]
    items: list[Body] = [{"seal_no": seal} for seal in days.seals()] if days.chance(60) else []
    if not items or days.chance(20):
        place = days.place("safe", "custody")
        items += [{"place": place, **line} for line in days.lines(place)]
    body: Body = {"act_no": "1", "method": "dissolving", "place": days.place("custody"), "items": items}
    return body | {"commission": commission[: 2 if days.chance(5) else 3]}


CARE: dict[str, Maker] = {
    "home.opened": open_home,
    "custody.opened": lambda days: {
        "place": days.place("custody"),
        "seal_no": days.seal_no(),
        "lines": [{"product": days.product(), "lot": days.lot(), "units": days.number(1, 5)}],
    },
    "prescription.transcribed": transcribe,
    "patient.registered": register,
    "patient.corrected": correct,
    "patient.moved": lambda days: {"patient": days.patient(), "home_kato": days.one(KATO), "home_phc_bin": BIN},
    "patients.merged": merge,
    "patient.died": lambda days: {"patient": days.patient(), "died_on": days.day(-6, 1)},
    "doses.summarised": summarise,
    "prescription.issued": order,
    "prescription.stopped": lambda days: {
        "prescription": issued.body["prescription"] if (issued := days.prescription()) else "none",
        "reason": "тоқтатылды",
    },
    "dispense.outpatient": supply,
    "dispense.discharge": discharge,
    "dispense.acknowledged": take_over,
    "notice.received": notice,
    "dose.administered": dose,
    "dose.not_given": not_given,
    "patch.removed": lambda days: {"patient": days.patient(), "product": days.product(), "reason": "change"},
    "infusion.started": infuse,
    "infusion.stopped": stop_infusion,
    "empties.collected": collect,
    "home.counted": count_at_home,
    "relatives.informed": lambda days: {
        "patient": days.patient(),
        "relative": "Ұлы",
        "relation": "child",
        "order_no": "12",
        "order_on": "2026-01-10",
    },
    "unused.returned": bring_back,
    "custody.moved": hand_on,
    "destruction.performed": destroy,
}
