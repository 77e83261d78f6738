"""An answer that is one of our structures leaves as it is: nothing of it is left to decide."""

from typing import Any, TypeVar

from litestar import MediaType, Request, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send
from msgspec import Struct
from msgspec.json import Encoder

T = TypeVar("T")
_encode = Encoder().encode


class Answer(Response[T]):
    """The application's class of responses, for what handlers return."""

    def __init__(
        self, content: T, *, status_code: int | None = None, media_type: MediaType | str | None = None, **others: Any
    ) -> None:
        if any(others.values()):
            super().__init__(content, status_code=status_code, media_type=media_type, **others)
            return
        self.content, self.status_code, self.media_type = content, status_code, media_type
        self.background, self.cookies, self.headers = None, [], {}
        self.encoding, self.response_type_encoders = "utf-8", {}

    def to_asgi_response(
        self,
        app: Any,
        request: Request[Any, Any, Any],
        *,
        media_type: MediaType | str | None = None,
        status_code: int | None = None,
        type_encoders: Any = None,
        **others: Any,
    ) -> ASGIResponse:
        is_plain = not (self.headers or self.cookies or self.background or any(others.values()))
        is_json = (self.media_type or media_type or MediaType.JSON) == MediaType.JSON
        if is_plain and is_json and isinstance(self.content, Struct):  # which needs nobody's encoders
            return _Whole(self.status_code or status_code or 200, _encode(self.content))
        return super().to_asgi_response(
            app, request, media_type=media_type, status_code=status_code, type_encoders=type_encoders, **others
        )


class _Whole(ASGIResponse):
    """Litestar's would put its two header fields one by one into a mapping, and ask again what may have a body."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code, self.body = status, body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
