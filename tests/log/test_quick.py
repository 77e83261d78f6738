"""The quick reader must never accept what the judges refuse, nor read anything else than they do."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.hatch_build import FLAGS
from ledger.log import quick
from ledger.log.audit import ChainAudit
from ledger.log.canonical import MAX_ENTRY, MAX_INT, from_bytes, to_bytes
from ledger.log.tiles import subtree_root
from tests.log.both import agree, copied, is_read
from tests.log.changes import flipped
from tests.log.honest import DOCTOR, HEAD, LOG, NURSE, HonestLog, lively, ordinary
from tests.sentences import ROOT

HEX = "ab" * 32


def varied() -> HonestLog:
    """A log whose last entries are of every shape that the quick reader knows."""
    log = lively(30)
    changes: tuple[dict[str, Any], ...] = (
        {"sealed": {"body.note": HEX, "late_reason": HEX}},
        {"sealed": {"body.identity.name": HEX}},
        {"acknowledged": [{"code": "early_supply"}, {"code": "unusual_quantity"}]},
        {"acknowledged": [{"code": "early_supply"}, {"code": "late"}], "sealed": {"acknowledged.1.reason": HEX}},
        {"witness_pending": "alone_on_duty"},
        {"sheet": {"no": "S-12/3", "line": 7}},
        {"body": {}},
        {"body": {"note": "in clear", "list": [1, "a", True, [{"x": -5}], []]}},
        {"body": {"home": {"m": {"x": 1}}, "n": 2}, "sealed": {"body.home.m.y": HEX, "body.home.n": HEX}},
    )
    for change in changes:
        log.ceremony([log.statement(*ordinary(1)) | change], [NURSE])
    pair = [log.statement(*ordinary(2), witness="d.akhmetova") for _ in range(2)]
    log.ceremony(pair, [NURSE, HEAD])
    log.ceremony([log.statement("a.b", "b.serikov", {"n": 1}, witness="a.nurlanova")], [DOCTOR, NURSE])
    return log


VARIED = varied().entries
LAST = VARIED[-12:]
BEFORE = ChainAudit(LOG)
BEFORE.add_all(VARIED[: -len(LAST)])


@pytest.fixture(scope="module", params=range(len(LAST)))
def place(request: pytest.FixtureRequest) -> tuple[ChainAudit, bytes]:
    """The audit of everything before one of the last entries, and that entry."""
    audit = copied(BEFORE)
    audit.add_all(LAST[: request.param])
    return audit, LAST[request.param]


Place = tuple[ChainAudit, bytes]


def test_the_log_of_these_tests_is_honest_and_the_quick_reader_knows_it(place: Place) -> None:
    audit, data = place
    assert not audit.findings
    assert agree(audit, data)


def test_any_bit_changed_is_judged_alike(place: Place) -> None:
    audit, data = place
    read = [agree(audit, spoilt) for bit, spoilt in flipped(data) if bit % 5 == 0]
    assert any(read)
    assert not all(read)


def test_any_byte_left_out_doubled_or_replaced_is_judged_alike(place: Place) -> None:
    audit, data = place
    for spoilt in list(edited(data, Random(7), 120)):
        agree(audit, spoilt)


def edited(data: bytes, random: Random, times: int) -> Iterator[bytes]:
    for at in random.sample(range(len(data)), times):
        yield data[:at] + data[at + 1 :]
        yield data[:at] + data[at : at + 1] + data[at:]
        for byte in (b'"', b"\\", b"\0", b"\n", b"\x7f", b"\xc3\xa4", b" ", b"0", b"9", b"-", b".", b"}", b"]"):
            yield data[:at] + byte + data[at + 1 :]


def respelt(data: bytes) -> Iterator[bytes]:
    """Other spellings of an entry, and other entries of nearly its shape."""
    for old, new in (
        (b'"v":1', b'"v":1.0'),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v": 1'),
        (b'"v":1,"via":"web"', b'"via":"web","v":1'),
        (b'"via":"web"', b'"via":"ledger"'),
        (b'"via":"web"', b'"via":"fax"'),
        (b'"via":"web"}', b'"via":"web","x":1}'),
        (b'"witness":null', b'"witness":"b.serikov"'),
        (b'"witness":null', b'"witness":"B"'),
        (b'"witness":null', b'"witness":"b","witness_pending":"at_home"'),
        (b'"witness":null', b'"witness":null,"witness_pending":"at_home"'),
        (b'"late_reason":null', b'"late_reason":"x"'),
        (b'"acknowledged":[]', b'"acknowledged":[{"code":"a"}]'),
        (b'"acknowledged":[]', b'"acknowledged":[{"code":"b"},{"code":"a"}]'),
        (b'"acknowledged":[]', b'"acknowledged":[{"code":"a"},{"code":"a"}]'),
        (b'"acknowledged":[]', b'"acknowledged":[1]'),
        (b'"acknowledged":[]', b'"acknowledged":[{"code":"a"} ]'),
        (b'"acknowledged":[{', b'"acknowledged":[{"code":"a"},{'),
        (b'"acknowledged":[{', b'"acknowledged":[{"code":"z"},{'),
        (b'"patient":"p-', b'"patient":"\\u0070-'),
        (b'"patient":"p-', '"patient":"п-'.encode()),
        (b'"patient":"p-', '"patient":"A\u030a'.encode()),
        (b'"place":"ward-1"', b'"place":null'),
        (b'"place":"ward-1"', b'"place":"ward-1","place":"ward-1"'),
        (b'"units":', b'"units":-'),
        (b'"units":', b'"units":0'),
        (b'"units":', b'"units":1000000000000000'),
        (b'"units":', b'"units":9007199254740993'),
        (b'"lots":[', b'"lots":[{"lot":"x","units":0},'),
        (b'"lots":[', b'"lots":[{"units":0,"lot":"x"},'),
        (b'"lots":[', b'"lots":[null,'),
        (b'"seen":{', b'"sealed":{"body.patient":"' + HEX.encode() + b'"},"seen":{'),
        (b'"seen":{', b'"sealed":{"body.other":"' + HEX.encode() + b'"},"seen":{'),
        (b'"seen":{', b'"sealed":{"body.note":"' + HEX.encode() + b'"},"seen":{'),
        (b'"seen":{', b'"sealed":{"body%b":"%b","body.b":"%b"},"seen":{' % (b".a" * 2_000, HEX.encode(), HEX.encode())),
        (b'"sealed":{"body.note":"ab', b'"sealed":{"body.note":"AB'),
        (b'"of":["', b'"of":["' + HEX.encode() + b'","'),
        (b'"sealed":{"acknowledged.1.', b'"sealed":{"acknowledged.2.'),
        (b'"sealed":{"acknowledged.1.', b'"sealed":{"acknowledged.0.'),
        (b'{"code":"early_supply"},', b""),
        (b',{"code":"late"}', b""),
        (b'{"code":"late"}', b'{"code":"late"},'),
        (b'==","by"', b'=","by"'),
        (b'=","by"', b'","by"'),
        (b'"authenticator_data":"', b'"authenticator_data":"AAA'),
        (b'"authenticator_data":"', b'"authenticator_data":"","x":"'),
        (b'"client_data":"', b'"client_data":"AAAA'),
        (b'"client_data":"', b'"client_data":"AA=='),
        (b'"alg":"ed25519"', b'"alg":"ed25518"'),
        (b"T0", b"T2"),
        (b"2026-03", b"2026-02"),
        (b"2026-03", b"2026-13"),
        (b'"recorded_at":"2026-03', b'"recorded_at":"2027-03'),
        (b'"occurred_at":"2026-03', b'"occurred_at":"2027-03'),
    ):
        yield data.replace(old, new)
        yield data.replace(old, new, 1)
    for member in (b"authenticator_data", b"client_data", b"value", b"key", b"by", b"leaf", b"lot"):
        for value in (b"", b"A", b"AA", b"AA==", b"AAA=", b"AAAA", b"AB==", b"AAB=", b"=", b"A" * 64, b"A" * 66):
            yield re.sub(rb'("%b":")[^"]*' % member, rb"\1" + value, data)
    for end in (b"A==", b"Q==", b"B==", b"AA=", b"AAA", b"===", b"=A=", b" =="):
        yield re.sub(rb'("value":")[^"]*', rb"\1" + b"A" * 85 + end, data)
        yield re.sub(rb'("value":")[^"]*', rb"\1" + b"A" * 84 + b'"' + end, data)


def test_another_spelling_or_nearly_the_same_shape_is_judged_alike(place: Place) -> None:
    audit, data = place
    judged = [agree(audit, spelt) for spelt in respelt(data) if spelt != data]
    assert len(judged) > 20


PLAIN = st.text(st.sampled_from(' !#$%[]{}:,"0aZ~\x7fә'), max_size=6)
KEYS = st.sampled_from(["a", "aa", "a_", "ab", "b", "b_1", "c"])
LEAVES = st.booleans() | st.integers(-MAX_INT, MAX_INT) | st.integers(-3, 12) | PLAIN
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
PATHS = st.lists(st.sampled_from(["a", "aa", "a_", "b", "0", "1", "00", "9999999999"]), min_size=1, max_size=4)


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(PATHS.map(".".join), unique=True, max_size=3), st.data())
def test_any_body_and_what_is_sealed_of_it_is_judged_alike(body: dict[str, Any], paths: list[str], draw: Any) -> None:
    entry = from_bytes(LAST[0])
    entry["statement"] |= {"body": body, "sealed": {f"body.{path}": HEX for path in paths} | {"late_reason": HEX}}
    data = bytearray(to_bytes(entry))
    agree(BEFORE, bytes(data))
    start = data.index(b'"body":')
    end = data.index(b'"genesis":')
    for _ in range(4):
        at = draw.draw(st.integers(start, end))
        more = draw.draw(st.sampled_from([*b'"{}[]:,0-9a\\ e.']).map(chr)).encode()
        data[at : at + draw.draw(st.integers(0, 2))] = more
        agree(BEFORE, bytes(data))


@pytest.mark.parametrize("deeper", range(40))
def test_a_deep_body_is_judged_alike(deeper: int) -> None:
    data = LAST[6].replace(b'"body":{}', b'"body":{"a":%b1%b}' % (b"[" * deeper, b"]" * deeper))
    assert agree(place_of(6), data) == (deeper < 15)


def place_of(number: int) -> ChainAudit:
    audit = copied(BEFORE)
    audit.add_all(LAST[:number])
    return audit


@pytest.mark.parametrize("member", [b"recorded_at", b"occurred_at"])
def test_any_time_is_judged_alike(member: bytes) -> None:
    days = [f"{year}-{month:02}-{day:02}" for year in ("0000", "0001", "2024", "2025", "2027", "2028", "2100", "9999")
            for month in (0, 1, 2, 4, 12, 13) for day in (0, 1, 28, 29, 30, 31, 32)]  # fmt: skip
    hours = ["00:00:00", "23:59:59", "24:00:00", "23:60:00", "23:59:60", "12:00:00.", "1a:00:00"]
    texts = [f"{day}T23:59:59.999999Z" for day in days] + [f"2027-01-31T{hour}.000000Z" for hour in hours]
    spelt = [re.sub(rb'("%b":")[^"]*' % member, rb"\g<1>" + text.encode(), LAST[0]) for text in texts]
    known = sum([agree(BEFORE, data) for data in spelt])
    assert 10 < known < len(texts) / 2


@pytest.mark.parametrize("clock", ["00:00.000000", "00:00.000001", "05:00.000000", "05:00.000001"])
def test_a_clock_that_runs_ahead_is_judged_alike(clock: str) -> None:
    data = re.sub(rb'("recorded_at":")[^"]*', rb"\g<1>2028-03-01T00:00:00.000000Z", LAST[0])
    data = re.sub(rb'("occurred_at":")[^"]*', rb"\g<1>2028-03-01T00:%bZ" % clock.encode(), data)
    assert agree(BEFORE, data) is (clock == "00:00.000000")


@pytest.mark.parametrize(("many", "known"), [(1, True), (16, True), (17, False)])
def test_many_sealed_values_are_left_to_the_judges(many: int, known: bool) -> None:
    entry = from_bytes(LAST[0])
    entry["statement"]["sealed"] = {f"body.sealed_{number}": HEX for number in range(many)}
    assert agree(BEFORE, to_bytes(entry)) is known


def test_any_byte_at_the_end_of_a_signature_is_judged_alike() -> None:
    start = LAST[0].index(b'"value":"') + 9
    at = [(place, byte) for place in range(start + 83, start + 89) for byte in range(256)]
    known = [agree(BEFORE, LAST[0][:place] + bytes([byte]) + LAST[0][place + 1 :]) for place, byte in at]
    assert sum(known) == 2 * 64 + 4 + 2 + 1


def test_a_whole_log_with_a_few_entries_spoilt_is_judged_alike() -> None:
    random, honest = Random(3), lively(700).entries
    for _ in range(6):
        entries = [*honest]
        for at in random.sample(range(700), 3):
            spoilt = bytearray(entries[at])
            spoilt[random.randrange(len(spoilt))] ^= 1 << random.randrange(8)
            entries[at] = bytes(spoilt)
        quick, slow = ChainAudit(LOG), ChainAudit(LOG)
        quick.add_all(entries)
        for data in entries:
            slow.add(data)
        assert quick.to_span() == slow.to_span()
        assert quick.findings


def test_nul_bytes_and_too_many_bytes_are_left_to_the_judges() -> None:
    data = LAST[0]
    for spoilt in (data + b"\0", b"\0" + data, data.replace(b'"key":"a', b'"key":"\0'), data + b"\0" + data):
        assert not agree(BEFORE, spoilt)
    for units, known in ((MAX_ENTRY, True), (MAX_ENTRY + 1, False)):
        filled = data.replace(b'"body":{', b'"body":{"a":"%b",' % (b"x" * (units - len(data) - 7)))
        assert len(filled) == units
        assert agree(BEFORE, filled) is known


def test_entries_outside_the_narrow_profile_are_judged_and_pass() -> None:
    log = lively(30)
    statement = log.statement(*ordinary(1))
    statement["body"]["note"] = "Қарағанды"
    log.ceremony([statement], [NURSE])
    audit = ChainAudit(LOG)
    audit.add_all(log.entries[:-1])
    assert not agree(audit, log.entries[-1])
    audit.add_all(log.entries[-1:])
    assert not audit.findings


def test_a_log_with_a_name_that_no_log_can_have_is_never_read_quickly() -> None:
    audit = ChainAudit('senim/"/1')
    audit.add_all(VARIED)
    assert {finding.code for finding in audit.findings} == {"log_mismatch"}


def test_without_native_code_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [*VARIED[:-3], VARIED[-1]]
    quickly = ChainAudit(LOG, keep_ids=True)
    quickly.add_all(entries)
    root = subtree_root(bytes(range(256)) * 32)
    assert is_read(BEFORE, LAST[0])
    monkeypatch.setattr(quick, "_quick", None)
    slowly = ChainAudit(LOG, keep_ids=True)
    slowly.add_all(entries)
    assert not is_read(BEFORE, LAST[0])
    assert slowly.to_span() == quickly.to_span()
    assert subtree_root(bytes(range(256)) * 32) == root


def test_a_library_from_before_a_change_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    library = str(ROOT / "ledger/log/libquick.so")
    assert quick._load(library) is not None
    monkeypatch.setattr(quick, "_VERSION", quick._VERSION + 1)
    assert quick._load(library) is None
    assert quick._load(str(ROOT / "README.md")) is None


def test_it_never_looks_or_writes_outside_what_it_was_given(tmp_path: Path) -> None:
    library = tmp_path / "libquick.so"
    checks = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wall", "-Wextra", "-Werror")
    subprocess.run(["cc", *FLAGS, *checks, "-o", library, ROOT / "ledger/log/quick.c"], check=True)
    runtime = subprocess.run(["cc", "-print-file-name=libasan.so"], check=True, capture_output=True, text=True)
    told = subprocess.run(
        check=False,
        args=[sys.executable, "-m", "tests.log.watched", library],
        cwd=ROOT,
        env={"LD_PRELOAD": runtime.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr[-2_000:]
    assert int(told.stdout) > 50_000
