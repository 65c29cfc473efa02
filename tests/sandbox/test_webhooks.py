"""Webhooks: proof of origin, what is in them, retries, and the dynamic ones."""

from __future__ import annotations

import hashlib
import hmac
import json

import jwt
import pytest

from sandbox.people import PEOPLE
from sandbox.webhooks import LIFE, DynamicWebhook
from tests.support.clock import Clock
from tests.support.paths import DATA
from tests.support.sandbox import App, Client, adf

SAMPLES = DATA / "jira-webhooks"
START = {"transition": {"id": "11"}}


async def test_admin_webhook_is_signed_over_the_raw_body(alice: Client, app: App) -> None:
    await alice.post("/issue/DEMO-2/comment", {"body": adf("grüße")})
    await alice.sandbox.webhooks_settled()
    [(headers, body)] = app.hooks
    digest = hmac.new(alice.sandbox.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature"] == f"sha256={digest}"
    assert headers["X-Atlassian-Webhook-Flow"] == "Primary"
    assert headers["X-Atlassian-Webhook-Identifier"]
    assert "X-Atlassian-Webhook-Retry" not in headers
    assert "grüße".encode() in body


async def test_each_change_has_its_event(alice: Client, app: App) -> None:
    new = {"fields": {"project": {"key": "DEMO"}, "issuetype": {"name": "Task"}, "summary": "New"}}
    made, other = (await alice.post("/issue", new))["key"], {"key": "DEMO-2"}
    for method, path, body in (
        ("POST", f"/issue/{made}/transitions", START),
        ("PUT", f"/issue/{made}/assignee", {"accountId": PEOPLE[1].account_id}),
        ("PUT", f"/issue/{made}", {"fields": {"summary": "Newer"}}),
        ("PUT", f"/issue/{made}", {"fields": {"summary": "Newer"}}),
        ("POST", f"/issue/{made}/comment", {"body": adf("x")}),
        ("POST", f"/issue/{made}/worklog", {"timeSpent": "1h"}),
        ("POST", "/issueLink", {"type": {"name": "Blocks"}, "inwardIssue": {"key": made}, "outwardIssue": other}),
        ("DELETE", f"/issue/{made}", None),
    ):  # fmt: skip
        assert (await alice.call(method, path, body)).status < 300
        await alice.sandbox.webhooks_settled()
    rows = [json.loads(body) for _, body in app.hooks]
    assert [(r["webhookEvent"], r.get("issue_event_type_name")) for r in rows] == [
        ("jira:issue_created", "issue_created"),
        ("jira:issue_updated", "issue_generic"),
        ("jira:issue_updated", "issue_assigned"),
        ("jira:issue_updated", "issue_updated"),
        ("comment_created", None),
        ("worklog_created", None),
        ("issuelink_created", None),
        ("jira:issue_deleted", "issue_deleted"),
    ]
    assert rows[1]["changelog"]["items"][0] == {
        "field": "status",
        "fieldtype": "jira",
        "fieldId": "status",
        "from": "10000",
        "fromString": "To Do",
        "to": "3",
        "toString": "In Progress",
    }


@pytest.mark.parametrize(
    ("sample", "path", "body"),
    [
        ("webhook-cloud-comment-created-mention-user.json", "/issue/DEMO-2/comment", {"body": adf("x")}),
        ("webhook-issue-updated-started-working.json", "/issue/DEMO-2/transitions", START),
    ],
)
async def test_body_has_the_shape_of_a_real_one(
    alice: Client, app: App, sample: str, path: str, body: dict[str, object]
) -> None:
    await alice.post(path, body)
    await alice.sandbox.webhooks_settled()
    real, ours = json.loads((SAMPLES / sample).read_text(encoding="utf-8")), json.loads(app.hooks[0][1])
    assert set(ours) == set(real)
    assert set(ours["issue"]) == set(real["issue"])
    if "comment" in real:
        assert set(ours["comment"]) == set(real["comment"])
        assert set(ours["issue"]["fields"]) == set(real["issue"]["fields"])
    # Some fields came and went with the years and the site's own custom ones differ.
    later = {"environment", "aggregatetimespent", "aggregatetimeestimate", "aggregatetimeoriginalestimate"}
    later |= {"timeoriginalestimate", "progress", "aggregateprogress"}
    missing = {k for k in real["issue"]["fields"] if not k.startswith("customfield_")} - set(
        ours["issue"]["fields"]
    )
    assert missing <= later
    for part in ("author", "updateAuthor"):
        if part in real.get("comment", {}):
            assert set(real["comment"][part]) - {"name", "key"} <= set(ours["comment"][part])


async def test_rich_text_is_wiki_text_and_links_are_the_sites(alice: Client, app: App) -> None:
    mention = {"type": "mention", "attrs": {"id": PEOPLE[1].account_id, "text": "@Bob"}}
    text = {"type": "text", "text": "Look "}
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text, mention]}]}
    await alice.post("/issue/DEMO-2/comment", {"body": body})
    await alice.sandbox.webhooks_settled()
    row = json.loads(app.hooks[0][1])
    assert row["comment"]["body"] == f"Look [~accountid:{PEOPLE[1].account_id}]"
    assert row["issue"]["self"] == f"{alice.sandbox.board_url}/rest/api/2/issue/10002"


