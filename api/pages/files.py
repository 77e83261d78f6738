"""The site's modules, style and picture, read once: what is not in the table is not there, whoever asks.

Their address carries the hash of all of them. A browser keeps what it got there for good, and whatever changes is
asked for anew, the modules that import each other among themselves included. What others wrote is in `vendor/`, whose
README says what it is.
"""

import re
from collections.abc import Mapping
from gzip import compress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from litestar import Response, get
from litestar.params import FromPath

from api.authority import needs
from api.pages.routing import AnyRequest
from ledger.errors import NotFound

STATIC = Path(__file__).parents[1] / "static"
_MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".wasm": "application/wasm",  # with a parameter no browser compiles it as it comes
}
_POLICIES = {
    "/scanning/worker.js": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
}
"""A worker lives under the policy that came with its own script: what it may do, the pages still may not."""
FILES: Mapping[str, bytes] = MappingProxyType(
    {
        f"/{path.relative_to(STATIC).as_posix()}": path.read_bytes()
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in _MEDIA
    }
)
_PRESSED: Mapping[str, bytes] = {name: compress(data, mtime=0) for name, data in FILES.items()}
"""Nothing in them is anybody's secret, so pressing them tells nothing."""
_LIST = "".join(f"{sha256(data).hexdigest()} {name}\n" for name, data in FILES.items())
ADDRESS = f"/static/{sha256(_LIST.encode()).hexdigest()[:16]}"
_FOR_GOOD = "public, max-age=31536000, immutable"
_VERSIONED = re.compile(r"/([0-9a-f]{16})(/.+)")


def takes_gzip(request: AnyRequest) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


@get("/static/{name:path}", operation_id="page_file", opt=needs("pages:read"), include_in_schema=False,
     sync_to_thread=False)  # fmt: skip
def read_static(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """One of them. A page from before an update still gets its modules, and keeps none of them."""
    found = _VERSIONED.fullmatch(name)
    file = found[2] if found else name
    if file not in FILES:
        raise NotFound
    is_this = found is not None and ADDRESS.endswith(found[1])
    headers = {"Vary": "Accept-Encoding"} | ({"Cache-Control": _FOR_GOOD} if is_this else {})
    if file in _POLICIES:
        headers["Content-Security-Policy"] = _POLICIES[file]
    data = FILES[file]
    if takes_gzip(request):
        headers["Content-Encoding"], data = "gzip", _PRESSED[file]
    return Response(data, media_type=_MEDIA[PurePosixPath(file).suffix], headers=headers)
