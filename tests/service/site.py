"""A facility on a disk of its own, to be copied, damaged and brought back by the commands that its people have."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.append import furnish
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.storage.places import Where
from tests.registers import copy_machine, copy_register
from tests.service.processes import Running, Told, senim
from tests.storage.world import drop_guards, plain_client, to_theirs


@dataclass(frozen=True)
class Site:
    """`data` is the register, `heads` what its machine knows beside it; `vkey` hangs on the inspector's wall."""

    folder: Path
    vkey: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def heads(self) -> Path:
        return self.folder / "heads"

    def start(self, *arguments: str | Path, prepare: Callable[..., None] | None = None, told: Any = ()) -> Running:
        return senim(*arguments, heads=self.heads, prepare=prepare, told=told)

    def senim(self, *arguments: str | Path, prepare: Callable[..., None] | None = None, told: Any = ()) -> Told:
        return self.start(*arguments, prepare=prepare, told=told).wait()

    def lines(self, count: int) -> Path:
        """A file of so many ampoules carried to the ward, one a line."""
        line = {"product": "morphine", "lot": "A", "units": 1}
        body = {"from_place": "safe", "to_place": "ward", "lines": [line]}
        return self.told("stock.moved", body, "ph2", "nurse", count=count)

    def told(self, type: str, body: dict[str, Any], performer: str, witness: str | None, *, count: int = 1) -> Path:
        """A file that says the same so many times, with other ids."""
        at = datetime.now(UTC).isoformat()
        told = {"type": type, "occurred_at": at, "performer": performer, "witness": witness, "body": body}
        file = self.folder / f"{uuid4()}.jsonl"
        file.write_text("".join(json.dumps({"id": str(uuid4()), **told}) + "\n" for _ in range(count)))
        return file

    def record(self, lines: Path | int = 1, *, dir: Path | None = None, **more: Any) -> Told:
        file = self.lines(lines) if isinstance(lines, int) else lines
        return self.senim("record", file, "--dir", dir or self.data, **more)

    def evidence(self, name: str = "evidence") -> Path:
        told = self.senim("evidence", self.folder / name, "--openings", "--dir", self.data)
        assert told.code == 0, told
        return self.folder / name

    def backup(self, name: str = "backup") -> Path:
        told = self.senim("backup", self.folder / name, "--dir", self.data)
        assert told.code == 0, told
        return self.folder / name

    def copy(self, name: str, dir: Path | None = None) -> Path:
        return copy_register(dir or self.data, self.folder / name)

    def restore(self, file: Path, *sources: Path | str, to: str = "restored") -> Told:
        froms = [each for source in sources for each in (("--from", source) if isinstance(source, Path) else (source,))]
        return self.senim("restore", file, *froms, "--dir", self.folder / to, "--json")

    def balance(self, dir: Path | None = None) -> dict[str, int]:
        rows = self.senim("balance", "--json", "--dir", dir or self.data).json
        return {row["place"]: row["units"] for row in rows}

    def verdict(self, dir: Path | None = None) -> tuple[str, int]:
        """(worst of the five, entries) with the key on the wall."""
        told = self.senim("verify", dir or self.data, "--vkey", self.vkey, "--json").json
        return told["verdict"], told["size"]

    def works(self, dir: Path, *, ward: int) -> None:
        """The register in *dir* is whole, takes the next entry, and then has one more than *ward* ampoules there."""
        assert self.verdict(dir)[0] == "pass"
        assert self.record(1, dir=dir).code == 0
        assert self.balance(dir)["ward"] == ward + 1


def damage(where: Where, change: str, *values: bytes) -> None:
    """A change past every guard, as a failing disk makes it."""
    with plain_client(where) as client:
        guards = drop_guards(client, where)
        assert client.execute(to_theirs(where, change), values).rowcount > 0
        for guard in guards:
            client.execute(guard)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Furnished once, with three ampoules on the ward, signed."""
    folder = tmp_path_factory.mktemp("site")
    house = furnish(folder)
    sign_head(house.ledger)
    site = Site(folder, verifier_key(house.ledger).to_vkey())
    house.close()
    assert site.record(3).code == 0
    return site


@pytest.fixture
def site(furnished: Site, tmp_path: Path) -> Site:
    copy_machine(furnished.folder, tmp_path)
    return Site(tmp_path, furnished.vkey)
