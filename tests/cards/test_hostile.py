"""Whatever Jira holds, a card is valid, small, and says nothing but text (threats T22, T26, T29-T31, T48)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

import pytest
import regex
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.jira.jql import MarkedQuery
from bot.jira.models import (
    Attachment,
    Comment,
    Issue,
    IssueRef,
    JiraUser,
    NamedItem,
    Status,
    StatusCategory,
    Transition,
)
from cards.base import Card
from cards.choices import choices_card
from cards.connect import connected_card
from cards.help import CommandHelp, HelpGroup, Suggestion, command_card, help_card, suggestions_card
from cards.lists import PagePosition, list_card, query_card
from cards.messages import message_card
from cards.notification import DigestRow, SubscriptionRow, digest_card, notification_card, subscriptions_card
from cards.size import MAX_CARD_BYTES, size
from tests.support.card_schema import assert_valid
from tests.support.samples.cards import NOW, SITE, ZONE, doc, issue, paragraph, sign, text

pytestmark = pytest.mark.slow

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OWN_HOSTS = ("https://example.atlassian.net/", "https://id.atlassian.com/")

EVIL = [
    "[click](http://evil.example)",
    "![x](http://evil.example/pixel.png)",
    "<img src='http://evil.example'>",
    "<at>CEO</at>",
    "\u202eevil\u2066",
    "\u200b\u200d\ufeff",
    "{{DATE(2026-01-01T00:00:00Z, SHORT)}}",
    "**bold** _it_ `code`",
    "\x00\x1b\ud800",
    "\n\n# heading\n- list",
    "e" + "\u0301" * 3_000,
    "👨\u200d👩\u200d👧\u200d👦" * 200,
    "漢" * 20_000,
    '"\\' * 15_000,
    "x" * 100_000,
]


def parts(node: object) -> Iterator[dict[str, object]]:
    """Every object of a card, at any depth."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)


def without_data(node: object) -> object:
    """Remove what a card's buttons carry, which nobody sees."""
    if isinstance(node, dict):
        return {name: without_data(value) for name, value in node.items() if name != "data"}
    return [without_data(value) for value in node] if isinstance(node, list) else node


def assert_inert(card: Card) -> None:
    kinds = {part.get("type") for part in parts(card)}
    assert not kinds & {"ImageSet", "Media"}
    for part in parts(card):
        if part.get("type") == "Image":
            assert str(part["url"]).startswith("data:image/png;base64,"), "pictures are our own, none is fetched"
        assert "key" not in part
        assert "backgroundImage" not in part
        assert "iconUrl" not in part
        if part.get("type") == "Action.OpenUrl":
            assert str(part["url"]).startswith(OWN_HOSTS), part
        if part.get("type") == "TextBlock":
            tokens = MARKDOWN.parse(str(part["text"]))
            inline = [child.type for token in tokens for child in token.children or []]
            assert set(inline) <= {"text", "text_special"}, part
    for said in strings({name: value for name, value in card.items() if name != "actions"}):
        assert not regex.search(r"<[\s/]*at\b|[\u202a-\u202e\u2066-\u2069\x00]", said, regex.IGNORECASE), said


words = st.one_of(st.sampled_from(EVIL), st.text(max_size=40), st.lists(st.sampled_from(EVIL[:10])).map("".join))
some = st.integers(0, 3)
many = st.sampled_from([0, 1, 3, 400])


@st.composite
def users(draw: st.DrawFn) -> JiraUser:
    return JiraUser("1", draw(words))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, object]:
    href = draw(
        st.sampled_from(["https://example.atlassian.net/x", "javascript:alert(1)", "https://a@evil.example"])
    )
    link = {"type": "link", "attrs": {"href": href}}
    row = {
        "type": "tableRow",
        "content": [{"type": "tableCell", "content": [paragraph(text(draw(words)))]}] * draw(many),
    }
    code = {"type": "codeBlock", "content": [text(draw(words))]}
    item = {"type": "listItem", "content": [paragraph(text(draw(words)))]}
    kinds = [
        paragraph(text(draw(words))),
        paragraph(text(draw(words), link)),
        paragraph({"type": "mention", "attrs": {"text": draw(words)}}),
        {"type": "bulletList", "content": [item] * draw(many)},
        {"type": "panel", "attrs": {"panelType": "error"}, "content": [code]},
        {"type": "table", "content": [row]},
        {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"alt": draw(words)}}]},
        code,
    ]
    return doc(*draw(st.lists(st.sampled_from(kinds), max_size=8)))


@st.composite
def references(draw: st.DrawFn) -> IssueRef:
    status = Status("1", draw(words), draw(st.sampled_from(StatusCategory)))
    return IssueRef(draw(st.sampled_from(["PROJ-1", "../../x", ""])), draw(words), status, draw(words))


