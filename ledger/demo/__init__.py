"""The demonstration: one quarter of two invented facilities, played through the real write path.

All people are invented; their numbers are valid numbers of persons born in the 1800s. Wrong commands are in
it on purpose, to be refused.
"""

import json
import shlex
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from ledger.cli.options import DONE, LANGUAGE, REFUSED, WORDS, answer, say
from ledger.cli.recording import progress
from ledger.cli.reporting import write_issued
from ledger.cli.wiring import House, make_house, read_rules
from ledger.errors import Refusal, WronglyCalled
from ledger.refusal_words import tell
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import read_readme, write_evidence
from ledger.service.founding import found_facility
from ledger.service.importing import record_lines
from ledger.service.sources import open_source
from ledger.service.verdict import Verdict
from ledger.service.verification import read_trust, verify
from ledger.storage.heads import FileHeads
from ledger.verdict_words import said_whole
from reports.asked import Asked

_PRACTICE = "senim-practice/"
_MARK = ".senim-demo"
_NAMES = ("hospital", "phc")
_PRODUCT = "morphine-inj-10"


@dataclass(slots=True)
class Played:
    """What became of one facility's quarter."""

    name: str
    directory: Path
    evidence: Path
    report: Path
    vkey: str
    answers: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)


def play(directory: Path, *, serves: bool, port: int, as_json: bool) -> int:
    """Play both quarters into *directory*; 1 when a ledger could not be verified afterwards.

    *serves*: then leave both on the web at *port*, for whoever practises.
    """
    _make_room(directory)
    begun = time.monotonic()
    facilities = json.loads(_read("facilities.json", practice=serves))
    played = [_play_one(directory, name, facilities[name], as_json=as_json) for name in _NAMES]
    if as_json:
        answer([_to_json(each) for each in played])
    else:
        _say_where(directory, played, time.monotonic() - begun, serves=serves)
    if any(each.verdict.verdict != "pass" for each in played):
        return REFUSED
    if not serves:
        return DONE
    from ledger.demo.serving import serve_practice

    names = {name: facility["facility"] for name, facility in facilities.items()}
    return serve_practice(directory, names, port=port, as_json=as_json)


def _make_room(directory: Path) -> None:
    """An earlier demonstration makes room for this one; anything else is left alone."""
    if directory.exists() and any(directory.iterdir()):
        if not (directory / _MARK).is_file():
            raise WronglyCalled("directory_taken", path=directory.name)
        shutil.rmtree(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / _MARK).touch()


def _read(name: str, *, practice: bool) -> bytes:
    """A file of the demonstration; *practice*: its registers are named as those that nobody takes for real ones."""
    data = (files("ledger.demo") / name).read_bytes()
    return data.replace(b'"senim/', f'"{_PRACTICE}'.encode()) if practice else data


def _play_one(directory: Path, name: str, facility: dict[str, Any], *, as_json: bool) -> Played:
    practice = facility["log"].startswith(_PRACTICE)
    lines = _read(f"{name}.jsonl", practice=practice).splitlines()
    house = make_house(directory / name, facility["log"], heads=FileHeads(directory / "heads"))
    try:
        return _play_in(house, directory, name, facility, lines, as_json=as_json)
    finally:
        house.close()


def _play_in(
    house: House, directory: Path, name: str, facility: dict[str, Any], lines: list[bytes], *, as_json: bool
) -> Played:
    ledger = house.ledger
    body = {key: facility[key] for key in ("facility", "bin", "kato", "kind")}
    found_facility(
        ledger,
        {**body, "zone": "Asia/Almaty", "practice": ledger.log.startswith(_PRACTICE), "rules": "senim-rules/1"},
        read_rules(None),
    )
    played = Played(
        name=facility["facility"],
        directory=house.directory,
        evidence=directory / f"{name}-evidence",
        report=directory / f"{name}-register.pdf",
        vkey=verifier_key(ledger).to_vkey(),
    )
    if not as_json:
        print(say("{facility}: {count} commands of one quarter.", facility=played.name, count=len(lines)), flush=True)
    with progress(say("Recording"), len(lines)) as step:
        for each in record_lines(ledger, lines):
            played.answers[each.answer] += 1
            played.refusals.update({refusal.code for refusal in each.refusals[:1]})
            step()
    sign_head(ledger)
    asked = Asked(kind="register", product=_PRODUCT, place="safe", language=LANGUAGE)
    write_issued(house, played.report, asked)
    head = sign_head(ledger)
    write_evidence(ledger, head, played.evidence, readme=read_readme(), reports=house.read_reports())
    trust = read_trust(played.vkey)
    played.verdict, _ = verify(open_source(played.evidence), trust=trust, now=datetime.now(UTC))
    (directory / f"{name}.vkey").write_text(played.vkey + "\n")
    if not as_json:
        _say_one(played)
    return played


def _say_one(played: Played) -> None:
    print(
        "  "
        + say(
            "{recorded} were recorded, {replayed} had been recorded before, {refused} were refused:",
            recorded=played.answers["recorded"],
            replayed=played.answers["replayed"],
            refused=played.answers["refused"],
        )
    )
    for code, n in sorted(played.refusals.items()):
        print(f"    {code} × {n}: {tell(WORDS, Refusal(code=code)).said}")
    print("  " + said_whole(WORDS, played.verdict), flush=True)


def _say_where(directory: Path, played: list[Played], seconds: float, *, serves: bool) -> None:
    print()
    print(say("What lies where in {path}:", path=str(directory)))
    for each in played:
        print(f"  {each.directory}  {say('the ledger, with its vault and keys')}")
        print(f"  {each.report}  {say('the signed register of one product')}")
        print(f"  {each.evidence}  {say('what an inspector takes away')}")
    print()
    first = played[0]
    lang = [] if LANGUAGE == "en" else ["--lang", LANGUAGE]

    def senim(*arguments: str | Path) -> str:
        """A command for a shell, by the name that the reader called this one by."""
        return shlex.join([sys.argv[0], *map(str, arguments), *lang])

    print(say("Try it:"))
    print(f"  {senim('verify', first.evidence, '--vkey', directory / 'hospital.vkey')}")
    print(f"  {senim('check-pdf', first.report, '--vkey', directory / 'hospital.vkey')}")
    print(f"  SENIM_HEADS={shlex.quote(str(directory / 'heads'))} {senim('balance', '--dir', first.directory)}")
    if not serves:
        print(f"  {senim('demo', '--serve')}  {say('the same, and the pages to try')}")
    print(say("Done in {seconds} seconds.", seconds=round(seconds)))


def _to_json(played: Played) -> dict[str, Any]:
    return {
        "facility": played.name,
        "dir": str(played.directory),
        "evidence": str(played.evidence),
        "report": str(played.report),
        "vkey": played.vkey,
        "answers": dict(played.answers),
        "refusals": dict(played.refusals),
        "verdict": played.verdict.verdict,
        "size": played.verdict.size,
    }
