"""The verifier's bricks against published values and against an implementation by others."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from .basics import Refused, from_base64
from .canon import read_canonical, to_canonical
from .craft import to_base64, to_vkey
from .note import read_checkpoint, read_vkey
from .tiles import due_tiles, due_widths, leaf_hash, merkle_root, tile_path

# Leaves and roots of the reference tree that Certificate Transparency implementations share.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
# The example of Go's golang.org/x/mod/sumdb/note.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

_KIND_2 = b"\x02" + bytes(32)
VKEY_OF_ANOTHER_KIND = "x+" + hashlib.sha256(b"x\n" + _KIND_2).hexdigest()[:8] + "+" + to_base64(_KIND_2)

profile = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs", "Cn"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z0-9_]{1,6}", fullmatch=True), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(profile)
def test_canonical_bytes_are_those_of_rfc_8785(value: object) -> None:
    assert to_canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@settings(max_examples=60)
@given(profile)
def test_what_is_printed_reads_back_or_is_not_nfc(value: object) -> None:
    data = to_canonical(value)
    if unicodedata.is_normalized("NFC", data.decode()):
        assert read_canonical(data) == value
    else:
        with pytest.raises(Refused, match="not_nfc"):
            read_canonical(data)


@pytest.mark.parametrize(
    "text",
    ['{"a":1 }', ' {"a":1}', '{"a":1}\n', '{"b":1,"a":1}', '{"a":1,"a":1}', '{"A":1}', '{"a":1.0}', '{"a":1e3}',
     '{"a":-0}', '{"a":01}', '{"a":+1}', '{"a":NaN}', '{"a":9007199254740992}', '"\\u0041"', '"\\/"', '"\\u000a"',
     '"\\u001F"', '"\t"', '"e\u0301"', '"\\ud800"', '{"a":1,}', "[1,]", "[,]", "[1;2]", '{"a";1}', '{"a":1;"b":2}',
     "", "tru", '"a', "{",
     "[" * 99 + "]" * 99, "1 2"],
)  # fmt: skip
def test_bytes_that_are_not_canonical_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_canonical(text.encode())


@pytest.mark.parametrize("text", ["AAA", "AAE=", "AA==\n", "AA", "A A=", "_-8=", "ÄÄ==", 5, None])
def test_base64_has_one_spelling(text: object) -> None:
    assert from_base64("AAA=") == b"\x00\x00"
    if text == "AAE=":
        assert from_base64(text) == b"\x00\x01"
        text = "AAF="  # the same two bytes with a spare bit set
    with pytest.raises(Refused):
        from_base64(text)


@pytest.mark.parametrize("size", CT_ROOTS)
def test_roots_are_those_of_the_reference_tree(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in CT_LEAVES[:size]]
    assert merkle_root(leaves).hex() == CT_ROOTS[size]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle_root([]) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 513, 65536, 65537])
def test_tiles_hold_the_tree_and_nothing_else(size: int) -> None:
    leaves = [leaf_hash(str(n).encode()) for n in range(size)]
    tiles = dict(due_tiles(leaves))
    names = [tile_path(level, i, w) for level in range(8) for i, w in due_widths(size >> 8 * level)]
    assert list(tiles) == names
    level_1 = b"".join(tiles[name] for name in names if name.startswith("tile/1/"))
    assert level_1 == b"".join(merkle_root(leaves[i : i + 256]) for i in range(0, size // 256 * 256, 256))


def test_tile_paths_are_those_of_the_specification() -> None:
    assert tile_path(0, 1234067, 256) == "tile/0/x001/x234/067"
    assert tile_path("entries", 1000, 3) == "tile/entries/x001/000.p/3"
    assert tile_path(2, 7, 256) == "tile/2/007"


def test_a_published_note_verifies_and_is_then_no_checkpoint() -> None:
    vkey = read_vkey(NEUMANN)
    with pytest.raises(Refused, match="note: a checkpoint has"):
        read_checkpoint(NEUMANN_NOTE.encode(), vkey=vkey)
    with pytest.raises(Refused, match="note_signature"):
        read_checkpoint(NEUMANN_NOTE.replace("answer", "Answer").encode(), vkey=vkey)


@pytest.mark.parametrize(
    "text",
    [
        to_vkey("a b", bytes(32)),
        VKEY_OF_ANOTHER_KIND,
        NEUMANN.replace("c74f", "c74e"),
        NEUMANN[:-1],
        NEUMANN.replace("Peter", "Paul"),
        NEUMANN.replace("+AR", "+BR"),
        "x+y",
        "",
    ],
)
def test_a_vkey_with_another_id_key_or_form_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_vkey(text)
