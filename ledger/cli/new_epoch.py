"""`senim restore --new-epoch`: where a register cannot be brought back whole, another goes on from what is left of it.

Two steps: what registrar and head pharmacist are to sign is written and shown; their signatures begin the new log.
Until then nothing has changed, and the old register may still come back whole.
"""

import secrets
import shutil
from base64 import b64encode
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from ledger.cli.backing_up import gathered, written
from ledger.cli.options import DONE, UNDETERMINED, answer, say, tell
from ledger.cli.recording import progress
from ledger.cli.signed_elsewhere import read_signed
from ledger.cli.wiring import heads_directory, open_house
from ledger.errors import LedgerReadOnly, WronglyCalled
from ledger.log.canonical import from_bytes, to_canonical
from ledger.log.epochs import After, to_next_log
from ledger.log.keys import KeyBook
from ledger.log.note import VerifierKey
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.epochs import Opening, draft_opening, open_epoch
from ledger.service.ledger import Ledger
from ledger.service.ports import Heads
from ledger.service.remains import Chain, Remains, find_before, find_chain, fold_keys, read_heads
from ledger.storage.heads import FileHeads
from ledger.storage.layout import LEDGER, SECRETS
from ledger.storage.private import make_private_directory, publish_private, read_private, write_private
from ledger.storage.secrets import FileKeys

_BEGINNING, _DRAFT = "new-epoch", "statement.json"
"""The new log's keys and the statement that is to be signed, until it has begun."""
_ENDED, _ENDING = "ended-keys", ("log.pem", "log-*.pem", "ledger.pem", "import-*.pem")
"""Where the old log's own keys are kept, and which they are."""


def begin_epoch(
    directory: Path, paths: Sequence[Path], signed: Sequence[str], *, without_vault: bool, as_json: bool
) -> int:
    """Write the old register of *paths* into *directory* and let a new log go on from it, once both have *signed*.

    Raises `WronglyCalled('epoch_not_needed')` where the old log can be brought back whole and go on itself.
    """
    heads = FileHeads(heads_directory())
    given = dict(map(read_signed, signed))
    beginning = directory / _BEGINNING
    with gathered(directory, paths) as (folder, remains, origin):
        old, after = _find_old(remains, origin, heads, directory)
        keys = FileKeys(beginning)
        keys.create()
        if without_vault:  # nothing may have come with the old keys
            make_private_directory(directory / SECRETS)
        chains = [*find_before(old), old]
        with written(None, chains, directory, folder, without_vault=without_vault) as (store, vault, restored):
            ledger = Ledger(
                log=to_next_log(after.log),
                store=store,
                vault=vault,
                heads=heads,
                secrets=keys,
                entropy=secrets.token_bytes,
            )
            drafted = _read_draft(beginning / _DRAFT)
            opening = draft_opening(ledger, after, drafted=drafted)
            if not given or opening.statement != drafted:
                write_private(beginning / _DRAFT, to_canonical(opening.statement))
                _ask(opening, after, as_json=as_json)
                return UNDETERMINED
            open_epoch(ledger, opening, given)
        _turn_keys(directory)
        if not publish_private(folder / LEDGER, directory / LEDGER):
            raise WronglyCalled("directory_taken", directory=str(directory))
    shutil.rmtree(beginning)
    with closing(open_house(directory, writes=True)) as house:
        sign_head(house.ledger)
        vkey, genesis = verifier_key(house.ledger).to_vkey(), house.ledger.genesis().hex()
    counts = {"recovered": after.recovered, "lost": after.lost, "unopened": restored.unopened}
    if as_json:
        answer({"log": ledger.log, "after": after.log, "vkey": vkey, "genesis": genesis} | counts)
        return DONE
    tell(
        *_said(ledger.log, after),
        say("The old register never signs again; keep what is left of it."),
        say("The ledger {log} is open. Entry 0 has the leaf", log=ledger.log),
        genesis,
        say("The key that its heads are signed with; hand it to the inspector on paper:"),
        vkey,
    )
    return DONE


def _find_old(
    remains: Sequence[Remains], origin: tuple[str, bytes], heads: Heads, directory: Path
) -> tuple[Chain, After]:
    """What is left of the old log, and how it ended."""
    known = heads.read(*origin)
    with progress(say("Looking for the entries"), None) as step:
        chain, _ = find_chain(remains, origin, [known] if known else [], step=step)
        log_keys = _fold(chain).log_keys
        verifiers = [VerifierKey.of(origin[0], key.public[-32:]) for key in log_keys]
        due = [*read_heads(remains, *verifiers), *([known] if known else [])]
        if not due:
            raise LedgerReadOnly("head_unknown")
        chain, signed = find_chain(remains, origin, due, step=step)
    if len(chain.leaves) >= signed and _can_sign(directory, _fold(chain).current_log_key):
        raise WronglyCalled("epoch_not_needed", log=origin[0])
    size, root = max(due)
    return chain, After(log=origin[0], size=size, root=root, recovered=len(chain.leaves), recovered_root=chain.root())


def _fold(chain: Chain) -> KeyBook:
    """Raises `LedgerReadOnly('entries_lost')` where nothing at all is left."""
    if not chain.leaves:
        raise LedgerReadOnly("entries_lost", signed=0, lost=0, seq=0)
    keys = fold_keys([*find_before(chain), chain])
    assert keys is not None
    return keys


def _can_sign(directory: Path, public: bytes | None) -> bool:
    if (directory / SECRETS).is_dir():
        with suppress(LedgerReadOnly):
            return public in [key.public_key().public_bytes_raw() for key in FileKeys(directory / SECRETS).log_keys()]
    return False


def _read_draft(path: Path) -> dict[str, Any] | None:
    data = read_private(path)
    return None if data is None else from_bytes(data)


def _ask(opening: Opening, after: After, *, as_json: bool) -> None:
    to_sign = b64encode(opening.to_sign()).decode()
    keys = {person: [key.key for key in own] for person, own in opening.signatories.items()}
    if as_json:
        answer({"statement": opening.statement, "sign": to_sign, "keys": keys, "lost": after.lost})
        return
    tell(*_said(opening.statement["log"], after))
    for person, own in keys.items():
        tell(say("{person} signs with the key {key}.", person=person, key=" / ".join(own)))
    tell(
        say("Both sign these bytes (Ed25519, raw signature); give them with --signature USERNAME=FILE; base64:"),
        to_sign,
    )


def _said(log: str, after: After) -> list[str]:
    said = [
        say("{log} goes on from {old} with {recovered} entries.", log=log, old=after.log, recovered=after.recovered)
    ]
    if after.lost:
        last = after.size - 1
        lost = say(
            "{lost} entries are lost for ever: {first}–{last}.", lost=after.lost, first=after.recovered, last=last
        )
        said.append(lost)
    return said


def _turn_keys(directory: Path) -> None:
    """The new log's keys in place of the old one's, which are kept aside. May be repeated after a crash."""
    held, ended = directory / SECRETS, directory / _ENDED
    make_private_directory(held)
    make_private_directory(ended)
    fresh = {path.name: path.read_bytes() for path in (directory / _BEGINNING).glob("*.pem")}
    for path in (path for pattern in _ENDING for path in held.glob(pattern)):
        if path.read_bytes() != fresh.get(path.name) and not (ended / path.name).exists():
            path.rename(ended / path.name)
    for name, data in fresh.items():
        write_private(held / name, data)
