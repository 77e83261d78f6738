"""What the codes of a register's rows say in English; the catalogues turn it into the reader's language."""

from collections.abc import Mapping

from ledger.words import phrase

TYPES: Mapping[str, str] = {
    "stock.opened": phrase("Opening stock from the paper journal"),
    "stock.received": phrase("Received from a supplier"),
    "stock.moved": phrase("Moved inside the facility"),
    "stock.sent": phrase("Sent to another facility"),
    "stock.arrived": phrase("Arrived from another facility"),
    "stock.broken": phrase("Broken"),
    "stock.counted": phrase("Stock count"),
    "discrepancy.resolved": phrase("Difference of a count resolved"),
    "dispense.outpatient": phrase("Dispensed to an outpatient"),
    "dispense.discharge": phrase("Dispensed at discharge"),
    "dose.administered": phrase("Dose given"),
    "doses.summarised": phrase("Doses given, from a ward sheet"),
    "infusion.started": phrase("Infusion started"),
    "destruction.performed": phrase("Destroyed by commission"),
    "entry.reversed": phrase("Reversal of entry No. {seq}"),
    "claim.settled": phrase("Entry No. {seq} does not hold: the same packs were reported twice"),
    "lot.corrected": phrase("Lot corrected"),
}

DETAILS: Mapping[str, tuple[str, str]] = {
    "supplier": (phrase("from {value}"), "text"),
    "document": (phrase("document {value}"), "text"),
    "journal": (phrase("paper journal {value}"), "text"),
    "journal_page": (phrase("its page {value}"), "text"),
    "from_place": (phrase("from: {value}"), "place"),
    "to_place": (phrase("to: {value}"), "place"),
    "at_place": ("{value}", "place"),
    "sealed_at": (phrase("in custody: {value}"), "place"),
    "to_log": (phrase("to: {value}"), "text"),
    "from_log": (phrase("from: {value}"), "text"),
    "patient": (phrase("patient {value}"), "text"),
    "prescription": (phrase("prescription {value}"), "text"),
    "sheet": (phrase("ward sheet {value}"), "text"),
    "sheet_line": (phrase("from downtime sheet {value}"), "text"),
    "act": (phrase("act {value}"), "text"),
    "seal": (phrase("seal {value}"), "text"),
    "dose": (phrase("dose {value}"), "quantity"),
    "residue": (phrase("residue {value}"), "quantity"),
    "residue_fate": ("{value}", "word"),
    "ordered_by": (phrase("verbal order by {value}"), "text"),
    "hours": (phrase("hours: {value}"), "number"),
    "doses": (phrase("doses: {value}"), "number"),
    "days_supply": (phrase("days of supply: {value}"), "number"),
    "collector": (phrase("collected by: {value}"), "word"),
    "method": (phrase("method: {value}"), "word"),
    "fragments": (phrase("fragments: {value}"), "word"),
    "purpose": ("{value}", "word"),
    "counted": (phrase("counted: {value}"), "number"),
    "book": (phrase("by the book: {value}"), "number"),
    "cause": (phrase("cause: {value}"), "word"),
    "difference": (phrase("difference: {value}"), "number"),
    "count_entry": (phrase("count: entry No. {value}"), "text"),
    "reason": (phrase("reason: {value}"), "word"),
    "packs": (phrase("packs: {value}"), "word"),
    "holds": (phrase("entry No. {value} holds"), "text"),
    "holds_none": (phrase("neither of them holds"), "text"),
    "to_lot": (phrase("true name of the lot: {value}"), "text"),
    "expires_on": (phrase("true expiry date: {value}"), "day"),
}
"""Code of a detail: its sentence, and how its value reads."""

AWAITS: Mapping[str, str] = {
    "witness": phrase("second signature awaited"),
    "verbal_order": phrase("the physician's signature awaited"),
}
