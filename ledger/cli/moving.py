"""`senim migrate-store`: the register moves into another database, all of it or nothing.

The old one stays as it was, under another name, so that nobody goes on recording in it.
"""

from pathlib import Path

from ledger.cli.options import answer, say, tell
from ledger.cli.recording import progress
from ledger.cli.wiring import open_house
from ledger.errors import WronglyCalled
from ledger.storage.backup import workplace
from ledger.storage.holding import held_alone
from ledger.storage.layout import FILE, LEDGER, choose_schema, find_where, put_where, verify_secrets
from ledger.storage.moving import copy_ledger, put_aside, put_file
from ledger.storage.places import Where


def move_store(directory: Path, target: str, *, as_json: bool) -> None:
    """Move the register in *directory* to *target*: the address of a PostgreSQL database, or `sqlite`.

    Raises `WronglyCalled`: `address_malformed`, `target_taken`, `still_working`; `LedgerReadOnly`.
    """
    source = find_where(directory)
    verify_secrets(directory)
    try:
        with held_alone(directory):
            root, size, kept = _move(directory, source, target)
    except BlockingIOError as error:
        raise WronglyCalled("still_working", directory=str(directory)) from error
    open_house(directory, writes=True).close()
    if as_json:
        answer({"target": target, "size": size, "root": root.hex(), "kept": kept})
        return
    tell(
        say("The {size} entries of the register now lie in {target}, with the same root.", size=size, target=target),
        say("What was there before is kept as it was: {name}.", name=kept),
    )


def _move(directory: Path, source: Where, target: str) -> tuple[bytes, int, str]:
    house = open_house(directory)
    try:
        if house.ledger.read_only is not None:
            raise house.ledger.read_only
        to = None if target == FILE else choose_schema(target, house.ledger.log)
        if to == source or (to is None and isinstance(source, Path)):
            raise WronglyCalled("target_taken")
        with (
            house.stores.store.holding() as reading,
            workplace(directory, "moving") as folder,
            progress(say("Copying"), None) as step,
        ):
            copied = folder / LEDGER if to is None else to
            root, size = copy_ledger(reading, copied, step=step), reading.head.size
            # From here on the new one is the register; what is killed now leaves the old one whole beside it.
            if isinstance(copied, Path):
                put_file(directory, copied)
            else:
                put_where(directory, copied)
            # Who waits on another machine for the head's row must not find it; a file is nobody's until we close it.
            kept = None if isinstance(source, Path) else put_aside(source)
    finally:
        house.close()
    return root, size, kept or put_aside(source)
