"""Schemathesis plays what the OpenAPI document allows, and what it does not, as several callers.

Every answer has a documented status, the documented media type and schema; a refusal is a whole problem document.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ledger.service.checkpoints import sign_head
from tests.api.hostile.judging import verify_civil
from tests.api.serving import ORIGIN, Served, serve
from tests.faults.counter import OPENING, Counter

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODES = (
    pytest.param(GenerationMode.POSITIVE, id="as told"),
    pytest.param(
        GenerationMode.NEGATIVE, id="otherwise", marks=pytest.mark.once("it is refused before a store is asked")
    ),
)
CALLERS = ("pharmacist", "inspector", "registrar", None)
EXAMPLES = 4
"""Of each operation and mode, sent by every caller: to make one takes longer than to send it to everybody."""
KNOWN: dict[str, list[Any]] = {
    "patient": ["p1", "p2"],
    "product": ["morphine"],
    "place": ["safe", "ward"],
    "type": ["stock.opened"],
    "seq": [0, 30, 34],
    "tile": ["000.p/5"],
    "level": [0],
    "at": ["2026-03-02"],
    "from": ["2026-03-02T08:00:00+05:00"],
    "to": ["2026-03-03"],
    "on": ["2026-03-02"],
    "q": ["test"],
    "limit": [1, 3],
    "why": ["enrolment", "recovery"],
    "id": ["p1", "0"],
    "X-Access-Reason": ["care"],
}
"""Things that are here: chance alone would hardly ever name one."""


@pytest.fixture(scope="module")
def open_to_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A counter that nobody is too often at."""
    counter = Counter(tmp_path_factory.mktemp("schema"))
    counter.tell(OPENING)
    with serve(counter, calls_a_minute=10**9, argon2=(1, 8, 1)) as served:
        sign_head(counter.house.ledger)
        yield served
    counter.house.close()


@pytest.fixture(scope="module")
def operations(open_to_all: Served) -> list[Any]:
    document = open_to_all.call("GET", "/schema/openapi.json", who=None).json()
    loaded = schemathesis.openapi.from_dict(document)
    every: Iterator[Any] = loaded.get_all_operations()
    return [found.ok() for found in every]


def test_the_document_names_every_route(open_to_all: Served, operations: list[Any]) -> None:
    served = {
        handler.operation_id
        for route in open_to_all.app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.operation_id and handler.resolve_include_in_schema()
    }
    assert {each.definition.raw["operationId"] for each in operations} == served


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_every_answer_is_as_documented(open_to_all: Served, operations: list[Any], mode: GenerationMode) -> None:
    size = open_to_all.counter.size()
    fell = {}
    for operation in operations:
        try:
            _play(open_to_all, operation.as_strategy(generation_mode=mode))
        except (AssertionError, BaseExceptionGroup) as failed:
            fell[operation.label] = str(failed)
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing to get wrong: it takes nothing
    assert fell == {}
    assert open_to_all.counter.size() == size


def _play(served: Served, strategy: st.SearchStrategy[Any]) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, known=st.booleans(), pick=st.integers(0, 5))
    def play(case: Any, known: bool, pick: int) -> None:
        if known:
            for values in (case.path_parameters, case.query, case.headers):
                for name in [name for name in values or {} if name in KNOWN]:
                    values[name] = KNOWN[name][pick % len(KNOWN[name])]
        for caller in CALLERS:
            answer = send(served, case, caller)
            verify_civil(answer, (caller, case.method, case.path, case.query, case.body))
            case.validate_response(answer, checks=CHECKS)

    play()


def send(served: Served, case: Any, caller: str | None) -> httpx.Response:
    """As a client of *caller* that is no browser sends it."""
    told = requests.Request(**case.as_transport_kwargs(base_url=ORIGIN)).prepare()
    sent: Any = {name: value for name, value in told.headers.items() if name.lower() != "content-length"}
    sent |= {"Accept-Language": "en"} | ({"Authorization": f"Bearer {served.person(caller)}"} if caller else {})
    assert told.method is not None
    assert told.url is not None
    return served.client.request(told.method, told.url, headers=sent, content=told.body)  # type: ignore[arg-type]
