"""Requests whose JSON is read strictly: no duplicate key, no NaN, no lone surrogate, not too deep."""

from typing import Any, TypeAlias, cast

from litestar import Request
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import Empty, HTTPReceiveMessage

from ledger.errors import CallRefused
from ledger.strict_json import Unreadable, read_json

Fields: TypeAlias = dict[bytes, list[str]]
"""The header fields of a request by lower-case name (ASGI), each as often as it was sent."""
_PLAIN, _JSON = ["identity"], "application/json"


class StrictRequest(Request[Any, Any, Any]):
    """Every JSON body of the API comes through here, whatever it is converted to afterwards.

    Body and header fields are read as the server hands them over: Litestar's ways cost as much as reading the JSON.
    """

    _fields: Fields | None = None

    @property
    def fields(self) -> Fields:
        if self._fields is None:
            self._fields = {}
            for name, value in self.scope["headers"]:
                self._fields.setdefault(name, []).append(value.decode("latin-1"))
        return self._fields

    async def body(self) -> bytes:
        """Raises `RequestEntityTooLarge`, `CallRefused` of who hung up in the middle."""
        if self._body is Empty:
            self._body = self._connection_state.body = await self._receive_all()
        return self._body

    async def _receive_all(self) -> bytes:
        most = self.route_handler.resolve_request_max_body_size()
        assert most is not None
        announced = self.fields.get(b"content-length", ["0"])[0]
        if announced.isdecimal() and int(announced[:19]) > most:
            raise RequestEntityTooLarge
        pieces, size, is_more = list[bytes](), 0, True
        while is_more:
            event = cast(HTTPReceiveMessage, await self.receive())
            if event["type"] == "http.disconnect":
                raise CallRefused("body_malformed")
            pieces.append(event["body"])
            size, is_more = size + len(event["body"]), event.get("more_body", False)
            if size > most:
                raise RequestEntityTooLarge
        return b"".join(pieces)

    async def json(self) -> Any:
        if self._json is Empty:
            kind, coding = self.fields.get(b"content-type"), self.fields.get(b"content-encoding", _PLAIN)
            if (kind != [_JSON] and self.content_type[0] != _JSON) or coding != _PLAIN:
                raise CallRefused("media_type")
            try:
                self._json = read_json(await self.body())
            except Unreadable as bad:
                raise CallRefused("body_malformed", **bad.values) from bad
        return self._json
