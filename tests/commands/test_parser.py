"""What people type, before it is a command: whatever it is, it is read in short time (T49)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.parse import GENERATORS, understand
from bot.commands.issue import show
from bot.commands.issue.durations import take_duration
from bot.commands.parser import ParsedCommand
from bot.commands.registry import parser
from bot.commands.text_input import Target, parse_target
from bot.commands.typed_text import MAX_TEXT, tidy
from tests.support.cpu_time import takes_less

parser()  # made before any text is timed, as the bridge makes it at its start


@given(st.text(st.characters(), max_size=300))
def test_t49_any_text_is_understood_or_not(text: str) -> None:
    understand(text)


@pytest.mark.parametrize("name", GENERATORS)
def test_t49_the_longest_text_takes_a_moment(name: str) -> None:
    text = GENERATORS[name](random.Random(name), MAX_TEXT)
    assert takes_less(0.3, lambda: understand(text))


def test_t49_accents_of_a_language_stay_and_heaps_of_them_go() -> None:
    assert tidy("Việt Nam, Łódź, e\u0323\u0302") == "Việt Nam, Łódź, ệ"
    assert len(tidy("e" + "\u0301" * 1_000)) <= 31


LINKS = [
    ("[https://a.example/x](https://a.example/x)", "https://a.example/x"),
    ("[DEMO-2](https://j.example/browse/DEMO-2)", "https://j.example/browse/DEMO-2"),
    ("[Login fails](https://j.example/browse/DEMO-2)", "https://j.example/browse/DEMO-2"),
    ("[[DEMO-2] Login fails - Jira](https://j.example/browse/DEMO-2)", "https://j.example/browse/DEMO-2"),
    (r"[\[DEMO-2\] Login fails](https://j.example/browse/DEMO-2)", "https://j.example/browse/DEMO-2"),
    ("[Board](https://j.example/b/1?selectedIssue=DEMO-2)", "https://j.example/b/1?selectedIssue=DEMO-2"),
    ("[a] and [the docs](https://a.example/x)", "[a] and [the docs](https://a.example/x)"),
    ("see [the docs](https://a.example/x)", "see [the docs](https://a.example/x)"),
]


@pytest.mark.parametrize(("text", "tidied"), LINKS)
def test_link_keeps_the_words_that_somebody_gave_it(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


@pytest.mark.parametrize("text", ["?", "help?", "Who am I?", "mine!", "help:"])
def test_punctuation_after_a_command_is_none_of_its_name(text: str) -> None:
    found = parser().parse(text)
    assert isinstance(found, ParsedCommand)
    assert found.arguments == ""


@pytest.mark.parametrize("text", [", show PROJ-12", ": show PROJ-12", ", please show PROJ-12", "! PROJ-12"])
def test_punctuation_after_the_name_of_the_bot_is_none_of_the_command(text: str) -> None:
    found = parser().parse(text)
    assert found == ParsedCommand(show.show, "PROJ-12")


SITE = "https://acme.atlassian.net"


@pytest.mark.parametrize(
    "link",
    [
        f"{SITE}/browse/PROJ-12",
        f"<{SITE}/browse/proj-12>",
        f"{SITE}/browse/PROJ-12?focusedCommentId=10000#comment",
        f"{SITE}/projects/PROJ/issues/PROJ-12",
        f"{SITE}/issues/PROJ-12?jql=project%20%3D%20PROJ",
        f"{SITE}/servicedesk/customer/portal/3/PROJ-12",
        f"{SITE}/jira/servicedesk/projects/PROJ/queues/issue/PROJ-12",
        f"H{SITE[1:]}/browse/PROJ-12",
        f"{SITE}/jira/servicedesk/projects/PROJ/queues/custom/7/PROJ-12",
        f"{SITE}/jira/software/projects/PROJ/boards/1?selectedIssue=PROJ-12",
        f"{SITE}/jira/software/c/projects/PROJ/boards/1/backlog?view=detail&selectedIssue=PROJ-12&issueLimit=100",
    ],
)
def test_link_of_a_page_that_shows_an_issue_names_it(link: str) -> None:
    assert parse_target(link) == Target("PROJ-12", SITE)


@pytest.mark.parametrize(
    "word", ["“PROJ-12”", '"proj-12",', "**PROJ-12**", "`PROJ-12`", "PROJ\u201112", "(PROJ-12)"]
)
def test_key_is_read_whatever_stands_around_it(word: str) -> None:
    assert parse_target(word) == Target("PROJ-12")


@pytest.mark.parametrize(
    "link",
    [
        "https://acme.atlassian.net@evil.example/browse/PROJ-12",
        f"https://evil.example/?next={SITE}/browse/PROJ-12",
        f"{SITE}/wiki/spaces/PROJ-12",
        f"{SITE}/browse/PROJ-12x",
        f"{SITE}/boards/1?notselectedIssue=PROJ-12",
    ],
)
def test_t33_link_that_names_no_issue(link: str) -> None:
    assert parse_target(link) is None


@pytest.mark.parametrize(
    ("text", "spent", "note"),
    [
        ("1h 30m review", "1h 30m", "review"),
        ("1h30m", "1h 30m", ""),
        ("1.5h", "1.5h", ""),
        ("1,5 h", "1.5h", ""),
        ("2 hours of review", "2h", "of review"),
        ("2h 3 days of logs analysed", "2h", "3 days of logs analysed"),
        ("30m 2 weeks old backlog", "30m", "2 weeks old backlog"),
        ("1h 2h", "1h", "2h"),
        ("1 hour 30 minutes, review", "1h 30m", "review"),
        ("2 Stunden Besprechung", "2h", "Besprechung"),
        ("3 Tage", "3d", ""),
        ("30m: review", "30m", "review"),
        ("30m 2nd attempt", "30m", "2nd attempt"),
        ("1h30", "1h 30m", ""),
        ("2h05 review", "2h 5m", "review"),
        ("1h30.", "1h 30m", ""),
        ("1h 30 apples", "1h", "30 apples"),
        ("1h and 30m", "1h 30m", ""),
        ("1 Stunde und 30 Minuten Besprechung", "1h 30m", "Besprechung"),
        ("1h and 2 days of logs", "1h", "and 2 days of logs"),
        ("1h and lunch", "1h", "and lunch"),
        ("1h 30m - review", "1h 30m", "review"),
        ("1h – review", "1h", "review"),
        ("1:30", "1h 30m", ""),
        ("1:30 review", "1h 30m", "review"),
        ("1:30h review", "1h 30m", "review"),
        ("0:45", "45m", ""),
        ("2:00", "2h", ""),
        ("1:30 pm", "", "1:30 pm"),
        ("9:00 - 10:30", "", "9:00 - 10:30"),
        ("1:75", "", "1:75"),
        ("1h\n- code\n- review", "1h", "- code\n- review"),
        ("two hours of review", "2h", "of review"),
        ("two and a half hours", "2.5h", ""),
        ("an hour and a half, review", "1.5h", "review"),
        ("anderthalb Stunden", "1.5h", ""),
        ("a mess", "", "a mess"),
        ("a day's work", "", "a day's work"),
        ("2 meetings", "", "2 meetings"),
        ("-1h", "", "-1h"),
        ("90", "", "90"),
    ],
)
def test_time_spent(text: str, spent: str, note: str) -> None:
    assert take_duration(text) == (spent, note)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("mvoe PROJ-12 to done", ("move PROJ-12 to done", "vote PROJ-12 to done", "show PROJ-12")),
        ("shwo PROJ-12", ("show PROJ-12",)),
        ("clsoe PROJ-12", ("move PROJ-12 done", "show PROJ-12")),
        ("approve PROJ-12", ("move PROJ-12 to approve", "show PROJ-12")),
        ("rename PROJ-12", ("show PROJ-12",)),
        ("delete PROJ-12", ("show PROJ-12",)),
        ("what is PROJ-12", ("show PROJ-12",)),
        ("whoam", ("whoami",)),
    ],
)
def test_what_was_not_understood_gets_what_may_be_meant(text: str, nearest: tuple[str, ...]) -> None:
    assert parser().nearest(text) == (*nearest, "help")
