"""A downtime sheet as pages: what lies at the place, the numbered lines to write on, the lines to sign.

It is printed before the power goes. Its columns are what an entry will need when the line is typed in.
"""

from collections.abc import Iterator

from reports.flow import Piece, signature_lines
from reports.paper import LEFT, RIGHT, Title, render_paper
from reports.phrases import Phrases
from reports.provenance_paper import marks_of
from reports.sections import Section, lay_out, paragraphs
from reports.sheet import Sheet
from reports.table import Column, Line, lay_row

_ROOM = "\n"
"""Leaves a line twice as high as printed ones, for a hand to write in."""


def render_sheet(sheet: Sheet) -> bytes:
    """The PDF before signing, without attachments."""
    paper = _Paper(sheet, Phrases(sheet.frame.language, sheet.frame.facility.zone))
    title = paper.title()
    pages = lay_out(title, [paper.balances(), paper.lines()], paper.closing())
    return render_paper(sheet.frame, title, pages, paper.phrases)


class _Paper:
    def __init__(self, sheet: Sheet, phrases: Phrases) -> None:
        self.sheet = sheet
        self.phrases = phrases
        self.say = phrases.say
        self.products = {product.id: product for product in sheet.products}

    def title(self) -> Title:
        sheet, say, phrases = self.sheet, self.say, self.phrases
        return Title(
            name=say("Downtime sheet No. {no}", no=sheet.sheet_no),
            subject=sheet.place.name,
            scope=say("entry No. {seq}", seq=sheet.by.seq),
            facts=(
                (say("Place"), sheet.place.name),
                (say("Issued"), f"{phrases.moment(sheet.by.at)} · {say('entry No. {seq}', seq=sheet.by.seq)}"),
                (say("Numbered lines"), phrases.figure(sheet.lines)),
                (say("Figures at"), phrases.as_known(sheet.frame)),
            ),
        )

    def balances(self) -> Section:
        say, phrases = self.say, self.phrases
        columns = (
            Column(say("Medicine"), 330),
            Column(say("Lot"), 130),
            Column(say("Balance"), 80, right=True),
            Column(say("Counted in"), 110),
        )
        rows = [
            lay_row(
                columns,
                [
                    [Line(phrases.product(self.products[each.product]))],
                    [Line(each.lot or "—")],
                    [Line(phrases.figure(each.units), bold=True)],
                    [Line(phrases.word(self.products[each.product].unit_of_presentation))],
                ],
            )
            for each in self.sheet.balances
        ]
        nothing = lay_row(columns, [[Line(say("Nothing lies there."))], [], [], []])
        return Section(heading=say("What lies there as this sheet is printed"), columns=columns, rows=rows or [nothing])

    def lines(self) -> Section:
        say = self.say
        fixed = (
            Column(say("Line"), 34, right=True),
            Column(say("Date and time"), 72),
            Column(say("What was done"), 104),
            Column(say("Patient, prescription"), 114),
            Column(say("Medicine, lot"), 112),
            Column(say("Units"), 56),
            Column(say("Dose; residue"), 72),
            Column(say("Done by"), 74),
            Column(say("Second signature"), 74),
        )
        columns = (*fixed, Column(say("Entered as No."), RIGHT - LEFT - sum(column.width for column in fixed)))
        rows = [
            lay_row(columns, [[Line(str(n), bold=True)], [Line(_ROOM)], *([] for _ in columns[2:])])
            for n in range(1, self.sheet.lines + 1)
        ]
        return Section(heading=say("Lines to be entered when the register runs again"), columns=columns, rows=rows)

    def closing(self) -> Iterator[Piece]:
        say = self.say
        yield from paragraphs(
            *marks_of(self.sheet.by, self.phrases),
            say("Each act stands on the next free line as it happens; a line is used once, a slip is struck through."),
            say("Each line is entered with the sheet's number and its own; lines left empty are named at closing."),
        )  # fmt: skip
        yield from signature_lines(self.sheet.frame, self.phrases)
