"""Numbered downtime sheets: printed before the power goes, entered after it is back, each line once.

An entry cites its line in the envelope (`sheet: {no, line}`). A sheet is closed when each of its lines is entered
or listed as unused; from then on nothing may cite it. The line of a reversed entry is free to be entered again.
"""

from collections.abc import Iterator
from typing import Any

from ledger.domain.effects import Changed, Effect, Made
from ledger.domain.form import Reading, many
from ledger.domain.kind import Case, Kind
from ledger.domain.records import Sheet
from ledger.domain.terms import MOST_LINES
from ledger.domain.texts import new, ref, sheet_no
from ledger.domain.values import integer

_LINE = integer(1, MOST_LINES)


def check_sheet(case: Case) -> None:
    """Refuse a cited line that no open sheet has, or that an entry stands for already."""
    cited = case.command.sheet
    if cited is None:
        return
    sheet: Sheet | None = case.book.find("sheet", cited["no"])
    if sheet is None or cited["line"] > sheet.lines:
        case.refuse("sheet_unknown", "sheet.no", sheet=cited["no"], line=cited["line"])
    elif sheet.closed:
        case.refuse("already_closed", "sheet.no", sheet=cited["no"])
    elif _is_entered(case, cited["no"], cited["line"]):
        case.refuse("already_exists", "sheet.line", sheet=cited["no"], line=cited["line"])


def cited_line(case: Case) -> list[Effect]:
    """The line that the entry stands for is used."""
    cited = case.command.sheet
    return [] if cited is None else [Made("sheet_line", (cited["no"], str(cited["line"])), case.command.id)]


def _is_entered(case: Case, sheet_no: str, line: int) -> bool:
    entry_id = case.book.find("sheet_line", sheet_no, str(line))
    return entry_id is not None and case.book.find("reversal", entry_id) is None


def _issue(case: Case) -> list[Effect]:
    body = case.body
    sheet = Sheet(place=body["place"], lines=body["lines"], issued_by=case.command.performer)
    return [Made("sheet", (body["sheet_no"],), sheet, thing="sheet")]


SHEET_ISSUED = Kind(
    name="sheet.issued",
    fields={"sheet_no": new("sheet", sheet_no), "place": ref("place"), "lines": _LINE},
    effects=_issue,
)


def _ascending(value: dict[str, Any], path: str, reading: Reading) -> None:
    unused = value.get("unused")
    if type(unused) is list and all(type(n) is int for n in unused) and unused != sorted(set(unused)):
        reading.refuse("malformed", f"{path}.unused")


def _entered(case: Case, sheet_no: str, sheet: Sheet) -> Iterator[int]:
    return (line for line in range(1, sheet.lines + 1) if _is_entered(case, sheet_no, line))


def _close(case: Case) -> None:
    sheet_no, unused = case.body["sheet_no"], set(case.body["unused"])
    sheet: Sheet | None = case.book.find("sheet", sheet_no)
    if sheet is None:
        return
    if sheet.closed:
        case.refuse("already_closed", "body.sheet_no", sheet=sheet_no)
        return
    entered = set(_entered(case, sheet_no, sheet))
    if beyond := sorted(n for n in unused if n > sheet.lines):
        case.refuse("sheet_unknown", "body.unused", sheet=sheet_no, line=beyond[0])
    if both := sorted(entered & unused):
        case.refuse("already_exists", "body.unused", sheet=sheet_no, line=both[0])
    if neither := sorted(set(range(1, sheet.lines + 1)) - entered - unused):
        lines = ", ".join(map(str, neither[:20]))
        case.refuse("has_dependents", "body.unused", sheet=sheet_no, lines=lines)


SHEET_CLOSED = Kind(
    name="sheet.closed",
    fields={"sheet_no": ref("sheet", sheet_no), "unused": many(_LINE, least=0, most=MOST_LINES)},
    also=_ascending,
    rule=_close,
    effects=lambda case: [Changed("sheet", (case.body["sheet_no"],), "closed", True, False)],
)

KINDS: tuple[Kind, ...] = (SHEET_ISSUED, SHEET_CLOSED)
