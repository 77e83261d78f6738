"""Somebody leaves: what signed them in ends with the entry that says so."""

from tests.api.serving import Served


def test_who_left_is_nobody_here_any_more(served: Served) -> None:
    token = served.person("nurse2")
    assert served.call("GET", "/api/v1/custody", who=token).status_code == 200
    left = {"person": "nurse2", "on": "2026-03-02"}
    assert served.counter.give("person.left", left, performer="registrar", witness="head") == "recorded"
    served.app.state.roles._known.clear()  # a second later
    answer = served.call("GET", "/api/v1/custody", who=token)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert served.site.accounts.find_token(token) is None, "the token is gone, not only turned away"
