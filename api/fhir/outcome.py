"""A refusal as an OperationOutcome: the same codes and words as the problem document of every other path."""

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec.json import encode

from api.fhir.names import OURS, Json, coding, concept
from api.languages import pick_language
from api.problems import Handler, Problem, refuse
from ledger.errors import SenimError

BASE, FHIR = "/api/v1/fhir/", "application/fhir+json"
_ISSUES = {
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported",
    409: "conflict", 413: "too-long", 415: "not-supported", 422: "business-rule", 429: "throttled", 503: "transient",
}  # fmt: skip
"""HL7 IssueType by status."""


def to_outcome(problem: Problem, language: str) -> Json:
    return {
        "resourceType": "OperationOutcome",
        "language": language,
        "issue": [
            {
                "severity": "error",
                "code": _ISSUES.get(problem.status, "exception"),
                "details": concept(coding(f"{OURS}:refusal", each.code), text=each.said),
                "diagnostics": problem.advice,
            }
            for each in problem.refusals
        ],
    }


def refuse_as_asked(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Whatever was raised; below FHIR's base, also where no route is, what every other path says, in FHIR's words."""
    told = refuse(request, error)
    if not request.scope["path"].startswith(BASE):
        return told
    outcome = to_outcome(told.content, pick_language(request))
    return Response(encode(outcome), status_code=told.status_code, media_type=FHIR, headers=told.headers)


HANDLERS: dict[int | type[Exception], Handler] = dict.fromkeys((Exception, HTTPException, SenimError), refuse_as_asked)
