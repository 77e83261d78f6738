"""Who signs what governs: registrar and head pharmacist, or what is left of them with two pharmacists.

Trusts the entries. What is shown here only fills a form in; the register judges what is signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.caller import Caller
from api.naming import Names
from api.site import Site
from ledger.domain.families.governing import is_governance_lost
from ledger.domain.terms import GOVERNORS, PHARMACISTS
from ledger.service.ports import Reading

Choice = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """`performs`: the caller makes these entries. `heads`: who signs second; `lost`: the role that nobody can sign in
    any more, then two of `pharmacists` sign with the caller. `on_word`: imports are open and not both have a key yet,
    so that people come in on the facility's word."""

    performs: bool
    heads: Choice
    lost: str
    pharmacists: Choice
    imports_open: bool
    on_word: bool
    has_key: bool


def read_governance(site: Site, reading: Reading, names: Names, caller: Caller) -> Governance:
    book = site.ledger.keys(reading)
    holders = {key.person for key in map(book.get, book.ids()) if key.use == "sign" and key.until_seq is None}
    is_open = not reading.book.facility.imports_closed
    (other,) = GOVERNORS - {caller.role}
    lost = other if not is_open and is_governance_lost(reading.book, other) else ""
    heads = names.colleagues(caller.person, "head_pharmacist")
    can_sign = caller.role == "registrar" and caller.person in holders and any(name in holders for name, _ in heads)
    return Governance(
        performs=caller.role == "registrar" or bool(lost),
        heads=heads,
        lost=lost,
        pharmacists=names.colleagues(caller.person, *PHARMACISTS),
        imports_open=is_open,
        on_word=is_open and not can_sign,
        has_key=caller.person in holders,
    )
