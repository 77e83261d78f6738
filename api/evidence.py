"""The evidence as one zip, for an inspector to take away: made once, handed out as often as it is asked for.

It lies in a file of its own outside the data directory, which is gone with the next one or the end of the program.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from api.working import Step
from ledger.errors import LedgerReadOnly, NotFound
from ledger.service.checkpoints import sign_head
from ledger.service.evidence import pack_evidence
from ledger.service.ledger import Ledger
from ledger.service.ports import CheckpointRow

if TYPE_CHECKING:
    from api.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The zip of the first `size` entries, whose head has the hex `root`; `sha256` is the hex hash of the file."""

    file: Any
    at: datetime
    log: str
    size: int
    root: str
    sha256: str
    length: int

    @property
    def path(self) -> Path:
        return Path(self.file.name)

    @property
    def name(self) -> str:
        """Its name says whose register it is and how long, and of nobody anything."""
        return f"{'-'.join(self.log.split('/'))}-{self.size}.zip"


def take_evidence(site: "Site", step: Step) -> Taken:
    """The evidence under a head signed now; where nothing can be signed, under the last one. Raises `NotFound`."""
    ledger = site.ledger
    head = _find_head(ledger)
    if head is None:
        raise NotFound
    file = NamedTemporaryFile(prefix="senim-evidence-", suffix=".zip")  # noqa: SIM115 - it lives as long as `Taken`
    pack_evidence(ledger, head, file, step=step)
    file.flush()
    file.seek(0)
    digest, length = file_digest(file, "sha256").hexdigest(), file.seek(0, 2)
    return Taken(
        file=file, at=ledger.clock(), log=ledger.log, size=head.size, root=head.root.hex(), sha256=digest, length=length
    )


def _find_head(ledger: Ledger) -> CheckpointRow | None:
    try:
        return sign_head(ledger)
    except LedgerReadOnly:
        with ledger.reading() as reading:
            return reading.checkpoint()
