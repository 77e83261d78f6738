"""The site's own modules, style and picture, read once: what is not in the table is not there, whoever asks.

Their address carries the hash of all of them. A browser keeps what it got there for good, and whatever changes is
asked for anew, the modules that import each other among themselves included.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from litestar import Response, get
from litestar.params import FromPath

from api.authority import needs
from ledger.errors import NotFound

STATIC = Path(__file__).parents[1] / "static"
_MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES: Mapping[str, bytes] = MappingProxyType(
    {
        f"/{path.relative_to(STATIC).as_posix()}": path.read_bytes()
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in _MEDIA
    }
)
_LIST = "".join(f"{sha256(data).hexdigest()} {name}\n" for name, data in FILES.items())
ADDRESS = f"/static/{sha256(_LIST.encode()).hexdigest()[:16]}"
_VERSIONED = re.compile(r"/([0-9a-f]{16})(/.+)")


@get("/static/{name:path}", operation_id="page_file", guards=[needs("pages:read")], include_in_schema=False,
     sync_to_thread=False)  # fmt: skip
def read_static(name: FromPath[str]) -> Response[bytes]:
    """One of them. A page from before an update still gets its modules, and keeps none of them."""
    found = _VERSIONED.fullmatch(name)
    file = found[2] if found else name
    if file not in FILES:
        raise NotFound
    is_this = found is not None and ADDRESS.endswith(found[1])
    return Response(
        FILES[file],
        media_type=f"{_MEDIA[PurePosixPath(file).suffix]}; charset=utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable"} if is_this else {},
    )
