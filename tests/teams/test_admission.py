"""T14-T16, T19, T20, T33, T35, T36: hostile bodies, tenants and serviceUrls; never a 500, never a trace."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import pytest
from multidict import CIMultiDict

from bot.teams.inbound_requests import MAX_VALUE_CHARS, MAX_VALUES
from sandbox.teams import ALICE, CHANNEL, GROUP, Chat, TeamsUser, personal
from tests.support.teams import APP_ID, Edge, EdgeMaker

BODIES: dict[str, tuple[bytes, int]] = {
    "empty": (b"", 400),
    "no JSON": (b"{bad", 400),
    "array": (b"[]", 400),
    "string": (b'"x"', 400),
    "null": (b"null", 400),
    "empty object": (b"{}", 400),
    "deep": (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
    "bad UTF-8": (b'{"type":"\xff"}', 400),
    "NaN": (b'{"type":NaN}', 400),
    "huge integer": (b'{"type":' + b"9" * 5000 + b"}", 400),
    "lone surrogate": (b'{"type":"\\ud800"}', 400),
    "repeated name": (b'{"type":"message","type":"invoke"}', 400),
    "UTF-16": ('{"type":"message"}'.encode("utf-16"), 400),
    "as large as may be": (b'{"a":"' + b"x" * (256 * 1024 - 8) + b'"}', 400),
    "too large": (b'{"a":"' + b"x" * (256 * 1024) + b'"}', 413),
}


@pytest.mark.parametrize("name", BODIES)
async def test_t16_hostile_body(edge: Edge, name: str) -> None:
    body, status = BODIES[name]
    async with edge.session.post(edge.url, data=body, headers=authorized(edge)) as response:
        assert response.status == status
        assert "Traceback" not in await response.text()
    assert edge.dispatcher.asked == []


def authorized(edge: Edge) -> dict[str, str]:
    token = edge.teams.issuer.token(APP_ID, edge.teams.service_url)
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


async def test_t14_too_large_although_chunked(edge: Edge) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 10_000

    async with edge.session.post(edge.url, data=chunks(), headers=authorized(edge)) as response:
        assert response.status == 413


async def test_t14_content_encoding_is_refused(edge: Edge) -> None:
    headers = {**authorized(edge), "Content-Encoding": "gzip"}
    async with edge.session.post(edge.url, data=gzip.compress(b"{}"), headers=headers) as response:
        assert response.status == 415


async def test_t15_trickled_body_is_408(make_edge: EdgeMaker) -> None:
    edge = await make_edge(seconds=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(edge.url.split(":")[2].split("/")[0]))
    lines = ["POST /api/messages HTTP/1.1", "Host: x", "Content-Length: 1000"]
    lines += [f"Authorization: {authorized(edge)['Authorization']}", "", ""]
    head = "\r\n".join(lines)
    writer.write(head.encode() + b'{"type"')
    await writer.drain()
    status = await asyncio.wait_for(reader.readline(), 5)
    assert b" 408 " in status
    writer.close()


@pytest.mark.parametrize(
    "change",
    [
        {"type": 7},
        {"type": ""},
        {"serviceUrl": None},
        {"conversation": None},
        {"conversation": {"id": 5}},
        {"from": "me"},
        {"recipient": {}},
        {"channelId": None},
    ],
    ids=str,
)
async def test_t16_activity_of_odd_shape_is_refused(edge: Edge, change: dict[str, object]) -> None:
    activity = edge.teams.activity(ALICE, personal(ALICE), "message", text="mine") | change
    answer = await edge.teams.post(activity, token=edge.teams.issuer.token(APP_ID, edge.teams.service_url))
    assert answer.status in (400, 401)
    assert edge.dispatcher.asked == []


ODD_PARTS: list[dict[str, object]] = [
    {"text": 5},
    {"text": None},
    {"text": {"a": 1}},
    {"entities": "x"},
    {"entities": [None, 5, {"type": "mention"}, {"type": "mention", "mentioned": "x", "text": 3}]},
    {"channelData": {"tenant": {"id": "11111111-1111-4111-8111-111111111111"}, "team": 5, "channel": []}},
    {"value": [1]},
    {"replyToId": {}},
    {"membersAdded": "x"},
    {"locale": 3, "localTimezone": []},
]


@pytest.mark.parametrize("change", ODD_PARTS, ids=str)
async def test_t16_odd_parts_are_no_server_error(edge: Edge, change: dict[str, object]) -> None:
    answer = await edge.teams.post(edge.teams.activity(ALICE, personal(ALICE), "message", text="mine") | change)
    assert answer.status < 500


@pytest.mark.parametrize(
    "kind",
    [
        "conversationUpdate",
        "installationUpdate",
        "event",
        "typing",
        "messageReaction",
        "endOfConversation",
        "messageUpdate",
        "made-up",
    ],
)
async def test_every_kind_of_activity_is_accepted(edge: Edge, kind: str) -> None:
    assert (await edge.teams.post(edge.teams.activity(ALICE, personal(ALICE), kind))).status < 300


INVOKES: list[tuple[str, object]] = [
    ("adaptiveCard/action", None),
    ("adaptiveCard/action", "x"),
    ("adaptiveCard/action", {"action": 5}),
    ("adaptiveCard/action", {"action": {"verb": 5, "data": "x"}}),
    ("adaptiveCard/action", {"action": {"verb": "issue.move", "data": {"issue": {"a": 1}}}}),
    ("composeExtension/query", None),
    ("composeExtension/query", {"parameters": "x"}),
    ("composeExtension/query", {"parameters": [{"value": {"a": 1}}]}),
    ("composeExtension/queryLink", {"url": 7}),
    ("composeExtension/submitAction", {}),
    ("task/fetch", None),
    ("task/submit", {"data": 5}),
    ("made/up", {}),
    ("signin/verifyState", {"state": "x"}),
]


@pytest.mark.parametrize(("name", "value"), INVOKES, ids=str)
async def test_t16_odd_invokes_are_no_server_error(edge: Edge, name: str, value: object) -> None:
    answer = await edge.teams.invoke(ALICE, personal(ALICE), name, value)
    assert answer.status in (200, 400, 501)


OTHER = "22222222-2222-4222-8222-222222222222"


@pytest.mark.parametrize(
    "kind", ["message", "invoke", "conversationUpdate", "installationUpdate", "messageReaction", "event"]
)
@pytest.mark.parametrize("where", ["channelData", "conversation", "both", "neither"])
async def test_t35_foreign_or_missing_tenant(edge: Edge, kind: str, where: str) -> None:
    activity = edge.teams.activity(ALICE, personal(ALICE), kind, text="mine")
    if where in ("channelData", "both"):
        activity["channelData"] = {"tenant": {"id": OTHER}}
    if where in ("conversation", "both"):
        activity["conversation"] = {**activity["conversation"], "tenantId": OTHER}  # type: ignore[dict-item]
    if where == "neither":
        activity["channelData"] = {}
        activity["conversation"] = {"id": "a:x", "conversationType": "personal"}
    assert (await edge.teams.post(activity)).status == 403
    assert edge.dispatcher.asked == []
    assert edge.teams.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://smba.trafficmanager.net:8443/",
        "https://evilsmba.trafficmanager.net/",
        "ftp://smba.trafficmanager.net/",
        "http://[::1",
        "//smba.trafficmanager.net/",
    ],
)
async def test_t36_service_url_of_a_stranger(edge: Edge, url: str) -> None:
    activity = edge.teams.activity(ALICE, personal(ALICE), "message", text="mine") | {"serviceUrl": url}
    answer = await edge.teams.post(activity, token=edge.teams.issuer.token(APP_ID, url))
    assert answer.status == 403
    assert edge.dispatcher.asked == []


@pytest.mark.parametrize(
    ("kind", "name", "status"),
    [
        ("invoke", "composeExtension/query", 200),
        ("invoke", "adaptiveCard/action", 403),
        ("invoke", "composeextension/query", 403),
        ("message", "", 403),
        ("conversationUpdate", "composeExtension/query", 403),
    ],
)
async def test_outside_of_teams_the_message_extension_alone_is_served(
    edge: Edge, kind: str, name: str, status: int
) -> None:
    edge.teams.issuer.rotate("office", ["msteams", "m365extensions"])
    value = {"commandId": "searchIssues", "parameters": [{"name": "query", "value": "x"}]}
    activity = edge.teams.activity(ALICE, personal(ALICE), kind, name=name, value=value, text="mine")
    answer = await edge.teams.post(activity | {"channelId": "m365extensions"})
    assert answer.status == status
    assert ("composeExtension" in answer.body) == (status == 200)
    assert edge.dispatcher.asked == []


async def test_t17_two_tokens_are_none(edge: Edge) -> None:
    authorization = ("Authorization", f"Bearer {edge.teams.issuer.token(APP_ID, edge.teams.service_url)}")
    activity = edge.teams.activity(ALICE, personal(ALICE), "message", text="mine")
    for headers, is_good in (([authorization], True), ([authorization] * 2, False)):
        async with edge.session.post(edge.url, json=activity, headers=CIMultiDict(headers)) as response:
            assert (response.status < 300, response.status == 401) == (is_good, not is_good)


async def test_t20_identity_in_data_is_ignored(edge: Edge) -> None:
    value = {
        "action": {
            "type": "Action.Execute",
            "verb": "issue.show",
            "data": {"oid": "b", "from": {"aadObjectId": "b"}},
        }
    }
    activity = edge.teams.activity(ALICE, personal(ALICE), "invoke", name="adaptiveCard/action", value=value)
    await edge.teams.post(activity)
    assert edge.dispatcher.asked[0].person.oid == ALICE.oid


async def test_person_without_object_id_is_looked_up_in_the_roster(edge: Edge) -> None:
    activity = edge.teams.activity(ALICE, personal(ALICE), "message", text="mine")
    activity["from"] = {"id": ALICE.id, "name": ALICE.name}
    await edge.teams.post(activity)
    assert edge.dispatcher.asked[0].person.oid == ALICE.oid


async def test_anonymous_person_gets_a_sentence(edge: Edge) -> None:
    ghost = TeamsUser("Ghost", "", "")
    async with edge.teams.expecting(GROUP, lambda p: "doesn't say who you are" in p.text):
        await edge.teams.say(ghost, GROUP, "mine")
    assert edge.dispatcher.asked == []


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/x"), ("POST", "/%2e%2e/healthz")]
)
async def test_t18_only_the_listed_method_and_path(edge: Edge, method: str, path: str) -> None:
    async with edge.session.request(method, edge.url + path, json={}) as response:
        assert response.status in (404, 405)


@pytest.mark.parametrize("chat", [personal(ALICE), CHANNEL, GROUP], ids=lambda c: c.kind)
async def test_mention_of_the_bot_is_taken_out_and_the_thread_kept(edge: Edge, chat: Chat) -> None:
    async with edge.teams.expecting(chat) as got:
        await edge.teams.say(ALICE, chat, "move DEMO-1 to Done")
    request = edge.dispatcher.asked[0]
    assert request.text.strip() == "move DEMO-1 to Done"
    assert request.conversation.id == chat.id
    assert got[0].chat.partition(";")[0] == chat.id
    assert (";messageid=" in got[0].chat) == (chat.kind == "channel")


@pytest.mark.parametrize("entities", [[], None, [{"type": "clientInfo"}]])
async def test_mention_that_no_entity_tells_of_is_taken_out_by_its_name(edge: Edge, entities: object) -> None:
    from tests.support.samples.activities import recorded

    activity = dict(recorded())["message-channel-mention.json"]
    activity["serviceUrl"] = edge.teams.service_url
    activity["recipient"] = {"id": f"28:{APP_ID}", "name": "Jira"}
    await edge.teams.post({**activity, "entities": entities, "text": "<at>Jira</at> DEMO-1"})
    assert edge.dispatcher.asked[0].text == "DEMO-1"


async def test_real_recorded_activities_are_accepted(edge: Edge) -> None:
    from tests.support.samples.activities import recorded

    for name, activity in recorded():
        activity["serviceUrl"] = edge.teams.service_url
        activity["recipient"] = {"id": f"28:{APP_ID}", "name": "Jira"}
        answer = await edge.teams.post(activity)
        assert answer.status < 300, name
        assert json.dumps(answer.body) != "", name


SENT_CARDS: list[dict[str, object]] = [
    {"attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": {}}]},
    {
        "text": '\n<span class="inline-compose-card" itemid="0" itemtype="http://x/InputExtension">Card</span>\n',
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": {}}],
    },
]


@pytest.mark.parametrize("message", SENT_CARDS, ids=["pasted link", "search result"])
async def test_card_that_somebody_sent_is_no_question_to_the_bot(edge: Edge, message: dict[str, object]) -> None:
    activity = edge.teams.activity(ALICE, personal(ALICE), "message") | message
    assert (await edge.teams.post(activity)).status < 300
    assert edge.dispatcher.asked == []
    assert edge.teams.calls == []


@pytest.mark.parametrize("name", ["adaptiveCard/action", "task/submit", "message"])
async def test_t49_a_press_is_bounded_however_it_comes(edge: Edge, name: str) -> None:
    data = {"time": "9" * 100_000, **{f"f_{number}": "x" for number in range(2 * MAX_VALUES)}}
    if name == "message":
        await edge.teams.post(edge.teams.activity(ALICE, CHANNEL, "message", value={"verb": "issue.move", **data}))
    else:
        action = {"action": {"verb": "issue.move", "data": data}}
        value = action if name == "adaptiveCard/action" else {"data": {"verb": "issue.move", **data}}
        await edge.teams.invoke(ALICE, CHANNEL, name, value)
    [request] = edge.dispatcher.asked
    assert request.press is not None
    assert len(request.press.data.to_json()) == MAX_VALUES
    assert len(request.press.data.to_json()["time"]) == MAX_VALUE_CHARS