async def test_body_is_what_was_true_at_the_change(alice: Client, app: App) -> None:
    app.statuses = [503]
    await alice.post("/issue/DEMO-2/transitions", START)
    await alice.call("PUT", "/issue/DEMO-2", {"fields": {"summary": "Later"}})
    await alice.sandbox.webhooks_settled()
    first = [json.loads(b) for _, b in app.hooks if json.loads(b)["issue_event_type_name"] == "issue_generic"]
    assert {r["issue"]["fields"]["summary"] for r in first} == {"Login fails after password reset"}


@pytest.mark.parametrize(
    ("answers", "attempts"),
    [
        ([200], [200]),
        ([503, 202], [503, 202]),
        ([408, 425, 429], [408, 425, 429]),
        ([401, 200], [401]),
        ([500, 500, 500, 200], [500, 500, 500]),
    ],
    ids=str,
)
async def test_retries(alice: Client, app: App, answers: list[int], attempts: list[int]) -> None:
    app.statuses = answers
    await alice.post("/issue/DEMO-2/transitions", START)
    await alice.sandbox.webhooks_settled()
    [delivery] = alice.sandbox.webhooks[alice.sandbox.site.cloud_id].deliveries
    assert delivery.attempts == attempts
    assert delivery.delivered is (attempts[-1] < 300)
    assert len({h["X-Atlassian-Webhook-Identifier"] for h, _ in app.hooks}) == 1
    assert len({b for _, b in app.hooks}) == 1
    retries = [h.get("X-Atlassian-Webhook-Retry") for h, _ in app.hooks]
    assert retries == [None, *(str(n) for n in range(1, len(attempts)))]


async def test_f20_delivery_can_be_repeated(alice: Client, app: App) -> None:
    await alice.post("/issue/DEMO-2/transitions", START)
    await alice.sandbox.webhooks_settled()
    hooks = alice.sandbox.webhooks[alice.sandbox.site.cloud_id]
    hooks.redeliver(hooks.deliveries[0])
    await hooks.settled()
    assert app.hooks[0][1] == app.hooks[1][1]


async def test_nobody_listening_is_no_answer(alice: Client, app: App) -> None:
    alice.sandbox.send_webhooks_to("http://127.0.0.1:9/hook")
    await alice.post("/issue/DEMO-2/transitions", START)
    await alice.sandbox.webhooks_settled()
    [delivery] = alice.sandbox.webhooks[alice.sandbox.site.cloud_id].deliveries
    assert delivery.attempts == [0, 0, 0]
    assert not delivery.delivered


async def register(alice: Client, app: App, jql: str, *events: str, **more: object) -> dict[str, object]:
    rows = [{"jqlFilter": jql, "events": list(events) or ["comment_created"], **more}]
    answer = await alice.post("/webhook", {"url": f"{app.url}/hook", "webhooks": rows})
    assert answer.status == 200
    result: dict[str, object] = answer["webhookRegistrationResult"][0]
    return result


