"""A territorial unit by its names, as the table of KATO codes that the register adopted has them. Pure."""

from functools import lru_cache

from ledger.domain.regulation import read_table

_DEEPEST = 8
"""More levels than the classifier has: a table whose parents run in a circle ends here."""


def read_territory(table: bytes, code: str) -> tuple[str, ...]:
    """The names from the region down to the unit itself; none where the table does not name it.

    *table*: CSV with `code`, `parent`, `name_ru`. A name stands there in one language only.
    """
    rows, found = _rows(table), list[str]()
    while code in rows and len(found) < _DEEPEST:
        code, name = rows[code]
        found.insert(0, name)
    return tuple(each for each in found if each)


@lru_cache(maxsize=2)
def _rows(table: bytes) -> dict[str, tuple[str, str]]:
    return {row["code"]: (row.get("parent", ""), row.get("name_ru", "")) for row in read_table(table)}
