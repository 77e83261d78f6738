"""`senim verify`, `senim evidence`, `senim rebuild`: five sentences, green, red or grey with the word."""

from functools import partial
from pathlib import Path

from ledger.cli.checking import read_vkey
from ledger.cli.options import DONE, REFUSED, UNDETERMINED, WORDS, answer, say, tell
from ledger.cli.reading import read_duration, read_file, read_now
from ledger.cli.recording import progress
from ledger.cli.wiring import House
from ledger.errors import EvidenceRejected, LedgerReadOnly, WronglyCalled
from ledger.log.checkpoint import Checkpoint, read_unverified
from ledger.log.policy import Policy, read_policy
from ledger.service.checkpoints import adopt_head, sign_head, verifier_key
from ledger.service.evidence import read_readme, write_evidence
from ledger.service.queries import differing_projections
from ledger.service.replay import replay_all
from ledger.service.sources import open_source
from ledger.service.stored import NO_FAULT, find_index_faults
from ledger.service.verdict import Check, Finding, Verdict
from ledger.service.verification import Trust, verify
from ledger.storage.layout import is_ledger
from ledger.storage.search import open_search
from ledger.storage.verifying import verify_directory
from ledger.verdict_words import said_check, said_finding, said_whole, to_json

_CODES = {"pass": DONE, "fail": REFUSED, "unknown": UNDETERMINED}
MOST_TOLD = 10


def take_evidence(opened: House, out: Path, *, disclose: bool, as_json: bool) -> None:
    """Write the folder under a head signed now."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise WronglyCalled("directory_taken", path=out.name)
    row = sign_head(opened.ledger)
    write_evidence(opened.ledger, row, out, readme=read_readme(), reports=opened.read_reports(), disclose=disclose)
    if as_json:
        answer({"evidence": str(out), "size": row.size, "root": row.root.hex()})
    else:
        tell(say("The evidence of {size} entries lies in {path}.", size=row.size, path=str(out)))


def _read_since(path: Path | None) -> Checkpoint | None:
    if path is None:
        return None
    try:
        return read_unverified(read_file(path))
    except EvidenceRejected as bad:
        raise WronglyCalled("checkpoint_unreadable", path=path.name) from bad


def _read_policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    try:
        return read_policy(read_file(path))
    except EvidenceRejected as bad:
        raise WronglyCalled("policy_unreadable", path=path.name) from bad


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
    asked = partial(
        verify,
        trust=read_vkey(vkey),
        since=_read_since(since),
        policy=_read_policy(policy),
        max_age=read_duration(max_age),
        now=read_now(now),
        require_signed=require_signed,
    )
    # An evidence folder stays one, whatever somebody has put into it.
    if is_ledger(path) and not (path / "checkpoint").exists():
        with progress(say("Verifying"), None) as step:
            verdict = verify_directory(path, partial(asked, step=step))
    else:
        with progress(say("Verifying"), None) as step:
            verdict, _ = asked(open_source(path), step=step)
    tell_verdict(verdict, as_json=as_json)
    return _CODES[verdict.verdict]


def adopt_verified_head(opened: House) -> None:
    """Verify the ledger, then let this machine go on signing for it. Raises `LedgerReadOnly`."""
    asked = partial(verify, trust=Trust(key=verifier_key(opened.ledger)), now=opened.ledger.clock())
    verdict = verify_directory(opened.directory, asked)
    if verdict.verdict != "pass":
        tell_verdict(verdict, as_json=False)
        raise LedgerReadOnly("not_verified")
    adopt_head(opened.ledger)


def tell_verdict(verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        answer(to_json(WORDS, verdict))
        return
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    console = Console(highlight=False)
    words = {"pass": say("yes"), "fail": say("NO"), "unknown": say("cannot be determined")}
    colours = {"pass": "bold green", "fail": "bold red", "unknown": "bold yellow"}
    table = Table.grid(Column(justify="right", width=22), Column(), padding=(0, 2, 0, 0))  # a long sentence hangs
    for name, check in verdict.checks.items():
        word = Text(words[check.verdict], style=colours[check.verdict])
        table.add_row(word, Text(said_check(WORDS, name, check, verdict)))
        for finding in check.findings[:MOST_TOLD]:
            table.add_row("", Text(said_finding(WORDS, finding, name)))
        for seqs in _grouped(check).values():
            times = f" (× {len(seqs)})" if len(seqs) > 1 else ""
            table.add_row("", Text(said_finding(WORDS, seqs[0], name) + times, style="dim"))
    console.print(table)
    console.print(Text(said_whole(WORDS, verdict), style=colours[verdict.verdict]))


def _grouped(check: Check) -> dict[str, list[Finding]]:
    """Notes that say the same of several entries together: a quarter has hundreds of late rows."""
    found: dict[str, list[Finding]] = {}
    for note in check.notes:
        if note.code == "own_word":  # said in the check's own sentence
            continue
        found.setdefault(f"{note.code} {note.values}", []).append(note)
    return found


def rebuild_projections(opened: House, *, only_check: bool, as_json: bool) -> int:
    """Replay every entry; compare, or put the result in place of what is stored. The index is compared only."""
    with opened.ledger.reading() as reading:
        with progress(say("Replaying"), reading.head.size - reading.begins_at) as step:
            replay = replay_all(reading, step)
        differing = differing_projections(reading, replay.book)
        faults = [fault for fault in find_index_faults(reading) if fault.code not in NO_FAULT]
    if not only_check:
        opened.ledger.store.replace_projections(replay.book)
        with open_search(opened.directory) as search:
            search.rebuild(opened.ledger)
    if as_json:
        found = [{"seq": fault.seq, "code": fault.code, "said": said_finding(WORDS, fault)} for fault in faults]
        answer({"entries": replay.book.size, "differing": differing, "index": found, "rebuilt": not only_check})
    else:
        _tell_rebuilt(replay.book.size, differing, faults, only_check=only_check)
    return REFUSED if faults or (differing and only_check) else DONE


def _tell_rebuilt(size: int, differing: list[str], faults: list[Finding], *, only_check: bool) -> None:
    for fault in faults[:MOST_TOLD]:
        tell(said_finding(WORDS, fault))
    if not differing:
        tell(say("Every projection follows from the {size} entries.", size=size))
    else:
        tell(say("These projections differ from the entries: {names}.", names=", ".join(differing)))
        if not only_check:
            tell(say("They were derived again and put in place."))
