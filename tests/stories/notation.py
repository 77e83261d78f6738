"""How a story is written down: days, steps, answers and figures, one a line. README.md beside it explains it.

Reads the `story` blocks of a Markdown file; knows no rule and no figure of the register.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(slots=True)
class Step:
    """Somebody does something. `said` is what is expected: ("recorded", notes), ("refused", codes), ("asks", codes)."""

    line: int
    at: str
    performer: str = ""
    witness: str | None = None
    type: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    label: str | None = None
    typed_at: str | None = None
    envelope: dict[str, Any] = field(default_factory=dict)
    said: tuple[str, list[str]] = ("recorded", [])
    with_next: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that must hold here, as words."""

    line: int
    words: list[str]


_DAY = re.compile(r"day (\d{4}-\d\d-\d\d)\b.*")
_STEP = re.compile(
    r"(?P<at>\d\d:\d\d) (?:\[(?P<label>[\w-]+)\] )?(?:\(typed (?P<typed>\d{4}-\d\d-\d\d \d\d:\d\d)\) )?"
    r"(?P<performer>[a-z0-9_.-]+)(?: \+ (?P<witness>[a-z0-9_.-]+)| \((?P<pending>[a-z_]+)\))? "
    r"(?P<type>[a-z_]+\.[a-z_]+)(?P<body>.*)"
)
_WITH = re.compile(r"& (?:\[(?P<label>[\w-]+)\] )?(?P<type>[a-z_]+\.[a-z_]+)(?P<body>.*)")
_WORD = re.compile(r'"[^"]*"|[^\s"]+')


def read_story(text: str) -> Iterator[Step | Figure]:
    """Every step and figure of a story, in order. ValueError with the line where it cannot be read."""
    day, step = "", Step(0, "")
    for number, line in _lines(text):
        if line.startswith("→ "):
            step.said = _read_said(line[2:])
        elif line.startswith("answers "):
            yield step
            step = _answered(step, number, line[8:])
        elif line == "again":
            yield step
            step = replace(step, line=number, again=True, said=("already recorded", []))
        else:
            step.with_next = line.startswith("& ")
            if step.line:
                yield step
            before, step = step, Step(0, "")
            if found := _DAY.fullmatch(line):
                day = found[1]
            elif line.startswith("= "):
                yield Figure(number, [word.strip('"') for word in _WORD.findall(line[2:])])
            elif found := _STEP.fullmatch(line):
                step = _read_step(number, day, found)
            elif found := _WITH.fullmatch(line):
                body, envelope = _split(found["body"])
                step = replace(
                    before, line=number, label=found["label"], type=found["type"], body=body, envelope=envelope
                )
                step.with_next, step.said = False, ("recorded", [])
            else:
                raise ValueError(f"line {number} cannot be read: {line}")
    if step.line:
        yield step


def _read_step(number: int, day: str, found: re.Match[str]) -> Step:
    body, envelope = _split(found["body"])
    if found["pending"]:
        envelope["witness_pending"] = found["pending"]
    return Step(
        line=number,
        at=f"{day} {found['at']}",
        performer=found["performer"],
        witness=found["witness"],
        type=found["type"],
        body=body,
        label=found["label"],
        typed_at=found["typed"],
        envelope=envelope,
    )


def _answered(step: Step, number: int, text: str) -> Step:
    """The same once more, with the reason for what was asked."""
    code, _, reason = text.partition(": ")
    if step.said[0] != "asks":
        raise ValueError(f"line {number}: nothing was asked")
    answers = [*step.envelope.get("acknowledged", []), {"code": code, "reason": reason}]
    left = [asked for asked in step.said[1] if asked != code]
    said: tuple[str, list[str]] = ("asks", left) if left else ("recorded", [])
    return replace(step, line=number, envelope=step.envelope | {"acknowledged": answers}, said=said)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """(number, line) inside the `story` blocks; what is indented belongs to the line above."""
    inside, held, first = False, "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("```"):
            if held:
                yield first, held
            inside, held = line == "```story", ""
        elif inside and line.strip():
            if line.startswith("  ") and not line.strip().startswith(("→", "answers ", "& ", "again")):
                held += " " + line.strip()
                continue
            if held:
                yield first, held
            first, held = number, line.strip()


