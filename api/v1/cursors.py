"""Where a page of entries ended, as the next call brings it back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from ledger.errors import BytesRejected, CallRefused
from ledger.log.canonical import MAX_INT, from_timestamp
from ledger.service.ports import EntryRow

_LONGEST = 100
_DECODER = msgspec.json.Decoder(tuple[str, int])


def to_cursor(row: EntryRow) -> str:
    return urlsafe_b64encode(msgspec.json.encode((row.occurred_at, row.seq))).decode()


def from_cursor(text: str | None) -> tuple[str, int] | None:
    """(occurred_at, seq). Raises `CallRefused('parameter_malformed')` for what `to_cursor` would not write."""
    if text is None:
        return None
    try:
        if len(text) > _LONGEST:
            raise ValueError
        at, seq = _DECODER.decode(urlsafe_b64decode(text))
        from_timestamp(at)
        if abs(seq) > MAX_INT:
            raise ValueError
    except (ValueError, BytesRejected) as bad:  # also a `msgspec.MsgspecError`
        raise CallRefused("parameter_malformed") from bad
    return at, seq
