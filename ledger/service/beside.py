"""What lies beside the entries in evidence, held against them: the list of keys, disclosed values, reports.

Of what proves nothing it is only told that it lies there: another README, files that nobody asked for.
"""

from typing import Any

from ledger.errors import BytesRejected, EvidenceRejected, OpeningRejected
from ledger.log.canonical import from_bytes, from_canonical
from ledger.log.encoding import from_base64
from ledger.log.keys import KeyBook
from ledger.log.sealed import verify_opening
from ledger.log.tiles import WIDTH
from ledger.service.evidence import read_readme
from ledger.service.sources import MOST_OPENING, Source
from ledger.service.verdict import MOST_FINDINGS, Check, Verdict
from ledger.service.walk import Walk

_MEMBERS = {"seq", "path", "value", "key"}


def check_beside(source: Source, walk: Walk, result: Verdict) -> None:
    """All of it, once every entry was read and judged; what nobody asked for is noted."""
    check_keys_file(source, walk.signatures.keys, result)
    integrity = result.checks["integrity"]
    for check_part in (check_openings, check_reports):
        try:
            check_part(source, walk, integrity)
        except BytesRejected as bad:
            integrity.fail(bad.reason)
    if not _is_readme_ours(source):
        integrity.note("readme_differs")
    surplus = source.surplus()
    if surplus:
        integrity.note("surplus_files", None, count=len(surplus), first=surplus[0])


def _is_readme_ours(source: Source) -> bool:
    """Whether README.txt, where there is one, is what this program writes."""
    try:
        return source.readme() in (None, read_readme().encode())
    except BytesRejected:
        return False


def check_keys_file(source: Source, keys: KeyBook, result: Verdict) -> None:
    """It has to say exactly what the entries do; nobody trusts it."""
    try:
        agrees = source.agrees_on_keys(keys.to_keys_jsonl())
    except BytesRejected:
        agrees = False
    if agrees is None:
        result.checks["completeness"].fail("keys_file_missing")
    elif not agrees:
        result.checks["authenticity"].fail("keys_file_differs")


def check_openings(source: Source, walk: Walk, check: Check) -> None:
    """Each disclosed value is the one that was sealed, each said once, each under a key of its own.

    How many were disclosed nothing signed says: they are counted, so that whoever was told of more can ask for them.
    """
    openings = source.openings()
    if openings is None:
        return
    commitments = _Commitments(source, walk.size)
    told: set[tuple[int, str]] = set()
    keys: set[str] = set()
    for line in openings:
        try:
            seq, path, key = _check_opening(line, commitments)
        except EvidenceRejected:
            check.fail("opening_mismatch")
        else:
            if (seq, path) in told or key in keys:
                check.fail("opening_twice", seq)
            told.add((seq, path))
            keys.add(key)
        if len(check.findings) >= MOST_FINDINGS:
            return
    check.note("disclosed", None, count=len(told))


def _check_opening(line: bytes, commitments: "_Commitments") -> tuple[int, str, str]:
    """(seq, path, key) of an opening that holds. Raises `EvidenceRejected`."""
    if not line.endswith(b"\n") or len(line) > MOST_OPENING:
        raise OpeningRejected("opening_malformed")
    opening = from_canonical(line[:-1])
    if type(opening) is not dict or opening.keys() != _MEMBERS or type(opening["path"]) is not str:
        raise OpeningRejected("opening_malformed")
    seq, path, key = opening["seq"], opening["path"], opening["key"]
    statement = commitments.statement(seq)
    verify_opening(
        statement.get("sealed", {}).get(path, ""),
        opening["value"],
        key=from_base64(key),
        log=statement["log"],
        id=statement["id"],
        path=path,
    )
    return seq, path, key


class _Commitments:
    """The statements of a source that was walked; the last bundle is kept, for openings come in order."""

    def __init__(self, source: Source, size: int) -> None:
        self._source, self._size = source, size
        self._index, self._entries = -1, list[bytes]()

    def statement(self, seq: object) -> dict[str, Any]:
        if type(seq) is not int or not 0 <= seq < self._size:
            raise OpeningRejected("opening_of_nothing")
        index, at = divmod(seq, WIDTH)
        if index != self._index:
            width = min(WIDTH, self._size - index * WIDTH)
            self._index, self._entries = index, self._source.bundle(index, width).entries
        statement: dict[str, Any] = from_bytes(self._entries[at])["statement"]
        return statement


def check_reports(source: Source, walk: Walk, check: Check) -> None:
    """Each report that lies there was issued, byte for byte; that one is not there is the exporter's affair."""
    there: set[str] = set()
    unknown = 0
    for name, digest in source.reports():
        if digest in walk.issued:
            there.add(digest)
        else:
            unknown += 1
            check.fail("report_altered", None, name=name.rpartition("/")[2])
        if unknown >= MOST_FINDINGS:
            return
    if missing := len(walk.issued - there):
        check.note("reports_missing", None, count=missing)
