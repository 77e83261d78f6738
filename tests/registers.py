"""Registers for tests: each kind is founded once in a process and copied for whoever asks, its database with it.

To found one takes some fifty entries; its copy is as good, the same bytes, at a tenth of the time.
"""

import os
import shutil
from collections.abc import Callable, Hashable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

from ledger.storage import layout
from ledger.storage.layout import find_where, put_where
from ledger.storage.places import Schema

T = TypeVar("T")
_moulds: dict[Hashable, tuple[Path, Any]] = {}


def founded(kind: Hashable, found: Callable[[Path], T], folder: Path) -> T:
    """Give *folder* the machine (`data`, `heads`) that *found* makes and closes again; what it answered."""
    key = kind, layout.choose_where
    if key not in _moulds:
        mould = Path(mkdtemp(dir=Path(os.environ["SENIM_HEADS"]).parent))  # of this run: see conftest
        _moulds[key] = mould, found(mould)
    mould, answer = _moulds[key]
    copy_machine(mould, folder)
    return answer  # type: ignore[no-any-return]


def copy_machine(source: Path, target: Path) -> None:
    """The register at *source*, which nobody has open, and what its machine knows beside it."""
    copy_register(source / "data", target / "data")
    if (source / "heads").exists():
        shutil.copytree(source / "heads", target / "heads")


def copy_register(source: Path, target: Path) -> Path:
    """The data directory *source*, which nobody has open, once more."""
    shutil.copytree(source, target)
    where = find_where(source)
    if isinstance(where, Schema):
        from tests.postgres.server import copy_database

        put_where(target, copy_database(where, target))
    return target
