"""What a client does between a preview and a recording: sign what it was given, and hand it in."""

from collections.abc import Sequence
from typing import Any

import httpx

from ledger.log.encoding import to_base64
from ledger.log.signing import sign_statements
from ledger.service.preparing import Signed
from tests.api.serving import Served
from tests.faults.counter import Counter

PREVIEW, RECORD, WAIT = "/api/v1/entries/preview", "/api/v1/entries", "/api/v1/entries/wait"


def command(counter: Counter, type: str = "stock.moved", body: dict[str, Any] | None = None, **more: Any) -> Any:
    """A command as `pharm` gives it, by default one ampoule to the ward."""
    raw = {"id": counter._next_id(), "type": type, "occurred_at": counter.now.isoformat(), "witness": "nurse"}
    return raw | {"body": body or moved(1)} | more


def moved(units: int, lot: str = "A") -> dict[str, Any]:
    return {"from_place": "safe", "to_place": "ward", "lines": [{"product": "morphine", "lot": lot, "units": units}]}


def preview(served: Served, *commands: Any, who: str = "pharm") -> dict[str, Any]:
    answer = served.call("POST", PREVIEW, who=who, json={"commands": list(commands)})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def sign(counter: Counter, told: dict[str, Any], by: Sequence[str] | None = None) -> dict[str, Any]:
    """The list of a preview, signed by everybody who must, or by those named."""
    entries = [{name: each[name] for name in ("statement", "openings")} for each in told["entries"]]
    statements = [each["statement"] for each in entries]
    names = told["keys"] if by is None else by
    signatures = [sign_statements(statements, by=name, key=counter.keys[name])[0] for name in names]
    return {"entries": entries, "signatures": [{k: v for k, v in each.items() if k != "of"} for each in signatures]}


def to_list(signed: Sequence[Signed]) -> dict[str, Any]:
    """What a device without network made itself."""
    entries = [
        {
            "statement": each.statement,
            "openings": [
                {"path": path, "value": opening.value, "key": to_base64(opening.key)}
                for path, opening in each.openings.items()
            ],
        }
        for each in signed
    ]
    by = {signature["by"]: dict(signature) for each in signed for signature in each.signatures}
    return {"entries": entries, "signatures": list(by.values())}


def record(served: Served, signed: dict[str, Any], who: str = "pharm", **headers: str) -> httpx.Response:
    return served.call(
        "POST", RECORD, who=who, json=signed, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
