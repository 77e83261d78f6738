import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import NoteRejected
from ledger.log.checkpoint import Checkpoint, open_checkpoint, read_unverified, sign_checkpoint
from ledger.log.merkle import EMPTY_ROOT
from ledger.log.note import VerifierKey, sign_note
from tests.log.changes import cut, flipped

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
LOG = "senim/semey-hospital/1"
TRUSTED = VerifierKey.of(LOG, KEY.public_key().public_bytes_raw())
HEAD = Checkpoint(LOG, 1042, bytes(range(32)))
# The example of c2sp.org/tlog-checkpoint.
SPEC_TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_a_signed_checkpoint_opens_with_the_key_of_its_log() -> None:
    data = sign_checkpoint(HEAD, KEY)
    assert open_checkpoint(data, key=TRUSTED) == HEAD == read_unverified(data)
    assert data.decode().startswith(f"{LOG}\n1042\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— {LOG} ")


def test_the_published_text_is_read_and_written_alike() -> None:
    head = Checkpoint.from_text(SPEC_TEXT)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.to_text() == SPEC_TEXT


def test_a_checkpoint_with_any_bit_changed_is_refused() -> None:
    for _, spoilt in flipped(sign_checkpoint(HEAD, KEY)):
        with pytest.raises(NoteRejected):
            open_checkpoint(spoilt, key=TRUSTED)


def test_a_checkpoint_cut_short_is_refused() -> None:
    for part in cut(sign_checkpoint(HEAD, KEY)):
        with pytest.raises(NoteRejected):
            open_checkpoint(part, key=TRUSTED)


def test_another_log_may_not_speak_under_this_key() -> None:
    text = Checkpoint("senim/other/1", 1, EMPTY_ROOT).to_text()
    with pytest.raises(NoteRejected, match="origin_mismatch"):
        open_checkpoint(sign_note(text, name=LOG, private_key=KEY), key=TRUSTED)


def test_another_key_may_not_speak_for_this_log() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    with pytest.raises(NoteRejected, match="not_signed_by_the_key"):
        open_checkpoint(sign_checkpoint(HEAD, other), key=TRUSTED)


ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{LOG}\n1\n",
        f"{LOG}\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"{LOG}\n01\n{ROOT}\n",
        f"{LOG}\n+1\n{ROOT}\n",
        f"{LOG}\n-1\n{ROOT}\n",
        f"{LOG}\n1 \n{ROOT}\n",
        f"{LOG}\n１\n{ROOT}\n",
        f"{LOG}\n9223372036854775808\n{ROOT}\n",
        f"{LOG}\n1\n{ROOT[:-1]}\n",
        f"{LOG}\n1\n{ROOT[:-2]}J=\n",
        f"{LOG}\n1\nAAAA\n",
        f"{LOG}\n1\n{ROOT}\nextension\n",
        f"{LOG}\n1\n{ROOT}\n\n",
    ],
)
def test_a_text_that_is_not_a_plain_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteRejected, match="checkpoint_malformed"):
        Checkpoint.from_text(text)
    if text.endswith("\n"):
        with pytest.raises(NoteRejected):
            open_checkpoint(sign_note(text, name=LOG, private_key=KEY), key=TRUSTED)


@pytest.mark.parametrize(
    "head",
    [
        Checkpoint("", 1, EMPTY_ROOT),
        Checkpoint("a\nb", 1, EMPTY_ROOT),
        Checkpoint(LOG, -1, EMPTY_ROOT),
        Checkpoint(LOG, 2**63, EMPTY_ROOT),
        Checkpoint(LOG, 1, EMPTY_ROOT[:31]),
    ],
)
def test_an_impossible_checkpoint_is_not_signed(head: Checkpoint) -> None:
    with pytest.raises(NoteRejected, match="checkpoint_malformed"):
        sign_checkpoint(head, KEY)


def test_the_empty_log_has_a_checkpoint() -> None:
    empty = Checkpoint(LOG, 0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(empty, KEY), key=TRUSTED) == empty
