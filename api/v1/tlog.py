"""The log as C2SP tlog-tiles (c2sp.org/tlog-tiles): byte for byte what an evidence folder holds.

Only what the newest signed head covers is published: a tile beyond it could still be taken back by a crash.
"""

from litestar import MediaType, Response, Router, get
from litestar.params import FromPath

from api.authority import needs
from api.caller import CallerRequest
from api.seeing import note_list
from api.site import FromSite
from ledger.errors import NotFound
from ledger.log.merkle import inclusion_path
from ledger.log.proof import to_proof
from ledger.log.tiles import HEIGHT, WIDTH, tile_path, to_bundle
from ledger.service.ports import CheckpointRow, Reading

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_EVER_THEIRS = {"Cache-Control": "private, max-age=31536000, immutable"}
"""Entries need authority: no cache between may keep them for the next who asks (RFC 9111, section 3.5)."""
_NOW = {"Cache-Control": "no-cache"}
_BYTES = "application/octet-stream"


@get("/log/checkpoint", operation_id="checkpoint", opt=needs("log:checkpoint"), media_type=MediaType.TEXT,
     sync_to_thread=True)  # fmt: skip
def read_checkpoint(site: FromSite) -> Response[bytes]:
    """The newest signed head, a C2SP signed note."""
    with site.ledger.reading() as reading:
        return Response(_newest(reading).note, media_type=MediaType.TEXT, headers=_NOW)


@get("/log/tile/entries/{tile:path}", operation_id="entry_bundle", opt=needs("log:entries"), media_type=_BYTES,
     sync_to_thread=True)  # fmt: skip
def read_bundle(request: CallerRequest, site: FromSite, tile: FromPath[str]) -> Response[bytes]:
    """Entries `N` (256 each), or the first `W` of the last ones: `N.p/W`. Noted in the access log."""
    with site.ledger.reading() as reading:
        index, width = _read_tile(tile, _newest(reading).size)
        first = index * WIDTH
        note_list(site, request.user, what=f"bundle {first}..{first + width - 1}", reason="log entries")
        bundle = to_bundle([data for _, data in reading.entries(first, first + width)])
    return Response(bundle, media_type=_BYTES, headers=_FOR_EVER_THEIRS)


@get("/log/tile/{level:int}/{tile:path}", operation_id="hash_tile", opt=needs("log:tiles"), media_type=_BYTES,
     sync_to_thread=True)  # fmt: skip
def read_tile(site: FromSite, level: FromPath[int], tile: FromPath[str]) -> Response[bytes]:
    """Hashes of level `L`, 32 bytes each."""
    with site.ledger.reading() as reading:
        if not 0 <= level <= 5:
            raise NotFound
        index, width = _read_tile(tile, _newest(reading).size >> (HEIGHT * level))
        first = index * WIDTH
        hashes = b"".join(reading.node(HEIGHT * level, at) for at in range(first, first + width))
    return Response(hashes, media_type=_BYTES, headers=_FOR_EVER)


@get("/log/proof/{seq:int}", operation_id="proof", opt=needs("log:proof"), media_type=MediaType.TEXT,
     sync_to_thread=True)  # fmt: skip
def read_proof(site: FromSite, seq: FromPath[int]) -> Response[bytes]:
    """A C2SP tlog-proof of entry `seq` under the newest signed head."""
    with site.ledger.reading() as reading:
        head = _newest(reading)
        if not 0 <= seq < head.size:
            raise NotFound
        proof = to_proof(seq, inclusion_path(seq, head.size, reading.node), head.note)
    return Response(proof, media_type=MediaType.TEXT, headers=_NOW)


def _newest(reading: Reading) -> CheckpointRow:
    head = reading.checkpoint()
    if head is None:
        raise NotFound
    return head


def _read_tile(told: str, hashes: int) -> tuple[int, int]:
    """(index, width) of `x001/x234/067` or `x001/x234/067.p/5` in a level of so many *hashes*.

    Raises `NotFound` for anything else than the one spelling of a tile that is whole here, or of its beginning.
    """
    name, _, part = told.strip("/").partition(".p/")
    groups = name.split("/")
    digits = "".join(groups[:-1]).replace("x", "") + groups[-1]
    if not (told.isascii() and digits.isdigit() and len(digits) < 19 and (not part or part.isdigit())):
        raise NotFound
    index, width = int(digits), int(part or WIDTH) if len(part) < 4 else 0
    if not 1 <= width <= WIDTH or index * WIDTH + width > hashes or told.strip("/") != _spell(index, width):
        raise NotFound
    return index, width


def _spell(index: int, width: int) -> str:
    return tile_path(0, index, width).removeprefix("tile/0/")


router = Router("/", route_handlers=[read_checkpoint, read_bundle, read_tile, read_proof])
