"""Forms, and cards with too much or nothing in every place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bot.jira.models import Attachment, IssueRef, NamedItem, Transition
from cards.base import Card
from cards.connect import connected_card
from cards.forms import Button, FormEntry, FormView, Shape, form_card, opener_card
from cards.lists import PagePosition, list_card
from cards.messages import stale_card
from cards.notification import DigestRow, SubscriptionRow, digest_card, notification_card, subscriptions_card
from cards.personal_notifications import DayRow, DaySection, day_card
from tests.support.samples.cards import BARE, ISSUE, LINK, NOW, SITE, TODO, ZONE, issue, sign

ROW = DigestRow("PROJ-7", "Rename the menu entry", "created by Adele Vance")


def form() -> Card:
    """Every shape, with errors, a text that was cut, and more fields than fit."""
    shapes = [FormEntry(shape, f"Field {shape}", shape, choices=(("Red", "1"), ("Blue", "2"))) for shape in Shape]
    wanted = [replace(entry, name=f"{entry.name}2", required=True, error="Not so.") for entry in shapes]
    typed = FormEntry("text", "Story", Shape.PARAGRAPH, value="word " * 9_000, typed=True, hint="As you like")
    rest = [FormEntry(f"n{n}", f"Number {n}", Shape.LINE) for n in range(50)]
    buttons = [Button("Create", "form.send", sign("form.send"))]
    return form_card(
        FormView("Create a bug", [*wanted, typed, *shapes, *rest], buttons, "Not sent.", ["Team"], LINK)
    )


def much() -> Card:
    """More of everything than an issue card has room for."""
    moves = [Transition(str(n), f"Step {n}", TODO) for n in range(40)]
    crowded = replace(
        ISSUE,
        summary="",
        assignee=None,
        priority=None,
        resolution=NamedItem("1", "Duplicate"),
        fix_versions=(NamedItem("1", "Spring"),),
        security_level=NamedItem("1", "Staff"),
        labels=tuple(f"label{n}" for n in range(30)),
        subtasks=ISSUE.subtasks * 10,
        links=(IssueRef("OPS-8", "", None, "clones"),) * 10,
        attachments=tuple(Attachment(str(n), "file", 3 * 1024**n) for n in range(5)),
        due=date(2031, 3, 3),
        updated=NOW - timedelta(days=900),
        comment_count=1,
        vote_count=12_345,
        voted=True,
        watching=False,
        watch_count=1,
    )
    return issue(issue=crowded, transitions=moves)


def other_cards() -> dict[str, Card]:
    """Name -> card."""
    bare = replace(BARE, status=replace(TODO, name=""), summary="", due=NOW.date())
    rows = [SubscriptionRow(f"s{n}", "OPS", "created") for n in range(30)]
    place = PagePosition().next("token")
    day = [DayRow("PROJ-7", "Rename the menu entry", "High", SITE.cloud_id)] * 50
    return {
        "form": form(),
        "form-left-out": form_card(FormView("Create a bug", [], [], left_out=["Team"], link=LINK)),
        "opener": opener_card(
            "Create a bug", ["In Example."], Button("Open form", "form.open", sign("form.open"))
        ),
        "issue-much": much(),
        "issue-little": issue(issue=bare, transitions=()),
        "notification-little": notification_card(
            bare, site=SITE, headline="Adele Vance created a bug", sign=sign, zone=ZONE, now=NOW, shared=False
        ),
        "notification-much": notification_card(
            ISSUE, site=SITE, headline="Adele Vance created a bug", sign=sign, zone=ZONE, now=NOW
        ),
        "connected-again": connected_card("Megan Bowen", ["Example"], again="connect again"),
        "connected-much": connected_card("Megan Bowen", ["Example"] * 13),
        "list-much": list_card(
            "Issues", [bare] * 40, site=SITE, sign=sign, jql="key = 1", position=place, show_site=True
        ),
        "digest-much": digest_card("Issues", [replace(ROW, count=3)] * 13, sign=sign),
        "subscriptions-much": subscriptions_card(rows, sign=sign),
        "stale": stale_card(sign),
        "day": day_card([DaySection("Overdue", day, urgent=True), DaySection("Today", day[:1])], sign=sign),
        "day-more": day_card([], sign=sign, more=True),
    }
