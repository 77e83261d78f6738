"""The embedded fonts, and text measured, broken and made visible in them.

Nothing that a person wrote passes through a markup parser; what cannot be seen, or would turn its neighbours
round, is shown as a mark.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "Senim"
BOLD: Final = "Senim-Bold"


@cache
def load_fonts() -> None:
    for name, file in ((REGULAR, "DejaVuSans.ttf"), (BOLD, "DejaVuSans-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, BytesIO(files("reports").joinpath("fonts", file).read_bytes())))


def to_visible(text: str) -> str:
    """*text* with every character that would not be seen, or would turn its neighbours round, made visible."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char == "\n" or unicodedata.category(char) == "Zs":
        return char
    return "\ufffd" if unicodedata.category(char)[0] == "C" or not char.isprintable() else char


@lru_cache(maxsize=16_384)
def measure(text: str, size: float, bold: bool = False) -> float:
    load_fonts()
    width: float = pdfmetrics.stringWidth(text, BOLD if bold else REGULAR, size)
    return width


@lru_cache(maxsize=8_192)
def wrap(text: str, width: float, size: float, bold: bool = False) -> tuple[str, ...]:
    """The lines of *text* in *width*; a word that is wider than a line is broken after a hyphen, or else where it
    must be."""
    return tuple(line for part in to_visible(text).split("\n") for line in _wrap(part, width, size, bold))


def shorten(lines: Sequence[str], most: int) -> Sequence[str]:
    """*lines*, or the first of them and how many are left out, *most* together."""
    return lines if len(lines) <= most else (*lines[: most - 1], f"… +{len(lines) - most + 1}")


def _wrap(text: str, width: float, size: float, bold: bool) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if measure(longer, size, bold) <= width:
            line = longer
            continue
        if line:
            yield line
        line = word
        while measure(line, size, bold) > width:
            fits = next(n for n in range(len(line), 0, -1) if n == 1 or measure(line[:n], size, bold) <= width)
            fits = line.rfind("-", 0, fits) + 1 or fits
            yield line[:fits]
            line = line[fits:]
    yield line


def fit(text: str, width: float, size: float, bold: bool = False) -> str:
    """*text* on one line, its end cut off with an ellipsis where *width* is too narrow."""
    text = to_visible(text).replace("\n", " ")
    if measure(text, size, bold) <= width:
        return text
    return next((f"{text[:n]}…" for n in range(len(text), 0, -1) if measure(f"{text[:n]}…", size, bold) <= width), "")
