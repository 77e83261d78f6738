"""A month as pages: a line a place under each product, what was counted beside the book, a small flow, who approved."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ledger.words import phrase
from reports.bars import draw_flow
from reports.flow import Piece, signature_lines
from reports.model import Signatory
from reports.monthly import LastCount, Monthly, PlaceMonth, ProductMonth
from reports.paper import LEFT, RIGHT, Title, render_paper
from reports.pen import FADED, RED, Pen
from reports.phrases import Phrases
from reports.provenance_paper import marks_of
from reports.sections import Picture, Section, lay_out, legend, paragraphs
from reports.table import Column, Line, Row, lay_row

_FLOW = 84.0
_HIGH = 26.0
FLOW_PARTS = (
    ("grey", phrase("opening balance")),
    ("rising", phrase("in")),
    ("plain", phrase("out")),
    ("black", phrase("by the book")),
)


def render_monthly(monthly: Monthly) -> bytes:
    """The PDF before signing, without attachments. Equal months give equal bytes."""
    paper = _Paper(monthly, Phrases(monthly.frame.language, monthly.frame.facility.zone))
    title = paper.title()
    return render_paper(monthly.frame, title, lay_out(title, paper.body(), paper.closing()), paper.phrases)


class _Paper:
    def __init__(self, monthly: Monthly, phrases: Phrases) -> None:
        self.monthly = monthly
        self.phrases = phrases
        self.say = phrases.say
        self.places = {place.id: place.name for place in monthly.places}

    def title(self) -> Title:
        monthly, say = self.monthly, self.say
        place = self.places[monthly.place] if monthly.place else say("the whole facility")
        facts = [
            (say("Place"), place),
            (say("Period"), self.phrases.period(monthly.period)),
            (say("Figures at"), self.phrases.as_known(monthly.frame)),
        ]
        if monthly.approved is not None:
            said = "{people}; {moment}, entry No. {seq}"
            people = "; ".join(self.phrases.post_and_name(each) for each in monthly.approved.signed_by)
            moment = self.phrases.moment(monthly.approved.at)
            facts.insert(2, (say("Month sealed by"), say(said, people=people, moment=moment, seq=monthly.approved.seq)))
        return Title(
            name=say("Monthly statement"), subject=self.phrases.period(monthly.period), scope=place, facts=facts
        )

    def body(self) -> Iterator[Section | Piece]:
        say = self.say
        heads = (say("Opening balance"), say("In"), say("Out"), say("By the book"), say("Counted"), say("Difference"))
        columns = (
            Column(say("No."), 24, right=True),
            Column(say("Product; place"), RIGHT - LEFT - 24 - 6 * 56 - 128 - _FLOW - 8),
            *(Column(head, 56, right=True) for head in heads),
            Column(say("Count"), 128),
            Column(say("How the month went"), _FLOW + 8),
        )
        rows: list[Row] = []
        pictures: list[Picture] = []
        for n, month in enumerate(self.monthly.products, start=1):
            rows.append(self._of_product(columns, n, month))
            pictures.append(partial(_draw_flow, month))
            for place in month.places:
                rows.append(self._of_place(columns, place))
                pictures.append(_draw_nothing)
        if rows:
            yield legend((look, say(said)) for look, said in FLOW_PARTS)
            yield Section(columns=columns, rows=rows, pictures=pictures)

    def _of_product(self, columns: tuple[Column, ...], number: int, month: ProductMonth) -> Row:
        name = [
            Line(self.phrases.product(month.product), bold=True),
            Line(self.phrases.word(month.product.unit_of_presentation), colour=FADED),
        ]
        told = []
        if month.sealed is not None and month.sealed != month.closing:
            said = "sealed at {units}; entries made later changed that"
            told.append(Line(self.say(said, units=self.phrases.figure(month.sealed)), bold=True, colour=RED))
        cells = [[Line(str(number))], name, *self._figures(month, bold=True), [], [], told, []]
        row = lay_row(columns, cells, tinted=True)
        return replace(row, height=max(row.height, _HIGH + 8))

    def _figures(self, month: ProductMonth | PlaceMonth, *, bold: bool) -> Iterator[list[Line]]:
        for units in (month.opening, month.came, month.went, month.closing):
            yield [Line(self.phrases.figure(units), bold=bold)]

    def _of_place(self, columns: tuple[Column, ...], month: PlaceMonth) -> Row:
        figure, count = self.phrases.figure, month.count
        name = [Line(self.places[month.place])]
        cells = [[], name, *self._figures(month, bold=False)]
        if count is None:
            return lay_row(
                columns,
                [*cells, [Line("—")], [Line("—")], [Line(self.say("not counted"), colour=FADED)], []],
                begins=False,
            )
        signed = f"+{figure(count.difference)}" if count.difference > 0 else figure(count.difference)
        found = [[Line(figure(count.counted))], [Line(signed, bold=bool(count.difference))]]
        return lay_row(columns, [*cells, *found, list(self._count(count)), []], begins=False)

    def _count(self, count: LastCount) -> Iterator[Line]:
        said = "{moment}, entry No. {seq}; the book then: {units}"
        units, moment = self.phrases.figure(count.book), self.phrases.moment(count.at)
        yield Line(self.say(said, moment=moment, seq=count.seq, units=units))
        if count.partial:
            yield Line(self.say("not every lot was counted"), bold=True)
        if count.open:
            yield Line(self.say("not resolved: {units}", units=self.phrases.figure(count.open)), bold=True, colour=RED)

    def closing(self) -> Iterator[Piece]:
        monthly, say = self.monthly, self.say
        if not monthly.products:
            yield from paragraphs(say("Nothing was there, came or went in this period."))
        else:
            yield from paragraphs(say("The difference is to the book at the moment of the count."))
        if monthly.approved is not None:
            yield from paragraphs(*marks_of(monthly.approved, self.phrases), bold=True)
        approved = monthly.approved.performer if monthly.approved is not None else None
        named = [Signatory(meaning="checked"), Signatory(meaning="approved", person=approved)]
        yield from signature_lines(monthly.frame, self.phrases, named=named)


def _draw_flow(month: ProductMonth, pen: Pen, left: float, top: float) -> None:
    draw_flow(pen, left + 4, top - 4 - _HIGH, _FLOW, _HIGH, opening=month.opening, came=month.came, went=month.went)


def _draw_nothing(pen: Pen, left: float, top: float) -> None:
    """A place has no picture of its own: its product's shows them all."""
