"""The published vocabulary, written from the code: `python -m tests.vocabulary` prints `ledger/VOCABULARY.md`.

What a reader, a code or a type is called stands in the code; what it means to somebody who has no code stands here.
"""

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from ledger.domain import terms, texts, values
from ledger.domain.authority import AUTHORITY, Authority
from ledger.domain.form import Fields, Opt, Reader
from ledger.domain.kind import Kind
from ledger.domain.vocabulary import KINDS
from ledger.refusal_words import SENTENCES
from ledger.refusal_words.terms import TYPES

SECOND = {
    "": "–",
    "required": "required",
    "own": "at once",
    "governance": "head pharmacist",
    "commission": "commission",
}
GROUPS = ("form", "authority", "things", "patient", "prescription", "discharge", "stock", "time")
READERS = {
    "base64": "base64, as in FORMAT.md; may be empty",
    "bin_number": "a BIN: 12 digits `YYMM`, kind 4 to 6, part 0 to 3, five digits, check digit; the month is real",
    "code": "1 to 20 digits: an EDQM code",
    "count": "units of presentation that are there, 0 to 10^9",
    "day": "`YYYY-MM-DD`, a real day of the years 1800 to 2200, in the facility's zone",
    "decimal": "`(0\\|[1-9][0-9]*)(\\.[0-9]*[1-9])?`, at most 18 digits",
    "flag": "`true` or `false`",
    "free": "text of 1 to 4,000 characters, also of several lines; NFC, not white space alone, without U+0000–0009, "
    "000B–001F, 007F–009F, 00AD, 061C, 180E, 200B–200F, 2028–202E, 2060–206F, FEFF, FFF9–FFFB, FFFE and FFFF",
    "gtin": "14 digits",
    "hex64": "64 lower-case hexadecimal digits",
    "iin": "an IIN: 12 digits `YYMMDD`, century and sex 1 to 6, four digits, check digit; month 1 to 12, day 1 to "
    "31. The check digit, of a BIN too: the digits before it times 1 to 11, modulo 11; where that is 10, times 3 to "
    "11, 1 and 2; where it is 10 again, there is no such number",
    "kato": "9 digits that the rule set's table of places has",
    "key_id": "16 lower-case hexadecimal digits",
    "log_origin": "`log`, as in FORMAT.md",
    "month": "`YYYY-MM` of the years 1900 to 2199",
    "printed": "text of 1 to 200 characters on one line; as `free`, no two spaces together, none at its ends; besides "
    "without the Unicode categories Cf, Cn, Co and Zs but the space, and U+034F, 115F, 1160, 17B4, 17B5, 2800, 3164, "
    "FE00–FE0F and FFA0",
    "proof": "`base64`, or of a passkey `{authenticator_data, client_data, value}`, each `base64`",
    "quantity": "`{value: decimal, unit: ucum}`",
    "report": "`[a-z-]{1,32}`",
    "sheet_no": "`[A-Za-z0-9./_-]{1,64}`",
    "some_quantity": "a `quantity` whose value is not 0",
    "text": "as `printed`; a new one in clear, like a new `username` or `sheet_no`, may hold no IIN: no twelve digits, "
    "without a digit beside them, that are one (the last group of a UUID apart)",
    "time": "in a command RFC 3339 with an offset, in a statement as in FORMAT.md; of the years 1000 to 9998",
    "ucum": "1 to 16 printed ASCII characters: a UCUM unit",
    "units": "units of presentation (ampoules, tablets, patches), 1 to 10^9",
    "username": "`[a-z0-9._-]{1,64}`, not twelve digits",
    "uuid": "`id`, as in FORMAT.md",
    "word": "`[a-z0-9_]{1,32}`",
}
ALSO = {
    "administering._one_order_one_place": "at most one of `prescription`, `acknowledged`, "
    "`ordered_by`; either `place` or `home`; no `residue_fate` without `residue`",
    "administering.one_place": "either `place` or `home`",
    "charting._in_order": "`from_at` before `to_at`",
    "correcting._one_reference": "either `id` or `seq`",
    "correcting._reference": "either `id` or `seq`; `back_sealed` needs `seal_no` and `place`",
    "downtime._ascending": "`unused` ascending, none twice",
    "holding_keys._fits_its_use": "`certificate` only with use `pdf`; person `ledger` only with use `ledger` or `pdf`, "
    "and use `ledger` only of it; custody `passkey` with alg `webauthn-es256`, and only with it",
    "merging._two_patients": "`keep` is not `drop`",
    "patients._says_why_no_iin": "without `iin` there is `no_iin_reason`",
    "patients._something_corrected": "`icd10` or a member of `identity`",
    "recalling._something_corrected": "`to_lot` or `expires_on`; `to_lot` is not `lot`",
    "setting_up._adds_up": "`recovered_root` exactly where `recovered` is not `size`",
    "settling._holds_one": "no claim twice; `holds` is one of them or `none`",
}
ODD = {
    "holding_keys._holder": "person or ledger",
    "governing.person_name": "username",
    "infusing._part": "decimal",
    "collecting._read_item": "{seal_no: seal} or {place, product, lot: text, units}",
    "settling.<lambda>": "uuid or none",
}
"""Readers of one field alone; what they ask beyond their name FORMAT.md tells."""


