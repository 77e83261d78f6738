"""What somebody at a box may mean, and patients by name or IIN. Whoever is shown was noted in the access log before."""

import re
from dataclasses import dataclass

from api.caller import Caller
from api.naming import Names
from api.site import Site
from ledger.domain.person import find_death
from ledger.domain.terms import is_iin
from ledger.service.ports import Reading
from ledger.storage.folding import join_digits

MOST = 20
_TWELVE = re.compile(r"[0-9]{12}")
_GTIN = re.compile(r"[0-9]{8,14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    patient: str
    name: str
    born_on: str
    died_on: str | None


def is_wrong_iin(asked: str) -> bool:
    """Twelve digits, also in groups, that are nobody's number."""
    number = join_digits(asked)
    return _TWELVE.fullmatch(number) is not None and not is_iin(number)


def find_product_of(names: Names, asked: str) -> str | None:
    """The product whose pack has this GTIN, with or without leading zeros."""
    if not _GTIN.fullmatch(asked):
        return None
    pack = names.packs().get(asked.zfill(14))
    return None if pack is None else pack["product"]


def find_hits(
    site: Site, reading: Reading, caller: Caller, names: Names, asked: str, *, reason: str
) -> tuple[list[Hit], bool]:
    """(patients whose name or IIN it is, whether there are more); each noted, also that nobody was found."""
    if not 2 <= len(asked) <= 100:
        return [], False
    found = site.search.find_patients(site.ledger, asked, limit=MOST + 1)
    if not found:
        site.access.note("searched", person=caller.person, by=caller.session, detail="nobody found", reason=reason)
    hits = []
    for kept in site.see_found(reading, caller, found[:MOST], reason=reason):
        identity = names.identity(kept)
        if "name" in identity:
            died_on = find_death(reading.book, kept)
            hits.append(Hit(patient=kept, name=identity["name"], born_on=identity["born_on"], died_on=died_on))
    return hits, len(found) > MOST
