"""The quick reader must never accept what the judges refuse, nor read anything else than they do."""

import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BytesRejected
from ledger.log import shapes
from ledger.log.audit import ChainAudit
from ledger.log.canonical import MAX_ENTRY, MAX_INT, from_bytes, from_canonical, to_bytes
from ledger.log.patterns import to_alternation, to_sealed_tokens, to_tokens
from ledger.log.shapes import Shapes
from ledger.log.statement import check_entry
from tests.log.both import agree, copied, is_read, learns_no_more
from tests.log.changes import flipped
from tests.log.honest import DOCTOR, HEAD, LOG, NURSE, HonestLog, lively, ordinary

HEX = "ab" * 32


def varied() -> HonestLog:
    """A log whose last entries are of every shape that the quick reader can know."""
    log = lively(520)
    more: list[dict[str, Any]] = [
        {"sealed": {"body.note": HEX, "late_reason": HEX}},
        {"sealed": {"body.identity.name": HEX}},
        {"acknowledged": [{"code": "early_supply"}, {"code": "unusual_quantity"}]},
        {"acknowledged": [{"code": "early_supply"}, {"code": "late"}], "sealed": {"acknowledged.1.reason": HEX}},
        {"witness_pending": "alone_on_duty"},
        {"sheet": {"no": "S-12/3", "line": 7}},
        {"body": {}},
        {"body": {"note": "in clear", "list": [1, "a", True, [{"x": -5}]]}},
    ]
    for number in range(40):
        for change in more:
            log.ceremony([log.statement(*ordinary(number)) | change], [NURSE])
        pair = [log.statement(*ordinary(number), witness="d.akhmetova") for _ in range(2)]
        log.ceremony(pair, [NURSE, HEAD])
        log.ceremony([log.statement("a.b", "b.serikov", {"n": 1}, witness="a.nurlanova")], [DOCTOR, NURSE])
    return log


VARIED = varied().entries
TRAINED = ChainAudit(LOG)
TRAINED.add_all(VARIED[:-11])
learns_no_more(TRAINED)
LAST = VARIED[-11:]


@pytest.fixture(scope="module", params=range(len(LAST)))
def place(request: pytest.FixtureRequest) -> tuple[ChainAudit, bytes]:
    """The audit of everything before one of the last entries, and that entry."""
    audit = copied(TRAINED)
    audit.add_all(LAST[: request.param])
    return audit, LAST[request.param]


Place = tuple[ChainAudit, bytes]


def test_the_log_of_these_tests_is_honest_and_its_shapes_are_known(place: Place) -> None:
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
    random = Random(7)
    for at in random.sample(range(len(data)), 120):
        agree(audit, data[:at] + data[at + 1 :])
        agree(audit, data[:at] + data[at : at + 1] + data[at:])
        for byte in (b'"', b"\\", b"\0", b"\n", b"\x7f", b"\xc3\xa4", b" ", b"0", b"9", b"-", b".", b"}", b"]"):
            agree(audit, data[:at] + byte + data[at + 1 :])


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


def test_a_whole_log_with_a_few_entries_spoilt_is_judged_alike() -> None:
    random = Random(3)
    for _ in range(6):
        entries = [*VARIED[:700]]
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


def test_what_is_read_is_what_stands_in_the_entry() -> None:
    entry = from_bytes(LAST[0])
    row = TRAINED._shapes.read([LAST[0]])[0]
    assert row is not None
    statement, (signature,) = entry["statement"], entry["signatures"]
    assert [part and part.decode() for part in row] == [
        entry["prev"],
        entry["recorded_at"],
        str(entry["seq"]),
        signature["value"],
        None,
        b"",
        statement["id"],
        statement["occurred_at"],
        str(statement["seen"]["seq"]),
    ]


def test_a_nul_and_too_many_bytes_are_left_to_the_judges() -> None:
    data = LAST[5]
    assert is_read(TRAINED, data)
    assert not is_read(TRAINED, data.replace(b'"key":"a', b'"key":"\0'))
    long = to_bytes(from_bytes(data) | {"statement": from_bytes(data)["statement"] | {"sheet": {"no": "x", "line": 1}}})
    assert is_read(TRAINED, long)
    assert TRAINED._shapes.read([data, long + b" " * MAX_ENTRY]) == [None, None]


