import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import NoteRejected
from ledger.log.note import MAX_NOTE, Note, NoteSignature, VerifierKey, from_note, sign_note, to_note, verify_note
from tests.log.changes import cut, flipped

# The example of c2sp.org/signed-note, and the golden log of transparency-dev/tessera (Apache-2.0).
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
TESSERA_VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
NAME = "senim/semey-hospital/1"


def verifier(key: Ed25519PrivateKey, name: str = NAME) -> VerifierKey:
    return VerifierKey.of(name, key.public_key().public_bytes_raw())


@pytest.mark.parametrize(("vkey", "key_id"), [(SPEC_VKEY, "530d903a"), (TESSERA_VKEY, "33d7b496")])
def test_published_verifier_keys_have_the_id_they_say(vkey: str, key_id: str) -> None:
    key = VerifierKey.from_vkey(vkey)
    assert key.id.hex() == key_id
    assert key.to_vkey() == vkey


def test_the_published_example_note_is_verified() -> None:
    assert verify_note(SPEC_NOTE, keys=[VerifierKey.from_vkey(SPEC_VKEY)]).text == "This is an example message.\n"


@pytest.mark.parametrize(
    ("vkey", "reason"),
    [
        ("", "vkey_malformed"),
        (SPEC_VKEY + "\n", "vkey_malformed"),
        (SPEC_VKEY.replace("530d903a", "530D903A"), "vkey_malformed"),
        (SPEC_VKEY.replace("530d903a", "530d903b"), "key_id_mismatch"),
        (SPEC_VKEY.replace("/foo", "/fop"), "key_id_mismatch"),
        (SPEC_VKEY.replace("Kv3U2k", "Kv3U2g"), "key_id_mismatch"),
        (SPEC_VKEY.replace("Kv3U2k", "Kv3U2"), "vkey_malformed"),
        (SPEC_VKEY.replace("AekyeR", "BekyeR"), "key_type_unknown"),
        (SPEC_VKEY[: SPEC_VKEY.rindex("+") + 1] + "AekyeQ==", "key_malformed"),
        (SPEC_VKEY.replace("example.com/foo", "example com"), "name_malformed"),
        (SPEC_VKEY.replace("example.com/foo", "example\u00a0com"), "name_malformed"),
    ],
)
def test_a_spoilt_verifier_key_is_refused(vkey: str, reason: str) -> None:
    with pytest.raises(NoteRejected) as refused:
        VerifierKey.from_vkey(vkey)
    assert refused.value.reason == reason


def test_a_note_with_any_bit_changed_is_refused() -> None:
    data = sign_note("one\n\ntwo – сенім\n", name=NAME, private_key=KEY)
    assert verify_note(data, keys=[verifier(KEY)]).text == "one\n\ntwo – сенім\n"
    for _, spoilt in flipped(data):
        with pytest.raises(NoteRejected):
            verify_note(spoilt, keys=[verifier(KEY)])


def test_a_note_cut_short_is_refused() -> None:
    data = sign_note("text\n", name=NAME, private_key=KEY)
    for part in cut(data):
        with pytest.raises(NoteRejected):
            verify_note(part, keys=[verifier(KEY)])


def test_unknown_signatures_are_ignored_but_one_known_must_stand() -> None:
    text = "text\n"
    mine = from_note(sign_note(text, name=NAME, private_key=KEY)).signatures[0]
    theirs = from_note(sign_note(text, name="witness", private_key=OTHER)).signatures[0]
    same_name = NoteSignature(NAME, b"\0\0\0\0", b"anything")
    same_id = NoteSignature("another", mine.id, b"anything")
    many = [NoteSignature("witness", number.to_bytes(4, "big"), b"x" * 2420) for number in range(1, 17)]
    data = to_note(Note(text, (same_name, theirs, same_id, mine, *many)))
    assert len(verify_note(data, keys=[verifier(KEY)]).signatures) == 20
    with pytest.raises(NoteRejected, match="not_signed_by_the_key"):
        verify_note(to_note(Note(text, (same_name, theirs, same_id))), keys=[verifier(KEY)])
    with pytest.raises(NoteRejected, match="not_signed_by_the_key"):
        verify_note(data, keys=[])


def test_a_known_key_whose_signature_fails_rejects_the_whole() -> None:
    text = "text\n"
    mine = from_note(sign_note(text, name=NAME, private_key=KEY)).signatures[0]
    theirs = from_note(sign_note(text, name="witness", private_key=OTHER)).signatures[0]
    wrong = NoteSignature(theirs.name, theirs.id, bytes(64))
    short = NoteSignature(theirs.name, theirs.id, b"short")
    keys = [verifier(KEY), verifier(OTHER, "witness")]
    for bad in (wrong, short):
        with pytest.raises(NoteRejected, match="signature_invalid"):
            verify_note(to_note(Note(text, (mine, bad))), keys=keys)
        with pytest.raises(NoteRejected, match="signature_invalid"):
            verify_note(to_note(Note(text, (mine, theirs, bad))), keys=keys)


SIGNED = sign_note("text\n", name=NAME, private_key=KEY)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        SIGNED[:-1],
        SIGNED + b"\n",
        SIGNED + b"x\n",
        SIGNED.replace(b"\n", b"\r\n"),
        SIGNED.replace(b"text", b"te\0xt"),
        SIGNED.replace(b"text", b"te\txt"),
        SIGNED.replace(b"text", b"te\xffxt"),
        SIGNED.replace("— ".encode(), b"- "),
        SIGNED.replace("— ".encode(), "—  ".encode()),
        SIGNED.replace(b"/1 ", b"/1  "),
        SIGNED.replace(b"=\n", b"\n"),
        b"\n" + SIGNED[5:],
        "\n\n— name AAAAAA==\n".encode(),
        "text\n\n— na+me AAAAAAA=\n".encode(),
        "text\n\n—  AAAAAAA=\n".encode(),
        b"x" * MAX_NOTE + SIGNED,
    ],
)
def test_a_malformed_note_is_refused(data: bytes) -> None:
    with pytest.raises(NoteRejected):
        verify_note(data, keys=[verifier(KEY)])


def test_a_note_is_read_back_as_it_was_written() -> None:
    note = Note("a\n\nb\n", (NoteSignature("n", b"1234", b"5"), NoteSignature("n/o", b"abcd", b"e" * 64)))
    assert from_note(to_note(note)) == note


@pytest.mark.parametrize("text", ["", "no newline", "bell\a\n", "return\r\n"])
def test_a_text_that_no_note_may_carry_is_not_signed(text: str) -> None:
    with pytest.raises(NoteRejected, match="text_malformed"):
        sign_note(text, name=NAME, private_key=KEY)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b"])
def test_a_name_that_no_note_may_carry_does_not_sign(name: str) -> None:
    with pytest.raises(NoteRejected, match="name_malformed"):
        sign_note("text\n", name=name, private_key=KEY)


def test_a_note_without_signature_or_with_half_of_one_is_not_written() -> None:
    with pytest.raises(NoteRejected, match="no_signature"):
        to_note(Note("text\n", ()))
    for bad in (NoteSignature("n", b"123", b"5"), NoteSignature("n", b"1234", b"")):
        with pytest.raises(NoteRejected, match="signature_malformed"):
            to_note(Note("text\n", (bad,)))
