"""Supply for use at home: to an outpatient, at discharge outside the home district; what the other side says of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from ledger.domain.asking.courses import days_later
from ledger.domain.book import Book
from ledger.domain.effects import AtHome, Effect, Made, Used, at_home
from ledger.domain.families.prescribing import FREQUENCY, check_alive, check_course, check_whose
from ledger.domain.families.stocking import GIVING_PLACES, SOURCE, mentions_of, moved_out, once_per_line, taken_over
from ledger.domain.form import Fields, Opt, many, obj, sealed
from ledger.domain.kind import Case, Kind, local_day
from ledger.domain.lots import true_name
from ledger.domain.records import Past, Prescription
from ledger.domain.terms import DOCUMENTS, INPATIENT_KINDS
from ledger.domain.texts import one_of, ref, text, username_or_sealed, word
from ledger.domain.values import (
    LOT_LINE,
    PRODUCT_LINE,
    bin_number,
    code,
    count,
    day,
    integer,
    kato,
    some_quantity,
    uuid,
)
from ledger.errors import Refusal

HOME_LINE: Fields = {"product": ref("product"), "lot": Opt(text), "units": count}
COLLECTOR = obj(
    {
        "kind": one_of("patient", "relative", "health_worker", "delivered"),
        "name": Opt(sealed(text)),
        "identity": one_of("seen", "known", "not_asked"),
        "document_kind": Opt(word(DOCUMENTS)),
    }
)
_SUPPLY: Fields = {
    "prescription": ref("prescription"),
    "patient": ref("patient"),
    "place": ref("place"),
    "lots": many(obj(LOT_LINE)),
    "days_supply": integer(1, 3_660),
    "collector": COLLECTOR,
    "left_before": Opt(many(obj(HOME_LINE))),
}


def counted_at_home(patient: str, lines: list[Mapping[str, Any]]) -> list[Effect]:
    return [
        AtHome(
            patient=patient,
            product=line["product"],
            line=n - len(lines),  # what was left stands before what is handed out in the same entry
            what="counted",
            lot=line.get("lot", ""),
            units=line["units"],
        )
        for n, line in enumerate(lines)
    ]


def _lines(case: Case) -> list[dict[str, Any]]:
    """The lots as lines of the prescription's product; none where there is no such prescription."""
    prescription = case.book.find("prescription", case.body["prescription"])
    if prescription is None:
        return []
    return [{"product": prescription.product, **line} for line in case.body["lots"]]


def _supply(case: Case) -> list[Effect]:
    body = case.body
    lines = _lines(case)
    until_on = (date.fromisoformat(case.day) + timedelta(days=body["days_supply"] - 1)).isoformat()
    effects = [*moved_out(body["place"], lines), *counted_at_home(body["patient"], body.get("left_before", []))]
    effects += at_home(body["patient"], "dispensed", lines, until_on)
    return [*effects, Used(body["prescription"], sum(line["units"] for line in lines))]


def check_supply(case: Case) -> None:
    """The rule both supplies share: alive, the right course, and lots that may be given and are there."""
    check_alive(case)
    case.find_place("place", *GIVING_PLACES)
    prescription = case.book.find("prescription", case.body["prescription"])
    if prescription is None:
        return
    asked = sum(line["units"] for line in case.body["lots"])
    found = check_whose(case, prescription, None) + check_course(case, prescription, asked)
    found += _check_brought(case, prescription)
    if prescription.setting == "inpatient":  # then alone in its group; the time is of another
        case.refuse("prescription_inpatient", "body.prescription", prescription=case.body["prescription"])
        found = [refusal for refusal in found if refusal.code == "time_before_prescription"]
    case.refusals += found
    case.check_stock(moved_out(case.body["place"], _lines(case)), usable=True)
    if prescription.transcribed_by == case.command.performer and case.command.witness is None:
        case.note("own_transcription")


