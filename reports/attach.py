"""What travels inside the PDF beside its pages, byte for byte: the data, the entries, their proofs, the head.

    report.json     the model, all that the pages are drawn from
    checkpoint      the signed head, a C2SP note
    entries.jsonl   one entry a line, exactly its bytes: the hash of 0x00 and the line is the entry's leaf
    proofs.zip      <seq>.tlog-proof for each of them, C2SP tlog-proof; of an entry before a new epoch, which is
                    numbered …, -2, -1, <seq>.path: the hashes of its path, 32 bytes each, to the root in `after`
    signer          where there is one: a C2SP note by the log's key that names the signing certificate

Canonical JSON never holds a line break, so a line is an entry. The archive is stored unpressed inside a
pressed stream: neighbouring proofs share most of their hashes, which pressing all of them at once finds.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from io import BytesIO
from tempfile import TemporaryFile
from typing import Final
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import pikepdf
from pikepdf import Array, AttachedFileSpec, Dictionary, Name, String

from ledger.errors import BytesRejected
from reports.nodes import Proofs

REPORT: Final = "report.json"
CHECKPOINT: Final = "checkpoint"
ENTRIES: Final = "entries.jsonl"
PROOFS: Final = "proofs.zip"
VOUCHER: Final = "signer"
NAMES: Final = frozenset({REPORT, CHECKPOINT, ENTRIES, PROOFS})
MOST_BYTES: Final = 256 * 2**20
"""An attachment larger than this, unpressed, is not read."""

_PIECE = 1 << 16

_TYPES = {
    REPORT: "application/json",
    CHECKPOINT: "text/plain",
    ENTRIES: "application/x-ndjson",
    PROOFS: "application/zip",
    VOUCHER: "text/plain",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What a report rests on. `entries` and `proofs` are by seq: the exact bytes of each."""

    report: bytes
    checkpoint: bytes
    entries: Mapping[int, bytes]
    proofs: Mapping[int, bytes]
    voucher: bytes | None = None


def attach(pdf: bytes, attached: Attached, *, made_at: datetime) -> bytes:
    """*pdf* with the attachments, its metadata and dates. Equal input gives equal bytes."""
    made = made_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    with pikepdf.open(BytesIO(pdf)) as document:
        specs = []
        for name, pieces in _files(attached):
            spec = AttachedFileSpec(
                document,
                b"",
                filename=name,
                description="",
                mime_type=_TYPES[name],
                creation_date=made,
                mod_date=made,
            )
            spec.relationship = Name.Data if name == REPORT else Name.Supplement
            document.attachments[name] = spec
            specs.append(document.attachments[name].obj)
            _fill(specs[-1].EF.F, pieces)
        document.Root.AF = Array(specs)
        document.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        if "/Trapped" in document.docinfo:
            del document.docinfo["/Trapped"]
        document.docinfo["/CreationDate"] = document.docinfo["/ModDate"] = String(made)
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata.load_from_docinfo(document.docinfo)
        out = BytesIO()
        document.save(
            out,
            deterministic_id=True,
            min_version="1.7",
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=True,
        )
    return out.getvalue()


def _fill(stream: pikepdf.Object, pieces: Iterable[bytes]) -> None:
    """Pressed piece by piece: what a long report rests on is never held unpressed twice."""
    press, digest, size, pressed = zlib.compressobj(), md5(usedforsecurity=False), 0, bytearray()
    for piece in pieces:
        pressed += press.compress(piece)
        digest.update(piece)
        size += len(piece)
    pressed += press.flush()
    stream.write(bytes(pressed), filter=Name.FlateDecode)
    stream.Params.Size = size
    stream.Params.CheckSum = String(digest.digest())


def _files(attached: Attached) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield REPORT, [attached.report]
    yield CHECKPOINT, [attached.checkpoint]
    yield ENTRIES, (attached.entries[seq] + b"\n" for seq in sorted(attached.entries))
    yield PROOFS, _pack(attached.proofs)
    if attached.voucher is not None:
        yield VOUCHER, [attached.voucher]


def _pack(proofs: Mapping[int, bytes]) -> Iterator[bytes]:
    """The archive, which lies on the disk meanwhile: it is hashes and the head, no secret."""
    with TemporaryFile() as packed:
        with ZipFile(packed, "w", ZIP_STORED) as archive:
            for seq in sorted(proofs):
                info = ZipInfo(f"{seq}.{'tlog-proof' if seq >= 0 else 'path'}", (1980, 1, 1, 0, 0, 0))
                info.create_system = 3
                archive.writestr(info, proofs[seq])
        packed.seek(0)
        yield from iter(lambda: packed.read(_PIECE), b"")


def read_attached(document: pikepdf.Pdf) -> dict[str, bytes]:
    """The attachments by name: exactly those of a report. Raises `BytesRejected` otherwise."""
    found = set(document.attachments)
    if found - {VOUCHER} != NAMES:
        raise BytesRejected("attachments_differ")
    return {name: _read_stream(document.attachments[name].obj.EF.F) for name in sorted(found)}


def _read_stream(stream: pikepdf.Object) -> bytes:
    """The bytes of a stream, never more than `MOST_BYTES` of them: a small file may unpress to any size."""
    raw = stream.read_raw_bytes()
    if "/Filter" not in stream:
        return raw
    if stream.Filter != Name.FlateDecode:
        raise BytesRejected("attachment_filter")
    press = zlib.decompressobj()
    data = press.decompress(raw, MOST_BYTES)
    if press.unconsumed_tail or not press.eof:
        raise BytesRejected("attachment_too_large")
    return data


def read_proofs(data: bytes) -> Mapping[int, bytes]:
    """Proofs by seq out of the archive that `attach` writes, each read when it is asked for.

    Raises `BytesRejected`, also later, at one that cannot be read.
    """
    with _reading():
        archive = ZipFile(BytesIO(data))
        infos = {_to_seq(info.filename): info for info in archive.infolist()}
        stored = all(info.compress_type == ZIP_STORED for info in infos.values())
        if not stored or sum(info.file_size for info in infos.values()) > len(data):
            raise BytesRejected("proofs_unreadable")

    def read(seq: int) -> bytes:
        with _reading():
            return archive.read(infos[seq])

    return Proofs(read, infos.keys())


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as bad:
        raise BytesRejected("proofs_unreadable") from bad


def _to_seq(name: str) -> int:
    seq, _, kind = name.partition(".")
    if kind != ("path" if int(seq) < 0 else "tlog-proof"):
        raise ValueError(name)
    return int(seq)