async def test_dynamic_webhook_carries_a_token_and_no_signature(alice: Client, app: App) -> None:
    alice.sandbox.webhooks[alice.sandbox.site.cloud_id].admin.clear()
    made = await register(alice, app, "project = DEMO")
    await alice.post("/issue/DEMO-2/comment", {"body": adf("x")})
    await alice.post("/issue/OPS-1/comment", {"body": adf("x")})
    await alice.sandbox.webhooks_settled()
    [(headers, body)] = app.hooks
    assert "X-Hub-Signature" not in headers
    token = headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(
        token, alice.sandbox.client_secret, ["HS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims["iss"] == alice.sandbox.client_id
    assert "aud" not in claims
    assert json.loads(body)["matchedWebhookIds"] == [made["createdWebhookId"]]


@pytest.mark.parametrize(
    ("jql", "event", "words"),
    [
        ("", "comment_created", "must not be empty"),
        ("text ~ x", "comment_created", "'text' is not supported"),
        ("project ~ DEMO", "comment_created", "operator '~' is not supported"),
        ("project =", "comment_created", "is invalid"),
        ("project = NOPE", "comment_created", "'NOPE' does not exist"),
        ("project = DEMO", "worklog_created", "events"),
    ],
)
async def test_dynamic_webhook_is_refused_inside_a_200(
    alice: Client, app: App, jql: str, event: str, words: str
) -> None:
    result = await register(alice, app, jql, event)
    assert words in " ".join(result["errors"])  # type: ignore[arg-type]


async def test_five_dynamic_webhooks_a_person(alice: Client, app: App) -> None:
    results = [await register(alice, app, "project = DEMO") for _ in range(6)]
    assert ["errors" in r for r in results] == [False] * 5 + [True]


async def test_one_url_an_app(alice: Client, app: App) -> None:
    await register(alice, app, "project = DEMO")
    rows = [{"jqlFilter": "project = DEMO", "events": ["comment_created"]}]
    answer = await alice.post("/webhook", {"url": "https://other.example/", "webhooks": rows})
    assert answer.status == 400


async def test_dynamic_webhook_ends_after_thirty_days_unless_refreshed(
    alice: Client, app: App, clock: Clock
) -> None:
    alice.sandbox.webhooks[alice.sandbox.site.cloud_id].admin.clear()
    kept = (await register(alice, app, "project = DEMO"))["createdWebhookId"]
    await register(alice, app, "project = DEMO")
    clock.advance(days=29)
    await alice.renew()
    await alice.call("PUT", "/webhook/refresh", {"webhookIds": [kept]})
    clock.advance(days=2)
    await alice.renew()
    rows = (await alice.get("/webhook"))["values"]
    assert [r["id"] for r in rows] == [kept]
    await alice.post("/issue/DEMO-2/comment", {"body": adf("x")})
    await alice.sandbox.webhooks_settled()
    assert len(app.hooks) == 1


async def test_dynamic_webhook_sees_what_its_owner_sees_and_the_fields_it_wants(alice: Client, app: App) -> None:
    site = alice.sandbox.site
    hooks = alice.sandbox.webhooks[site.cloud_id]
    hooks.admin.clear()
    events = ("jira:issue_updated",)
    eve = PEOPLE[4].account_id
    until = site.clock() + LIFE
    hooks.register(DynamicWebhook(0, f"{app.url}/hook", events, "project = DEMO", eve, until, ("summary",)))
    for key, field in (("DEMO-6", "summary"), ("DEMO-2", "environment"), ("DEMO-2", "summary")):
        value: object = "Changed" if field == "summary" else adf("x")
        assert (await alice.call("PUT", f"/issue/{key}", {"fields": {field: value}})).status == 204
    await alice.sandbox.webhooks_settled()
    assert [json.loads(b)["issue"]["key"] for _, b in app.hooks] == ["DEMO-2"]
    assert [i["field"] for i in json.loads(app.hooks[0][1])["changelog"]["items"]] == ["summary"]


async def test_admin_filter_lets_through_what_it_names_and_a_broken_one_nothing(alice: Client, app: App) -> None:
    [admin] = alice.sandbox.webhooks[alice.sandbox.site.cloud_id].admin
    for jql in ("project = OPS", "project = GONE", "project = DEMO"):
        admin.jql = jql
        assert (await alice.post("/issue/DEMO-2/comment", {"body": adf(jql)})).status == 201
    await alice.sandbox.webhooks_settled()
    assert [json.loads(b)["comment"]["body"] for _, b in app.hooks] == ["project = DEMO"]