def _check_brought(case: Case, prescription: Prescription) -> list[Refusal]:
    """Its first supply is made within so many days of the issue, or of the first day that it could be made on."""
    days = case.rule("prescription_valid_days")
    if days is None or prescription.used or case.day > prescription.ends_on:
        return []
    issued_on = local_day(prescription.issued_at, case.book.facility.zone)
    until_on = days_later(max(issued_on, prescription.starts_on), days)
    if case.day <= until_on:
        return []
    values: dict[str, str | int] = {"prescription": case.body["prescription"], "until_on": until_on}
    return [Refusal(code="prescription_over", field="body.prescription", values=values)]


def _lots_given(case: Case) -> list[tuple[str, str]]:
    return mentions_of([*_lines(case), *case.body.get("left_before", [])])


DISPENSE_OUTPATIENT = Kind(
    name="dispense.outpatient", fields=_SUPPLY, rule=check_supply, effects=_supply, mentions=_lots_given
)


def _discharge(case: Case) -> None:
    """Order No. 32, section 2: only where the home unit is not the treating one, for a limited number of days."""
    check_supply(case)
    body, facility = case.body, case.book.facility
    if facility.kind not in INPATIENT_KINDS:
        case.refuse("facility_wrong_kind", None, kind=facility.kind)
    digits = case.rule("home_unit_kato_digits")
    if digits is not None and body["home_kato"][:digits] == facility.kato[:digits]:
        case.refuse("discharge_at_home", "body.home_kato", kato=body["home_kato"])
    most = case.rule("discharge_days_max")
    if most is None:
        case.refuse("rule_not_adopted", None, rule="discharge_days_max")
    elif body["days_supply"] > most:
        case.refuse("discharge_too_long", "body.days_supply", days=body["days_supply"], most=most)
    if "decided_by" in body and case.book.find("person", body["decided_by"]) is None:
        case.refuse("not_enrolled", "body.decided_by", person=body["decided_by"])
    patient = case.book.find("patient", body["patient"])
    if patient is not None and (registered := patient.home_at(case.at)[0]) != body["home_kato"]:
        case.warn("home_differs", "body.home_kato", registered=registered)


DISPENSE_DISCHARGE = Kind(
    name="dispense.discharge",
    fields={
        **_SUPPLY,
        "discharge_summary_no": sealed(text),
        "decided_by": username_or_sealed,
        "home_kato": kato,
        "home_phc_bin": bin_number,
    },
    rule=_discharge,
    effects=_supply,
    mentions=_lots_given,
)


def _take_over(case: Case) -> list[Effect]:
    body = case.body
    until_on = (date.fromisoformat(case.day) + timedelta(days=body["days_supply"] - 1)).isoformat()
    return [*at_home(body["patient"], "dispensed", body["lines"], until_on), *taken_over(case, "dispensed")]


DISPENSE_ACKNOWLEDGED = Kind(
    name="dispense.acknowledged",
    fields={
        **SOURCE,
        "patient": ref("patient"),
        "lines": many(obj(PRODUCT_LINE)),
        "days_supply": integer(1, 3_660),
        "course": Opt(
            obj(
                {
                    "single_dose": some_quantity,
                    "route": code,
                    "frequency": FREQUENCY,
                    "duration_days": integer(1, 3_660),
                }
            )
        ),
    },
    rule=lambda case: once_per_line(case, "dispensed"),
    effects=_take_over,
    mentions=lambda case: mentions_of(case.body["lines"]),
)


