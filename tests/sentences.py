"""The sentences that the code says, read from its source: `say("…")`, `count("…", "…", n)`, `phrase("…")`."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ledger.words import placeholders

ROOT = Path(__file__).parent.parent

Sentence = tuple[str, ...]
"""(sentence,) or (singular, plural)."""


def calls(*folders: str) -> Iterator[tuple[str, str, ast.Call]]:
    """(where, name of what is called, the call) of every call in the Python files of *folders*."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    func = node.func
                    name = (
                        func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
                    )
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", name, node


def literals(node: ast.expr) -> Iterator[str]:
    """The texts that *node* may be: a literal, or one of two of a conditional expression."""
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from literals(body)
            yield from literals(orelse)


def said(*folders: str) -> dict[Sentence, str]:
    """Every sentence said in *folders*, and where."""
    found: dict[Sentence, str] = {}
    for where, name, call in calls(*folders):
        if name in ("say", "phrase") and call.args:
            found |= {(text,): where for text in literals(call.args[0])}
        elif name == "count" and len(call.args) == 3:
            pairs = zip(literals(call.args[0]), literals(call.args[1]), strict=True)
            found |= dict.fromkeys(pairs, where)
    return found


def put_together(*folders: str) -> list[str]:
    """Where a sentence is put together from pieces, so that nobody can translate it."""
    return [
        where
        for where, name, call in calls(*folders)
        if name in ("say", "phrase", "count") and call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]


def lacking_values(*folders: str) -> list[str]:
    """Where a sentence is said with some of its values, but not with all."""
    return [
        f"{where} {text}"
        for where, name, call in calls(*folders)
        if name == "say" and call.args and call.keywords and all(each.arg for each in call.keywords)
        for text in literals(call.args[0])
        if not placeholders(text) <= {each.arg for each in call.keywords}
    ]


def reasons(*errors: str) -> dict[str, str]:
    """Every literal reason that the named errors are raised with, and where."""
    return {
        text: where
        for where, name, call in calls("ledger", "reports", "api")
        if name in errors and call.args
        for text in literals(call.args[0])
    }


def refusals() -> Iterator[tuple[str, str, frozenset[str]]]:
    """(where, code, names of its values) of every refusal or warning that a rule gives."""
    for where, name, call in calls("ledger/domain"):
        if name in ("refuse", "warn") and call.args:
            values = frozenset(each.arg for each in call.keywords if each.arg)
            field = frozenset({"field"} if len(call.args) > 1 and not _is_none(call.args[1]) else ())
            for code in literals(call.args[0]):
                yield where, code, values | field


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