@st.composite
def issues(draw: st.DrawFn) -> Issue:
    named = NamedItem("1", draw(words))
    comment = Comment("1", draw(users()), draw(documents()), NOW, None, draw(st.booleans()))
    return Issue(
        "1",
        draw(st.sampled_from(["PROJ-1", "ABCDEFGHIJ-1234567890", "<at>x</at>", "../x"])),
        draw(words),
        "PROJ",
        type=named,
        status=Status("1", draw(words), draw(st.sampled_from(StatusCategory))),
        priority=named,
        resolution=named,
        assignee=draw(st.none() | users()),
        reporter=draw(users()),
        updated=draw(st.datetimes(timezones=st.none() | st.just(UTC))),
        due=draw(st.dates()),
        labels=(draw(words),) * draw(st.sampled_from([0, 2, 5_000])),
        parent=draw(references()),
        sprint=draw(words),
        fix_versions=(named,) * draw(many),
        description=draw(documents()),
        comments=(comment,) * draw(some),
        comment_count=draw(st.integers(0, 5_000)),
        subtasks=(draw(references()),) * draw(many),
        links=(draw(references()),) * draw(many),
        attachments=(Attachment("1", draw(words), draw(st.integers(-1, 2**60))),) * draw(many),
        security_level=named,
        watching=draw(st.booleans()),
        watch_count=draw(st.integers(0, 10**9)),
        voted=draw(st.booleans()),
        vote_count=draw(some),
    )


RARELY_SLOW = settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@RARELY_SLOW
@given(issues(), words, many, st.booleans())
def test_t48_issue_card(hostile: Issue, name: str, transitions: int, shared: bool) -> None:
    moves = tuple(Transition(str(n), name, Status("1", name)) for n in range(transitions))
    site = replace(SITE, name=name)
    users_ = ["29:1" + "x" * 60] * 60
    for card in (
        issue(
            issue=hostile,
            transitions=moves,
            site=site,
            shared=shared,
            show_site=True,
            notice=name,
            problem=name,
            refresh_for=users_,
        ),
        notification_card(
            hostile,
            site=site,
            headline=name,
            sign=sign,
            zone=ZONE,
            now=NOW,
            transitions=moves,
            description=True,
        ),
    ):
        assert size(card) <= MAX_CARD_BYTES
        assert_valid(card)
        assert_inert(card)
        actions = card.get("actions", [])
        assert isinstance(actions, list)
        assert len(actions) <= 6


@RARELY_SLOW
@given(st.lists(issues(), max_size=12), words, words, words)
def test_t48_list_card(hostile: list[Issue], title: str, jql: str, token: str) -> None:
    card = list_card(
        title,
        hostile,
        site=SITE,
        sign=sign,
        jql=jql,
        next_token=token,
        position=PagePosition(token, (token, ""), 3),
    )
    assert size(card) <= MAX_CARD_BYTES
    assert_valid(card)
    seen = without_data(card)
    assert isinstance(seen, dict)
    assert_inert(seen)


@RARELY_SLOW
@given(words, words, words)
def test_t48_query_card(query: str, problem: str, here: str) -> None:
    card = query_card(query, problem, site=SITE, sign=sign, blamed=MarkedQuery(query, here, problem))
    body = card["body"]
    assert isinstance(body, list)
    assert size(card) <= MAX_CARD_BYTES
    assert_valid(card)
    # What was typed stands in its field as it was typed, but for what would turn the line around.
    assert not set(body[-1].get("value", "")) & set("\u202a\u202e\u2066\x00")
    assert_inert({**card, "body": body[:-1]})


@RARELY_SLOW
@example("[click](http://evil.example)" * 3, "**", 400)
@given(words, words, many)
def test_t48_the_other_cards(one: str, two: str, count: int) -> None:
    row = SubscriptionRow("id", one, two, paused=True, problem=two)
    for card in (
        connected_card(one, [two] * count, one),
        help_card(
            [HelpGroup(one, [CommandHelp(one, two, one, (two, one))] * count)],
            [Suggestion(one, two)] * count,
            scope="channel",
            sign=sign,
            offer_link=True,
        ),
        command_card(CommandHelp(one, two, one, (two, one))),
        suggestions_card(one, [two] * count),
        message_card(one * 3, "warning", suggestions=[one] * count),
        choices_card(one, [(two, one * 30)] * count, sign=sign, issue="PROJ-1"),
        digest_card(one, [DigestRow("PROJ-1", one, two, 3, SITE.cloud_id)] * count, sign=sign, more=count),
        subscriptions_card([row] * count, sign=sign),
    ):
        assert size(card) <= MAX_CARD_BYTES
        assert_valid(card)
        assert_inert(card)
