"""The evidence as one zip, for an inspector to take away: made once, handed out as often as it is asked for.

It lies among what the server's processes have in common, until the next is made or the server ends.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from api.working import Step
from ledger.service.checkpoints import sign_or_read_head
from ledger.service.evidence import pack_evidence

if TYPE_CHECKING:
    from api.site import Site


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The zip at `path` of the first `size` entries, whose head has the hex `root`; `sha256` is its hex hash."""

    path: Path
    at: datetime
    log: str
    size: int
    root: str
    sha256: str
    length: int

    @property
    def name(self) -> str:
        """Its name says whose register it is and how long, and of nobody anything."""
        return f"{'-'.join(self.log.split('/'))}-{self.size}.zip"


def take_evidence(site: "Site", step: Step) -> Taken:
    """The evidence under a head signed now; where none can be, under the last one. Raises `LedgerReadOnly`."""
    ledger = site.ledger
    head = sign_or_read_head(ledger)
    with NamedTemporaryFile(dir=site.common.folder, suffix=".zip", delete=False) as file:
        path = Path(file.name)
        try:
            pack_evidence(ledger, head, file, step=step)
            file.seek(0)
            digest = file_digest(file, "sha256").hexdigest()
        except BaseException:
            path.unlink()
            raise
    taken = Taken(
        path=path, at=ledger.clock(), log=ledger.log, size=head.size, root=head.root.hex(), sha256=digest,
        length=path.stat().st_size,
    )  # fmt: skip
    before = site.evidence.outcome
    if before is not None:
        before.path.unlink(missing_ok=True)
    return taken
