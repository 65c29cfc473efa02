"""T49: no delivery, press or message holds the event loop, whatever is in the largest body that is admitted."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from bot.http.strict_json import MalformedJsonError, loads
from bot.jira.webhooks.model import Ignored
from bot.jira.webhooks.parser import parse_events
from sandbox.faults import Fault
from sandbox.teams import ALICE, personal
from sandbox.teams_cards import actions
from tests.support.conversations import typed
from tests.support.loop_probe import longest_step
from tests.support.world import World, running

pytestmark = pytest.mark.slow

CHAT = personal(ALICE)
HELD_SECONDS = 0.1
"""Of processor time in one step of the loop: 0.05 are promised, and machines differ. An attack took up to 0.7."""
TRIES = 5
"""The best one counts: a neighbour on the machine can make any of them longer."""

MENTIONS = ["".join(f"[~{n:x}]" for n in range(first, first + 1_200)) for first in (0, 5_000)]
EDIT = json.dumps({"field": "description", "fromString": MENTIONS[0], "toString": MENTIONS[1]}).encode()
MENTION = b'{"type": "mention", "attrs": {"id": "%x"}}'
DELIVERIES: Mapping[str, bytes] = {
    "lists": b"[" + b"[]," * 349_000 + b"[]]",
    "objects": b"[" + b"{}," * 349_000 + b"{}]",
    "nested": b"[" + b",".join([b"[" * 60 + b"]" * 60] * 8_600) + b"]",
    "nested, just enough": b"[" + b",".join([b"[" * 60 + b"]" * 60] * 330) + b"]",
    "objects, just enough": b"[" + b",".join(b'{"field": "%x"}' % n for n in range(19_900)) + b"]",
    "strings": b'["' + b'","'.join([b"x"] * 99_000) + b'"]',
    "escapes": b'"' + b'\\"' * 500_000 + b'"',
    "NULs": b'["' + b'","'.join([b"\\u0000"] * 99_000) + b'"]',
    "one text": json.dumps("<a " * 300_000).encode(),
    "mentions": b'"' + b"".join(b"[~%x]" % n for n in range(120_000)) + b'"',
    "edited": b"[" + b",".join([EDIT] * 60) + b"]",
    "edits": b"[" + b",".join([b'{"field": "description", "toString": "[~a]"}'] * 19_900) + b"]",
    "document": b'{"content": ['
    + b",".join([b'{"type": "mention", "attrs": {"id": "%x"}}' % n for n in range(9_900)])
    + b"]}",
}
"""What stands in the issue's description, in a comment, in the changelog or beside them."""
FORM = ("f_summary", "f_description", "f_labels_new", "f_labels", "f_duedate", "f_assignee")
MAX_BODY = 250_000
PRESSED = (
    "x",
    " ",
    "[",
    "|a|b|\n",
    "<a ",
    "e\u0301\u200d",
    "\u202e",
    "\u2067",
    "\u2067x\u2069",
    "-1,",
    "+a ",
    "[~x]",
)
BOT = "<at>Jira</at>"


async def assert_loop_is_free(
    monkeypatch: pytest.MonkeyPatch, request: Callable[[int], Awaitable[object]]
) -> None:
    """Make a request of which each try differs, and see that one of them holds the loop for a moment only."""
    steps = []
    for number in range(TRIES):
        with longest_step(monkeypatch) as longest:
            await request(number)
        steps.append(longest)
        if longest.seconds < HELD_SECONDS / 2:
            return
    best = min(steps, key=lambda step: step.seconds)
    assert best.seconds < HELD_SECONDS, best.callback


async def test_t49_the_largest_deliveries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    async with running(tmp_path) as world, aiohttp.ClientSession() as session:
        for name, shape in DELIVERIES.items():

            async def deliver(number: int, shape: bytes = shape) -> None:
                body = delivery("jira:issue_updated", "x", shape, number)
                signature = hmac.new(world.sandbox.webhook_secret.encode(), body, "sha256").hexdigest()
                headers = {"X-Hub-Signature": f"sha256={signature}"}
                async with session.post(f"{world.url}/jira/webhooks", data=body, headers=headers) as response:
                    assert response.status in (200, 400)

            with subtests.test(name):
                await assert_loop_is_free(monkeypatch, deliver)


