"""Requests whose JSON is read strictly: no duplicate key, no NaN, no lone surrogate, not too deep."""

from typing import Any

from litestar import Request
from litestar.exceptions import InternalServerException
from litestar.types import Empty

from ledger.errors import CallRefused
from ledger.strict_json import Unreadable, read_json

_PLAIN = "identity"


class StrictRequest(Request[Any, Any, Any]):
    """Every JSON body of the API comes through here, whatever it is converted to afterwards."""

    async def body(self) -> bytes:
        try:
            return await super().body()
        except InternalServerException as gone:  # who hung up in the middle: no fault of ours
            raise CallRefused("body_malformed") from gone

    async def json(self) -> Any:
        if self._json is Empty:
            if self.content_type[0] != "application/json" or self.headers.get("content-encoding", _PLAIN) != _PLAIN:
                raise CallRefused("media_type")
            try:
                self._json = read_json(await self.body())
            except Unreadable as bad:
                raise CallRefused("body_malformed", **bad.values) from bad
        return self._json
