"""Quoted replies: their markup is no part of what was said, whatever its form and place."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.identity import Person
from bot.teams.activities import TeamsActivity, parse
from bot.teams.inbound_requests import read_text, to_request
from bot.teams.quotes import quoted_message, strip_quotes
from sandbox.teams import ALICE, CHANNEL
from sandbox.teams_server import Teams

AT = "<at>Jira</at>"


def typed(text: str, **more: object) -> TeamsActivity:
    teams = Teams("00000000-0000-4000-8000-00000000abcd")
    teams.url = "http://127.0.0.1:1"
    bot = {"type": "mention", "mentioned": {"id": f"28:{teams.app_id}", "name": "Jira"}, "text": AT}
    return parse(teams.activity(ALICE, CHANNEL, "message", **{"text": text, "entities": [bot], **more}))


def read(activity: TeamsActivity) -> tuple[str, str]:
    request = to_request(activity, Person("t", "o"), read_text(activity))
    return request.text, request.quoted_message


@pytest.mark.parametrize(
    "text",
    [
        f'<quoted messageId="17"/> {AT} comment looks good',
        f'<quoted messageId="17" /> {AT} comment looks good',
        f'<quoted messageId="17"></quoted>{AT} comment looks good',
        f'<quoted messageId="17">What Jira said</quoted> {AT} comment looks good',
        f'{AT} <quoted messageId="17"/> comment looks good',
        f'{AT} comment looks good <quoted messageId="17"/>',
        f"<Quoted messageid='17'/>\n{AT} comment looks good",
        f'< quoted messageId = "17" / >{AT} comment looks good',
        f'{AT} comment <quoted messageId="17"/> looks good',
        f'<quoted messageId="17"/><quoted messageId="18"/> {AT} comment looks good',
        f'<quoted messageId="17"> {AT} comment looks good',
    ],
)
def test_a_quote_is_no_part_of_the_words(text: str) -> None:
    said, quoted = read(typed(text))
    assert " ".join(said.split()) == "comment looks good"
    assert quoted == "17"


@pytest.mark.parametrize(
    "more",
    [
        {"entities": [{"type": "quotedReply", "quotedReply": {"messageId": "17", "preview": "x"}}]},
        {"attachments": [{"contentType": "messageReference", "id": "17"}]},
        {"attachments": [{"contentType": "messageReference", "content": '{"messageId": "17"}'}]},
        {"attachments": [{"contentType": "messageReference", "content": {"messageId": "17"}}]},
        {
            "attachments": [
                {
                    "contentType": "text/html",
                    "content": '<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="17">'
                    "<p>Jira</p></blockquote><p>it</p>",
                }
            ]
        },
    ],
)
def test_what_is_quoted_is_read_from_wherever_teams_names_it(more: Mapping[str, object]) -> None:
    assert read(typed("watch it", **more)) == ("watch it", "17")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"entities": [{"type": "quotedReply"}, {"type": "quotedReply", "quotedReply": {"messageId": 17}}]},
        {"attachments": [{"contentType": "messageReference", "content": "{"}, {"contentType": "text/html"}]},
        {"attachments": [{"contentType": "text/html", "content": "<blockquote>no reply</blockquote>"}]},
    ],
)
def test_without_a_quote_nothing_is_quoted(more: Mapping[str, object]) -> None:
    assert read(typed("watch it", **more)) == ("watch it", "")


def test_words_about_quoting_stay() -> None:
    assert read(typed("comment it the <b>quoted</b> price is <5 and >3"))[0].startswith(
        "comment it the <b>quoted</b>"
    )


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="<>"), max_size=40)
TAGS = st.sampled_from(
    ['<quoted messageId="17"/>', '<quoted messageId="17"></quoted>', "<quoted messageId='17' >x</quoted>"]
)


@settings(deadline=None)
@given(st.lists(WORDS, min_size=2, max_size=6), TAGS)
def test_a_quote_anywhere_in_any_text_leaves_the_text(words: list[str], tag: str) -> None:
    assert strip_quotes(tag.join(words)).split() == " ".join(words).split()


@pytest.mark.parametrize("piece", ["<quoted ", "<quoted>", "</quoted>", '<quoted messageId="1"', "< < quoted "])
def test_t49_quotes_are_found_in_linear_time(piece: str) -> None:
    text = piece * (34_000 // len(piece))
    began = time.perf_counter()
    activity = typed(text, attachments=[{"contentType": "text/html", "content": "<blockquote " + text}])
    strip_quotes(text)
    quoted_message(activity)
    assert time.perf_counter() - began < 1.0
