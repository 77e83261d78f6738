"""However it is called, `senim` answers with a sentence in the caller's language and an exit code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.cli.conftest import Senim, init

FACILITY = {"facility": "Қарауыл", "log": "senim/call/1", "bin": "050340000079", "kato": "103230100", "kind": "phc"}
LONG = "x" * 300
EVERYTHING: dict[str, bytes] = {
    "binary": bytes(range(256)) * 20,
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "empty": b"",
}

WRONG: dict[str, tuple[list[str], int, str]] = {
    "a language unknown": (["balance", "--lang", "xx"], 2, "language_unknown"),
    "a number beyond any": (["show", "9" * 30], 2, "argument_unreadable"),
    "no entry has it": (["show", str(2**53 - 1)], 2, "not_found"),
    "a number below any": (["show", "--", "-1"], 2, "argument_unreadable"),
    "the last of too many": (["show", "--last", "9" * 30], 2, "argument_unreadable"),
    "a number and a choice": (["show", "0", "--last", "3"], 2, "option_beside_entry"),
    "a type unknown": (["show", "--type", "stock.stolen"], 2, "type_unknown"),
    "a patient unknown": (["circle", "--patient", "nobody"], 2, "patient_unknown"),
    "a name that is no text": (["balance", "--place", "\udcff"], 2, "place_unknown"),
    "a key of no text": (["person", "key", "\udcff", "--public", "/dev/null"], 1, "not_enrolled"),
    "a folder that is no text": (["balance", "--dir", "\udcff"], 2, "no_ledger"),
    "a place unknown": (["balance", "--place", "nowhere"], 2, "place_unknown"),
    "a product unknown": (["show", "--product", "nothing"], 2, "product_unknown"),
    "the year 0": (["balance", "--at", "0000-01-01"], 2, "time_unreadable"),
    "the year 1": (["balance", "--at", "0001-01-01"], 2, "time_unreadable"),
    "after all years": (["balance", "--at", "9999-12-31T23:59:59-23:00"], 2, "time_unreadable"),
    "an offset of 99 minutes": (["balance", "--at", "2026-03-02T10:00:00+05:99"], 2, "time_unreadable"),
    "a span beyond time": (["verify", "nothing", "--max-age", "99999999999d"], 2, "duration_unreadable"),
    "now, beyond time": (["verify", "nothing", "--now", "9999-12-31T23:59:59-14:00"], 2, "time_unreadable"),
    "evidence of a long name": (["verify", LONG], 2, ""),
    "a report into no folder": (["report", "register", "--product", "p", "--out", "no/x.pdf"], 2, "file_unwritable"),
    "a report of a long name": (["report", "register", "--product", "p", "--out", LONG], 2, "file_unwritable"),
    "a report onto a folder": (["report", "register", "--product", "p", "--out", "."], 2, "file_taken"),
    "a report backwards": (
        ["report", "register", "--product", "p", "--out", "x", "--from", "2026-02-02", "--to", "2026-02-01"],
        2,
        "period_backwards",
    ),
    "a patient in a register": (
        ["report", "register", "--product", "p", "--out", "x", "--patient", "p1"],
        2,
        "option_unused",
    ),
    "an entry in a register": (
        ["report", "register", "--product", "p", "--out", "x", "--entry", "1"],
        2,
        "option_unused",
    ),
    "a count of no entry": (["report", "count", "--out", "x"], 2, "report_needs_entry"),
    "a month of no month": (["report", "monthly", "--out", "x"], 2, "report_needs_from"),
    "a dose history of nobody": (["report", "dose-history", "--out", "x"], 2, "report_needs_patient"),
    "a head that is none": (["report", "verification", "--head", "3 abc", "--out", "x"], 2, "head_unreadable"),
    "a head in a count": (["report", "count", "--entry", "1", "--head", "3 abc", "--out", "x"], 2, "option_unused"),
    "a place in a circle": (["report", "circle", "--place", "safe", "--out", "x"], 2, "option_unused"),
    "a report unknown": (["report", "novel", "--out", "x"], 2, "report_unknown"),
    "an endless PDF": (["check-pdf", "/dev/zero"], 2, "file_too_large"),
    "a file that is a folder": (["record", "."], 2, "file_unreadable"),
    "a key of nobody": (["person", "key", "nobody", "--public", "/dev/null"], 1, "not_enrolled"),
    "a key of garbage": (["person", "key", "registrar", "--public", "/dev/null"], 2, "key_unreadable"),
    "a command unknown": (["nope"], 2, "command_unknown"),
    "an option unknown": (["balance", "--nope"], 2, "option_unknown"),
    "an option without value": (["balance", "--place"], 2, "option_unfinished"),
    "an argument too many": (["balance", "more"], 2, "argument_too_many"),
    "an argument missing": (["record"], 2, "argument_missing"),
    "a folder that is none": (["--dir", "/dev/null", "balance"], 2, "no_ledger"),
    "a folder of a long name": (["balance", "--dir", LONG], 2, "no_ledger"),
}


@pytest.fixture(scope="module")
def phc(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    folder = tmp_path_factory.mktemp("calling")
    senim = Senim(folder / "heads")
    assert init(senim, folder / "data", FACILITY).code == 0
    product = {"product": "p", "inn": "morphine", "form": "10219000", "divisible": False, "gtins": []}
    product |= {"strength": {"value": "10", "unit": "mg"}, "unit_of_presentation": "tablet", "schedule": "II"}
    command: dict[str, Any] = {
        "id": "0192f0c1-0000-4000-8000-000000000001",
        "type": "product.listed",
        "performer": "registrar",
    }
    command |= {"occurred_at": "2026-03-02T10:15:00+05:00", "body": product}
    assert senim("record", "-", "--dir", folder / "data", input=json.dumps(command).encode()).code == 0

    def ask(*arguments: str | Path, **more: Any) -> Any:
        return senim(*arguments, SENIM_DIR=str(folder / "data"), **more)

    return ask


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_refused_with_its_code(
    phc: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, code, reason = WRONG[case]
    told = phc("--json", *arguments, PYTHONPATH=str(Path(__file__).parents[2]))
    assert told.code == code, told
    assert told.json["code"] == reason or not reason, told
    assert told.json["said"].strip()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", EVERYTHING)
def test_no_file_that_is_brought_can_break_it(phc: Callable[..., Any], tmp_path: Path, file: str) -> None:
    brought = tmp_path / "brought"
    brought.write_bytes(EVERYTHING[file])
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    made = [f"--{name}={FACILITY[name]}" for name in ("facility", "log", "bin", "kato", "kind")]
    for arguments in (
        ["verify", evidence, "--vkey", brought],
        ["verify", evidence, "--policy", brought],
        ["verify", evidence, "--since", brought],
        ["check-pdf", brought, "--vkey", brought],
        ["init", *made, "--dir", tmp_path / "new", "--rules", brought],
        ["init", *made, "--dir", tmp_path / "new", "--registrar-key", brought],
        ["person", "key", "registrar", "--public", brought, "--proof", brought],
    ):
        told = phc(*arguments, "--json")
        assert (told.code, bool(told.json["said"])) == (2, True), (arguments, told)
    assert phc("verify", brought).code == 2
    assert phc("check-pdf", brought).code in (1, 2)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("state", ["/dev/null", "/dev/null/heads", "/proc/heads"])
@pytest.mark.parametrize("command", [["balance"], ["record", "/dev/null"]])
def test_a_place_for_heads_that_cannot_be_used_is_said(phc: Callable[..., Any], state: str, command: list[str]) -> None:
    told = phc(*command, "--json", SENIM_HEADS=state)
    assert (told.code, told.json["code"]) == (1, "heads_unusable")


@pytest.mark.parametrize(("lang", "word"), [("en", "Usage:"), ("ru", "Использование:"), ("kk", "Қолданылуы:")])
def test_help_is_in_the_caller_s_language_wherever_it_is_asked_for(
    phc: Callable[..., Any], lang: str, word: str
) -> None:
    for arguments in (
        ["--lang", lang, "--help"],
        ["--lang", lang, "person", "--help"],
        ["show", "--help", "--lang", lang],
    ):
        told = phc(*arguments, lang="en")
        assert told.code == 0
        assert told.out.startswith(word)
        english = {"Options:", "Commands:", "Arguments:", "Show this", "[required]", "[OPTIONS]", "<str>", "..."}
        assert lang == "en" or not [each for each in english if each in told.out], told.out


def test_options_count_before_and_after_the_command(phc: Callable[..., Any], tmp_path: Path) -> None:
    here = str(tmp_path / "nothing")
    for arguments in (
        ["--dir", here, "--json", "balance"],
        ["balance", "--dir", here, "--json"],
        ["--json", "person", "--dir", here, "add", "x", "--role", "nurse", "--name", "X"],
        ["--dir", "elsewhere", "balance", "--json", "--dir", here],
    ):
        told = phc(*arguments)
        assert (told.code, told.json["code"]) == (2, "no_ledger")
        assert here in told.json["said"]


def test_a_registrar_brings_a_key_of_their_own(tmp_path: Path) -> None:
    senim, key = Senim(tmp_path / "heads"), tmp_path / "registrar.pem"
    public = Ed25519PrivateKey.generate().public_key()
    key.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    options = [f"--{name}={value}" for name, value in FACILITY.items()]
    assert senim("init", *options, "--dir", tmp_path / "data", "--registrar-key", key).code == 0
    opened = senim("show", "0", "--json", "--dir", tmp_path / "data").json
    uses = {each["person"]: each["use"] for each in opened["statement"]["body"]["keys"]}
    assert uses == {"log": "log", "ledger": "ledger", "registrar": "sign"}
    assert senim("person", "add", "k", "--role", "head_pharmacist", "--name", "K", "--dir", tmp_path / "data").code == 0


@pytest.mark.parametrize("told", ["Әбенов Ержан", "821028101001", "a\nb", "x" * 65, "p;DROP"])
def test_what_might_be_a_person_is_not_repeated_by_an_error(phc: Callable[..., Any], told: str) -> None:
    line: dict[str, Any] = {
        "id": told,
        "type": "place.opened",
        "occurred_at": "2026-03-02T10:15:00+05:00",
        "performer": "registrar",
    }
    line["body"] = {"place": "w", "kind": "ward", "name": "W", "administration": "entered", told: told}
    refused = phc("record", "-", "--json", input=json.dumps(line).encode())
    assert refused.lines[0]["id"] is None
    assert "body.…" in refused.lines[0]["said"][-1]
    asked = phc("circle", "--patient", told)
    assert asked.code == 2
    assert told not in refused.out + refused.err + asked.err


def test_libraries_keep_silent(phc: Callable[..., Any], tmp_path: Path) -> None:
    brought = tmp_path / "odd.pdf"
    brought.write_bytes(
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 9 0 R >>\nendobj\nxref\n0 1\ntrailer << /Root 1 0 R >>\n%%EOF"
    )
    told = phc("check-pdf", brought)
    assert (told.code, told.err) == (1, "")