INTRODUCTION = """\
# Vocabulary, version 1

What may stand in `type` and `body` of a statement ([FORMAT.md](FORMAT.md)), who may say it, and why it is refused. This
page is printed by `python -m tests.vocabulary`; a test holds it against the code.

## Types

* **(fact)**: it has happened. It is refused only for the groups form, authority and things, `prescription_missing`,
  `prescription_other_patient`, `prescription_other_product`, `lot_unknown`, `balance_too_low`, `count_stale`,
  `time_in_future` and `time_before_lot`; what another rule dislikes is noted. Everything else is an act, which any rule
  may refuse.
* **by**: a head pharmacist may all that a pharmacist may. **second**: *required*, or promised by `witness_pending`;
  *at once*, never promised; *head pharmacist* as witness; *commission*, no witness. Where none is due (–) a witness may
  sign all the same. Whoever witnesses is a `pharmacist`, `head_pharmacist`, `physician`, `nurse` or `phc_worker`.
  Roles are held at the entry's `seq` and, but for an import, at its `occurred_at`. What is poured away of a dose or an
  infusion asks for a second person too, present or promised.
  What goes beyond the table stands in [SECURITY.md](../SECURITY.md#who-may-make-which-entry).
* **body**: `name: reader`; a name alone has the reader of that name. `?` may be absent, `°` is sealed, of an object
  leaf by leaf. `(a b)` is one of these words, `1–9` an integer, `[x]` a list of 1 to 1,000, `[x; 0–50]` of so many.
  `patient`, `person`, `place`, `product`, `prescription`, `infusion` (as `username`), `seal`, `discrepancy` (as
  `text`), `sheet` (as `sheet_no`) and `entry` (as `uuid`) name something that is there, `new …` something that the
  entry makes. What is asked of several fields together comes after the body. What entries do is told in FORMAT.md.
* A command has, beside `type` and `body`, the statement's `id`, `occurred_at` (`time`), `performer`, and where needed
  `witness`, `witness_pending`, `acknowledged` (at most 50 of `{code, reason?: free°}`), `late_reason: free°` and
  `sheet`. What becomes sealed stands in it in clear; null is as absent.
"""
REFUSALS = """\
## Refusals

An `id` that stands in the log with another content is `id_reused`, before anything else. What is malformed gets its
form codes alone; `time_in_future` stands alone after authority; else all that apply are listed, in this order.
"""
WARNINGS = """\
## Warnings and notes

A warning of an act is asked before it is recorded and answered by its code in `acknowledged`; nothing else is asked. An
import answers with the code `import`. The rest is noted on the entry.
"""
SHOWN_AS = {"free": "free°", "username_or_sealed": "username or free°", "yes": "true"}
"""Readers that say more by another name."""
_NAMED = {**vars(terms), **vars(texts), **vars(values)}


def where(function: Any) -> str:
    """The key of *function* in `ALSO` and `ODD`."""
    return f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"


def named(reader: Reader) -> str:
    """The name that *reader* has in its room, a public one first; "" where it has none."""
    names = [name for name, each in _NAMED.items() if each is reader]
    return min(names, key=lambda name: name.startswith("_"), default="").lstrip("_")


