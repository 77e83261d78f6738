"""`senim verify`, `senim evidence`, `senim rebuild`: five sentences, green, red or grey with the word."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ledger.cli.options import DONE, REFUSED, UNDETERMINED, answer, house, say
from ledger.cli.recording import progress
from ledger.cli.verdict_words import said_check, said_finding, said_whole
from ledger.cli.wiring import House
from ledger.errors import EvidenceRejected, WronglyCalled
from ledger.log.canonical import from_bytes
from ledger.log.checkpoint import Checkpoint, read_unverified
from ledger.log.policy import Policy, read_policy
from ledger.service.checkpoints import sign_head
from ledger.service.evidence import write_evidence
from ledger.service.ledger import derive_keys
from ledger.service.queries import differing_projections
from ledger.service.replay import Replay
from ledger.service.sources import Source, StoreSource, open_source
from ledger.service.verification import Check, Trust, Verdict, read_trust, verify

_CODES = {"pass": DONE, "fail": REFUSED, "unknown": UNDETERMINED}
_DURATION = re.compile(r"([1-9][0-9]*)([hdm])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def take_evidence(opened: House, out: Path, *, disclose: bool, as_json: bool) -> None:
    """Write the folder under a head signed now."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise WronglyCalled("directory_taken", path=out.name)
    row = sign_head(opened.ledger)
    write_evidence(opened.ledger, row, out, readme=evidence_readme(), reports=opened.read_reports(), disclose=disclose)
    if as_json:
        answer({"evidence": str(out), "size": row.size, "root": row.root.hex()})
    else:
        print(say("The evidence of {size} entries lies in {path}.", size=row.size, path=str(out)))


def evidence_readme() -> str:
    from importlib.resources import files

    return (files("ledger.service") / "evidence_readme.txt").read_text(encoding="utf-8")


def read_vkey(told: str | None) -> Trust | None:
    """A vkey, or a file that holds one or a trust file."""
    if told is None:
        return None
    path = Path(told)
    try:
        is_file = path.is_file()
    except OSError:
        is_file = False
    if is_file:
        return read_trust(path.read_text(encoding="utf-8"))
    return read_trust(told)


def _read_since(path: Path | None) -> Checkpoint | None:
    if path is None:
        return None
    try:
        return read_unverified(path.read_bytes())
    except (OSError, EvidenceRejected) as bad:
        raise WronglyCalled("checkpoint_unreadable", path=path.name) from bad


def _read_policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    try:
        return read_policy(path.read_bytes())
    except (OSError, EvidenceRejected) as bad:
        raise WronglyCalled("policy_unreadable", path=path.name) from bad


def _read_duration(told: str | None) -> timedelta | None:
    if told is None:
        return None
    match = _DURATION.fullmatch(told)
    if match is None:
        raise WronglyCalled("duration_unreadable", told=told[:40])
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _read_now(told: str | None) -> datetime:
    if told is None:
        return datetime.now(UTC)
    try:
        now = datetime.fromisoformat(told)
    except ValueError as bad:
        raise WronglyCalled("time_unreadable", told=told[:40]) from bad
    if now.tzinfo is None:
        raise WronglyCalled("time_unreadable", told=told[:40])
    return now.astimezone(UTC)


def verify_path(
    path: Path,
    *,
    vkey: str | None,
    since: Path | None,
    policy: Path | None,
    max_age: str | None,
    now: str | None,
    require_signed: bool,
    as_json: bool,
) -> int:
    def judge(source: Source) -> tuple[Verdict, Replay]:
        with progress(say("Verifying"), None) as step:
            return verify(
                source,
                trust=read_vkey(vkey),
                since=_read_since(since),
                policy=_read_policy(policy),
                max_age=_read_duration(max_age),
                now=_read_now(now),
                require_signed=require_signed,
                step=step,
            )

    if (path / "ledger.db").is_file():
        with house(path) as opened, opened.ledger.reading() as reading:
            source = StoreSource(reading, derive_keys(reading, opened.ledger.log).to_keys_jsonl())
            verdict, replay = judge(source)
            for name in differing_projections(reading, replay.book):
                verdict.checks["domain"].fail("projection_differs", None, shelf=name)
    else:
        verdict, _ = judge(open_source(path))
    tell_verdict(verdict, as_json=as_json)
    return _CODES[verdict.verdict]


def to_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "size": verdict.size,
        "said": said_whole(verdict),
        "checks": {name: _check_json(name, check, verdict) for name, check in verdict.checks.items()},
    }


def _check_json(name: str, check: Check, verdict: Verdict) -> dict[str, Any]:
    def told(findings: list[Any]) -> list[dict[str, Any]]:
        return [{"seq": f.seq, "code": f.code, "said": said_finding(f)} for f in findings]

    return {
        "verdict": check.verdict,
        "said": said_check(name, check, verdict),
        "findings": told(check.findings),
        "notes": told(check.notes),
    } | ({"more": check.more} if check.more else {})


def tell_verdict(verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        answer(to_json(verdict))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    words = {"pass": say("yes"), "fail": say("NO"), "unknown": say("cannot be determined")}
    colours = {"pass": "bold green", "fail": "bold red", "unknown": "bold yellow"}
    for name, check in verdict.checks.items():
        console.print(
            Text.assemble((f"{words[check.verdict]:>22}  ", colours[check.verdict]), said_check(name, check, verdict))
        )
        for finding in check.findings[:10]:
            console.print(Text(" " * 24 + said_finding(finding)))
        for seqs in _grouped(check).values():
            console.print(
                Text(" " * 24 + said_finding(seqs[0]) + (f" (× {len(seqs)})" if len(seqs) > 1 else ""), style="dim")
            )
    console.print(Text(said_whole(verdict), style=colours[verdict.verdict]))


def _grouped(check: Check) -> dict[str, list[Any]]:
    """Notes of one code together: a quarter has hundreds of late rows."""
    found: dict[str, list[Any]] = {}
    for note in check.notes:
        if note.code == "own_word":  # said in the check's own sentence
            continue
        found.setdefault(note.code, []).append(note)
    return found


def rebuild_projections(opened: House, *, only_check: bool, as_json: bool) -> int:
    """Replay every entry; compare, or put the result in place of what is stored."""
    with opened.ledger.reading() as reading:
        replay = Replay(reading.adopted().get)
        with progress(say("Replaying"), reading.head.size) as step:
            for seq, data in reading.entries():
                replay.add(seq, from_bytes(data))
                step()
        differing = differing_projections(reading, replay.book)
    if not only_check:
        opened.ledger.store.replace_projections(replay.book)
    if as_json:
        answer({"entries": replay.book.size, "differing": differing, "rebuilt": not only_check})
    elif not differing:
        print(say("Every projection follows from the {size} entries.", size=replay.book.size))
    else:
        print(say("These projections differ from the entries: {names}.", names=", ".join(differing)))
        if not only_check:
            print(say("They were derived again and put in place."))
    return REFUSED if differing and only_check else DONE
