"""The short facts that stand beside a row, by type of entry: from whom and to whom, on what paper, why.

Codes and values only, the words are the paper's. Nothing sealed is read: what a person wrote in their own
words, and every name but those of staff, stays out of the register.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reports.model import Detail
from reports.movements import Entry, refers_to, statement

Body = Mapping[str, Any]
PLACE_CODES = frozenset({"from_place", "to_place", "at_place", "sealed_at"})
"""Details whose value is the id of a place."""

_FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "stock.opened": (("journal_no", "journal"), ("page", "journal_page")),
    "stock.received": (("supplier", "supplier"), ("document_no", "document")),
    "stock.moved": (("from_place", "from_place"), ("to_place", "to_place")),
    "stock.sent": (("to_log", "to_log"), ("document_no", "document")),
    "stock.arrived": (("from_log", "from_log"), ("document_no", "document")),
    "dispense.outpatient": (("patient", "patient"), ("prescription", "prescription")),
    "dispense.discharge": (("patient", "patient"), ("prescription", "prescription")),
    "dose.administered": (("patient", "patient"), ("prescription", "prescription")),
    "infusion.started": (("patient", "patient"), ("prescription", "prescription")),
    "doses.summarised": (("sheet_no", "sheet"),),
    "destruction.performed": (("act_no", "act"),),
    "entry.reversed": (("seal_no", "seal"), ("place", "sealed_at")),
}
"""Per type: (field of the body, code of the detail) of its counterpart and papers, in the order they are read."""


def counterpart_of(entry: Entry) -> Iterator[Detail]:
    said = statement(entry)
    for name, code in _FIELDS.get(said["type"], ()):
        if name in said["body"]:
            yield Detail(code=code, value=str(said["body"][name]))


def details_of(
    entry: Entry, product: str, lot: str, book: Callable[[], int], by_id: Mapping[str, int]
) -> Iterator[Detail]:
    """What else the row tells; *book* says what a count of *lot* is compared with."""
    said = statement(entry)
    body = said["body"]
    if said["type"] == "stock.counted":
        yield Detail(code="at_place", value=body["place"])
        yield Detail(code="purpose", value=body["purpose"])
        for line in body["lines"]:
            if line["product"] == product and line.get("lot", "") == lot:
                yield Detail(code="counted", value=str(line["units"]))
                yield Detail(code="book", value=str(book()))
    elif said["type"] == "discrepancy.resolved":
        yield Detail(code="cause", value=body["cause"])
        yield Detail(code="difference", value=str(body["difference"]))
        yield from (Detail(code="count_entry", value=str(seq)) for seq in refers_to(entry, by_id))
    elif said["type"] == "claim.settled":
        if body["holds"] in by_id:
            yield Detail(code="holds", value=str(by_id[body["holds"]]))
        elif body["holds"] == "none":
            yield Detail(code="holds_none", value="none")
    else:
        yield from _of_lines(said, product, lot)
        for name, code, text in _TOLD:
            if name in body and not (name == "place" and said["type"] == "entry.reversed"):
                yield Detail(code=code, value=text(body[name]))
    if "sheet" in said:
        yield Detail(code="sheet_line", value=f"{said['sheet']['no']}/{said['sheet']['line']}")


def _of_lines(said: Body, product: str, lot: str) -> Iterator[Detail]:
    """What the lines of one entry tell of the product's own part."""
    if said["type"] == "infusion.started":
        for part in said["body"]["contents"]:
            if part["product"] == product and any(each["lot"] == lot for each in part["lots"]):
                yield Detail(code="dose", value=_quantity(part["dose"]))
    elif said["type"] == "doses.summarised":
        for line in said["body"]["lines"]:
            if line["product"] == product and line["lot"] == lot:
                yield Detail(code="doses", value=str(line["doses"]))


def _quantity(value: Body) -> str:
    return f"{value['value']} {value['unit']}"


_TOLD: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("place", "at_place", str),
    ("dose", "dose", _quantity),
    ("residue", "residue", _quantity),
    ("residue_fate", "residue_fate", str),
    ("ordered_by", "ordered_by", str),
    ("hours", "hours", str),
    ("to_lot", "to_lot", str),
    ("expires_on", "expires_on", str),
    ("days_supply", "days_supply", str),
    ("collector", "collector", lambda collector: str(collector["kind"])),
    ("method", "method", str),
    ("fragments_kept", "fragments", lambda kept: "kept" if kept else "not_kept"),
    ("reason", "reason", str),
    ("packs", "packs", str),
)
"""(field of the body, code, how its value reads), for every type that has the field."""
