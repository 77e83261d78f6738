"""One patient at the counter, in words: who it is, the basket with its figures, and why something is not in it."""

from datetime import date
from decimal import Decimal
from typing import Any

from api.naming import Names
from api.pages.counter.basket import Collector, Line, LotHere, Missing, get_order, read_basket, read_collectors
from api.pages.counter.units import forms_of, say_dosage, say_papers, say_units
from api.site import Site
from ledger.domain.asking.courses import days_between
from ledger.domain.kind import local_day
from ledger.domain.person import find_death
from ledger.domain.records import Patient
from ledger.domain.regulation import RuleSet
from ledger.domain.terms import INPATIENT_KINDS, to_rounded
from ledger.log.canonical import to_timestamp
from ledger.refusal_words.acts import say_source
from ledger.refusal_words.warnings import WARNINGS
from ledger.service.ports import Reading
from ledger.words import Words, phrase

HELD = {
    "expired": phrase("expired"),
    "quarantined": phrase("in quarantine"),
    "recalled": phrase("recalled"),
}
KINDS = (
    ("patient", "KeyP", phrase("the patient")),
    ("relative", "KeyR", phrase("a relative")),
    ("health_worker", "KeyH", phrase("a health worker")),
)


class Card:
    """The card of *patient* (the kept id), whom `Site.see_patient` noted already."""

    def __init__(self, site: Site, reading: Reading, words: Words, *, patient: str, place: str) -> None:
        self.site, self.reading, self.words, self.patient, self.place = site, reading, words, patient, place
        self.names = Names(site, reading, words)
        self.phrases = self.names.phrases
        self.now = to_timestamp(site.ledger.clock())
        self.today = local_day(self.now, site.zone)
        self.rules: RuleSet = site.ledger.rules(reading)
        self.lines, self.missing, self.older = read_basket(reading, patient, place, self.now)

    def shown(self) -> dict[str, Any]:
        """What the template of the card names."""
        identity, died_on = self.names.identity(self.patient), find_death(self.reading.book, self.patient)
        discharge = self._discharge()
        covered = [line.covered_until for line in self.lines if line.covered_until]
        dead = died_on is not None and died_on < self.today
        return {
            "patient": self.patient,
            "name": self.names.patient(self.patient),
            "born_in": str(identity.get("born_on", ""))[:4],
            "iin": identity.get("iin"),
            "no_iin_reason": identity.get("no_iin_reason"),
            "died_on": self.day(died_on) if died_on else None,
            "dead": dead,
            "covered_until": self.day(min(covered)) if covered else None,
            "place": self.place,
            "place_said": self.names.place(self.place),
            "lines": [] if dead else [self._line(line, discharge) for line in self.lines],
            "missing": [self._missing(each) for each in self.missing],
            "older": self.older,
            "kinds": [(code, key[-1], self.words.say(said)) for code, key, said in KINDS],
            "collectors": [self._collector(each) for each in read_collectors(self.reading, self.site.ledger.vault,
                                                                             self.patient)],
            "papers": say_papers(self.words),
            "discharge": discharge,
        }  # fmt: skip

    def day(self, on: str) -> str:
        return self.phrases.day(date.fromisoformat(on))

    def _line(self, line: Line, discharge: dict[str, Any] | None) -> dict[str, Any]:
        product = self.names.products[line.record.product]
        unit = product["unit_of_presentation"]
        most = discharge["most"] if discharge else None
        wanted = line.record.left if most is None else min(line.record.left, line.units_for(most) or line.record.left)
        gtins = product["gtins"]
        is_mass = "/" not in product["strength"]["unit"]
        return {
            "prescription": line.prescription,
            "product": line.record.product,
            "said": product["said"],
            "dosage": say_dosage(self.words, self.phrases, line.order),
            "from_paper": line.record.from_paper,
            "left": line.record.left,
            "left_number": self.words.number(line.record.left),
            "left_said": say_units(self.words, unit, line.record.left),
            "course_said": say_units(self.words, unit, line.record.units),
            "ends_said": self.day(line.record.ends_on),
            "at_home": line.at_home,
            "at_home_said": say_units(self.words, unit, line.at_home),
            "covered_said": self.day(line.covered_until) if line.covered_until else "",
            "covered": bool(line.covered_until) and line.covered_until >= self.today,
            "lots": self._lots(line.lots, min(wanted, line.in_stock), unit),
            "in_stock": line.in_stock,
            "per_day": "" if line.per_day is None else f"{line.per_day:f}",
            "days_left": self._days_left(line, most),
            "gtins": " ".join(gtin["gtin"] for gtin in gtins),
            "pack": gtins[0]["units"] if gtins else "",
            "strength": product["strength"]["value"] if is_mass else "",
            "strength_unit": self.phrases.word(product["strength"]["unit"]) if is_mass else "",
            "forms": forms_of(self.words, unit),
            "daily": self._daily(line),
            "warned": [self.words.say(WARNINGS[code].said[-1]) for code in line.record.warned],
        }

    def _days_left(self, line: Line, most: int | None) -> int:
        """Until the course ends; what stands there where no arithmetic of the units is possible."""
        days = days_between(self.today, line.record.ends_on) + 1
        return days if most is None else min(days, most)

    def _lots(self, lots: tuple[LotHere, ...], wanted: int, unit: str) -> list[dict[str, Any]]:
        """The oldest first, until *wanted* are found."""
        told = []
        for lot in lots:
            take = 0 if lot.held else min(wanted, lot.units)
            wanted -= take
            told.append({
                "lot": lot.lot,
                "until": self.day(lot.expires_on) if lot.expires_on else "",
                "units": lot.units,
                "units_said": say_units(self.words, unit, lot.units),
                "held": self.words.say(HELD[lot.held]) if lot.held else "",
                "take": take,
            })  # fmt: skip
        return told

    def _daily(self, line: Line) -> str:
        """What the course is a day in oral morphine, or that it cannot be determined; nothing of what is no opioid."""
        course, known = line.course, self.rules.equivalents
        if course is None or not known.is_opioid(course.inn):
            return ""
        amount = course.daily()
        value: Decimal | None = known.to_equivalent(amount).value if amount else None
        if value is None:
            return self.words.say("daily equivalent: cannot be determined")
        dose = self.phrases.quantity(f"{to_rounded(value, Decimal('0.1'))} mg")
        if course.as_needed:
            return self.words.say("at most {dose} of oral morphine a day", dose=dose)
        return self.words.say("{dose} of oral morphine a day", dose=dose)

    def _missing(self, each: Missing) -> dict[str, str]:
        say, day = self.words.say, self.day(each.on) if each.on else ""
        match each.why:
            case "stopped":
                why = say("stopped by the physician on {day}", day=day)
            case "over":
                why = say("the course ended on {day}", day=day)
            case "inpatient":
                why = say("for the ward: it is given there and not handed out")
            case "used_up":
                why = say("all of the course was supplied")
            case _:
                why = say("begins on {day}", day=day)
        return {"prescription": each.prescription, "said": self.names.product(each.product), "why": why}

    def _collector(self, each: Collector) -> dict[str, str]:
        kinds = {code: self.words.say(said) for code, _, said in KINDS}
        return {"kind": each.kind, "name": each.name, "kind_said": kinds.get(each.kind, "")}

    def _discharge(self) -> dict[str, Any] | None:
        """What a discharge outside the home district asks for; None where the home is not outside, or nobody is
        discharged from here."""
        book = self.reading.book
        known: Patient = book.get("patient", self.patient)
        kato, phc_bin = known.home_at(self.now)
        digits = self.rules.value("home_unit_kato_digits", self.today)
        inpatient = book.facility.kind in INPATIENT_KINDS
        if not inpatient or (digits is not None and kato[:digits] == book.facility.kato[:digits]):
            return None
        rule = self.rules.find("discharge_days_max", self.today)
        return {
            "kato": kato,
            "phc_bin": phc_bin,
            "most": rule.value if rule else None,
            "source": say_source(self.words, rule.act, rule.paragraph) if rule else "",
            "physicians": self.names.colleagues("", "physician"),
            "decided_by": self._prescriber(),
        }

    def _prescriber(self) -> str:
        """Who wrote the first of the courses, where that is somebody of here."""
        orders = (get_order(self.reading.book, line.prescription) for line in self.lines if not line.record.from_paper)
        return next((order.performer for order in orders), "")
