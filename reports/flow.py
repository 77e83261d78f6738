"""What follows a table: pieces set under each other, each kept whole, and the lines to sign by hand."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from reports.model import Frame, Signatory
from reports.paper import FOOT, LEFT, NEXT_TOP, RIGHT, Page
from reports.pen import FADED, INK, Pen
from reports.phrases import Phrases
from reports.typeset import shorten, wrap
from reports.vocabulary import MEANINGS

FLOOR = FOOT + 4.0
"""Where the body of a page ends; below it a table says what its marks mean."""
_SPANS = ((LEFT, 206.0), (LEFT + 216, 246.0), (LEFT + 472, 150.0), (LEFT + 632, RIGHT - LEFT - 632))
_SIZE = 7.5
_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """So high, and drawn from a top down."""

    height: float
    draw: Callable[[Pen, float], None]


def flow(pages: list[list[Page]], bottom: float, pieces: Iterable[Piece]) -> list[Page]:
    """Pages with *pieces* set after *bottom* of the last one, and on pages of their own where there is no room."""
    for piece in pieces:
        bottom = place_piece(pages, bottom, piece)
    return [partial(_draw_all, page) for page in pages]


def place_piece(pages: list[list[Page]], bottom: float, piece: Piece) -> float:
    """*piece* under *bottom* of the last page, or on a new one where there is no room; returns where it ends."""
    if bottom - piece.height < FLOOR:
        pages.append([])
        bottom = NEXT_TOP
    pages[-1].append(partial(_draw_piece, piece, bottom))
    return bottom - piece.height


def _draw_piece(piece: Piece, top: float, pen: Pen) -> None:
    piece.draw(pen, top)


def _draw_all(drawings: Sequence[Page], pen: Pen) -> None:
    for draw in drawings:
        draw(pen)


def signature_lines(
    frame: Frame, phrases: Phrases, *, usual: Sequence[str] = (), named: Sequence[Signatory] = ()
) -> Iterator[Piece]:
    """A line for each signatory, *named* where the frame has none; and for the *usual* meanings with nobody's name
    where there are none either."""
    for signatory in frame.signatories or named or [Signatory(meaning=each) for each in usual]:
        meaning = wrap(phrases.say(MEANINGS.get(signatory.meaning, signatory.meaning)), _SPANS[0][1], _SIZE)
        said = phrases.post_and_name(signatory.person) if signatory.person else ""
        who = shorten(wrap(said.replace("\n", " "), _SPANS[1][1], _SIZE, True), _MOST_LINES)
        high = 9 * max(len(meaning), len(who))
        yield Piece(30.0 + high, partial(_draw_signature, phrases, meaning, who, high))


def _draw_signature(
    phrases: Phrases, meaning: Sequence[str], who: Sequence[str], high: float, pen: Pen, top: float
) -> None:
    say = phrases.say
    captions = (say("what is signed for"), say("post, name"), say("signature"), say("date and time"))
    base = top - 18 - high
    for n, line in enumerate(reversed(meaning)):
        pen.text(LEFT, base + 3 + 9 * n, line, _SIZE)
    for n, line in enumerate(reversed(who)):
        pen.text(_SPANS[1][0], base + 3 + 9 * n, line, _SIZE, bold=True)
    for (x, width), caption in zip(_SPANS, captions, strict=True):
        pen.line(x, base, x + width, base, 0.5, INK)
        pen.text(x, base - 7, caption, 5.6, colour=FADED)