def _read_said(text: str) -> tuple[str, list[str]]:
    word, _, rest = text.partition(": ")
    if word not in ("recorded", "refused", "asks", "already recorded"):
        raise ValueError(f"an answer cannot be read: {text}")
    return word, [code.strip() for code in rest.split(",") if code.strip()]


def _split(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(body, envelope): the envelope's own members are told by their names."""
    members = dict(_read_pairs(text))
    envelope: dict[str, Any] = {
        name: members.pop(name) for name in ("late_reason", "sheet", "acknowledged") if name in members
    }
    return members, envelope


_PAIR = re.compile(r"\s*([a-z_0-9]+)=")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z][A-Za-z/]*)")
_FREQUENCY = re.compile(r"(\d+)/(\d*)(h|d|wk)(\??)")
_NUMERALS = ("no", "page", "gtin", "kato", "bin", "iin", "route", "rows_root")  # digits that are a text
_QUANTITIES = {"single_dose", "dose", "residue", "given_part", "discarded", "strength"}


def _read_pairs(text: str) -> Iterator[tuple[str, Any]]:
    at = 0
    while text[at:].strip():
        found = _PAIR.match(text, at)
        if found is None:
            raise ValueError(f"a field cannot be read: {text[at:]}")
        raw, at = _cut(text, found.end())
        yield found[1], _read_value(found[1], raw)


def _cut(text: str, start: int) -> tuple[str, int]:
    """One value, brackets and quotes whole, and where it ends."""
    depth, quoted = 0, False
    for at in range(start, len(text)):
        letter = text[at]
        quoted ^= letter == '"'
        if quoted:
            continue
        depth += (letter in "[{") - (letter in "]}")
        if letter.isspace() and not depth:
            return text[start:at], at
    return text[start:], len(text)


def _read_value(name: str, raw: str) -> Any:
    if raw.startswith("["):
        return [_read_item(name, item.strip()) for item in _items(raw[1:-1]) if item.strip()]
    if raw.startswith("{"):
        return dict(_read_pairs(raw[1:-1]))
    if raw.startswith('"'):
        return raw.strip('"')
    if name in _QUANTITIES and (found := _QUANTITY.fullmatch(raw)):
        return {"value": found[1], "unit": found[2]}
    if name == "frequency" and (found := _FREQUENCY.fullmatch(raw)):
        every = {"times": int(found[1]), "period": int(found[2] or 1), "period_unit": found[3]}
        return every | {"as_needed": bool(found[4])}
    if raw in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[raw]
    return int(raw) if re.fullmatch(r"-?\d+", raw) and not name.endswith(_NUMERALS) else raw


def _items(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "[{") - (letter in "]}")
        if letter == "," and not depth:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _read_item(name: str, text: str) -> Any:
    """`A 2` among lots; `morphine A 20 expires_on=2027-06-30` among lines (`-`: no lot); else fields, or one word."""
    if name == "lots":
        lot, units = text.split()
        return {"lot": lot, "units": int(units)}
    first = re.match(r"[a-z_0-9]+=", text)
    if first is not None:
        return dict(_read_pairs(text))
    words = re.match(r"[^=]*?(?=(?:\s+[a-z_0-9]+=)|$)", text)
    assert words is not None
    positional, rest = words[0].split(), text[words.end() :]
    if name not in ("lines", "left_before"):
        return int(text) if text.isdigit() and name in ("unused", "seqs") else text.strip('"')
    line: dict[str, Any] = dict(zip(("product", "lot", "units"), positional, strict=False))
    if line.get("lot") == "-":
        del line["lot"]
    if "units" in line:
        line["units"] = int(line["units"])
    return line | dict(_read_pairs(rest))