def pattern_name(pattern: re.Pattern[str]) -> str:
    return next(name.lstrip("_").lower() for name, each in _NAMED.items() if each is pattern)


def spell(reader: Reader) -> str:
    """*reader* as the document writes it. KeyError for one that the tables above do not know."""
    name = named(reader)
    if name in SHOWN_AS:
        return SHOWN_AS[name]
    held = inspect.getclosurevars(reader).nonlocals
    kind = reader.__qualname__.partition(".")[0]
    if not name and kind == "matching":
        name = pattern_name(held["pattern"])
    if name:
        assert name in READERS, name
        return name
    match kind:
        case "obj":
            members = inspect.getclosurevars(held["members"]).nonlocals["readers"]
            return spell_fields({each: Opt(read) if optional else read for each, read, optional in members})
        case "many":
            least, most = held["least"], held["most"]
            return f"[{spell(held['item'])}{'' if (least, most) == (1, 1_000) else f'; {spell_range(least, most)}'}]"
        case "sealed":
            return f"{spell(held['inner'])}°"
        case "_reference":
            return f"new {held['kind']}" if held["is_new"] else str(held["kind"])
        case "one_of":
            return f"({' '.join(sorted(held['allowed']))})"
        case "word":
            return f"({' '.join(sorted(held['words']))}) or free°"
        case "integer":
            return spell_range(held["least"], held["most"])
        case _:
            return ODD[where(reader)]


def spell_range(least: int, most: int) -> str:
    if most == values.MAX_INTEGER:
        return "integer" if least < 0 else f"{least} or more"
    return str(least) if least == most else f"{least}–{most}"


def spell_fields(fields: Fields) -> str:
    return f"{{{', '.join(spell_field(name, want) for name, want in fields.items())}}}"


def spell_field(name: str, want: Reader | Opt) -> str:
    mark, read = ("?", want.read) if isinstance(want, Opt) else ("", want)
    reader = spell(read)
    return f"{name}{mark}" if reader == name else f"{name}{mark}: {reader}"


def asked_besides(kind: Kind) -> Iterator[str]:
    """What is asked of several fields together, also of those of an object within."""
    for want in kind.fields.values():
        read = want.read if isinstance(want, Opt) else want
        held = inspect.getclosurevars(read).nonlocals
        inner = inspect.getclosurevars(held["inner"]).nonlocals if "inner" in held else held
        if inner.get("also"):
            yield ALSO[where(inner["also"])]
    if kind.also:
        yield ALSO[where(kind.also)]


def performers(authority: Authority) -> str:
    implied = {"head_pharmacist"} if "pharmacist" in authority.performers else set()
    return ", ".join(role for role in (*terms.ROLES, "ledger") if role in authority.performers - implied)


def type_rows() -> Iterator[tuple[str, ...]]:
    for kind in KINDS.values():
        authority = AUTHORITY[kind.name]
        what = f"`{kind.name}` {TYPES[kind.name]}{' **(fact)**' if kind.fact else ''}"
        body = "; ".join([f"`{spell_fields(kind.fields)}`", *asked_besides(kind)])
        yield what, performers(authority), SECOND[authority.witness], body


def said_rows(codes: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Each code with its plainest sentence."""
    return ((f"`{code}`", SENTENCES[code].said[-1]) for code in codes)


def refusal_rows() -> Iterator[tuple[str, ...]]:
    for code, said in said_rows(terms.REFUSAL_ORDER):
        group = terms.REFUSAL_GROUP[code.strip("`")]
        yield f"{group} {GROUPS[group - 1]}", code, said


def table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def document() -> str:
    return "\n".join(
        [
            INTRODUCTION,
            table(("type", "by", "second", "body"), type_rows()),
            "## Readers\n",
            table(("reader", "value"), ((f"`{name}`", value) for name, value in READERS.items())),
            REFUSALS,
            table(("group", "code", "said"), refusal_rows()),
            WARNINGS,
            table(("warning of an act", "said"), said_rows(terms.WARNINGS)),
            table(("note on a fact", "said"), said_rows(terms.FACT_WARNINGS)),
            table(("other note", "said"), said_rows(terms.REMARKS)),
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(document())
