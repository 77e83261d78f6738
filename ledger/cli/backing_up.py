"""A backup that was read again, and a ledger written anew from all that is left of it: never a second history."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.cli.options import answer, say
from ledger.cli.recording import progress
from ledger.cli.wiring import House, heads_directory, open_house
from ledger.errors import LedgerReadOnly, WronglyCalled
from ledger.log.canonical import to_timestamp
from ledger.log.note import VerifierKey
from ledger.service.checkpoints import check_head
from ledger.service.erasing import erase_again
from ledger.service.files import FolderFiles, ZipFiles
from ledger.service.ledger import derive_keys
from ledger.service.remains import (
    Chain,
    EvidenceRemains,
    Remains,
    find_before,
    find_chain,
    read_heads,
    read_origin,
)
from ledger.service.restoring import Restored, advance_head, find_reports, write_chain
from ledger.storage import migrate
from ledger.storage.backup import copy_database, copy_reports, end_log, is_backup, pack, unpack, workplace
from ledger.storage.heads import FileHeads
from ledger.storage.holding import held_alone
from ledger.storage.kept import SEALED, KeptReports
from ledger.storage.layout import LEDGER, REPORTS, SECRETS, VAULT, find_where, is_ledger
from ledger.storage.moving import copy_ledger
from ledger.storage.private import make_private, make_private_directory, publish_private
from ledger.storage.remains import StoredRemains, bring_keys, copy_remains
from ledger.storage.secrets import FileKeys
from ledger.storage.store import SqlStore
from ledger.storage.vault import SqlVault

_KEEP = "vault-keys.db and secrets/"


def back_up(opened: House, out: Path, *, as_json: bool) -> None:
    """Write *out*, one file of mode 0600. Raises `WronglyCalled('file_taken')`, `LedgerReadOnly('self_check')`."""
    chain, reports = _back_up(opened, out)
    if as_json:
        answer({"backup": str(out), "size": len(chain.leaves), "reports": reports})
        return
    print(
        say("The backup of {size} entries lies in {path}, and was read again.", size=len(chain.leaves), path=str(out))
    )
    print(say("It holds no keys. Keep a copy of {files} elsewhere, apart from it.", files=_KEEP))


def _back_up(opened: House, out: Path) -> tuple[Chain, int]:
    if out.exists():
        raise WronglyCalled("file_taken", path=out.name)
    ledger = opened.ledger
    check_head(ledger)  # an old copy is nobody's backup
    with ledger.reading() as reading:
        due = [(reading.head.size, reading.head.frontier.root())]
    with workplace(out.absolute().parent, out.name) as folder:
        with progress(say("Copying"), None) as step:
            _copy(opened, folder / LEDGER, step)
        reports = copy_reports(opened.stores.reports, folder / REPORTS)
        with closing(StoredRemains(folder)) as copy, progress(say("Reading again"), due[0][0]) as read:
            origin = read_origin([copy])
            chain, size = find_chain([copy], origin, due, step=read) if origin else (None, 0)
        if chain is None or len(chain.leaves) < size:
            raise LedgerReadOnly("self_check", seq=len(chain.leaves) if chain else 0)
        manifest = {
            "log": chain.log,
            "genesis": chain.leaves[0].hex(),
            "size": len(chain.leaves),
            "root": chain.root().hex(),
            "made_at": to_timestamp(ledger.clock()),
        }
        with progress(say("Packing"), None) as packed:
            pack(folder, out, manifest, step=packed)
    return chain, reports


def _copy(opened: House, copy: Path, step: Callable[[], None]) -> None:
    """The entries as they are now, in one file, wherever they lie."""
    where = find_where(opened.directory)
    if isinstance(where, Path):
        copy_database(where, copy, step=step)
        return
    with opened.stores.store.reading() as reading:
        copy_ledger(reading, copy, step=step)
    end_log(copy)


def restore(
    directory: Path,
    paths: Sequence[Path],
    *,
    without_vault: bool = False,
    without_head: bool = False,
    without_unsigned: bool = False,
    as_json: bool = False,
) -> None:
    """Write the register of *paths* anew into *directory*, which may hold its keys and nothing else of it.

    Raises `LedgerReadOnly` where that would lose or fork something; then nothing but keys is in *directory*.
    """
    restored = _restore(
        directory, paths, without_vault=without_vault, without_head=without_head, without_unsigned=without_unsigned
    )
    open_house(directory, writes=True).close()
    counts = {"refilled": restored.refilled, "left_out": restored.left_out, "unopened": restored.unopened}
    if as_json:
        answer({"restored": str(directory), "size": restored.size} | counts)
        return
    print(say("The register in {path} has its {size} entries again.", path=str(directory), size=restored.size))
    if restored.refilled:
        print(say("{refilled} of them came from the places named with --from.", **counts))
    if restored.left_out:
        print(say("{left_out} entries that were never signed for are not in it: enter them again.", **counts))
    if restored.unopened:
        print(say("{unopened} sealed values (names, numbers, notes) cannot be read any more.", **counts))


def _restore(
    directory: Path, paths: Sequence[Path], *, without_vault: bool, without_head: bool, without_unsigned: bool
) -> Restored:
    with gathered(directory, paths) as (folder, remains, origin):
        if not (directory / SECRETS).is_dir():
            raise LedgerReadOnly("keys_elsewhere", directory=str(directory))
        public = FileKeys(directory / SECRETS).log_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        heads, key = FileHeads(heads_directory()), VerifierKey.of(origin[0], public)
        known = heads.read(*origin)
        if known is None and not without_head and not _is_told(paths, remains, key):
            raise LedgerReadOnly("head_unknown")
        due = [*read_heads(remains, key), *([known] if known else [])]
        with progress(say("Looking for the entries"), None) as step:
            chain, signed = find_chain(remains, origin, due, step=step)
        if len(chain.leaves) < signed:
            lost = signed - len(chain.leaves)
            raise LedgerReadOnly("entries_lost", signed=signed, lost=lost, seq=len(chain.leaves))
        if chain.left_out and not without_unsigned:
            raise LedgerReadOnly("unsigned_lost", lost=chain.left_out, seq=len(chain.leaves))
        new = written(chain, find_before(chain), directory, folder, without_vault=without_vault)
        with new as (store, vault, restored), store.reading() as reading:
            if public not in [key.public[-32:] for key in derive_keys(reading, chain.log).log_keys]:
                raise LedgerReadOnly("key_foreign", name="log")
            kept = KeptReports(directory / REPORTS, vault)
            for name, data, subjects in find_reports(chain, reading, sealed=SEALED):
                kept.keep(name, data, subjects=subjects)
        advance_head(heads, chain, signed)
        if not publish_private(folder / LEDGER, directory / LEDGER):
            raise WronglyCalled("directory_taken", directory=str(directory))
    return restored


def _is_told(paths: Sequence[Path], remains: Sequence[Remains], key: VerifierKey) -> bool:
    """Whether a place beside the first says what was signed last: no backup, which is as old as the first may be,
    and nothing older than the first.
    """
    newest = max((size for size, _ in read_heads(remains[:1], key)), default=0)
    first, *others = zip(paths, remains, strict=True)
    beside = [each for path, each in others if path.resolve() != first[0].resolve() and not is_backup(path)]
    return any(size >= newest for size, _ in read_heads(beside, key))


@contextmanager
def gathered(directory: Path, paths: Sequence[Path]) -> Iterator[tuple[Path, list[Remains], tuple[str, bytes]]]:
    """(a folder to work in, what is left at *paths*, origin); keys found there are then in *directory*.

    Raises `WronglyCalled`: `directory_taken` where a register is in *directory*, `nothing_to_restore`,
    `restore_running`, `still_recording` where another program works in *directory*, or in one of *paths*.
    """
    make_private_directory(directory)
    with ExitStack() as stack:
        _hold(directory, paths, stack)
        for left in directory.glob(".restoring.*"):  # by a restore that was killed
            shutil.rmtree(left)
        if is_ledger(directory):
            raise WronglyCalled("directory_taken", directory=str(directory))
        folder = stack.enter_context(workplace(directory, "restoring"))
        remains = [_open(path, folder / str(n), stack) for n, path in enumerate(paths)]
        origin = read_origin(remains)
        if origin is None:
            raise WronglyCalled("nothing_to_restore", path=paths[0].name)
        make_private_directory(folder / "keys")
        bring_keys([path for path in paths if path.is_dir()], directory, between=folder / "keys")
        yield folder, remains, origin


def _hold(directory: Path, paths: Sequence[Path], stack: ExitStack) -> None:
    """Until *stack* is left, nobody else works in *directory* and in the folders among *paths*."""
    try:
        stack.enter_context(held_alone(directory))
    except BlockingIOError as error:
        if is_ledger(directory):
            raise WronglyCalled("directory_taken", directory=str(directory)) from error
        raise WronglyCalled("restore_running", directory=str(directory)) from error
    for path in {path.resolve() for path in paths if path.is_dir()} - {directory.resolve()}:
        try:
            stack.enter_context(held_alone(path))
        except BlockingIOError as error:
            raise WronglyCalled("still_recording", directory=str(path)) from error


def _open(path: Path, folder: Path, stack: ExitStack) -> Remains:
    """What is left at *path*; databases are opened as copies in *folder*."""
    if path.is_dir() and not is_ledger(path):  # evidence, or a folder of keys
        return EvidenceRemains(FolderFiles(path))
    make_private_directory(folder)
    if path.is_dir():
        copy_remains(path, folder)
    elif not path.is_file():
        raise WronglyCalled("file_unreadable", path=path.name)
    elif is_backup(path):
        unpack(path, folder)
    else:
        return EvidenceRemains(ZipFiles(path))
    return stack.enter_context(closing(StoredRemains(folder)))


@contextmanager
def written(
    chain: Chain | None, before: Sequence[Chain], directory: Path, folder: Path, *, without_vault: bool
) -> Iterator[tuple[SqlStore, SqlVault, Restored]]:
    """A register in *folder* with *chain* and the logs *before* it, names readable by the vault of *directory*."""
    make_private(folder / LEDGER, b"")
    migrate.upgrade(folder / LEDGER)
    vault = _open_vault(directory, without_vault=without_vault)
    with closing(vault), closing(SqlStore(folder / LEDGER)) as store:
        count = sum(len(each.leaves) for each in (*before, *([chain] if chain else [])))
        with progress(say("Writing the register"), count) as step:
            restored = write_chain(chain, store, vault, before=before, step=step)
        if restored.lost and not without_vault:
            raise LedgerReadOnly("vault_keys_lost", subjects=len(restored.lost))
        make_private_directory(directory / REPORTS)
        with store.reading() as reading:
            erase_again(reading, vault)
        yield store, vault, restored


def _open_vault(directory: Path, *, without_vault: bool) -> SqlVault:
    """Raises `LedgerReadOnly`: `vault_lost`, `vault_older`. *without_vault*: goes on with the keys that still open."""
    keys, secrets = directory / VAULT, directory / SECRETS
    if without_vault:
        SqlVault.create(keys, secrets)
        vault = SqlVault(keys, secrets, whole=False)
        vault.let_go()
        return vault
    if keys.is_file():
        try:
            return SqlVault(keys, secrets)
        except LedgerReadOnly as wrong:
            if wrong.reason != "key_missing":
                raise
    raise LedgerReadOnly("vault_lost", directory=str(directory))