@pytest.mark.parametrize("event", ["jira:issue_created", "jira:issue_updated", "comment_created"])
@pytest.mark.parametrize("place", ["description", "items", "body"])
def test_t49_what_a_delivery_means_is_found_in_a_moment(event: str, place: str, subtests: pytest.Subtests) -> None:
    """Of those that are stored, each is read in one step of the loop."""
    for name, shape in DELIVERIES.items():
        with subtests.test(name), suppress(MalformedJsonError):
            read = loads(delivery(event, place, shape, 1))
            assert min(seconds_of(read) for _ in range(TRIES)) < HELD_SECONDS


def seconds_of(read: object) -> float:
    began = time.thread_time()
    assert not isinstance(parse_events(read), Ignored)
    return time.thread_time() - began


def delivery(event: str, place: str, shape: bytes, number: int) -> bytes:
    """Return a delivery with a shape in one of its places."""
    places = ("x", "description", "items", "body")
    parts = {name.encode(): shape if name == place else b"[]" for name in places}
    parts |= {b"event": event.encode(), b"number": b"%d" % (int(time.time() * 1000) + number)}
    return (
        b'{"webhookEvent": "%(event)b", "timestamp": %(number)b, "issue": {"key": "DEMO-1", "id": "10001", '
        b'"self": "https://acme.atlassian.net/rest/api/2/issue/10001", '
        b'"fields": {"description": %(description)b}}, '
        b'"comment": {"id": "1", "body": %(body)b}, "changelog": {"items": %(items)b}, "x": %(x)b}' % parts
    )


@pytest.mark.parametrize("verb", ["form.submit", "issue.comment", "issue.log"])
async def test_t49_the_largest_presses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests, verb: str
) -> None:
    async with running(tmp_path) as world:
        await world.link()
        card = await typed(world, ALICE, CHAT, "DEMO-2")
        form = await world.teams.press(ALICE, CHAT, card.id, actions(card.card, "issue.edit")[0])
        [button, *_] = [*actions(form.card, verb), *actions(card.card, verb)]
        take_what_is_written(world)
        names = {"form.submit": FORM, "issue.comment": ("comment",), "issue.log": ("time", "note")}[verb]
        for part in PRESSED:
            value = (part * 32_768)[:32_768]
            sent = dict.fromkeys(names[: max(1, MAX_BODY // len(json.dumps(value)))], value)

            async def press(number: int, sent: dict[str, str] = sent) -> None:
                answer = await world.teams.press(ALICE, CHAT, card.id, button, {**sent, "try": str(number)})
                assert answer.status < 300

            with subtests.test(part):
                await assert_loop_is_free(monkeypatch, press)


async def test_t49_the_largest_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    async with running(tmp_path) as world:
        await world.link()
        take_what_is_written(world)
        bot = world.teams.activity(ALICE, CHAT, "message")["recipient"]
        of_bot = {"type": "mention", "text": BOT, "mentioned": bot}
        others = [
            {"type": "mention", "text": f"<at>{n}</at>", "mentioned": {"id": f"29:{n}"}} for n in range(1_700)
        ]
        own_letters = "".join(map(chr, range(0xE000, 0xF900)))
        messages: Mapping[str, dict[str, object]] = {
            "mentions of the bot": {"text": f"comment DEMO-2 {BOT * 6_500}", "entities": [of_bot] * 1_000},
            "one mention too few": {"text": "comment DEMO-2 " + "x" * 100_000, "entities": [of_bot] * 1_000},
            "others": {"text": f"comment DEMO-2 {'<at>1</at>' * 3_000}", "entities": others},
            "letters of its own": {"text": f"comment DEMO-2 {'x' * 190_000}{own_letters}"},
            "clusters": {"text": "comment DEMO-2 " + "e\u0301\u200d" * 11_000},
            "JQL": {"text": "jql " + "(" * 33_000},
        }
        for name, message in messages.items():

            async def say(number: int, message: dict[str, object] = message, name: str = name) -> None:
                activity = world.teams.activity(ALICE, CHAT, "message")
                answer = await world.teams.post({"entities": [], **activity, **message, "id": f"{name} {number}"})
                assert answer.status < 300

            with subtests.test(name):
                await assert_loop_is_free(monkeypatch, say)


def take_what_is_written(world: World) -> None:
    """Answer for the sandbox, which would check documents against Atlassian's schema in this process."""
    for method, path, status in (("POST", "/comment$", 201), ("POST", "/worklog$", 201), ("PUT", "/DEMO-2$", 204)):
        body = "" if status == 204 else '{"id": "1"}'
        world.sandbox.faults.add(Fault(method, path, status=status, body=body, times=None))
    world.sandbox.faults.add(Fault("POST", "/search/jql$", status=400, body='{"errorMessages": []}', times=None))
