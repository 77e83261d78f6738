"""What a prescription of each listed product begins with: unit of the strength, commonest route, days of a patch."""

from collections.abc import Iterator
from typing import Any

from api.naming import Names
from ledger.domain.kind import local_day
from ledger.service.ledger import find_adoption
from ledger.service.ports import Reading

_BY_FORM = {"10519": "20070000", "11201": "20066000", "11213": "20045000", "10318": "20067000", "10320": "20054000",
            "10808": "20049000"}  # fmt: skip
"""The commonest route of an EDQM form, by its beginning; all others are by mouth."""


def offer_products(reading: Reading, names: Names, now: str) -> Iterator[dict[str, Any]]:
    """Each listed product with what a prescription of it begins with; a patch with the site's own wear time."""
    adoption = find_adoption(reading)
    day = local_day(now, reading.book.facility.zone)
    wear = adoption.rules.value("patch_wear_hours", day) if adoption is not None else None
    for product, said in names.open_products():
        listed = names.products[product]
        strength = listed["strength"]
        is_patch = strength["unit"] == "ug/h" and wear is not None and wear % 24 == 0
        yield {
            "id": product, "said": said, "strength": strength["value"], "unit": strength["unit"],
            "unit_said": names.phrases.word(strength["unit"]), "route": _BY_FORM.get(listed["form"][:5], "20053000"),
            "every": f"1/{wear // 24}d" if is_patch and wear else "",
        }  # fmt: skip
