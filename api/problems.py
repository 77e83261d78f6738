"""A refusal becomes an RFC 9457 problem document in the caller's language (contract, section 3: HTTP)."""

import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from traceback import extract_tb
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from msgspec import Struct

from api.languages import pick_words
from api.naming import Names, Tell
from api.pages.rendering import render_problem, render_refused
from api.site import Site
from ledger.errors import (
    BytesRejected,
    CallRefused,
    CommandInvalid,
    CommandRefused,
    EvidenceRejected,
    IdReused,
    LedgerBusy,
    LedgerReadOnly,
    NeedsAcknowledgement,
    NotFound,
    NotStored,
    OpeningRejected,
    OutcomeUnknown,
    SeenUnknown,
    SenimError,
    SignatureRejected,
    WronglyCalled,
)
from ledger.refusal_words import reasons_of, say_not_recorded, tell
from ledger.words import Words

_STATUS: Mapping[type[SenimError], int] = {
    BytesRejected: 400,
    CommandInvalid: 422,
    CommandRefused: 422,
    EvidenceRejected: 422,
    IdReused: 409,
    LedgerBusy: 503,
    LedgerReadOnly: 503,
    NeedsAcknowledgement: 422,
    NotFound: 404,
    NotStored: 503,
    OpeningRejected: 422,
    OutcomeUnknown: 503,
    SeenUnknown: 409,
    SenimError: 500,
    SignatureRejected: 401,
    WronglyCalled: 400,
}
_BY_CODE = {"entry_too_large": 413, "field_unknown": 400, "not_enrolled": 403, "not_allowed": 403}
"""Where the first code of a refused command says more than its kind."""
_CALLS = {
    "not_signed_in": 401, "locked": 401, "forbidden": 403, "scope_missing": 403, "cross_site": 403,
    "reason_required": 400, "body_malformed": 400, "parameter_malformed": 400, "host_unknown": 400,
    "body_too_large": 413, "media_type": 415, "method_not_allowed": 405, "not_acceptable": 406, "too_many_calls": 429,
    "credentials_wrong": 401, "second_factor_needed": 401, "passkey_refused": 401, "code_wrong": 401,
    "setup_over": 401, "proof_needed": 401, "too_many_tries": 429, "last_credential": 422, "password_short": 422,
    "password_long": 422, "password_common": 422, "totp_wrong": 422, "key_unfit": 422, "scope_unknown": 422,
    "days_unfit": 422, "report_erased": 410,
}  # fmt: skip
_LITESTAR = {400: "parameter_malformed", 401: "not_signed_in", 403: "forbidden", 404: "not_found",
             405: "method_not_allowed", 413: "body_too_large", 415: "media_type", 429: "too_many_calls"}  # fmt: skip
