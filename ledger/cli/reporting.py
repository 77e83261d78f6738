"""`senim report`, `senim check-pdf`: figures, pages, signature; a file is released after its entry is committed."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from ledger.cli.ending import tell_unsigned
from ledger.cli.options import DONE, LANGUAGE, REFUSED, RUN, UNDETERMINED, answer, say, tell
from ledger.cli.reading import read_day, read_file, verify_known
from ledger.cli.verifying import read_vkey
from ledger.cli.wiring import House
from ledger.errors import NotFound, Stopped, WronglyCalled
from ledger.log.canonical import from_bytes
from ledger.log.merkle import inclusion_path
from ledger.log.proof import to_proof
from ledger.service.checkpoints import sign_head
from ledger.service.founding import append_as_ledger
from ledger.service.ports import CheckpointRow, Reading
from ledger.service.sealing import from_rows
from ledger.storage.private import write_private
from reports.check import check_pdf
from reports.issue import issue_report
from reports.kinds import KINDS as PROOFS
from reports.model import AsKnown, Facility, Frame, Head, Period, Rules
from reports.movements import Spread, gather_entries
from reports.register import build_register
from reports.sign import FileSigner, make_voucher

KINDS: Mapping[str, frozenset[str]] = {"register": frozenset({"product", "place", "from", "to"})}
"""What each kind may be asked with; anything else is refused, for a filter that is not used would lie."""
_CODES = {"pass": DONE, "fail": REFUSED, "unknown": UNDETERMINED}


def write_report(house: House, kind: str, out: Path, asked: Mapping[str, Any], *, as_json: bool) -> int:
    """Write one report; *asked*: the options by name, None where not given.

    Raises `WronglyCalled` for an unknown kind or thing, an option that the kind does not use, a missing product,
    a period that ends before it begins, or a file that is there or cannot be made.
    """
    if kind not in KINDS:
        raise WronglyCalled("report_unknown", kind=kind[:40], kinds=", ".join(KINDS))
    for name, value in asked.items():
        if value is not None and name not in KINDS[kind]:
            raise WronglyCalled("option_unused", option=f"--{name}")
    product, place = asked["product"], asked["place"]
    if product is None:
        raise WronglyCalled("report_needs_product")
    first_on, last_on = read_day(asked["from"]), read_day(asked["to"])
    if first_on is not None and last_on is not None and first_on > last_on:
        raise WronglyCalled("period_backwards")
    with house.ledger.reading() as reading:
        verify_known(reading, product=product, place=place)
    told = issue_register(house, out, product=product, place=place, first_on=first_on, last_on=last_on)
    if as_json:
        answer(told)
    else:
        tell(say("The report lies in {path}; it is entry {seq}.", path=str(out), seq=told["seq"]))
    return REFUSED if tell_unsigned(lambda: sign_head(house.ledger)) else DONE


@contextmanager
def _reserved(out: Path) -> Iterator[BinaryIO]:
    """A new file at *out*, its owner's alone; gone again where nothing comes of it.

    It is there before anything is recorded: a report that is an entry must not fail for its file's name.
    """
    try:
        file = open(out, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115
    except FileExistsError as bad:
        raise WronglyCalled("file_taken", path=out.name[:80]) from bad
    except (OSError, ValueError) as bad:
        raise WronglyCalled("file_unwritable", path=out.name[:80]) from bad
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def issue_register(
    house: House, out: Path, *, product: str, place: str | None, first_on: date | None, last_on: date | None
) -> dict[str, Any]:
    """Build, sign, record, release: in this order, so that no page is out of which the ledger does not know."""
    with _reserved(out) as file:
        return _issue_register(house, file, out, product=product, place=place, first_on=first_on, last_on=last_on)


def _issue_register(
    house: House,
    file: BinaryIO,
    out: Path,
    *,
    product: str,
    place: str | None,
    first_on: date | None,
    last_on: date | None,
) -> dict[str, Any]:
    ledger = house.ledger
    head = sign_head(ledger)
    now = ledger.clock()
    with ledger.reading() as reading:
        if reading.begins_at < 0:  # an entry of the old log has no proof under this log's head
            raise WronglyCalled("report_across_epochs")
        facility = _facility(reading, ledger.log)
        entries = gather_entries(_decoded(reading, head.size), product)
        if not entries:
            raise NotFound(product)
        rules = ledger.rules()
        frame = Frame(
            kind="register",
            language=LANGUAGE,
            facility=facility,
            as_known=AsKnown(at=now, seq=head.size - 1),
            head=Head(size=head.size, root=head.root.hex()),
            rules=Rules(
                name=rules.name,
                sha256=rules.sha256,
                status=rules.status,
                unset=rules.unset,
                late_reason_hours=rules.value("late_reason_hours", now.date().isoformat()),
            ),
            made_at=now,
        )
        register = build_register(
            entries,
            _names(house, reading),
            frame=frame,
            product=product,
            place=place,
            period=Period(from_on=first_on, to_on=last_on),
            spread=_spread(reading, product),
        )
        listed = {seq: reading.entry(seq) for seq in sorted(entries)}
        proofs = {seq: _proof(reading, head, seq) for seq in listed}
    signer = FileSigner.create(house.directory / "secrets", facility=facility.name, bin=facility.bin, at=now)
    pdf, digest = issue_report(
        register,
        entries=listed,
        proofs=proofs,
        checkpoint=head.note,
        signer=signer,
        voucher=make_voucher(signer.certificate, log=ledger.log, log_key=ledger.secrets.log_key()),
    )
    body = {
        "kind": "register",
        "sha256": digest,
        "size": head.size,
        "subjects": list(PROOFS["register"].subjects(register)),
    }
    receipt = ledger.within(lambda tx: append_as_ledger(tx, ledger, "report.issued", body))
    RUN.recorded.append(receipt.seq)
    kept = house.stores.reports / f"{receipt.seq}-register.pdf"
    write_private(kept, pdf)
    try:
        file.write(pdf)
        file.flush()
    except OSError as bad:
        raise Stopped("report_kept", path=str(kept)) from bad
    return {"report": str(out), "seq": receipt.seq, "sha256": digest, "size": head.size}


def _decoded(reading: Reading, size: int) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((seq, from_bytes(data)) for seq, data in reading.entries(0, size))


def _facility(reading: Reading, log: str) -> Facility:
    known = reading.book.facility
    return Facility(name=known.name, bin=known.bin, log=log, zone=known.zone, practice=known.practice)


def _spread(reading: Reading, product: str) -> Spread:
    """How the resolved totals of *product* lie on its lots; what was reversed lies on none."""
    found: dict[int, list[tuple[str, int]]] = {}
    for _, discrepancy in reading.shelf("discrepancy"):
        if discrepancy.product == product and discrepancy.kind == "count":
            for seq, lot, units in discrepancy.parts:
                found.setdefault(seq, []).append((lot, units))
    return found


def _names(house: House, reading: Reading) -> dict[str, tuple[str, str]]:
    """(name, role) of everybody of the site, as far as the vault still opens the names."""
    ledger = house.ledger
    found = {}
    for row in reading.rows(type="person.enrolled"):
        statement = from_bytes(row.data)["statement"]
        openings = from_rows(reading.sealed(row.seq), log=statement["log"], entry_id=row.id, vault=ledger.vault)
        name = openings["body.name"].value if "body.name" in openings else ""
        person = reading.book.find("person", statement["body"]["person"])
        found[statement["body"]["person"]] = (name, person.role if person else statement["body"]["role"])
    return found


def _proof(reading: Reading, head: CheckpointRow, seq: int) -> bytes:
    return to_proof(seq, inclusion_path(seq, head.size, reading.node), head.note)


def check_report(file: Path, *, vkey: str | None, as_json: bool) -> int:
    """Check a PDF with nothing but itself and the key: exit code by the worst of its verdicts."""
    data = read_file(file)
    trust = read_vkey(vkey)
    verdict = check_pdf(data, log_key=trust.key if trust else None)
    if as_json:
        answer(verdict.to_json())
    else:
        tell(*verdict.said(LANGUAGE))
    return _CODES[verdict.verdict]
