"""`senim compare`: two evidence folders, and what in the one does not fit the other."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from ledger.cli.options import DONE, REFUSED, answer, say, tell
from ledger.cli.recording import progress
from ledger.cli.verifying import tell_verdict
from ledger.service.comparing import (
    AGREES,
    DIFFERS,
    NOT_THERE,
    OPEN,
    REVERSED,
    TWICE,
    WRONG,
    Pair,
    Told,
    compare,
    read_told,
)
from ledger.service.sources import open_source
from ledger.service.verification import verify
from ledger.words import phrase

_KINDS = {
    "discharge": phrase("Supply to go on at home"),
    "transfer": phrase("Stock sent"),
    "notice": phrase("Notice"),
    "supply": phrase("Supply by both"),
}
_STATES = {
    AGREES: phrase("both registers say the same"),
    OPEN: phrase("not taken over"),
    DIFFERS: phrase("the registers differ"),
    NOT_THERE: phrase("the other register knows nothing of it"),
    REVERSED: phrase("the other register reversed it"),
    TWICE: phrase("the same substance for the same days"),
}


def compare_evidence(paths: tuple[Path, Path], *, as_json: bool) -> int:
    """Each is verified alone first: what is not whole is not compared. Keys are for `senim verify`."""
    told: list[Told] = []
    for path in paths:
        with progress(say("Verifying"), None) as step:
            verdict, _ = verify(open_source(path), trust=None, now=datetime.now(UTC), step=step)
        if "fail" in (verdict.checks["integrity"].verdict, verdict.checks["completeness"].verdict):
            tell_verdict(verdict, as_json=as_json)
            return REFUSED
        told.append(read_told(open_source(path)))
    pairs = compare(*told)
    people = len(told[0].people.keys() & told[1].people.keys())
    if as_json:
        answer({"logs": [each.log for each in told], "people": people, "pairs": [asdict(each) for each in pairs]})
    else:
        _tell_pairs(pairs, told, people)
    return REFUSED if any(each.state in WRONG for each in pairs) else DONE


def _tell_pairs(pairs: list[Pair], told: list[Told], people: int) -> None:
    tell(say("{one} beside {other}:", one=told[0].log, other=told[1].log))
    for (kind, state), many in sorted(Counter((each.kind, each.state) for each in pairs).items()):
        tell(f"  {say(_KINDS[kind])}, {say(_STATES[state])}: {many}")
    for each in pairs:
        if each.state != AGREES:
            sides = [_side(each.log, each.seq), _side(each.other_log, each.other_seq)]
            tell(f"{say(_KINDS[each.kind])}: {' — '.join(filter(None, sides))}: {say(_STATES[each.state])}")
    if not pairs:
        tell(say("Neither says anything of the other."))
    if people:
        tell(say("People that both folders open, compared by IIN: {n}.", n=people))
    else:
        tell(say("People were not compared: no IIN is open in both folders (senim evidence --openings)."))


def _side(log: str, seq: int | None) -> str:
    return "" if seq is None else say("{log}, entry No. {seq}", log=log, seq=seq)