@pytest.mark.parametrize("clear_first", [False, True])
def test_a_path_sealed_in_one_shape_and_clear_in_another_is_kept_apart(clear_first: bool) -> None:
    log = lively()
    reader = Shapes(LOG)
    statements = [
        log.statement("a.b", "a.nurlanova", {"x": 1}, sealed={"body.note": HEX}),
        log.statement("a.b", "a.nurlanova", {"x": 1, "note": "clear"}),
    ]
    for statement in statements[:: -1 if clear_first else 1] * 20:
        log.ceremony([statement | {"id": from_bytes(log.entries[-1])["statement"]["id"]}], [NURSE])
        reader.learn(from_bytes(log.entries[-1]))
    sealed, clear = log.entries[-2:][:: -1 if clear_first else 1]
    assert None not in reader.read([sealed, clear])
    both = clear.replace(b'"seen":{', b'"sealed":{"body.note":"%s"},"seen":{' % HEX.encode())
    with pytest.raises(BytesRejected, match="sealed_and_in_clear"):
        check_entry(from_bytes(both))
    assert reader.read([both]) == [None]


def test_entries_outside_the_narrow_profile_are_judged_and_pass() -> None:
    log = lively(400)
    for number in range(30):
        statement = log.statement(*ordinary(number))
        statement["body"]["note"] = "Қарағанды"
        log.ceremony([statement], [NURSE])
        sealed = {"body.lines.0.how": HEX, "acknowledged.0.reason": HEX}
        log.ceremony(
            [log.statement("a.b", "a.nurlanova", {"lines": [{"x": 1}]}, sealed=sealed, acknowledged=[{"code": "a"}])],
            [NURSE],
        )
    audit = ChainAudit(LOG)
    audit.add_all(log.entries)
    assert not audit.findings
    assert [is_read(audit, data) for data in log.entries[-2:]] == [False] * 2


def test_a_log_made_of_ever_new_shapes_is_read_slowly_and_rightly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MOST_SHAPES", 8)
    log = lively()
    for number in range(600):
        log.ceremony([log.statement("a.b", "a.nurlanova", {f"k{number % 40}": 1})], [NURSE])
    audit = ChainAudit(LOG)
    audit.add_all(log.entries)
    assert not audit.findings
    assert sum(family.size for family in audit._shapes._families) <= 9


# ── patterns of values

PLAIN = st.text(st.sampled_from(' !#$%[]{}:,"0aZ~'), max_size=6)
KEYS = st.sampled_from(["a", "aa", "ab", "b", "b_1", "c"])
LEAVES = st.booleans() | st.integers(-MAX_INT, MAX_INT) | st.integers(-3, 12) | PLAIN
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)


def canonical(value: dict[str, Any]) -> dict[str, Any]:
    return from_bytes(to_bytes(value))


@given(st.lists(OBJECTS, min_size=1, max_size=5), st.data())
def test_patterns_accept_only_canonical_values(values: list[dict[str, Any]], draw: st.DataObject) -> None:
    pattern = re.compile(to_alternation([to_tokens(canonical(value)) for value in values]), re.DOTALL)
    for value in values:
        data = bytearray(to_bytes(value))
        assert pattern.fullmatch(data) or b"\\" in data or re.search(rb"[0-9]{16}", data)
        for _ in range(4):
            at = draw.draw(st.integers(0, len(data) - 1))
            data[at : at + draw.draw(st.integers(0, 2))] = draw.draw(
                st.sampled_from([*b'"{}[]:,0-9a\\ e.']).map(chr)
            ).encode()
            if pattern.fullmatch(data):
                assert isinstance(from_canonical(bytes(data)), dict)
            if not data:
                break


@given(st.lists(OBJECTS, min_size=2, max_size=6))
def test_an_alternation_accepts_what_one_of_its_choices_accepts(values: list[dict[str, Any]]) -> None:
    tokens = [to_tokens(canonical(value)) for value in values[1:]]
    together = re.compile(to_alternation(tokens), re.DOTALL)
    alone = [re.compile(b"".join(choice), re.DOTALL) for choice in tokens]
    for value in values:
        data = to_bytes(value)
        assert bool(together.fullmatch(data)) == any(pattern.fullmatch(data) for pattern in alone)


def test_sealed_paths_are_read_with_hexadecimal_alone() -> None:
    pattern = re.compile(b"".join(to_sealed_tokens({"body.a_b": "", "body.c.d": ""})))
    good = b'{"body.a_b":"%s","body.c.d":"%s"}' % (HEX.encode(), HEX.encode())
    assert pattern.fullmatch(good)
    for bad in (good.replace(b".", b"x"), good.replace(b"ab", b"AB"), good[:-1], good.replace(b"a_b", b"a_c")):
        assert not pattern.fullmatch(bad)
