"""What is said to somebody whose call over HTTP was not taken."""

from collections.abc import Mapping

from ledger.refusal_words.accounts import ACCOUNTS
from ledger.refusal_words.sentence import Sentence

_ASK = "Ask the registrar if your work needs it."
_AGAIN = "Look at what was sent; /schema/openapi.json says what is expected."

WEB: Mapping[str, Sentence] = {
    "not_signed_in": Sentence("You are not signed in.", advice="Sign in and try again; what you typed is kept."),
    "locked": Sentence("This place is locked, because nobody worked here for a while.", advice="Unlock it and go on."),
    "forbidden": Sentence("Your role does not allow this.", advice=_ASK),
    "scope_missing": Sentence(
        "This token was not made for {action}.",
        "This token was not made for that.",
        advice="Use a token whose scope covers it, or sign in yourself.",
    ),
    "reason_required": Sentence(
        "Whoever reads a patient's data says why, in at most 200 characters.",
        advice="Give the reason, in the header X-Access-Reason.",
    ),
    "body_malformed": Sentence("What was sent cannot be read: {why}.", "What was sent cannot be read.", advice=_AGAIN),
    "body_too_large": Sentence("What was sent is too large.", advice="Send less at a time."),
    "media_type": Sentence("What was sent is not of a kind that is taken here.", advice="Send JSON."),
    "not_acceptable": Sentence(
        "What is here is not told in the format that was asked for.", advice="Ask for application/fhir+json."
    ),
    "method_not_allowed": Sentence("This address does not take that method.", advice=_AGAIN),
    "report_erased": Sentence(
        "This report showed a patient whose identity was erased, so nobody can read it any more.",
        advice="Its entry, and every figure, still stand in the register.",
    ),
    "parameter_malformed": Sentence(
        "There is no field {unknown} here.",
        "The address asks for something that is not known here. Known are: {known}.",
        "The address says {twice} more than once.",
        "The field {field} cannot be read as it stands.",
        "A value in the address, a header or the body cannot be read, or is not there.",
        advice=_AGAIN,
    ),
    "too_many_calls": Sentence("Too many calls in a short time.", advice="Wait a little and try again."),
    "cross_site": Sentence(
        "The call came from another site's page.",
        advice="Open Senim in its own window and do it there.",
    ),
    "host_unknown": Sentence(
        "This server is not known under that name.",
        advice="Use the address that the registrar gave you.",
    ),
    "call_refused": Sentence("This call is not taken here.", advice=_AGAIN),
    "server_fault": Sentence(
        "Senim made a mistake here.",
        advice="Try again. If it happens again, tell the people who look after this machine at what time it was.",
    ),
    **ACCOUNTS,
}
