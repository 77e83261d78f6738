"""Why somebody looks at a patient: implied at the bedside, else one choice that is asked first and kept in the log."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from api.caller import CallerRequest
from api.languages import pick_words
from api.pages.rendering import render
from api.site import Site
from ledger.errors import CallRefused
from ledger.words import phrase

AT_BEDSIDE, HOME_VISIT = "at the bedside", "home visit"
REASONS: Mapping[str, str] = {
    "care now": phrase("I care for this patient now"),
    HOME_VISIT: phrase("A visit at home"),
    "discharge planning": phrase("The discharge is being planned"),
    "inspection": phrase("Inspection"),
    "other": phrase("Another reason"),
}
"""What the access log keeps, and what one taps."""
_OF_INSPECTORS = ("inspection", "other")


def render_reason(request: CallerRequest, site: Site, *modules: str, room: str = "ward") -> Response[Any]:
    """The question; what its answer brings from the same address stands in its place, is moved by *modules* and has
    the style of *room*.
    """
    say, inspects = pick_words(request).say, request.user.role == "inspector"
    codes = _OF_INSPECTORS if inspects else [code for code in REASONS if code != "inspection"]
    reasons = [(code, say(REASONS[code])) for code in codes]
    return render(request, site, "ward/reason.html", reasons=reasons, modules=modules, room=room)


def pick_reason(data: Mapping[str, str]) -> str:
    """Raises `CallRefused('reason_required')`."""
    reason = data.get("reason", "")
    if reason not in REASONS:
        raise CallRefused("reason_required")
    return reason
