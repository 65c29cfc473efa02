"""What people and Jira send at scale: commands of people chosen at random, and deliveries about their issues.

Three of four commands show an issue, one assigns it. Of the deliveries a fifth are new issues, two fifths changes
of fields that nobody subscribes to, a quarter steps made by the assignee, the rest comments of a colleague, which
are news to the assignee in their own chat, too. Half of the deliveries that are not new issues are about one of
the last created.
"""

from __future__ import annotations

import hmac
import itertools
import json
import random
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks import seeding
from benchmarks.open_loop import Arrival
from benchmarks.scale_company import (
    SUBSCRIPTIONS_A_PROJECT,
    Company,
    account_id,
    assignee_of,
    jira_site,
    person_of,
    project_key,
)
from benchmarks.scale_surroundings import COMMAND_ISSUES, writer_name
from bot.chat.identity import Person

COMMAND, WEBHOOK = "command", "webhook"
SHOWN = 0.75
KINDS = {"created": 0.2, "updated": 0.4, "transitioned": 0.25, "commented": 0.15}
REMEMBERED = 5_000
DESCRIPTION = "Steps, what was expected and what was seen instead. " * 50
_ENTITIES = [{"locale": "en-US", "country": "US", "platform": "Web", "type": "clientInfo"}]


@dataclass(frozen=True, slots=True)
class _Issue:
    """An issue of a site. Its number is unique among all sites'."""

    site: int
    project: int
    number: int

    @property
    def key(self) -> str:
        return f"{project_key(self.project)}-{self.number}"


@dataclass
class Traffic:
    """Arrivals without end. `secret` signs the deliveries."""

    company: Company
    around: Mapping[str, str]
    secret: str = field(repr=False)
    random: random.Random = field(default_factory=lambda: random.Random(15))

    def __post_init__(self) -> None:
        self._numbers: dict[str, Iterator[int]] = {COMMAND: itertools.count(1), WEBHOOK: itertools.count(1)}
        self._issues = itertools.count(1)
        self._created: deque[_Issue] = deque(maxlen=REMEMBERED)
        self._expected = 0

    def arrivals(self, commands: float, webhooks: float, seconds: float) -> Iterator[Arrival]:
        """Yield so many of each a second, at random moments (a Poisson process), in their order."""
        at = 0.0
        while (at := at + self.random.expovariate(commands + webhooks)) < seconds:
            kind = COMMAND if self.random.random() * (commands + webhooks) < commands else WEBHOOK
            number = next(self._numbers[kind])
            request = self._command(number) if kind == COMMAND else self._delivery(number)
            yield Arrival(at, kind, number, request)

    def take_expected(self) -> int:
        """Return how many messages the deliveries since the last call should make."""
        expected, self._expected = self._expected, 0
        return expected

    def _command(self, number: int) -> bytes:
        issue = self._new_issue(COMMAND_ISSUES + number)
        person = person_of(issue.site, self.random.randrange(self.company.people_a_site))
        text = f"show {issue.key}" if self.random.random() < SHOWN else f"assign {issue.key} me"
        typed: dict[str, object] = {"text": text, "textFormat": "plain", "entities": _ENTITIES}
        return seeding.post(self.around, seeding.activity(self.around, person, "message", **typed))

    def _new_issue(self, number: int) -> _Issue:
        site = self.random.randrange(self.company.sites)
        return _Issue(site, self.random.randrange(self.company.projects), number)

    def _delivery(self, number: int) -> bytes:
        (kind,) = self.random.choices([*KINDS], [*KINDS.values()])
        if kind == "created" or not self._created or self.random.random() < 0.5:
            issue = self._new_issue(next(self._issues))
        else:
            issue = self.random.choice(self._created)
        if kind == "created":
            self._created.append(issue)
        is_subscribed = kind != "updated" and issue.project < self.company.subscribed_projects
        self._expected += (SUBSCRIPTIONS_A_PROJECT if is_subscribed else 0) + (kind == "commented")
        return self._signed(number, self._payload(kind, issue, number))

    def _payload(self, kind: str, issue: _Issue, number: int) -> dict[str, object]:
        holder = assignee_of(issue.site, issue.number, self.company.people_a_site)
        url = jira_site(issue.site).url
        fields: dict[str, object] = {
            "summary": "Sign-in fails when the session cookie has expired",
            "issuetype": {"id": "10004", "name": "Bug", "subtask": False},
            "project": {"key": project_key(issue.project), "name": "A project", "projectTypeKey": "software"},
            "status": {"id": "3", "name": "In Progress", "statusCategory": {"id": 4, "key": "indeterminate"}},
            "priority": {"id": "2", "name": "High"},
            "assignee": None if kind == "created" else _user(url, holder, "Holder"),
            "reporter": _user(url, holder, "Holder"),
            "description": DESCRIPTION,
        }
        there = {"id": str(issue.number), "key": issue.key, "self": f"{url}/rest/api/2/issue/{issue.number}"}
        writer = _user(url, holder, writer_name(number))
        body = {"timestamp": int(time.time() * 1000), "issue": {**there, "fields": fields}}
        if kind == "commented":
            colleague = person_of(issue.site, (issue.number + 1) % self.company.people_a_site)
            author = _user(url, colleague, writer_name(number))
            address = f"{url}/rest/api/2/issue/{issue.number}/comment/{number}"
            comment = {"id": str(number), "self": address, "author": author, "body": "Please have a look."}
            return {**body, "webhookEvent": "comment_created", "comment": comment}
        if kind == "created":
            return {**body, "webhookEvent": "jira:issue_created", "user": writer}
        return {
            **body,
            "webhookEvent": "jira:issue_updated",
            "issue_event_type_name": "issue_generic" if kind == "transitioned" else "issue_updated",
            "user": writer,
            "changelog": {"id": str(number), "items": [_CHANGES[kind]]},
        }

    def _signed(self, number: int, payload: Mapping[str, object]) -> bytes:
        data = json.dumps(payload, separators=(",", ":")).encode()
        digest = hmac.new(self.secret.encode(), data, "sha256").hexdigest()
        head = (
            "POST /jira/webhooks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Hub-Signature: sha256={digest}\r\nX-Atlassian-Webhook-Identifier: {number}-{digest[:16]}\r\n"
            f"Content-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data


_CHANGES = {
    "transitioned": {"field": "status", "from": "1", "fromString": "To Do", "to": "3", "toString": "In Progress"},
    "updated": {"field": "priority", "from": "3", "fromString": "Medium", "to": "2", "toString": "High"},
}


def _user(url: str, person: Person, name: str) -> dict[str, object]:
    account = account_id(person)
    return {"self": f"{url}/rest/api/2/user?accountId={account}", "accountId": account, "displayName": name}
