"""The register as pages: numbered columns, totals carried from page to page, lots and signature lines at the end."""

from collections.abc import Sequence
from functools import partial
from itertools import accumulate

from reports.flow import FLOOR, signature_lines
from reports.model import Register
from reports.paper import FOOT, LEFT, NEXT_TOP, Page, Title, render_paper
from reports.pen import FADED, Pen
from reports.phrases import Phrases
from reports.register_rows import FIGURE_COLUMNS, NAME_COLUMN, Cells, columns_of, said_of_imports
from reports.sections import Section, lay_under
from reports.table import Column, Line, Row, draw_end, draw_head, draw_rows, draw_rules, head_height, lay_row, paginate

Totals = tuple[int, int, int]
"""(came, went, balance)."""


def render_register(register: Register) -> bytes:
    """The PDF before signing, without attachments. Equal registers give equal bytes."""
    paper = _Paper(register, Phrases(register.frame.language, register.frame.facility.zone))
    return render_paper(register.frame, paper.title, paper.pages(), paper.phrases)


def carried(register: Register, stops: Sequence[int]) -> list[Totals]:
    """The totals after the first n rows, for each n of *stops*."""
    came = [0, *accumulate(row.came for row in register.rows)]
    went = [0, *accumulate(row.went for row in register.rows)]
    return [(came[stop], went[stop], register.opening_units + came[stop] - went[stop]) for stop in stops]


class _Paper:
    def __init__(self, register: Register, phrases: Phrases) -> None:
        self.register = register
        self.phrases = phrases
        self.say = phrases.say
        self.columns = columns_of(phrases)
        self.title = self._title()
        self.mark = said_of_imports(register, phrases)

    def _title(self) -> Title:
        register, say, figure = self.register, self.say, self.phrases.figure
        place = register.place.name if register.place else say("the whole facility")
        return Title(
            name=say("Item-and-quantity journal"),
            subject=self.phrases.product(register.product),
            scope=f"{place} · {self.phrases.period(self.register.period)}",
            facts=(
                (say("Place"), place),
                (say("Period"), self.phrases.period(self.register.period)),
                (say("Counted in"), self.phrases.word(register.product.unit_of_presentation)),
                (say("Opening balance"), figure(register.opening_units)),
                (say("Closing balance"), figure(register.closing_units)),
                (say("Figures at"), self.phrases.as_known(register.frame)),
            ),
        )

    # the table

    def pages(self) -> list[Page]:
        cells = Cells(self.register, self.phrases)
        rows = [lay_row(self.columns, cells.of(row)) for row in self.register.rows]
        rows = rows or [self._line(self.say("No entries in this period."))]
        head = head_height(self.columns)
        ends = 2 * max(self._line(name).height for name in self._names())
        parts = list(paginate(rows, self.title.bottom - FLOOR - head - ends, NEXT_TOP - FLOOR - head - ends))
        stops = [min(stop, len(self.register.rows)) for _, stop in parts]
        totals = [(0, 0, self.register.opening_units), *carried(self.register, stops)]
        opening, brought, forward, total = self._names()
        pages: list[list[Page]] = []
        bottom = 0.0
        for n, (start, stop) in enumerate(parts):
            top = NEXT_TOP if n else self.title.bottom
            first = self._line(brought, totals[n]) if n else self._line(opening, totals[0], balance_only=True)
            last = self._line(forward if n < len(parts) - 1 else total, totals[n + 1])
            lines = [first, *rows[start:stop], last]
            pages.append([partial(self._draw_table, lines, top)])
            bottom = top - head - sum(line.height for line in lines)
        signatures = signature_lines(self.register.frame, self.phrases, usual=("keeper", "checked"))
        return lay_under(pages, bottom, [self._lots()], signatures)

    def _names(self) -> tuple[str, str, str, str]:
        say = self.say
        return say("Opening balance"), say("Brought forward"), say("Carried forward"), say("Total for the period")

    def _line(self, name: str, totals: Totals | None = None, *, balance_only: bool = False) -> Row:
        """A line that is no row: its name and, where given, came, went and balance."""
        texts = dict.fromkeys(range(len(self.columns)), "") | {NAME_COLUMN: name}
        if totals is not None:
            texts |= dict(zip(FIGURE_COLUMNS, map(self.phrases.figure, totals), strict=True))
        if balance_only:
            texts |= dict.fromkeys(FIGURE_COLUMNS[:2], "")
        return lay_row(self.columns, [[Line(text, bold=True)] for text in texts.values()], tinted=totals is not None)

    def _draw_table(self, lines: Sequence[Row], top: float, pen: Pen) -> None:
        bottom = draw_rows(pen, self.columns, lines, draw_head(pen, self.columns, top))
        draw_rules(pen, self.columns, top, bottom)
        draw_end(pen, self.columns, bottom)
        pen.text(LEFT, FOOT - 4, self.mark, 5.8, colour=FADED)

    # after the table

    def _lots(self) -> Section:
        """What of each lot was there, came and went."""
        say, figure = self.say, self.phrases.figure
        names = (say("Lot"), say("Opening balance"), say("In"), say("Out"), say("Closing balance"))
        columns = tuple(Column(name, 143 if n == 0 else 96, right=n > 0) for n, name in enumerate(names))
        rows = []
        for lot in self.register.lots:
            figures = [[Line(figure(units))] for units in (lot.opening, lot.came, lot.went)]
            rows.append(lay_row(columns, [[Line(lot.lot or "—")], *figures, [Line(figure(lot.closing), bold=True)]]))
        return Section(heading=say("By lot"), columns=columns, rows=rows)
