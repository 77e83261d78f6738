"""`senim rules`: the rule set in force, what another would change, its adoption, and what must still be looked up."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ledger.cli.ending import tell_unsigned
from ledger.cli.options import DONE, REFUSED, UNDETERMINED, WORDS, answer, say, tell
from ledger.cli.setting_up import govern
from ledger.cli.wiring import House, read_rules
from ledger.domain.asking.warnings import find_unchecked
from ledger.domain.regulation import KEYS, REFUSES_UNSET, TABLES, Provision, RuleSet
from ledger.domain.rule_reading import find_changes, is_to_look_up, read_rows
from ledger.log.canonical import from_bytes, to_timestamp
from ledger.refusal_words.acts import say_source
from ledger.refusal_words.regulation import VALUES
from ledger.refusal_words.terms import STATUSES
from ledger.service.checkpoints import sign_head
from ledger.service.queries import read_today
from ledger.service.transaction import Transaction


def show_rules(house: House, *, as_json: bool) -> None:
    rules = house.ledger.rules()
    with house.ledger.reading() as reading:
        rows = [(row.seq, from_bytes(row.data)["statement"]) for row in reading.rows(type="regulation.adopted")]
        today = read_today(reading, to_timestamp(house.ledger.clock()))
    unchecked = find_unchecked(rules, today)
    if as_json:
        adopted = [{"seq": seq, "name": s["body"]["name"], "sha256": s["body"]["sha256"]} for seq, s in rows]
        answer(to_json(rules) | {"unchecked": unchecked, "adopted": adopted})
        return
    tell(say("Rule set {name}, {sha256}", name=rules.name, sha256=rules.sha256))
    for seq, statement in rows:
        tell("  " + say("adopted by entry {seq}: {name}", seq=str(seq), name=statement["body"]["name"]))
    for key in KEYS:
        tell("", f"{key}: {say(VALUES[key][0])}")
        if not rules.provisions.get(key):
            tell("  " + _unset(key))
        for provision in rules.provisions.get(key, ()):
            tell(f"  {provision.value}  ({_days(provision)}; {say(STATUSES[provision.status])})")
            tell(f"  {_source(provision)}")
    tell("")
    for name in TABLES:
        tell(f"{name}: {rules.tables.get(name, say('unset: not checked'))}")
        for row, told in read_rows(rules, name).items():
            tell(f"  {row}: {told}")
    if unchecked:
        tell(say("Nobody is asked about: {codes}.", codes=", ".join(unchecked)))
    tell(say("Supplies by facilities that do not share this register are not checked."))


def _days(provision: Provision) -> str:
    return f"{provision.valid_from} – {provision.valid_to or '…'}"


def to_json(rules: RuleSet) -> dict[str, Any]:
    values = {key: [_provision_json(p) for p in rules.provisions.get(key, ())] for key in KEYS}
    told = {"name": rules.name, "sha256": rules.sha256, "status": rules.status, "tables": dict(rules.tables)}
    return told | {"values": values, "unset": list(rules.unset)}


def _provision_json(provision: Provision) -> dict[str, Any]:
    return {name: getattr(provision, name) for name in Provision.__slots__}


def compare_rules(house: House, file: Path, *, as_json: bool) -> None:
    """What adopting *file* would change: per value the provisions before and after."""
    changes = find_changes(house.ledger.rules(), read_rules(file).rules)
    if as_json:
        values = {
            key: {"before": [*map(_provision_json, before)], "after": [*map(_provision_json, after)]}
            for key, before, after in changes.values
        }
        answer({"equal": not changes, "values": values, "tables": [each.table for each in changes.tables]})
        return
    for key, before, after in changes.values:
        tell(f"{key}: {say(VALUES[key][0])}")
        tell("  " + say("before: {value}", value=_said(before, key)))
        tell("  " + say("after: {value}", value=_said(after, key)))
    for table in changes.tables:
        tell(say("The table {name} is another one.", name=table.table))
        for row, was, will_be in table.rows:
            tell(f"  {row}: {was or '–'} → {will_be or '–'}")
    if not changes:
        tell(say("No value differs."))


def _said(dated: Sequence[Provision], key: str) -> str:
    told = [f"{p.value} ({_days(p)}; {say(STATUSES[p.status])}; {_source(p)})" for p in dated]
    return "; ".join(told) or _unset(key)


def _source(provision: Provision) -> str:
    return say_source(WORDS, provision.act, provision.paragraph, provision.edition)


def _unset(key: str) -> str:
    return say("unset: refused until it is adopted") if key in REFUSES_UNSET else say("unset: not checked")


def adopt_rules(house: House, file: Path, *, as_json: bool) -> int:
    """Record `regulation.adopted` by registrar and head pharmacist with their import keys, while imports are open.

    Afterwards say how it is signed, and keep the files, so that what they sign can be recorded.
    """
    adoption = read_rules(file)
    body = {"name": adoption.rules.name, "sha256": adoption.rules.sha256, "rules": "senim-rules/1"}
    with house.ledger.reading() as reading:
        closed = reading.book.facility.imports_closed
    if closed:
        house.ledger.within(lambda tx: _keep(tx, adoption.files))
        if as_json:
            answer({"sign": {"type": "regulation.adopted", "body": body}, "by": ["registrar", "head_pharmacist"]})
        else:
            tell(say("Imports are closed: registrar and head pharmacist adopt it with their own keys."))
            tell(say("The files are kept. The entry regulation.adopted that both sign names {name}, {sha256}.", **body))
        return UNDETERMINED
    seq = govern(house, "regulation.adopted", body, files=adoption.files)
    if as_json:
        answer({"seq": seq, "name": body["name"], "sha256": body["sha256"], "unset": list(adoption.rules.unset)})
    else:
        tell(
            say(
                "The rule set {name} is adopted, entry {seq}; it judges every later entry.",
                name=body["name"],
                seq=str(seq),
            )
        )
    return REFUSED if tell_unsigned(lambda: sign_head(house.ledger)) else DONE


def _keep(tx: Transaction, files: Mapping[str, bytes]) -> None:
    for digest, data in files.items():
        tx.writing.insert_adopted(digest, data)


def write_worksheet(house: House, *, as_json: bool) -> None:
    """Every value that is unset or not read in its act, in the order of the places where it is looked up."""
    rules = house.ledger.rules()
    asked = [key for key in VALUES if is_to_look_up(rules, key)]
    if as_json:
        answer([{"value": key, "now": _now(rules, key), "unset": key in rules.unset} for key in asked])
        return
    tell(say("Worksheet of the rule set {name}: what somebody must look up and write in", name=rules.name))
    where = ""
    for key in asked:
        if VALUES[key][1] != where:
            where = VALUES[key][1]
            tell("", say("Look in: {where}", where=say(where)))
        now = _now(rules, key)
        shown = _unset(key) if now is None else say("now {value}, not verified", value=str(now))
        tell(f"  {key} ({shown})", f"    {say(VALUES[key][0])}")
        tell("    " + say("value ______  paragraph ____________  edition ____________  read by, on ____________"))
    if not asked:
        tell(say("Every value was read in its act."))


def _now(rules: RuleSet, key: str) -> int | None:
    dated = rules.provisions.get(key, ())
    return dated[-1].value if dated else None
