"""What a person sees of themselves: where they are signed in, and what carries their signature."""

from typing import Any

from litestar import Router, delete, get
from litestar.params import FromPath
from msgspec import Struct

from api.authority import needs
from api.caller import CallerRequest
from api.site import FromSite
from ledger.log.canonical import from_bytes
from ledger.service.ports import Reading

_LOOKED_AT, _SHOWN = 5_000, 30


class SignedEntry(Struct, frozen=True, kw_only=True):
    """An entry that the person signed; what is sealed in it stays sealed."""

    seq: int
    recorded_at: str
    key: str
    statement: dict[str, Any]


class SignedEntries(Struct, frozen=True, kw_only=True):
    """Newest first, of the last thousands."""

    entries: list[SignedEntry]


@get("/signatures", operation_id="own_signatures", opt=needs("keys:own"), sync_to_thread=True)
def read_signatures(request: CallerRequest, site: FromSite) -> SignedEntries:
    """The last entries that carry the caller's signature."""
    with site.ledger.reading() as reading:
        return SignedEntries(entries=_find_signed(reading, request.user.person))


@delete("/sessions/{id:str}", operation_id="end_session", opt=needs("keys:own"), status_code=204,
        sync_to_thread=True)  # fmt: skip
def end_session(request: CallerRequest, site: FromSite, id: FromPath[str]) -> None:
    """Sign out somewhere else."""
    site.accounts.sessions.end(id, request.user.person, by=request.user.person)


def _find_signed(reading: Reading, person: str) -> list[SignedEntry]:
    size, mark = reading.head.size, f'"by":"{person}"'.encode()
    found = []
    for seq, data in reading.entries(max(reading.begins_at, size - _LOOKED_AT), size):
        if mark in data:  # quick, and never the last word
            entry = from_bytes(data)
            key = next((each["key"] for each in entry["signatures"] if each["by"] == person), None)
            if key is not None:
                found.append(
                    SignedEntry(seq=seq, recorded_at=entry["recorded_at"], key=key, statement=entry["statement"])
                )
    return found[: -_SHOWN - 1 : -1]


router = Router("/", route_handlers=[read_signatures, end_session])
