"""`senim report`: figures, pages, signature; a file is released after its entry is committed."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ledger.cli.ending import tell_unsigned
from ledger.cli.options import DONE, LANGUAGE, REFUSED, RUN, answer, say, tell
from ledger.cli.reading import read_day, verify_known
from ledger.cli.wiring import House
from ledger.errors import Stopped, WronglyCalled
from ledger.service.checkpoints import sign_head
from reports.asked import Asked
from reports.issuing import issue
from reports.model import Period


def write_report(house: House, kind: str, out: Path, asked: Mapping[str, Any], *, as_json: bool) -> int:
    """Write one report; *asked*: the options by name, None where not given.

    Raises `WronglyCalled` for an unknown kind or thing, an option that the kind does not use, a missing one that it
    needs, a period that ends before it begins, or a file that is there or cannot be made.
    """
    wanted = Asked(
        kind=kind,
        product=asked["product"],
        place=asked["place"],
        patient=asked["patient"],
        entry=asked["entry"],
        head=asked["head"],
        period=Period(from_on=read_day(asked["from"]), to_on=read_day(asked["to"])),
        language=LANGUAGE,
    )
    with house.ledger.reading() as reading:
        verify_known(reading, patient=wanted.patient, product=wanted.product, place=wanted.place)
    told = write_issued(house, out, wanted)
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


def write_issued(house: House, out: Path, asked: Asked) -> dict[str, Any]:
    """Issue what was *asked* and write it to *out*, which must not be there yet."""
    with _reserved(out) as file:
        issued = issue(house.ledger, house.directory, asked)
        RUN.recorded.append(issued.seq)
        try:
            file.write(issued.pdf)
            file.flush()
        except OSError as bad:
            raise Stopped("report_kept", path=str(issued.kept)) from bad
    return {"report": str(out), "seq": issued.seq, "sha256": issued.sha256, "size": issued.size}
