"""A dose history as pages: what holds now, the chart, the days, the entries behind them newest last, the factors."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import groupby

from reports.act_values import say_often, say_patient
from reports.chart import DoseChart, draw_dose_chart
from reports.chart_days import MOST_DAYS, shown_days
from reports.dose_figures import COLUMNS, Figures
from reports.dose_history import DoseEvent, DoseReport
from reports.dose_told import DoseDay, DoseFigure, EntryTold
from reports.dose_words import CONFIDENCE, DETAILS, NOT_FOR_CONVERSION, REASONS, TYPES
from reports.flow import Piece, signature_lines
from reports.model import Detail
from reports.paper import LEFT, RIGHT, Title, render_paper
from reports.pen import FADED, INK, RED, Pen
from reports.phrases import Phrases
from reports.sections import Section, lay_out, paragraphs
from reports.table import Column, Line, Row, lay_row

_STRIPS = 3
"""So many charts of `MOST_DAYS` each, the newest; the table below has all days."""


def render_doses(report: DoseReport) -> bytes:
    """The PDF before signing, without attachments. Equal reports give equal bytes."""
    paper = _Paper(report, Phrases(report.frame.language, report.frame.facility.zone))
    title = paper.title()
    return render_paper(report.frame, title, lay_out(title, paper.body(), paper.closing()), paper.phrases)


class _Paper:
    def __init__(self, report: DoseReport, phrases: Phrases) -> None:
        self.report = report
        self.phrases = phrases
        self.say = phrases.say
        self.figures = Figures(report, phrases)

    def title(self) -> Title:
        report, say, figures = self.report, self.say, self.figures
        patient = say_patient(self.phrases, report.patient, {each.path: each.value for each in report.opened})
        facts = [
            (say("Patient"), "; ".join((report.patient, *report.also))),
            (say("Period"), self.phrases.period(report.period)),
            (say("Regular opioid"), figures.regular()),
            (say("Equivalent a day"), figures.daily()),
            (say("As needed"), figures.breakthrough()),
            (say("Patch"), "\n".join(figures.patches())),
            (say("Covered until"), "\n".join(figures.covered())),
            (say("Benzodiazepines"), "; ".join(figures.benzodiazepines()) or say("none on record")),
            (say("Died on"), self.phrases.day(report.doses.died_on) if report.doses.died_on else ""),
            (say("Figures at"), self.phrases.as_known(report.frame)),
        ]
        return Title(
            name=say("Dose history"),
            subject=patient,
            scope=self.phrases.period(report.period),
            facts=[(label, value) for label, value in facts if value],
        )

    def body(self) -> Iterator[Section | Piece]:
        yield from paragraphs(self.say(NOT_FOR_CONVERSION), bold=True)
        yield from self._charts()
        if self.report.doses.days:
            yield self._days()
        if self.report.events:
            yield self._events()
        if self.report.doses.factors:
            yield self._factors()

    # the chart

    def _charts(self) -> Iterator[Piece]:
        """The newest days in strips, the oldest strip first."""
        shown = shown_days(self.report.doses)
        strips: list[tuple[date, date]] = []
        while shown is not None and len(strips) < _STRIPS:
            first_on, last_on = shown
            strips.insert(0, shown)
            older = any(day.on < first_on for day in self.report.doses.days)
            shown = shown_days(self.report.doses, first_on - timedelta(days=1)) if older else None
        for first_on, last_on in strips:
            chart = DoseChart(self.report.doses, self.phrases, first_on, last_on, width=RIGHT - LEFT)
            yield Piece(chart.height + 14, partial(_draw_chart, chart))
        if strips and any(day.on < strips[0][0] for day in self.report.doses.days):
            said = "The chart shows the last {days} days; the table shows all."
            yield from paragraphs(self.say(said, days=_STRIPS * MOST_DAYS))

    # the days

    def _days(self) -> Section:
        say = self.say
        heads = (say("Prescribed"), say("Supplied"), say("Given"), say("Used at home"))
        columns = (
            Column(say("Day"), 66),
            *(Column(head, 136) for head in heads),
            Column(say("Notes"), RIGHT - LEFT - 66 - 4 * 136),
        )
        rows = [self._day(columns, days[0], days[-1]) for days in _runs(self.report.doses.days)]
        heading = say("By the day, mg of oral morphine; after + what is taken when needed")
        return Section(heading=heading, columns=columns, rows=rows)

    def _day(self, columns: tuple[Column, ...], first: DoseDay, last: DoseDay) -> Row:
        day = self.phrases.day
        span = [Line(day(first.on), bold=True)]
        if last.on != first.on:
            span.append(Line(f"– {day(last.on)}", bold=True))
        notes = [Line(each, colour=RED) for each in self.figures.unknown(first)]
        notes += [Line(each) for each in self.figures.needed(first)]
        return lay_row(columns, [span, *(self._figure(getattr(first, name)) for name in COLUMNS), notes])

    def _figure(self, figure: DoseFigure | None) -> list[Line]:
        if figure is None:
            return []
        equivalent = self.figures.equivalent(figure)
        told = [Line(self.figures.amount(each), colour=FADED) for each in figure.amounts]
        return [Line(equivalent, bold=True), *told]

    # the entries

    def _events(self) -> Section:
        say = self.say
        columns = (
            Column(say("No."), 27, right=True),
            Column(say("Entry"), 37, right=True),
            Column(say("Date and time"), 80),
            Column(say("What was done"), 270),
            Column(say("Medicine; lot: units"), 220),
            Column(say("Done by"), RIGHT - LEFT - 634),
        )
        told = zip(self.report.events, self.report.doses.told, strict=True)
        return Section(
            heading=say("What was done, newest last"),
            columns=columns,
            rows=[self._event(columns, event, entry) for event, entry in told],
        )

    def _event(self, columns: tuple[Column, ...], event: DoseEvent, entry: EntryTold) -> Row:
        struck = entry.reversed_by is not None
        ink = FADED if struck else INK

        def plain(text: str, *, bold: bool = False) -> Line:
            return Line(text, bold=bold, colour=ink, struck=struck)

        done = [plain(self.say(TYPES[event.type]), bold=True)]
        done.append(plain("; ".join(self._detail(each) for each in event.details)))
        if entry.reversed_by is not None:
            done.append(Line(self.say("reversed by entry No. {seq}", seq=entry.reversed_by), bold=True, colour=RED))
        packs = [
            plain(f"{self.figures.products[line.product]}; {line.lot or '—'}: {self.phrases.figure(line.units)}")
            for line in event.lines
        ]
        people = [self.phrases.post_and_name(each) for each in (event.performer, event.witness) if each is not None]
        cells = [[plain(str(event.number))], [plain(str(event.seq))], [plain(self.phrases.moment(entry.at))]]
        return lay_row(columns, [*cells, done, packs, [plain(each) for each in people]])

    def _detail(self, detail: Detail) -> str:
        said, kind = DETAILS[detail.code]
        return self.say(said, value=self._value(detail.value, kind))

    def _value(self, value: str, kind: str) -> str:
        match kind:
            case "day":
                return self.phrases.day(date.fromisoformat(value))
            case "product":
                return self.figures.products[value]
            case "quantity":
                return self.phrases.quantity(value)
            case "route":
                return self.figures.route(value)
            case "often" | "needed":
                return say_often(self.phrases, value, as_needed=kind == "needed")
            case "days":
                return self.phrases.count("{n} day", "{n} days", int(value))
            case "word":
                return self.say(REASONS[value]) if value in REASONS else self.phrases.word(value)
        return value

    # the factors

    def _factors(self) -> Section:
        say = self.say
        columns = (
            Column(say("Medicine"), 150),
            Column(say("Route"), 110),
            Column(say("Factor"), 170),
            Column(say("Source"), 250),
            Column(say("Agreement"), RIGHT - LEFT - 680),
        )
        rows = [
            lay_row(
                columns,
                [
                    [Line(self.phrases.word(each.inn))],
                    [Line(self.figures.route(each.route))],
                    [Line(self._factor(each.factor, each.basis), bold=True)],
                    [Line(each.source)],
                    [Line(say(CONFIDENCE[each.confidence]) if each.confidence in CONFIDENCE else each.confidence)],
                ],
            )
            for each in self.report.doses.factors
        ]
        return Section(heading=say("Factors: mg of oral morphine"), columns=columns, rows=rows)

    def _factor(self, factor: str | None, basis: str) -> str:
        if factor is None:
            return self.say("none: cannot be determined")
        if basis == "mg/mg":
            return self.say("× {factor} for each mg", factor=self.figures.decimal(factor))
        return self.say("× {factor} a day for each µg/h of the label", factor=self.figures.decimal(factor))

    def closing(self) -> Iterator[Piece]:
        say, doses = self.say, self.report.doses
        if not doses.days:
            yield from paragraphs(say("No doses are on record in this period."))
        said = "Factors of the rule set {name}, table of equivalents with SHA-256 {table}."
        yield from paragraphs(say(said, name=doses.rules, table=doses.table or say("none")), say(NOT_FOR_CONVERSION))
        yield from signature_lines(self.report.frame, self.phrases, usual=("checked",))


def _draw_chart(chart: DoseChart, pen: Pen, top: float) -> None:
    draw_dose_chart(pen, chart, LEFT, top - 10 - chart.height)


def _runs(days: tuple[DoseDay, ...]) -> Iterator[list[DoseDay]]:
    """Days after each other on which everything is the same."""

    def told(pair: tuple[int, DoseDay]) -> tuple[date, DoseDay]:
        n, day = pair
        return day.on - timedelta(days=n), replace(day, on=date.min)

    for _, run in groupby(enumerate(days), key=told):
        yield [day for _, day in run]
