"""What is still out as pages: the columns of the circle, a bar for each lot, what is out of each product."""

from collections.abc import Iterator
from functools import partial

from ledger.words import phrase
from reports.bars import Part, draw_bar
from reports.circle import CircleReport, CircleRow
from reports.flow import Piece, signature_lines
from reports.paper import LEFT, RIGHT, Title, render_paper
from reports.pen import RED, Pen
from reports.phrases import Phrases
from reports.sections import Section, lay_out, legend, paragraphs
from reports.table import Column, Line, Row, lay_row

_BAR = 82.0
_HEIGHT = 8.0
_FIGURE = 53.5
PARTS = (
    (("administered", "used"), "grey", phrase("given or used")),
    (("returned", "handed_over"), "plain", phrase("returned or handed over")),
    (("missing",), "crossed", phrase("not found")),
    (("within",), "rising", phrase("out, within the course")),
    (("beyond",), "black", phrase("out, beyond the course")),
)
"""Parts of a lot's bar: the members of a row that it sums, how it looks, what it is."""


def render_circle(report: CircleReport) -> bytes:
    """The PDF before signing, without attachments. Equal reports give equal bytes."""
    paper = _Paper(report, Phrases(report.frame.language, report.frame.facility.zone))
    title = paper.title()
    return render_paper(report.frame, title, lay_out(title, paper.body(), paper.closing()), paper.phrases)


class _Paper:
    def __init__(self, report: CircleReport, phrases: Phrases) -> None:
        self.report = report
        self.phrases = phrases
        self.say = phrases.say
        self.products = {each.product.id: each.product for each in report.products}

    def title(self) -> Title:
        report, say = self.report, self.say
        patient = say("all patients") if report.patient is None else report.patient
        product = say("all products") if report.product is None else self.phrases.product(self.products[report.product])
        shown = say("every lot") if report.patient is not None else say("only lots of which something is out")
        return Title(
            name=say("What is still out"),
            subject=product if report.patient is None else say("patient {value}", value=report.patient),
            scope=patient,
            facts=(
                (say("Patient"), patient),
                (say("Product"), product),
                (say("Shown"), shown),
                (say("Figures at"), self.phrases.as_known(report.frame)),
            ),
        )

    def body(self) -> Iterator[Section | Piece]:
        if self.report.rows:
            yield legend((look, self.say(said)) for _, look, said in PARTS)
            yield self.rows()
            yield self.of_products()

    def rows(self) -> Section:
        say = self.say
        heads = (
            say("Dispensed"), say("Surplus"), say("Given by staff"), say("Used"), say("Returned"), say("Not found"),
            say("Handed on"), say("Out, within the course"), say("Out, beyond the course; age"),
        )  # fmt: skip
        columns = (
            Column(say("No."), 22, right=True),
            Column(say("Patient"), 52),
            Column(say("Product; lot"), RIGHT - LEFT - 74 - 9 * _FIGURE - _BAR - 8),
            *(Column(head, _FIGURE, right=True) for head in heads),
            Column(say("What became of the lot"), _BAR + 8),
        )
        rows = self.report.rows
        return Section(
            columns=columns,
            rows=[self._row(columns, row) for row in rows],
            pictures=[partial(_draw_parts, parts_of(row)) for row in rows],
        )

    def _row(self, columns: tuple[Column, ...], row: CircleRow) -> Row:
        figure = self.phrases.figure
        gone = (row.dispensed, row.surplus, row.administered, row.used, row.returned, row.missing, row.handed_over)
        lot = row.lot or self.say("lot not read")
        name = [Line(self.phrases.product(self.products[row.product])), Line(lot, bold=True)]
        if row.reversed:
            said = "of these {units} under an entry that was reversed"
            name.append(Line(self.say(said, units=figure(row.reversed)), colour=RED))
        return lay_row(
            columns,
            [
                [Line(str(row.number))],
                [Line(row.patient)],
                name,
                *([Line(figure(units) if units else "—")] for units in gone),
                [Line(figure(row.within) if row.within else "—", bold=bool(row.within))],
                [Line(figure(row.beyond) if row.beyond else "—", bold=bool(row.beyond)), Line(self._age(row))],
                [],
            ],
        )

    def _age(self, row: CircleRow) -> str:
        if not row.beyond:
            return ""
        if row.age_days is None:
            return self.say("no course known")
        return self.phrases.count("{n} day", "{n} days", row.age_days)

    def of_products(self) -> Section:
        say, figure = self.say, self.phrases.figure
        columns = (
            Column(say("Product"), 300),
            Column(say("Counted in"), 100),
            Column(say("Out, within the course"), 110, right=True),
            Column(say("Out, beyond the course"), 110, right=True),
        )
        rows = [
            lay_row(
                columns,
                [
                    [Line(self.phrases.product(each.product))],
                    [Line(self.phrases.word(each.product.unit_of_presentation))],
                    [Line(figure(each.within), bold=True)],
                    [Line(figure(each.beyond), bold=True)],
                ],
            )
            for each in self.report.products
        ]
        return Section(heading=say("By product"), columns=columns, rows=rows)

    def closing(self) -> Iterator[Piece]:
        say = self.say
        if not self.report.rows:
            yield from paragraphs(say("Nothing is out."))
        else:
            yield from paragraphs(say("What is within its course is nobody's debt; only what is beyond it has an age."))
        yield from signature_lines(self.report.frame, self.phrases, usual=("checked",))


def parts_of(row: CircleRow) -> list[Part]:
    """The bar of a lot: all that was dispensed or found too much, by what became of it."""
    return [Part(sum(getattr(row, name) for name in names), look) for names, look, _ in PARTS]


def _draw_parts(parts: list[Part], pen: Pen, left: float, top: float) -> None:
    draw_bar(pen, left + 4, top - 3.5 - _HEIGHT, _BAR, _HEIGHT, parts)