_STEPS, _UNKNOWN, _LONGEST_FIELD = re.compile(r"[.\[\]]+"), re.compile(r"unknown field `(.*)`", re.DOTALL), 200
_ECHOED = re.compile(r"[a-z_]{1,64}")  # what is not ours may be a patient's name or number
_RETRY_AFTER = {429: "10", 503: "5"}
PROBLEM = "application/problem+json"


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One reason: the stable code, the field that it concerns, and a sentence."""

    code: str
    said: str
    field: str | None = None


class Problem(Struct, frozen=True, kw_only=True):
    """RFC 9457, with `code` (the first reason's), all `refusals`, and what to do (`advice`)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    refusals: list[Said]
    advice: str
    recorded: bool = False


def status_of(error: SenimError) -> int:
    if isinstance(error, CallRefused):
        return _CALLS.get(error.reason, 400)
    codes = [refusal.code for refusal in getattr(error, "refusals", ())]
    if codes and codes[0] in _BY_CODE and not isinstance(error, NeedsAcknowledgement):
        return _BY_CODE[codes[0]]
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def to_problem(error: SenimError, words: Words, tell_of: Tell) -> Problem:
    reasons = reasons_of(error)
    told = [tell_of(reason) for reason in reasons]
    code = error.code if isinstance(error, LedgerReadOnly) else reasons[0].code  # why it is, is the first refusal
    return Problem(
        type=f"urn:senim:problem:{code}",
        title=told[0].said if isinstance(error, OutcomeUnknown) else say_not_recorded(words),
        status=status_of(error),
        detail=told[0].said,
        code=code,
        refusals=[
            Said(code=reason.code, field=reason.field, said=each.said)
            for reason, each in zip(reasons, told, strict=True)
        ],
        advice=told[0].advice,
    )


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to whatever was raised. What is not ours to tell becomes `server_fault`, and one line in the log."""
    known = _to_senim(error)
    site = request.app.state.site
    try:
        problem = _tell(request, site, known)
    except Exception as fault:  # noqa: BLE001 - the words are at fault: who called is told so, and we are where
        problem = _tell(request, site, _to_senim(fault))
    headers = {"Retry-After": _RETRY_AFTER[problem.status]} if problem.status in _RETRY_AFTER else {}
    if isinstance(known, CallRefused) and "seconds" in known.values:
        headers["Retry-After"] = str(known.values["seconds"])
    if isinstance(error, HTTPException) and error.headers:
        headers |= {name: value for name, value in error.headers.items() if name.lower() == "allow"}
    if problem.status == 401:
        headers |= {"WWW-Authenticate": 'Bearer realm="senim"', "X-Problem": problem.code}
    if _is_of_a_page(request):
        refused = render_refused(request, problem)
        return Response(refused, status_code=problem.status, media_type=MediaType.HTML, headers=headers)
    if _opens_a_page(request):
        if problem.code in ("not_signed_in", "locked"):
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return Redirect("/sign-in" if here == "/" else f"/sign-in?to={quote(here, safe='/')}", status_code=303)
        page = render_problem(request, site, problem)
        return Response(page, status_code=problem.status, media_type=MediaType.HTML, headers=headers)
    return Response(problem, status_code=problem.status, media_type=PROBLEM, headers=headers)


def _tell(request: Request[Any, Any, Any], site: Site, error: SenimError) -> Problem:
    """What a rule refuses is told with the names that the register knows, as long as it can be read."""
    words = pick_words(request)
    if isinstance(error, CommandRefused | NeedsAcknowledgement):
        with suppress(SenimError), site.ledger.reading() as reading:
            return to_problem(error, words, Names(site, reading, words).tell_to(request.user))
    return to_problem(error, words, partial(tell, words, zone=ZoneInfo(site.zone)))


def _is_of_a_page(request: Request[Any, Any, Any]) -> bool:
    """A part of a page, which htmx puts where its answer was to stand."""
    return request.headers.get("hx-request") == "true"


def _opens_a_page(request: Request[Any, Any, Any]) -> bool:
    """A person at a browser's address line, not a program, which does not ask for HTML."""
    is_ours = request.scope["path"].startswith(("/api/", "/schema"))
    return request.method == "GET" and not is_ours and "text/html" in request.headers.get("accept", "")


def _to_senim(error: Exception) -> SenimError:
    if isinstance(error, SenimError):
        return error
    if isinstance(error, HTTPException) and error.status_code in _LITESTAR:
        reason = _LITESTAR[error.status_code]
        return NotFound() if reason == "not_found" else CallRefused(reason, **_find_field(error))
    frames = extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
    logging.getLogger("senim").error("fault %s at %s", type(error).__name__, where)  # never its text: it may quote
    return _Fault()


def _find_field(error: HTTPException) -> dict[str, str]:
    """Which member of the body it is, its path as in a command."""
    for each in error.extra if isinstance(error.extra, list) else ():
        if each.get("source") == "body":
            unknown = _UNKNOWN.search(each["message"])
            path = [part for part in _STEPS.split(each["key"]) if part and each["key"] != "data"]
            if unknown:
                field = ".".join([*path, unknown[1] if _ECHOED.fullmatch(unknown[1]) else "…"])
                return {"field": field, "unknown": field}
            if path:
                return {"field": ".".join(path)[:_LONGEST_FIELD]}
    return {}


class _Fault(SenimError):
    code = "server_fault"


Handler = Callable[[Request[Any, Any, Any], Any], Response[Any]]
