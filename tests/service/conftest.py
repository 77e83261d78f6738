"""A furnished facility with people who sign with their own keys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.append import NURSE, enrol, furnish, make
from ledger.cli.wiring import House, open_house
from ledger.domain.command import read_command
from ledger.domain.vocabulary import BODIES
from ledger.log.signing import sign_statements
from ledger.service.preparing import Signed
from ledger.service.statements import Seen, to_statement
from ledger.storage.heads import FileHeads
from tests.registers import founded


@dataclass
class World:
    """A house, its people's keys, and what a client does with them."""

    folder: Path
    house: House
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)

    @property
    def ledger(self) -> Any:
        return self.house.ledger

    @property
    def heads(self) -> FileHeads:
        return FileHeads(self.folder / "heads")

    def size(self) -> int:
        with self.ledger.reading() as reading:
            return int(reading.head.size)

    def stock(self) -> dict[str, int]:
        with self.ledger.reading() as reading:
            return {place: units for place, _, _, units in reading.balances()}

    def move(self, n: int = 0) -> Signed:
        """One to three ampoules to the ward, signed by two people."""
        return make(self.house, self.keys, n)

    def sign(self, *bodies: dict[str, Any], performer: str = "ph1") -> list[Signed]:
        """Moves signed in one ceremony."""
        with self.ledger.reading() as reading:
            head = reading.head
        made = []
        for body in bodies:
            raw = {"id": str(uuid4()), "type": "stock.moved", "occurred_at": self.ledger.clock().isoformat()}
            command = read_command(raw | {"performer": performer, "witness": NURSE, "body": body}, bodies=BODIES)
            made.append(
                to_statement(
                    command,
                    log=self.ledger.log,
                    genesis=self.ledger.genesis().hex(),
                    seen=Seen(head.size - 1, head.last_leaf.hex()),
                    entropy=self.ledger.entropy,
                )
            )
        statements = [statement for statement, _ in made]
        by = [sign_statements(statements, by=who, key=self.keys[who]) for who in (performer, NURSE)]
        return [
            Signed(statement, openings, [signatures[n] for signatures in by])
            for n, (statement, openings) in enumerate(made)
        ]


def units(count: int) -> dict[str, Any]:
    line = {"product": "morphine", "lot": "A", "units": count}
    return {"from_place": "safe", "to_place": "ward", "lines": [line]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with opened(tmp_path, found_world) as made:
        yield made


@contextmanager
def opened(folder: Path, found: Callable[[Path], dict[str, Ed25519PrivateKey]]) -> Iterator[World]:
    """The world that *found* made once, or a copy of it, in *folder*."""
    keys = dict(founded(found, found, folder))
    made = World(folder, open_house(folder / "data", heads=FileHeads(folder / "heads")), keys)
    yield made
    made.house.close()


def found_world(folder: Path) -> dict[str, Ed25519PrivateKey]:
    """Its people's keys."""
    house = furnish(folder)
    keys = enrol(house)
    house.close()
    return keys
