"""A ledger written anew from the bytes of its entries: the only way in which anything is restored.

Trusts the chain that `remains.find_chain` put together under the signed heads. Index columns, tiles, frontier
and projections are derived, never copied; openings are kept only where they still open or match their commitment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice
from typing import Any

from ledger.domain.command import read_statement
from ledger.domain.regulation import read_adoption
from ledger.domain.vocabulary import BODIES
from ledger.errors import EvidenceRejected, OpeningRejected
from ledger.log.canonical import from_bytes
from ledger.log.checkpoint import open_checkpoint, read_unverified
from ledger.log.merkle import Frontier, leaf_hash
from ledger.log.tiles import WIDTH
from ledger.service.head_keys import signing_keys, to_verifier
from ledger.service.ledger import derive_keys
from ledger.service.ports import CheckpointRow, EntryRow, Heads, Reading, SealedRow, Store, Vault, Writing
from ledger.service.remains import Chain, Step
from ledger.service.replay import Files, Replay
from ledger.service.sealing import find_subject, from_rows, to_rows, verify_openings


@dataclass(slots=True)
class Restored:
    """What came of it.

    `refilled`: entries that the first place lacked; `left_out`: entries that were somewhere and do not follow;
    `lost`: data subjects whose key the vault lacks or has another one for; `unopened`: sealed values without opening.
    """

    size: int
    refilled: int
    left_out: int
    lost: set[str] = field(default_factory=set)
    unopened: int = 0


def write_chain(
    chain: Chain | None, store: Store, vault: Vault, *, before: Sequence[Chain] = (), step: Step = lambda: None
) -> Restored:
    """Fill the empty *store* with *chain*, in one transaction, then with the projections that follow from it.

    *before*: the logs that it goes on from, oldest first; without *chain* a new epoch can begin in the store.
    """
    chains = [*before, *([chain] if chain else [])]
    refilled = sum(1 for place in chains[-1].places if place)
    restored = Restored(size=len(chain.leaves) if chain else 0, refilled=refilled, left_out=chains[-1].left_out)
    replay = Replay(lambda digest: _find_adopted(chains, digest))
    heads = _noted_heads(chain) if chain else {}
    with store.writing() as writing:

        def written(each: Chain, base: int) -> Iterator[list[EntryRow]]:
            entries = enumerate(each.entries(), start=base)
            while rows := [_to_row(number, data) for number, data in islice(entries, WIDTH)]:
                for row in rows:
                    entry = from_bytes(row.data)
                    openings = _openings(each, row, row.seq - base, entry["statement"], replay, vault, restored)
                    writing.insert_sealed(openings)
                    _adopt(chains, entry["statement"], writing)
                    replay.add(row.seq, entry, base=base)
                    step()
                yield rows

        base = -sum(len(each.leaves) for each in before)
        for each in before:
            for rows in written(each, base):
                writing.insert_before(rows)
            base += len(each.leaves)
        frontier = Frontier()
        for rows in written(chain, 0) if chain else ():
            for row in rows:
                frontier.append(row.leaf)
                if frontier.size in heads:
                    heads[frontier.size] = frontier.root()
            writing.insert(rows, frontier)
    replay.book.size = restored.size  # also where a rule would refuse the last entry: verification says so
    store.replace_projections(replay.book)
    if chain:
        _publish(chain, store, heads)
    return restored


def _to_row(seq: int, data: bytes) -> EntryRow:
    entry = from_bytes(data)
    statement = entry["statement"]
    return EntryRow(
        seq=seq,
        id=statement["id"],
        type=statement["type"],
        occurred_at=statement["occurred_at"],
        recorded_at=entry["recorded_at"],
        performer=statement["performer"],
        leaf=leaf_hash(data),
        data=data,
    )


def _find_adopted(chains: Sequence[Chain], digest: str) -> bytes | None:
    for each in (each for chain in chains for each in chain.remains):
        data = each.adopted(digest)
        if data is not None and sha256(data).hexdigest() == digest:
            return data
    return None


def _adopt(chains: Sequence[Chain], statement: Mapping[str, Any], writing: Writing) -> None:
    """The file that an entry adopts, with the tables that it names. Raises `WronglyCalled` where one is nowhere."""
    if statement["type"] == "regulation.adopted":
        files = Files(lambda digest: _find_adopted(chains, digest))
        for digest, data in read_adoption(files, statement["body"]["sha256"]).files.items():
            writing.insert_adopted(digest, data)


def _openings(
    chain: Chain,
    row: EntryRow,
    seq: int,
    statement: Mapping[str, Any],
    replay: Replay,
    vault: Vault,
    restored: Restored,
) -> list[SealedRow]:
    """The sealed values of one entry as they lie encrypted somewhere, or sealed again as they were disclosed."""
    wanted = set(statement.get("sealed", ()))
    kept: dict[str, SealedRow] = {}
    closed: dict[str, str] = {}
    for each in chain.remains:
        if wanted <= kept.keys():
            break
        if each.entry(seq) == row.data:
            for sealed in each.sealed(seq):
                if sealed.path not in wanted - kept.keys():
                    continue
                if _opens(chain.log, row.id, statement, sealed, vault):
                    kept[sealed.path] = replace(sealed, seq=row.seq)
                else:
                    closed[sealed.path] = sealed.subject
    for each in chain.remains if wanted > kept.keys() else ():
        told = {path: opening for path, opening in each.openings(seq).items() if path in wanted - kept.keys()}
        try:
            verify_openings(statement, told)
        except OpeningRejected:
            continue
        subject = find_subject(read_statement(statement, bodies=BODIES), replay.book)
        again = to_rows(told, log=chain.log, entry_id=row.id, seq=row.seq, subject=subject, vault=vault)
        kept |= {sealed.path: sealed for sealed in again}
    restored.lost |= {subject for path, subject in closed.items() if path not in kept}
    restored.unopened += len(wanted - kept.keys())
    return [kept[path] for path in sorted(kept)]


def _opens(log: str, entry_id: str, statement: Mapping[str, Any], row: SealedRow, vault: Vault) -> bool:
    """Whether an encrypted opening is what it was: matching its commitment, or erased."""
    try:
        verify_openings(statement, from_rows([row], log=log, entry_id=entry_id, vault=vault))
    except EvidenceRejected:
        return False
    return True


def _noted_heads(chain: Chain) -> dict[int, bytes]:
    """The sizes that the published heads among the remains speak of."""
    sizes = {}
    for note in _notes(chain):
        sizes[read_unverified(note).size] = b""
    return sizes


def _notes(chain: Chain) -> Iterator[bytes]:
    for note in dict.fromkeys(note for each in chain.remains for note in each.notes()):
        try:
            read_unverified(note)
        except EvidenceRejected:
            continue
        yield note


def _publish(chain: Chain, store: Store, heads: Mapping[int, bytes]) -> None:
    """Keep the heads that the log's key of their time signed, and that are heads of what was restored."""
    with store.reading() as reading:
        keys = derive_keys(reading, chain.log)
    rows = []
    for note in _notes(chain):
        told = read_unverified(note)
        for key in signing_keys(keys, told.size) if heads.get(told.size) == told.root else ():
            try:
                open_checkpoint(note, key=to_verifier(chain.log, key))
            except EvidenceRejected:
                continue
            rows.append(CheckpointRow(size=told.size, root=told.root, note=note))
            break
    with store.writing() as writing:
        for row in sorted(rows, key=lambda row: row.size):
            writing.insert_checkpoint(row)


