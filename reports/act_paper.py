"""An act as pages: what it says, its numbered lines, the sentences under them, and the lines to sign."""

from collections.abc import Iterator

from reports.act import SUPPLIES, Act
from reports.act_facts import ActLine
from reports.act_values import Values
from reports.act_words import COLUMNS, EMPTIES_STAY, LABELS, NAMES, SIGNED, TEXTS
from reports.flow import Piece, signature_lines
from reports.model import Product
from reports.paper import LEFT, RIGHT, Title, render_paper
from reports.phrases import Phrases
from reports.provenance_paper import marks_of
from reports.sections import Section, lay_out, paragraphs
from reports.slip import draw_slip
from reports.table import Column, Line, Row, lay_row

_NUMBER, _WORD, _FIGURE = 27.0, 112.0, 62.0


def render_act(act: Act) -> bytes:
    """The PDF before signing, without attachments; a return with the family's slip as its last page."""
    paper = _Paper(act, Phrases(act.frame.language, act.frame.facility.zone))
    pages = lay_out(paper.title, [paper.table()], paper.under())
    slip = [draw_slip(act, paper.phrases)] if act.type == "unused.returned" else []
    # The home side looks a supply up by these two; nobody is named by them.
    about = (str(act.by.seq), act.id) if act.type in SUPPLIES else ()
    return render_paper(act.frame, paper.title, [*pages, *slip], paper.phrases, about=about)


class _Paper:
    def __init__(self, act: Act, phrases: Phrases) -> None:
        self.act = act
        self.phrases = phrases
        self.say = phrases.say
        self.values = Values(act, phrases)
        self.products = {product.id: product for product in act.products}
        self.codes = [code for code in COLUMNS if any(code in line.figures for line in act.lines)]
        self.with_residue = any(line.residue for line in act.lines)
        self.title = self._title()

    def _title(self) -> Title:
        act, say = self.act, self.say
        told = [(LABELS[each.code], self.values.of(each.code)) for each in act.told if each.code in LABELS]
        when = f"{self.phrases.moment(act.by.at)} · {say('entry No. {seq}', seq=act.by.seq)}"
        return Title(
            name=say(NAMES[act.type]),
            subject=self.values.patient()
            or self.values.of("ward")
            or ", ".join(map(self.phrases.product, act.products)),
            scope=when,
            facts=(
                (say("Done"), when),
                (say("In the register"), f"{act.frame.facility.log} · {act.id}"),
                *((say(label), value) for label, value in told),
            ),
        )

    def table(self) -> Section:
        say = self.say
        columns = [
            Column(say("No."), _NUMBER, right=True),
            Column(say("Medicine"), RIGHT - LEFT - _NUMBER - 2 * _WORD - _FIGURE * len(self.codes)),
            Column(say("Lot"), _WORD),
            *(Column(say(COLUMNS[code]), _FIGURE, right=True) for code in self.codes),
            Column(say("Residue") if self.with_residue else say("Counted in"), _WORD),
        ]
        return Section(
            columns=tuple(columns), rows=[self._row(columns, n, line) for n, line in enumerate(self.act.lines)]
        )

    def _row(self, columns: list[Column], n: int, line: ActLine) -> Row:
        product: Product = self.products[line.product]
        figures = [self._figure(code, line.figures[code]) if code in line.figures else "" for code in self.codes]
        residue = self.phrases.quantity(line.residue) if line.residue else "—"
        return lay_row(
            columns,
            [
                [Line(str(n + 1))],
                [Line(self.phrases.product(product), bold=True)],
                [Line(line.lot or "—")],
                *([Line(figure, bold=True)] for figure in figures),
                [Line(residue if self.with_residue else self.phrases.word(product.unit_of_presentation))],
            ],
        )

    def _figure(self, code: str, units: int) -> str:
        return f"{'+' if code == 'difference' and units > 0 else ''}{self.phrases.figure(units)}"

    def under(self) -> Iterator[Piece]:
        by = self.act.by
        yield from paragraphs(*marks_of(by, self.phrases), bold=True)
        yield from paragraphs(*self._texts())
        yield from signature_lines(self.act.frame, self.phrases)

    def _texts(self) -> Iterator[str]:
        say, told, by = self.say, self.values.told, self.act.by
        for text in TEXTS[self.act.type]:
            yield say(text)
        if told.get("empties_declined") == "yes":
            yield say(EMPTIES_STAY)
        if told.get("signed_by_relative") in SIGNED:
            yield say(SIGNED[told["signed_by_relative"]])
        for later in by.countersigned:
            who = self.phrases.post_and_name(later.person)
            yield say("Second signature later, by entry No. {seq}: {who}", seq=later.seq, who=who)
