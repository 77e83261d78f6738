"""What a handler is given: one facility's ledger and what belongs to serving it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from api.access.log import AccessLog
from api.accounts import Accounts
from api.caller import Caller
from api.common import Common
from api.evidence import Taken
from api.heads import HeadKeeper
from api.opinions import Opinion
from api.parking import Parking
from api.recording import Recording
from api.settings import Settings
from api.working import Work
from ledger.domain.person import ids_of
from ledger.errors import CallRefused, NotFound
from ledger.service.ledger import Ledger
from ledger.service.ports import Reading
from ledger.storage.search import Search

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Made by `senim serve`; every handler's `site`."""

    ledger: Ledger
    directory: Path
    zone: str
    settings: Settings
    accounts: Accounts
    access: AccessLog
    search: Search
    heads: HeadKeeper
    common: Common
    parking: Parking
    recording: Recording
    opinion: Work[Opinion]
    evidence: Work[Taken]

    def see_patient(self, reading: Reading, caller: Caller, patient: str, *, what: str, reason: str) -> str:
        """Note that *caller* is about to see *patient*, durably, before anything of it is answered; the kept id.

        *what*: the operation; *reason*: why, in the caller's words. Raises `CallRefused('reason_required')`,
        `NotFound`; a patient who is not here is noted too.
        """
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise CallRefused("reason_required")
        is_here = reading.book.find("patient", patient) is not None
        self.access.note(
            "read" if is_here else "not_found", person=caller.person, by=caller.session, patient=patient,
            detail=what, reason=reason,
        )  # fmt: skip
        if not is_here:
            raise NotFound
        return ids_of(reading.book, patient)[0]

    def see_found(self, reading: Reading, caller: Caller, patients: Iterable[str], *, reason: str) -> list[str]:
        """Note that *caller* is about to see the *patients* whom a search found, as `see_patient` does of one; the kept
        ids of those who are here.
        """
        here = [each for each in patients if reading.book.find("patient", each) is not None]
        self.access.note_each(
            "read", here, person=caller.person, by=caller.session, detail="search", reason=reason
        )  # fmt: skip
        return [ids_of(reading.book, each)[0] for each in here]


FromSite: TypeAlias = NamedDependency[SkipValidation[Site]]
"""A handler's parameter `site: FromSite`."""
