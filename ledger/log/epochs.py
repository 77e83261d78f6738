"""What entry 0 of a new epoch says of the log that it goes on from (contract, section 10).

The old log ended where it could not be brought back whole, or could sign no more. `root` and `size` are what it signed
last; `recovered` of its entries go on, and `recovered_root` holds them where they are not just those that were signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.errors import BytesRejected
from ledger.log.canonical import from_bytes

MOST_ENTRIES = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """The member `after` of `facility.opened`. Roots are 32 bytes."""

    log: str
    size: int
    root: bytes
    recovered: int
    recovered_root: bytes

    @property
    def lost(self) -> int:
        return max(0, self.size - self.recovered)

    def to_body(self) -> dict[str, str | int]:
        told: dict[str, str | int] = {"log": self.log, "size": self.size, "root": self.root.hex()}
        if self.recovered != self.size:
            told["recovered_root"] = self.recovered_root.hex()
        return told | {"recovered": self.recovered, "lost": self.lost}


def find_after(first: bytes) -> After | None:
    """By the bytes of entry 0; None where it opens no new epoch, or in a form that nobody can follow."""
    try:
        statement = from_bytes(first)["statement"]
        told: Mapping[str, Any] = statement["body"]["after"]
        root = bytes.fromhex(told["root"])
        recovered_root = bytes.fromhex(told["recovered_root"]) if "recovered_root" in told else root
        log, size, recovered = told["log"], told["size"], told["recovered"]
    except (BytesRejected, KeyError, TypeError, ValueError):
        return None
    if type(log) is not str or any(type(n) is not int or not 0 < n <= MOST_ENTRIES for n in (size, recovered)):
        return None
    if statement["type"] != "facility.opened" or len(root) != 32 or len(recovered_root) != 32:
        return None
    return After(log=log, size=size, root=root, recovered=recovered, recovered_root=recovered_root)


def to_next_log(log: str) -> str:
    """The name of the epoch after *log*: the last part counts on."""
    name, _, epoch = log.rpartition("/")
    return f"{name}/{int(epoch) + 1}"
