"""Pages of the log, newest first: what a filter matches is found through an index, however long the log is.

By number; where a period is asked for, by the time it happened, then number. A page goes on where the last one ended,
so entries that come meanwhile shift nothing.
"""

from functools import lru_cache
from itertools import starmap
from typing import Any

from sqlalchemy import and_, bindparam, desc, exists, literal_column, select, tuple_
from sqlalchemy.dialects import sqlite

from ledger.service.ports import EntryRow, Wanted
from ledger.storage.shelves import Source
from ledger.storage.tables import TABLES

_entry, _mention = TABLES["entry"].c, TABLES["mention"].c


def read_page(source: Source, wanted: Wanted) -> list[EntryRow]:
    """At most `limit` entries."""
    values: dict[str, Any] = {f"patient_{n}": patient for n, patient in enumerate(wanted.patients)}
    values |= {name: told for name in _SIMPLE if (told := getattr(wanted, name)) is not None}
    if wanted.mention is not None:
        values |= dict(zip(("mention_kind", "mention_key"), wanted.mention, strict=True))
    if wanted.after is not None:
        values |= dict(zip(("after_at", "after_seq"), wanted.after, strict=True))
    text, order = _statement(frozenset(values), len(wanted.patients), wanted.limit)
    return list(starmap(EntryRow, source.all(text, *(values[name] for name in order))))


_SIMPLE = ("type", "product", "from_at", "until_at")


@lru_cache(maxsize=256)
def _statement(given: frozenset[str], patients: int, limit: int) -> tuple[str, tuple[str, ...]]:
    """(text, names of its parameters in their order) for the filters that are *given*.

    Without statistics SQLite cannot know which of two indexes finds less: a patient has few entries, a period ends,
    and a product or type may be almost the whole log. What has to be sorted is sorted without its bytes. The *limit*
    is written out: SQLite prepares a statement again for each that is bound.
    """
    at, seq, whole = _entry.occurred_at, _entry.seq, select(*TABLES["entry"].columns)
    of_period = bool(given & {"from_at", "until_at"})
    is_sorted = patients > 0 and of_period
    found = select(seq) if is_sorted else whole
    if patients:
        keys: list[Any] = [bindparam(f"patient_{n}") for n in range(patients)]
        found = found.where(seq.in_(select(_mention.seq).where(_mention.kind == _PATIENT, _mention.key.in_(keys))))
    if "product" in given:
        named = and_(_mention.seq == seq, _mention.kind == _PRODUCT, _mention.key == bindparam("product"))
        if patients or of_period:
            found = found.where(exists().where(named))
        else:
            found = found.select_from(TABLES["entry"].join(TABLES["mention"], named))
            seq = _mention.seq
    if "mention_key" in given:
        named = and_(
            _mention.seq == seq, _mention.kind == bindparam("mention_kind"), _mention.key == bindparam("mention_key")
        )
        found = found.select_from(TABLES["entry"].join(TABLES["mention"], named))
        seq = _mention.seq
    if "type" in given:
        found = found.where((_unindexed(_entry.type) if of_period else _entry.type) == bindparam("type"))
    if "from_at" in given:
        found = found.where(at >= bindparam("from_at"))
    if "until_at" in given:
        found = found.where(at <= bindparam("until_at"))
    if "after_seq" in given:
        last = tuple_(bindparam("after_at"), bindparam("after_seq"))
        found = found.where(tuple_(at, seq) < last if of_period else seq < bindparam("after_seq"))
    found = found.order_by(desc(at), desc(seq)) if of_period else found.order_by(desc(seq))
    found = found.limit(literal_column(str(limit))).offset(literal_column("0"))
    if is_sorted:
        found = whole.where(_entry.seq.in_(found)).order_by(desc(at), desc(seq))
    compiled = found.compile(dialect=sqlite.dialect(paramstyle="qmark"))
    return str(compiled), tuple(compiled.positiontup or ())


_PATIENT: Any = literal_column("'patient'")
_PRODUCT: Any = literal_column("'product'")


def _unindexed(column: Any) -> Any:
    """The column, so that no planner looks for an index of it."""
    return column.op("||")(literal_column("''"))