def find_noticed(book: Book, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines that the notice *body* speaks of: its own, or all of the entry it is about."""
    if "lines" in body:
        lines: list[dict[str, Any]] = body["lines"]
        return lines
    about = book.past.by_id(body["about"])
    if about is None or "prescription" not in about.body or "lots" not in about.body:
        return []
    prescription = book.find("prescription", about.body["prescription"])
    return [{"product": prescription.product, **line} for line in about.body["lots"]] if prescription else []


def _notice_keys(case: Case) -> list[tuple[str, ...]]:
    body = case.body
    lines = find_noticed(case.book, case.body) or [{"product": "", "lot": ""}]
    return [(body["kind"], body["from_log"], body["from_id"], line["product"], line["lot"]) for line in lines]


def _notice(case: Case) -> None:
    about = case.book.past.by_id(case.body["about"])
    stands = about is not None and case.book.find("reversal", about.id) is None
    if about is not None and not (stands and about.type.startswith(_ABOUT.get(case.body["kind"], ("",)))):
        case.refuse("entry_unknown", "body.about", id=case.body["about"])
    for key in _notice_keys(case):
        if case.book.find("acknowledged", *_stored(key)) is not None:
            case.refuse("already_acknowledged", _said_in(case, *key[3:]), product=key[3], lot=key[4])
    if about is not None and stands and case.body["kind"] == "acknowledged" and about.type in _ABOUT["acknowledged"]:
        _check_handed_over(case, about)


def _check_handed_over(case: Case, about: Past) -> None:
    """Several notices may take a supply over in parts; all of them together no more than it gave, lot by lot."""

    def name(line: Mapping[str, Any]) -> tuple[str, str]:
        return line["product"], true_name(case.book, line["product"], line["lot"], *given_at)

    def count(lines: Iterable[Mapping[str, Any]]) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for line in lines:
            found[name(line)] += line["units"]
        return found

    given_at = about.occurred_at, about.seq
    given = count(find_noticed(case.book, {"about": about.id}))
    left = given.copy()
    for seq in case.book.past.mentioning("entry", about.id):
        past = case.book.past.by_seq(seq)
        if past is not None and past.type == "notice.received" and past.body["kind"] == "acknowledged":
            if case.book.find("reversal", past.id) is None:
                left -= count(find_noticed(case.book, past.body))
    noticed = find_noticed(case.book, case.body)
    for (product, lot), units in count(noticed).items():
        typed = next(line["lot"] for line in noticed if name(line) == (product, lot))
        if (product, lot) not in given:
            if case.find_product(product) is not None:
                case.refuse("lot_unknown", _said_in(case, product, typed, "lot"), lot=lot, about=about.id)
        elif units > left[product, lot]:
            field = _said_in(case, product, typed, "units")
            case.refuse("already_acknowledged", field, lot=lot, asked=units, left=left[product, lot])


def _said_in(case: Case, product: str, lot: str, *member: str) -> str:
    """The line of a notice, or its *member*; one without lines is about the whole entry of the other facility."""
    if not case.body.get("lines"):
        return "body.from_id"
    return ".".join((case.line_of(product=product, lot=lot), *member))


_ABOUT: dict[str, tuple[str, ...]] = {
    "acknowledged": ("dispense.outpatient", "dispense.discharge"),
    "arrived": ("stock.sent",),
}


def _stored(key: tuple[str, ...]) -> tuple[str, ...]:
    return (f"notice {key[0]}", *key[1:])


def _hand_over(case: Case) -> list[Effect]:
    effects: list[Effect] = [Made("acknowledged", _stored(key), case.seq) for key in _notice_keys(case)]
    about = case.book.past.by_id(case.body["about"])
    if case.body["kind"] != "acknowledged" or about is None:
        return effects
    return [*effects, *at_home(about.body["patient"], "handed_over", find_noticed(case.book, case.body))]


def _lots_handed_over(case: Case) -> list[tuple[str, str]]:
    return mentions_of(find_noticed(case.book, case.body)) if case.body["kind"] == "acknowledged" else []


NOTICE_RECEIVED = Kind(
    name="notice.received",
    fields={
        "kind": one_of("acknowledged", "died", "returned", "arrived"),
        **SOURCE,
        "about": ref("entry", uuid),
        "on": Opt(day),
        "lines": Opt(many(obj(PRODUCT_LINE))),
    },
    rule=_notice,
    effects=_hand_over,
    mentions=_lots_handed_over,
)

KINDS: tuple[Kind, ...] = (DISPENSE_OUTPATIENT, DISPENSE_DISCHARGE, DISPENSE_ACKNOWLEDGED, NOTICE_RECEIVED)
