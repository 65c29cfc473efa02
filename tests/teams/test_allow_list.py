"""T35, T36: which tenants are served, and where an answer with the bot's token may go, as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.http.request_body import HttpRefusedError
from bot.teams.activities import TeamsActivity, parse
from bot.teams.endpoint import AllowList

OURS, OTHER = "11111111-1111-4111-8111-111111111111", "99999999-9999-4999-8999-999999999999"
ALLOWED = AllowList(frozenset({OURS}), ("smba.trafficmanager.net", "teams.example"), loopback_services=True)
STRICT = replace(ALLOWED, loopback_services=False)


def activity(url: str, *tenants: str) -> TeamsActivity:
    parts = {"conversation": {"id": "19:c"}, "from": {"id": "29:a"}, "recipient": {"id": "28:b"}}
    parsed = parse({"type": "message", "serviceUrl": url, "channelId": "msteams", **parts})
    return replace(parsed, tenants=frozenset(tenants or {OURS}))


def is_allowed(allowed: AllowList, asked: TeamsActivity) -> bool:
    try:
        allowed.check(asked)
    except HttpRefusedError as refused:
        return refused.status != 403
    return True


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/",
        "https://SMBA.TrafficManager.net/emea/",
        "https://smba.trafficmanager.net:443/",
        "https://emea.teams.example/v1",
        "https://teams.example",
    ],
)
def test_t36_services_of_teams_are_allowed(url: str) -> None:
    assert is_allowed(STRICT, activity(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://smba.trafficmanager.net/",
        "wss://smba.trafficmanager.net/",
        "ftp://smba.trafficmanager.net/",
        "//smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:80/",
        "https://smba.trafficmanager.net:8443/",
        "https://smba.trafficmanager.net:99999/",
        "https://somebody@smba.trafficmanager.net/",
        "https://@smba.trafficmanager.net/",
        "https://evilteams.example/",
        "https://teams.example.evil/",
        "https://trafficmanager.net/",
        "https://aaa.example/",
        "https://zzz.example/",
        "https://[::1",
        "https:///",
    ],
)
def test_t36_every_other_service_is_refused(url: str) -> None:
    assert not is_allowed(STRICT, activity(url))
    assert not is_allowed(ALLOWED, activity(url))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:5000/", True),
        ("https://localhost:5000/", True),
        ("ftp://127.0.0.1/", False),
        ("http://127.0.0.2.example/", False),
    ],
)
def test_t36_this_machine_is_a_service_only_where_that_is_set(url: str, allowed: bool) -> None:
    assert is_allowed(ALLOWED, activity(url)) is allowed
    assert not is_allowed(STRICT, activity(url))


@pytest.mark.parametrize(
    ("tenants", "allowed"),
    [((OURS,), True), ((OTHER,), False), ((OURS, OTHER), False), (("0",), False)],
)
def test_t35_every_tenant_that_is_named_is_the_same_and_served(tenants: tuple[str, ...], allowed: bool) -> None:
    assert is_allowed(ALLOWED, activity("https://teams.example/", *tenants)) is allowed


def test_t35_of_several_tenants_each_is_served() -> None:
    both = replace(ALLOWED, tenants=frozenset({OURS, OTHER}))
    assert is_allowed(both, activity("https://teams.example/", OURS))
    assert is_allowed(both, activity("https://teams.example/", OTHER))
    assert not is_allowed(both, activity("https://teams.example/", OURS, OTHER))


def test_t35_no_tenant_is_refused() -> None:
    nameless = replace(activity("https://teams.example/"), tenants=frozenset())
    assert not is_allowed(ALLOWED, nameless)
