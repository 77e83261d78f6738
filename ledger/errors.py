"""Everything Senim can refuse or fail at, in one tree.

    SenimError
    ├── CommandInvalid       a field cannot be read; the form shows which
    ├── CommandRefused       a rule of the pharmacy refuses it; nothing was recorded
    ├── NeedsAcknowledgement  warnings wait for an answer; nothing was recorded
    ├── IdReused             the id stands in the log with another statement
    ├── SeenUnknown          the statement's `seen` or `genesis` is not of this log
    ├── LedgerBusy           another writer holds the ledger; try again
    ├── LedgerReadOnly       the ledger must not write: disk full, restored backup, failed self-check, clock astray
    ├── NotStored            the commit failed; nothing was recorded
    ├── OutcomeUnknown       the database was lost within the commit; the same sent again settles it
    ├── NotFound             no such thing in the caller's scope
    ├── WronglyCalled        the caller's mistake: a missing file, a directory that is taken
    ├── CallRefused          a call over HTTP that this caller may not make, or that cannot be read
    ├── Stopped              the run ended before its end, by the user or by a fault; what was recorded stands
    └── EvidenceRejected     bytes, a proof, a signature or a head is wrong; stop and look
        ├── BytesRejected      not the one spelling of the profile
        ├── ProofRejected      a Merkle proof does not lead to the head
        ├── NoteRejected       a signed note or checkpoint is malformed or not by the given key
        ├── SignatureRejected  a statement is not signed by exactly those who must
        ├── OpeningRejected    an opening does not match its commitment
        └── AccessRejected     a row of the access log is not as it was written

`code` is stable and safe to log; `refusals` carries numbers and names as values, never sentences:
the words are made at the edge, in the reader's language.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar


class SenimError(Exception):
    """Superclass of everything below; never raised itself."""

    code: ClassVar[str] = "error"

    def __reduce__(self) -> tuple[Any, ...]:
        """As another process of the server gets it: nothing is asked of `__init__` again."""
        return _made_again, (type(self), self.args), self.__dict__


def _made_again(kind: type[SenimError], args: tuple[Any, ...]) -> SenimError:
    return kind.__new__(kind, *args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One reason: a stable `code` (contract: Refusals), the `field` it concerns, and the values of its sentence."""

    code: str
    field: str | None = None
    values: dict[str, str | int] = dataclasses.field(default_factory=dict)


class _WithRefusals(SenimError):
    def __init__(self, refusals: "list[Refusal]") -> None:
        super().__init__(", ".join(r.code for r in refusals))
        self.refusals = refusals


class CommandInvalid(_WithRefusals):
    code = "malformed"


class CommandRefused(_WithRefusals):
    code = "refused"


class NeedsAcknowledgement(_WithRefusals):
    code = "needs_acknowledgement"


class IdReused(SenimError):
    code = "id_reused"


class SeenUnknown(SenimError):
    code = "seen_unknown"


class LedgerBusy(SenimError):
    code = "ledger_busy"


class LedgerReadOnly(SenimError):
    """`reason` is a stable word (`head_ahead`, `clock_astray`, `disk_full`, `self_check`, …); *also*: further ones."""

    code = "ledger_read_only"

    def __init__(self, reason: str, *, also: "tuple[LedgerReadOnly, ...]" = (), **values: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values
        self.also = also


class NotStored(SenimError):
    code = "not_stored"


class OutcomeUnknown(SenimError):
    """What was sent is recorded or is not, and nobody here knows: there is no receipt."""

    code = "outcome_unknown"


class NotFound(SenimError):
    code = "not_found"


class WronglyCalled(SenimError):
    """`reason` is a stable word; the sentence is made at the edge."""

    code = "wrongly_called"

    def __init__(self, reason: str, **values: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


class CallRefused(SenimError):
    """`reason` is a stable word: `not_signed_in`, `locked`, `forbidden`, `reason_required`, `body_malformed`, …"""

    code = "call_refused"

    def __init__(self, reason: str, **values: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


class Stopped(SenimError):
    """`reason`: `interrupted`, `answer_lost`, `program_fault`, `path_unusable`, …: an entry begun may stand."""

    code = "stopped"

    def __init__(self, reason: str, **values: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


class EvidenceRejected(SenimError):
    """`reason` is a stable snake_case word such as `leaf_mismatch`; tests and verdicts name it."""

    code = "evidence_rejected"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BytesRejected(EvidenceRejected):
    code = "bytes_rejected"


class ProofRejected(EvidenceRejected):
    code = "proof_rejected"


class NoteRejected(EvidenceRejected):
    code = "note_rejected"


class SignatureRejected(EvidenceRejected):
    code = "signature_invalid"


class OpeningRejected(EvidenceRejected):
    code = "opening_rejected"


class AccessRejected(EvidenceRejected):
    """*seq*: the first row that is not as it was written, or not there."""

    code = "access_rejected"

    def __init__(self, reason: str, *, seq: int) -> None:
        super().__init__(reason)
        self.seq = seq
