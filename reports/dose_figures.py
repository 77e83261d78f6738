"""Figures of a dose history as a reader's words: amounts, equivalents, why there is none, what holds now."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from babel.numbers import format_decimal, format_percent

from ledger.domain.history.equivalents import PER_HOUR
from ledger.refusal_words.doses import ROUTES, WHYS
from reports.dose_history import LastTaken
from reports.dose_told import Breakthrough, DoseAmount, DoseDay, DoseFigure, Doses
from reports.model import Product
from reports.phrases import Phrases

COLUMNS = ("prescribed", "dispensed", "administered", "used")


class Shown(Protocol):
    """What the words are about: a report, or a page."""

    @property
    def doses(self) -> Doses: ...

    @property
    def today(self) -> DoseDay | None: ...

    @property
    def products(self) -> tuple[Product, ...]: ...

    @property
    def benzodiazepines(self) -> tuple[LastTaken, ...]: ...


class Figures:
    def __init__(self, report: Shown, phrases: Phrases) -> None:
        self.report = report
        self.phrases = phrases
        self.say = phrases.say
        self.products = {each.id: phrases.product(each) for each in report.products}

    def decimal(self, text: str) -> str:
        return format_decimal(Decimal(text), "#,##0.##########", self.phrases.language)

    def route(self, code: str) -> str:
        return self.say(ROUTES[code]) if code in ROUTES else code

    def drug(self, told: DoseAmount | Breakthrough) -> str:
        """Name and route."""
        return f"{self.phrases.word(told.inn)}, {self.route(told.route)}"

    def amount(self, told: DoseAmount | Breakthrough) -> str:
        return f"{self.drug(told)}, {self.phrases.quantity(f'{told.value} {told.unit}')}"

    def equivalent(self, figure: DoseFigure) -> str:
        """mg of oral morphine: regular, and after + what is taken when needed; "" where nothing of it is an opioid."""
        if figure.equivalent is None or figure.as_needed is None:
            return self.say("cannot be determined")
        if not any(each.opioid for each in figure.amounts):
            return ""
        regular = self.decimal(figure.equivalent)
        return regular if figure.as_needed == "0" else f"{regular} + {self.decimal(figure.as_needed)}"

    def unknown(self, day: DoseDay) -> Iterator[str]:
        """Why a figure of the day cannot be determined, each reason once."""
        seen = dict.fromkeys((each.inn, each.why) for figure in day.figures for each in figure.undetermined)
        for inn, why in seen:
            yield f"{self.phrases.word(inn)}: {self.say(WHYS[why]) if why in WHYS else why}"

    def share(self, text: str) -> str:
        return format_percent(Decimal(text), "#,##0\u00a0%", self.phrases.language)

    def needed(self, day: DoseDay) -> Iterator[str]:
        """What one dose when needed is beside the day's regular opioid, and all of them that were given."""
        for each in day.breakthrough:
            if each.share is None:
                yield self.say("{dose}: its share of the day cannot be determined", dose=self.amount(each))
            else:
                said = "{dose}: {share} of the regular opioid of the day"
                yield self.say(said, dose=self.amount(each), share=self.share(each.share))
        if day.given_share is not None:
            yield self.say("given when needed: {share} of the regular opioid", share=self.share(day.given_share))

    # what holds now

    def regular(self) -> str:
        """The opioids that are prescribed for today and not only for when they are needed."""
        day = self.report.today
        told = day.prescribed.amounts if day is not None and day.prescribed is not None else ()
        regular = [
            self._regular(each) for each in told if each.opioid and Decimal(each.value) != Decimal(each.as_needed)
        ]
        return "; ".join(regular) or self.say("none is prescribed for today")

    def _regular(self, told: DoseAmount) -> str:
        value = Decimal(told.value) - Decimal(told.as_needed)
        a_day = self.phrases.quantity(f"{value:f} {told.unit}")
        if told.unit == PER_HOUR:
            return f"{self.drug(told)}, {a_day}"
        return self.say("{drug}, {amount} a day", drug=self.drug(told), amount=a_day)

    def daily(self) -> str:
        day = self.report.today
        prescribed = day.prescribed if day is not None else None
        if prescribed is None or not any(each.opioid for each in prescribed.amounts):
            return self.say("none is prescribed for today")
        if prescribed.equivalent is None:
            return self.say("cannot be determined")
        return self.say("{mg} mg of oral morphine", mg=self.decimal(prescribed.equivalent))

    def breakthrough(self) -> str:
        day = self.report.today
        return "; ".join(self.needed(day)) if day is not None else ""

    def patches(self) -> Iterator[str]:
        for each in self.report.doses.patches:
            since = self.phrases.moment(each.on_since)
            if each.change_due is None:
                yield self.say("{product}: on since {since}", product=self.products[each.product], since=since)
            else:
                said = "{product}: on since {since}, change due {due}"
                due = self.phrases.moment(each.change_due)
                yield self.say(said, product=self.products[each.product], since=since, due=due)

    def covered(self) -> Iterator[str]:
        for each in self.report.doses.covered_until:
            yield f"{self.products[each.product]}: {self.phrases.day(each.until_on)}"

    def benzodiazepines(self) -> Iterator[str]:
        for each in self.report.benzodiazepines:
            yield self.say("{drug}, last on {day}", drug=self.phrases.word(each.inn), day=self.phrases.day(each.on))
