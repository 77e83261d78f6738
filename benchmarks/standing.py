"""A hospital's site that stands in a folder: made once, kept for the next run, and asked in this process."""

import gc
import shutil
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from litestar import Litestar
from litestar.testing import TestClient

from api.app import make_app
from api.authority import PERMITS
from api.opening import open_site
from api.settings import Settings
from api.site import Site
from benchmarks.hospital import KEYS, LOG, read_adopted, to_adopted, to_entries, to_key, to_openings
from ledger.cli import collect_seldom
from ledger.cli.wiring import House, open_house
from ledger.domain.command import read_statement
from ledger.domain.vocabulary import BODIES
from ledger.log.canonical import from_bytes
from ledger.log.merkle import Frontier
from ledger.service.ports import EntryRow, Reading
from ledger.service.replay import Replay
from ledger.service.sealing import Opening, find_subject, to_rows
from ledger.storage.heads import FileHeads
from ledger.storage.layout import SECRETS, Opened, create_store
from ledger.storage.private import make_private, make_private_directory
from ledger.storage.store import SqlStore

ORIGIN = "http://testserver.local"
_TOGETHER = 10_000
_PEM = Encoding.PEM, PrivateFormat.PKCS8
_SEALING = (
    "person.enrolled", "patient.registered", "prescription.issued", "dispense.outpatient", "patient.died",
    "relatives.informed", "unused.returned", "discrepancy.resolved", "inspection.opened", "inspection.noted",
    "inspection.answered",
)  # fmt: skip
"""The types of `hospital` in which something is sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`token` gives a bearer token of a person."""

    site: Site
    client: TestClient[Litestar]
    token: Callable[[str], str]


@contextmanager
def asked(description: str | None, **own: int | str) -> Iterator[Namespace]:
    """The options of a benchmark over two hospitals: its *own* (by their defaults), `small` and `large` (how many
    entries), both in `counts`, and the folder `keep`, where they stay or are for the time being.
    """
    parser = ArgumentParser(description=description)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    for name, default in own.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    given.counts = list(dict.fromkeys((given.small, given.large)))
    with ExitStack() as stack:
        given.keep = given.keep or Path(stack.enter_context(TemporaryDirectory()))
        yield given


def make_standing(keep: Path, count: int) -> Path:
    """The data directory of a hospital with *count* entries under *keep*; made unless it is there."""
    folder = keep / str(count)
    if not (folder / "data").exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / "part"
        shutil.rmtree(part, ignore_errors=True)  # of a run that was ended
        _make(part, count)
        part.rename(folder / "data")
    return folder / "data"


@contextmanager
def stand(keep: Path, count: int) -> Iterator[Standing]:
    """The site of a hospital with *count* entries."""
    data = make_standing(keep, count)
    heads = FileHeads(data.with_name("heads"))
    house = open_house(data, heads=heads, clock=lambda: now)
    with house.ledger.reading() as reading:
        now = datetime.fromisoformat(str(reading.head.last_recorded_at)) + timedelta(minutes=1)
    with open_site(house.ledger, data, "Asia/Almaty", Settings(origin=ORIGIN, calls_a_minute=10**9)) as site:
        tokens: dict[str, str] = {}

        def token(person: str) -> str:
            if person not in tokens:
                made = site.accounts.tokens.make(person, by="bench", days=1, scopes=frozenset(PERMITS))
                tokens[person] = made[1]
            return tokens[person]

        with TestClient(make_app(site), base_url=ORIGIN) as client:
            collect_seldom()  # both as `senim serve` does
            gc.freeze()
            yield Standing(site=site, client=client, token=token)
    house.close()


@contextmanager
def copied(keep: Path, count: int) -> Iterator[House]:
    """A copy of that hospital that may be written to, by the clock of today."""
    data = make_standing(keep, count)
    with TemporaryDirectory(dir=keep) as name:
        folder = shutil.copytree(data.parent, Path(name, "hospital"))
        house = open_house(folder / "data", heads=FileHeads(folder / "heads"), writes=True)
        yield house
        house.close()


def _make(folder: Path, count: int) -> None:
    make_private_directory(folder)
    make_private_directory(folder / SECRETS)
    for person, use in KEYS.items():
        name = f"import-{person}" if use == "import" else person
        make_private(folder / SECRETS / f"{name}.pem", to_key(person).private_bytes(*_PEM, NoEncryption()))
    opened = create_store(folder)
    with opened.store.writing() as writing:
        for adopted in to_adopted():
            writing.insert_adopted(sha256(adopted).hexdigest(), adopted)
    _fill(opened.store, count)
    with opened.store.reading() as reading:
        rows = [row for type in _SEALING for row in reading.rows(type=type)]
        for start in range(0, len(rows), _TOGETHER):
            _seal(opened, reading, rows[start : start + _TOGETHER])
    opened.close()


def _fill(store: SqlStore, count: int) -> None:
    """Every entry through every rule, and the projections as `rebuild` stores them."""
    replay, frontier, entries = Replay(read_adopted), Frontier(), enumerate(to_entries(count))
    while batch := list(islice(entries, _TOGETHER)):
        rows = []
        for seq, data in batch:
            entry = msgspec.json.decode(data)
            replay.add(seq, entry)
            leaf = sha256(b"\0" + data).digest()
            frontier.append(leaf)
            said = {name: entry["statement"][name] for name in ("id", "type", "occurred_at", "performer")}
            rows.append(EntryRow(seq=seq, recorded_at=entry["recorded_at"], leaf=leaf, data=data, **said))
        with store.writing() as writing:
            writing.insert(rows, frontier)
    if replay.refused:
        raise SystemExit(f"the log does not stand: {replay.refused[:3]}")
    store.replace_projections(replay.book)


def _seal(opened: Opened, reading: Reading, rows: Sequence[EntryRow]) -> None:
    """What the entries *rows* are sealed over, into the vault."""
    sealed = []
    for row in rows:
        statement = from_bytes(row.data)["statement"]
        openings = {path: Opening(*told) for path, told in to_openings(row.id, statement["sealed"]).items()}
        subject = find_subject(read_statement(statement, bodies=BODIES), reading.book)
        sealed += to_rows(openings, log=LOG, entry_id=row.id, seq=row.seq, subject=subject, vault=opened.vault)
    with opened.store.writing() as writing:
        writing.insert_sealed(sealed)
