"""The family's slip, a small page of its own: what was handed over, with thanks, and nothing else.

No name stands on it, and none in its code: that is the head and the number of the entry, by which anybody who holds
the slip can have the proof fetched later.
"""

from collections import Counter
from dataclasses import replace

from reportlab.pdfgen.canvas import Canvas

from reports.act import Act
from reports.paper import Leaf, draw_code, to_qr
from reports.pen import FADED, INK, RED, Pen
from reports.phrases import Phrases
from reports.typeset import wrap

WIDTH, HEIGHT = 297.64, 419.53
"""A6, upright."""
_LEFT, _RIGHT = 24.0, WIDTH - 24.0
_CODE = 74.0


def draw_slip(act: Act, phrases: Phrases) -> Leaf:
    return Leaf(WIDTH, HEIGHT, _Slip(act, phrases).draw)


class _Slip:
    def __init__(self, act: Act, phrases: Phrases) -> None:
        self.act = act
        self.phrases = phrases
        self.say = phrases.say
        self.pen: Pen
        self.y = 0.0

    def draw(self, pen: Pen, _canvas: Canvas, page: str) -> None:
        act, say = self.act, self.say
        frame = act.frame
        self.pen, self.y = pen, HEIGHT - 26
        self._lines(frame.facility.name, 8, bold=True)
        if frame.facility.practice:
            self._lines(self.phrases.practice(), 6.4, bold=True, colour=RED)
        pen.line(_LEFT, self.y + 4, _RIGHT, self.y + 4, 0.9, INK)
        self.y -= 14
        if any(each.code == "return_reason" and each.value == "patient_died" for each in act.told):
            self._lines(say("Please accept our condolences."), 9)
            self.y -= 4
        self._lines(say("Thank you. We have received from you:"), 11, bold=True)
        self.y -= 4
        self._list()
        self.y -= 4
        self._lines(self.phrases.moment(act.by.at), 8.5)
        self._lines(say("You owe nothing further. Thank you for your care."), 8.5)
        self._draw_foot(page)

    def _list(self) -> None:
        """Each medicine once, whole and broken packs together; set smaller where there are many."""
        units = Counter[str]()
        for line in self.act.lines:
            units[line.product] += line.figures["total"]
        told = [
            (
                self.phrases.product(each),
                self.say(
                    "{unit}: {n}",
                    unit=self.phrases.word(each.unit_of_presentation),
                    n=self.phrases.figure(units[each.id]),
                ),
            )
            for each in self.act.products
            if units[each.id]
        ]
        size = min(9.5, 170 / (3 * 1.35 * max(1, len(told))))
        for name, many in told:
            self._lines(name, size)
            self._lines(many, size, bold=True)

    def _lines(self, text: str, size: float, *, bold: bool = False, colour: str = INK, right: float = _RIGHT) -> None:
        for line in wrap(text, right - _LEFT, size, bold):
            self.pen.text(_LEFT, self.y, line, size, bold=bold, colour=colour)
            self.y -= size * 1.35

    def _draw_foot(self, page: str) -> None:
        frame, say = self.act.frame, self.say
        self.pen.line(_LEFT, 108, _RIGHT, 108, 0.9, INK)
        code = to_qr(frame.facility.log, frame.head, str(self.act.by.seq))
        draw_code(self.pen, code, _RIGHT - _CODE + 6, 26, _CODE)
        self.y = 98.0
        edge = _RIGHT - _CODE
        self._lines(say("Entry No. {seq}", seq=self.act.by.seq), 7, bold=True, right=edge)
        brief = replace(frame, rules=replace(frame.rules, unset=()))  # what the site left open is no word for a family
        for label, value, bold in self.phrases.foot(brief):
            self._lines(f"{label}: {value}", 3.9, bold=bold, colour=INK if bold else FADED, right=edge)
        self.pen.text(_RIGHT, 16, page, 6, right=True)