def find_reports(chain: Chain, reading: Reading, *, sealed: str) -> Iterator[tuple[str, bytes, list[str]]]:
    """(file name, bytes, whose key has to seal it) of every issued report that lies somewhere.

    As it was issued, for the patients in it (an erased one's is not brought back), or as it was kept *sealed* (its name
    ends so), which only the vault can open.
    """
    for row in (row for row in reading.rows(type="report.issued") if row.seq >= 0):
        body = from_bytes(row.data)["statement"]["body"]
        name = f"{row.seq}-{body['kind']}.pdf"
        kept = next((data for each in chain.remains if (data := each.report(name + sealed)) is not None), None)
        if kept is not None:
            yield name + sealed, kept, []
            continue
        for each in chain.remains:
            data = each.report(name)
            if data is not None and sha256(data).hexdigest() == body["sha256"]:
                if all(reading.book.get("patient", patient).erased_by is None for patient in body["subjects"]):
                    yield name, data, body["subjects"]
                break


def advance_head(heads: Heads, chain: Chain, signed: int) -> None:
    """Where this machine knew no head of the log, the last one that is known from elsewhere holds from now on."""
    genesis = chain.leaves[0]
    if signed and heads.read(chain.log, genesis) is None:
        heads.advance(chain.log, genesis, old=None, new=(signed, chain.cut(signed).root()))
