"""T49: what a stranger sends costs time linear in its length, at every entrance, whatever is repeated in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date

import pytest

from bot.commands import registry
from bot.commands.forms.parsing.errors import BadValueError
from bot.commands.forms.parsing.typed_values import parse_typed
from bot.commands.typed_text import tidy
from bot.jira.fields.kinds import Kind
from bot.jira.models import Field
from bot.notifications.personal.parser import NotifyError, parse_notify
from bot.notifications.subscriptions.parser import SubscribeError, parse_subscribe
from bot.teams.message_actions import quote

pytestmark = pytest.mark.slow

PARSER = registry.parser()
LENGTH = 4_000
FLOOR_SECONDS = 0.08
"""Below it a time is not judged: it is the machine's."""

REPEATED = (
    *(
        " ",
        "\n",
        "x",
        "x ",
        "a b ",
        "|a|b|\n",
        "|-|-|\n",
        "(",
        "[",
        "<",
        "<a ",
        "<p ",
        "<p>",
        "<b>x",
        "</a>",
        "<!--",
    ),
    *('<a href="', "<a href='x", '<a href="x">', "&", "&amp;", "`", "*", "\\", '"', "'", "\u0301", "[a](", "[[a]"),
    *(
        "https://a.b/",
        "https://a.b/browse/",
        "PROJ-1 ",
        "PROJ-1, ",
        "including ",
        "including restricted ",
        "where ",
    ),
    *("my ", "bob's ", "please ", "thanks ", "log 1h on ", "close PROJ-1 and ", "in the ", "create a bug "),
    *("order by ", "and ", "to ", "1h ", "9:00 ", "<at>", "<at ", "<table><tr><td>x", "<ul><li>", "<textarea>"),
)


def typed(text: str) -> None:
    PARSER.parse(tidy(text))


def subscribed(text: str) -> None:
    with suppress(SubscribeError):
        parse_subscribe(f"PROJ{text}x")


def notified(text: str) -> None:
    for command in (f"quiet {text}x", f"{text} off"):
        with suppress(NotifyError):
            parse_notify(command, now=0.0)


def filled_in(text: str) -> None:
    field = Field("labels", "Labels", required=False, has_default=False, type="array", items="string")
    for kind in (Kind.LABELS, Kind.CASCADE, Kind.DATE, Kind.MOMENT, Kind.NUMBER, Kind.OPTIONS):
        with suppress(BadValueError):
            parse_typed(field, kind, f"+a{text}x", UTC, date(2026, 1, 1))


def quoted(text: str) -> None:
    quote({"body": {"contentType": "html", "content": text}})


def seconds(entrance: Callable[[str], None], text: str) -> float:
    began = time.process_time()
    entrance(text)
    return time.process_time() - began


def is_linear(entrance: Callable[[str], None], long: str, short: str) -> bool:
    """Measure up to three times: what else runs on the machine can only make a time longer."""
    for _ in range(3):
        took = seconds(entrance, long)
        if took <= FLOOR_SECONDS or took <= 12 * seconds(entrance, short):
            return True
    return False


@pytest.mark.parametrize("entrance", [typed, subscribed, notified, filled_in, quoted])
def test_t49_eight_times_the_length_takes_at_most_twelve_times_the_time(entrance: Callable[[str], None]) -> None:
    entrance("x")  # what is made at the first use is no part of it
    slow = []
    for part in REPEATED:
        long, short = (part * (length // len(part) + 1) for length in (8 * LENGTH, LENGTH))
        if not is_linear(entrance, long, short):
            slow.append(part)
    assert slow == []
