"""One card of every kind, from data as it looks in life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.jira.jql import locate_error
from bot.jira.models import (
    Attachment,
    Comment,
    Issue,
    IssueRef,
    JiraUser,
    NamedItem,
    Site,
    Status,
    StatusCategory,
    Transition,
)
from cards.base import Card
from cards.choices import choices_card
from cards.connect import (
    confirm_disconnect_card,
    connect_button_card,
    connect_card,
    connected_card,
    disconnected_card,
    expiring_card,
    invite_card,
    offer_invitation_card,
    revoked_card,
)
from cards.help import CommandHelp, HelpGroup, Suggestion, command_card, help_card, suggestions_card
from cards.issue import issue_card
from cards.lists import PagePosition, list_card, query_card
from cards.messages import message_card, stale_card
from cards.notification import (
    DigestRow,
    SubscriptionRow,
    digest_card,
    notification_card,
    subscriptions_card,
    suspended_card,
)
from cards.personal_notifications import DayRow, DaySection, Switch, day_card, settings_card
from cards.welcome import welcome_card

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 12, 40, tzinfo=UTC)
SITE = Site("1324a887-45db-1bf4-1e99-ef0ff456d421", "https://example.atlassian.net", "Example")
LINK = "https://bridge.example.com/connect?ticket=Zm9yIHRoaXMgY2FyZA"

MEGAN = JiraUser("5b10a2844c20165700ede21g", "Megan Bowen")
ADELE = JiraUser("5b10ac8d82e05b22cc7d4ef5", "Adele Vance")
LYNNE = JiraUser("5b109f2e9729b51b54dc274d", "Lynne Robbins")

TODO = Status("1", "To Do", StatusCategory.TODO)
DOING = Status("3", "In Progress", StatusCategory.IN_PROGRESS)
REVIEW = Status("4", "In Review", StatusCategory.IN_PROGRESS)
DONE = Status("5", "Done", StatusCategory.DONE)


def sign(verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]:
    """Make data as long as the real thing: a conversation, a time, a MAC."""
    signed = {"verb": verb, "conversation": "19:8a2b6c…@thread.tacv2", "time": "1795437600"}
    if issue:
        signed |= {"issue": issue, "site": site}
    return signed | data | {"mac": "q3Zk0x0c2yQm1v8l4Yt7n6Jb9aWs5dEf3gHi1jKl0mN"}


def text(words: str, *marks: Mapping[str, object]) -> dict[str, object]:
    return {"type": "text", "text": words, "marks": list(marks)} if marks else {"type": "text", "text": words}


def paragraph(*inlines: object) -> dict[str, object]:
    return {"type": "paragraph", "content": list(inlines)}


def items(kind: str, *lines: str) -> dict[str, object]:
    return {
        "type": kind,
        "content": [{"type": "listItem", "content": [paragraph(text(line))]} for line in lines],
    }


def doc(*blocks: object) -> dict[str, object]:
    return {"type": "doc", "version": 1, "content": list(blocks)}


STRONG = {"type": "strong"}
CODE = {"type": "code"}

DESCRIPTION = doc(
    paragraph(
        text("After signing in through SSO people land on the "),
        text("dashboard", STRONG),
        text(" instead of the page they came from. The "),
        text("return_to", CODE),
        text(" parameter is dropped, see "),
        text("the RFC", {"type": "link", "attrs": {"href": "https://datatracker.ietf.org/doc/html/rfc6749"}}),
        text("."),
    ),
    items("orderedList", "Open a deep link while signed out", "Sign in with the company account"),
    {
        "type": "codeBlock",
        "attrs": {"language": "http"},
        "content": [text("GET /login?return_to=%2Freports%2F7\n  302 /dashboard")],
    },
    {"type": "panel", "attrs": {"panelType": "warning"}, "content": [paragraph(text("Affects release 4.2."))]},
    paragraph(text("More than one team has asked for this, so it should go into the next release.")),
)

ISSUE = Issue(
    id="10012",
    key="PROJ-12",
    summary="Login redirect loses the return URL after SSO",
    project_key="PROJ",
    project_name="Project",
    type=NamedItem("10004", "Bug"),
    status=DOING,
    priority=NamedItem("2", "High"),
    assignee=MEGAN,
    reporter=ADELE,
    created=NOW - timedelta(days=20),
    updated=NOW - timedelta(hours=3),
    due=date(2026, 11, 20),
    labels=("sso", "login", "customer-request"),
    parent=IssueRef("PROJ-3", "Single sign-on", DOING),
    sprint="Sprint 42",
    story_points=5.0,
    description=DESCRIPTION,
    comments=(
        Comment("1", LYNNE, doc(paragraph(text("Customers notice."))), NOW - timedelta(days=3)),
        Comment(
            "2", ADELE, doc(paragraph(text("Only for us: contract at risk."))), NOW - timedelta(days=2), None, True
        ),
        Comment(
            "3",
            LYNNE,
            doc(
                paragraph(
                    {"type": "mention", "attrs": {"id": MEGAN.account_id, "text": "@Megan Bowen"}},
                    text(" can reproduce it with Edge and Firefox; Chrome keeps the address."),
                )
            ),
            NOW - timedelta(days=1),
        ),
    ),
    comment_count=3,
    subtasks=(IssueRef("PROJ-13", "Keep return_to in the session", DONE), IssueRef("PROJ-14", "Test", TODO)),
    links=(IssueRef("OPS-7", "Roll out SSO", DOING, "blocks"),),
    attachments=(Attachment("1", "redirect.har", 183_220), Attachment("2", "screenshot.png", 48_100)),
    watching=True,
    watch_count=4,
    vote_count=2,
)

TRANSITIONS = (
    Transition("11", "To Do", TODO),
    Transition("21", "Start review", REVIEW),
    Transition("31", "Done", DONE),
)

BARE = Issue("10020", "PROJ-20", "Rename the menu entry", "PROJ", type=NamedItem("1", "Task"), status=TODO)

SHORT = replace(
    ISSUE,
    due=None,
    labels=("sso", "login"),
    parent=None,
    sprint="",
    story_points=None,
    description=doc(paragraph(text("After signing in through SSO people land on the dashboard. Chrome only."))),
    comments=(),
    comment_count=0,
    subtasks=(),
    links=(),
    attachments=(),
)
"""A bug as most are: few fields and two lines of text."""

BAD_QUERY = "project = PROJ AND priority High ORDER BY updated DESC"
BAD_MESSAGE = (
    "Error in the JQL Query: Expecting operator but got 'High'. The valid operators are '=', '!=', '<', '>', '<=',"
    " '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'. (line 1, character 29)"
)

SWITCHES = (
    Switch("Assigned to me", "On", "Turn off", "assigned off", on=True),
    Switch("Mentions", "On", "Turn off", "mentioned off", on=True),
    Switch("Comments on my issues", "On", "Turn off", "commented off", on=True),
    Switch("Issues I'm watching", "Off", "Turn on", "watched on"),
    Switch("Daily digest", "At 8:30", "Turn off", "digest off", on=True),
    Switch("Quiet hours", "None", "Turn on (18:00–8:00)", "quiet 18:00-8:00"),
)
DAY = (
    DaySection(
        "Overdue",
        [DayRow("PROJ-12", "Login redirect loses the return URL after SSO", "due 20 November", SITE.cloud_id)],
        urgent=True,
    ),
    DaySection("Due today", [DayRow("PROJ-20", "Rename the menu entry", "", SITE.cloud_id)]),
    DaySection(
        "In progress",
        [DayRow(f"PROJ-{n}", "Export of reports never ends", "In Review", SITE.cloud_id) for n in range(30, 33)],
    ),
)

COMMANDS = (
    CommandHelp("show", "PROJ-12 or show PROJ-12", "Show an issue.", ("show PROJ-12",)),
    CommandHelp("mine", "mine", "Show your open issues.", ("mine",)),
    CommandHelp("search", "search <words>", "Search issues by text.", ("search login",)),
    CommandHelp("create", "create [type] [PROJ] [summary]", "Create an issue.", ("create bug PROJ Login fails",)),
    CommandHelp(
        "move",
        "move PROJ-12 [to] <status>",
        "Change an issue's status.",
        ("move PROJ-12 to In Progress", "PROJ-12 done"),
    ),
    CommandHelp("comment", "comment PROJ-12 <text>", "Add a comment (Markdown).", ("comment PROJ-12 Thanks!",)),
)
GROUPS = (
    HelpGroup("Find", COMMANDS[:3]),
    HelpGroup("Change", COMMANDS[4:5]),
    HelpGroup("Create", (COMMANDS[3], COMMANDS[5])),
    HelpGroup("Notify", (CommandHelp("notify", "notify", "Notifications, daily digest and quiet hours."),)),
    HelpGroup("Account", (CommandHelp("whoami", "whoami", "Show your Jira account."),)),
)
SUGGESTIONS = (
    Suggestion("My open issues", "mine"),
    Suggestion("Recently viewed", "recent"),
    Suggestion("Create an issue", "create"),
    Suggestion("Saved filters", "filter"),
    Suggestion("Notifications", "notify"),
)


def _issues() -> list[Issue]:
    statuses = (DOING, TODO, REVIEW, DONE)
    summaries = (
        "Login redirect loses the return URL after SSO",
        "Rename the menu entry",
        "Export of reports with more than ten thousand rows never ends and the browser asks to wait or to leave",
        "Update the imprint",
    )
    return [
        Issue(
            str(10000 + n),
            f"PROJ-{n + 8}",
            summaries[n % 4],
            "PROJ",
            type=NamedItem("1", ("Bug", "Task", "Story")[n % 3]),
            status=statuses[n % 4],
            priority=NamedItem("2", ("High", "Medium")[n % 2]),
            assignee=(MEGAN, None, ADELE)[n % 3],
        )
        for n in range(6)
    ]


def issue(**changes: object) -> Card:
    arguments: dict[str, object] = {
        "site": SITE,
        "transitions": TRANSITIONS,
        "sign": sign,
        "zone": ZONE,
        "now": NOW,
        "shared": False,
    }
    arguments |= changes
    shown = arguments.pop("issue", ISSUE)
    return issue_card(shown, **arguments)  # type: ignore[arg-type]


def every_card() -> dict[str, Card]:
    """Name -> card."""
    place = PagePosition(total=46).next("token-2")
    return {
        "issue": issue(),
        "issue-short": issue(issue=SHORT),
        "issue-shared": issue(shared=True, show_site=True, refresh_for=["29:1abc", "29:2def"]),
        "issue-restricted": issue(
            issue=replace(ISSUE, security_level=NamedItem("10100", "Core team")),
            shared=True,
            notice="Moved to To Do.",
            refresh_for=["29:1abc"],
        ),
        "issue-compose": issue(shared=True, transitions=()),
        "issue-bare": issue(issue=BARE, transitions=TRANSITIONS[1:]),
        "issue-notice": issue(issue=BARE, notice="Moved to To Do.", transitions=()),
        "issue-problem": issue(
            issue=BARE, problem="Jira did not move it: the field Resolution is required. Fill it in and try again."
        ),
        "connect": connect_card(LINK, runs="create bug PROJ Login fails on Safari"),
        "connect-again": connect_card(LINK, again=True),
        "connect-button": connect_button_card(sign, runs="show PROJ-12"),
        "invite": invite_card(LINK, "Adele Vance"),
        "invite-offer": offer_invitation_card(
            "No one called “Lee Gu” can be assigned to PROJ-12. Try their name or email address in Jira.",
            sign,
            colleague="0d5c2a4e-6b1f-4c3a-9e7d-8f2b1a0c9d3e",
            name="Lee Gu",
        ),
        "connected": connected_card("Megan Bowen", ["Example", "Sandbox"], "megan@example.com"),
        "connected-first": connected_card(
            "Megan Bowen", ["Example"], notified_when="an issue is assigned to you or you are mentioned"
        ),
        "connected-offers": connected_card(
            "Megan Bowen",
            ["Example"],
            offers=[("comment PROJ-12 Looks good to me", "a"), ("assign PROJ-13 me", "b"), ("Move PROJ-14", "c")],
            sign=sign,
        ),
        "disconnect": confirm_disconnect_card(sign, subscriptions=2),
        "disconnected": disconnected_card(),
        "revoked": revoked_card(LINK),
        "expiring": expiring_card(LINK, 14),
        "expiring-tomorrow": expiring_card(LINK, 1),
        "help": help_card(GROUPS, SUGGESTIONS, scope="personal", sign=sign),
        "help-unlinked": help_card(GROUPS, SUGGESTIONS, scope="personal", sign=sign, offer_link=True),
        "help-channel": help_card(GROUPS, SUGGESTIONS, scope="channel", sign=sign, offer_link=True),
        "help-one": command_card(COMMANDS[4]),
        "suggestions": suggestions_card("shwo PROJ-12", ["show PROJ-12", "search PROJ-12", "mine"]),
        "list": list_card(
            "Assigned to you",
            _issues(),
            site=SITE,
            sign=sign,
            jql="assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC",
            next_token="token-3",
            position=place,
        ),
        "list-channel": list_card(
            "Query results",
            _issues()[:2],
            site=SITE,
            sign=sign,
            jql="project = PROJ AND priority = High ORDER BY updated DESC",
            subscribe_to="project = PROJ AND priority = High",
        ),
        "list-query": query_card(
            BAD_QUERY,
            f"Jira did not accept that: {BAD_MESSAGE}",
            site=SITE,
            sign=sign,
            blamed=locate_error(BAD_QUERY, [BAD_MESSAGE]),
        ),
        "issue-from-list": issue(
            viewer=MEGAN.account_id,
            issue=replace(BARE, assignee=MEGAN),
            transitions=TRANSITIONS[:1],
            back=sign("list.page", site=SITE.cloud_id, title="Query results"),
            headline="Adele Vance created a task",
        ),
        "list-empty": list_card("Search: logn", [], site=SITE, sign=sign, jql='text ~ "logn"'),
        "notification": notification_card(
            ISSUE,
            site=SITE,
            headline="Adele Vance created a bug",
            sign=sign,
            zone=ZONE,
            now=NOW,
            transitions=TRANSITIONS[:2],
            description=True,
        ),
        "digest": digest_card(
            "23 changes in PROJ",
            [
                DigestRow(
                    "PROJ-12",
                    "Login redirect loses the return URL after SSO",
                    "moved to In Review",
                    3,
                    SITE.cloud_id,
                ),
                DigestRow("PROJ-20", "Rename the menu entry", "created by Adele Vance", 1, SITE.cloud_id),
            ],
            sign=sign,
            more=18,
        ),
        "choices": choices_card(
            "PROJ-12 can't move to “ship it” from here. Choose a status:",
            [("To Do", "move PROJ-12 to To Do"), ("Start review → In Review", "move PROJ-12 to Start review")],
        ),
        "notify-settings": settings_card(SWITCHES, sign=sign, zone="Europe/Berlin"),
        "notify-day": day_card(DAY, sign=sign, more=True),
        "subscriptions-suspended": suspended_card(
            "Updates for PROJ stopped: the subscriber disconnected Jira. Someone else can take over.",
            ["s1", "s2"],
            sign=sign,
        ),
        "subscriptions": subscriptions_card(
            [
                SubscriptionRow("s1", "PROJ where priority = High", "created, resolved"),
                SubscriptionRow("s2", "OPS", "created", paused=True),
                SubscriptionRow("s3", "WEB", "created, commented", problem="Lynne has to connect Jira again."),
            ],
            sign=sign,
            notice="Saved.",
        ),
        "subscriptions-none": subscriptions_card([], sign=sign),
        "welcome-personal": welcome_card("personal", url=LINK),
        "welcome-linked": welcome_card("personal", account="Megan Bowen"),
        "welcome-group": welcome_card("groupChat", sign=sign),
        "welcome-channel": welcome_card("channel", sign=sign),
        "message": message_card("You are Megan Bowen on Example.\nNew issues go to PROJ."),
        "message-good": message_card("1h 30m logged on PROJ-12.", "good"),
        "message-warning": message_card(
            "Jira is slow at the moment. What you asked for is not lost.", "warning", suggestions=["mine"]
        ),
        "stale": stale_card(sign, issue="PROJ-12", site=SITE.cloud_id),
    }
