"""Plain requests: each phrase of the table is its command, and neither negations nor questions ever write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain

import pytest

from bot.commands.parser import ParsedCommand, SmallTalk
from bot.commands.phrases.issue_list.parser import heading
from bot.commands.phrases.small_talk import Talk
from bot.commands.registry import parser
from scripts.commands_doc import LISTS
from scripts.commands_doc import REQUESTS as DOCUMENTED
from tests.commands.phrases.meaning import meaning, query, understood
from tests.support.commands import (
    held_out_changes,
    held_out_english,
    held_out_first_days,
    held_out_german,
    held_out_lists,
    held_out_lists_german,
    held_out_lists_mixed,
    held_out_newcomers,
    held_out_normal_week,
    held_out_three_teams,
    held_out_two_weeks,
)
from tests.support.commands.clauses import IDIOMS, NO_REQUESTS, REQUESTS
from tests.support.commands.phrases import PHRASES
from tests.support.commands.statements import STATEMENTS

Table = Sequence[tuple[str, str]]
HELD_OUT: Mapping[str, Table] = {
    "English": held_out_english.PHRASES,
    "German": held_out_german.PHRASES,
    "newcomers": held_out_newcomers.PHRASES,
    "first days": held_out_first_days.PHRASES + held_out_first_days.OF_THE_SAME_KINDS,
    "normal week": held_out_normal_week.PHRASES + held_out_normal_week.OF_THE_SAME_KINDS,
    "two weeks": held_out_two_weeks.PHRASES,
    "developers": held_out_three_teams.DEVELOPERS,
    "office": held_out_three_teams.OFFICE,
    "German team": held_out_three_teams.GERMAN,
    "changes 1": held_out_changes.FIRST,
    "changes 2": held_out_changes.SECOND,
    "changes 3": held_out_changes.THIRD,
    "changes 4": held_out_changes.FOURTH,
    "changes 5": held_out_changes.FIFTH,
}
HELD_OUT_LISTS: Mapping[str, Table] = {
    "English": held_out_lists.PHRASES,
    "mixed": held_out_lists_mixed.PHRASES,
    "German": held_out_lists_german.PHRASES,
}


def writes(text: str) -> bool:
    parsed = parser().parse(text)
    return isinstance(parsed, ParsedCommand) and not parsed.command.read_only


@cache
def writing() -> list[str]:
    """Return the phrases that write; of those that were held out every third, for each is tried a dozen times."""
    held_out = [*chain.from_iterable(HELD_OUT.values())]
    return [text for text, _ in (*PHRASES, *held_out[::3], *REQUESTS) if writes(text)]


def misunderstood(table: Table, understand: Callable[[str], str]) -> dict[str, tuple[str, str]]:
    """Return the phrases that mean something else than they should: what, and what they should."""
    meanings = {text: (understand(text), expected) for text, expected in table}
    return {text: both for text, both in meanings.items() if both[0] != both[1]}


def test_phrases_stand_for_their_commands() -> None:
    assert misunderstood(PHRASES, understood) == {}


@pytest.mark.parametrize("table", HELD_OUT)
def test_phrases_that_were_held_out(table: str) -> None:
    assert misunderstood(HELD_OUT[table], meaning) == {}


@pytest.mark.parametrize("table", HELD_OUT_LISTS)
def test_lists_that_were_held_out(table: str) -> None:
    assert misunderstood(HELD_OUT_LISTS[table], query) == {}


def test_examples_of_lists_on_the_page_of_commands_are_understood() -> None:
    examples = [f"show me the tickets {example}" for _, *examples in LISTS for example in examples]
    assert [text for text in examples if not understood(text).startswith("list ")] == []


@pytest.mark.parametrize("text", ["close PROJ-3", "take PROJ-3", "my open bugs", "log 2 hours on PROJ-3"])
@pytest.mark.parametrize("around", ["hi, {}", "{}, thanks!", "could you please {}?", "Hello bot! {} please"])
def test_courtesy_changes_no_meaning(text: str, around: str) -> None:
    assert understood(around.format(text)) == understood(text)


@pytest.mark.parametrize(
    "around",
    [
        *["don't {}", "do not {}", "never {}", "please don't {}", "should I {}?", "why {}?"],
        *["warum {}?", "bitte nicht: {}"],
    ],
)
def test_negations_and_questions_never_write(around: str) -> None:
    written = [text for text in writing() if writes(around.format(text))]
    # “don't notify me about mentions” asks for just that.
    assert [text for text in written if not understood(around.format(text)).endswith(" off")] == []


def test_examples_of_requests_in_the_documentation_are_understood() -> None:
    examples = [example for _, *examples in DOCUMENTED for example in examples]
    assert [text for text in examples if not understood(text)] == []


def test_one_of_several_clauses_asks_and_the_others_explain() -> None:
    assert misunderstood(REQUESTS, understood) == {}


def test_statements_never_write() -> None:
    assert [text for text in (*STATEMENTS, *NO_REQUESTS, *IDIOMS) if writes(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        *("what can you do?", "the weather is nice", "new year, new me", "good luck everyone", "crazy day"),
        *("PROJ-1 is not blocked by PROJ-2", "PROJ-1 does not block PROJ-2", "asign PROJ-1 not to bob"),
        *("not PROJ-1", "I won't do PROJ-1", "schliese PROJ-1 nicht", "keiner übernimmt PROJ-1"),
    ],
)
def test_small_talk_and_negations_are_offered_nothing_that_writes(text: str) -> None:
    assert is_offered_reading_only(text)
    assert len(set(parser().nearest(text))) == len(parser().nearest(text))


@pytest.mark.parametrize("around", ["don't {}", "I did not {}", "we never {}", "bitte nicht: {}"])
def test_a_negation_is_offered_nothing_that_writes(around: str) -> None:
    assert [text for text in writing() if not is_offered_reading_only(around.format(text))] == []


def is_offered_reading_only(text: str) -> bool:
    offered = [parser().parse(suggestion) for suggestion in parser().nearest(text)]
    return all(isinstance(parsed, ParsedCommand) and parsed.command.read_only for parsed in offered)


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        *((text, Talk.ANSWER) for text in ("lol ok", "...", "👍", "no", "never mind", "haha nice", "ok, got it!")),
        *((text, Talk.ANSWER) for text in ("nein danke", "alles klar", "good job", "bye", "hm", "(:")),
        *(
            (text, Talk.ABOUT_BOT)
            for text in ("are you a robot", "are you there?", "who made you?", "you're great")
        ),
        *(
            (text, Talk.ABOUT_BOT)
            for text in ("I love you", "tell me a joke", "bist du ein Mensch?", "wie heißt du?")
        ),
        *(
            (text, Talk.UNDO)
            for text in (
                "undo",
                "undo that",
                "undo PROJ-3",
                "can you undo the last change?",
                "how do I undo this?",
            )
        ),
        *((text, Talk.UNDO) for text in ("oops, that was a mistake", "mach das rückgängig", "rückgängig machen")),
        *(
            (text, Talk.ONLY_IN_JIRA)
            for text in (
                "can I attach files to an issue?",
                "is it possible to delete an issue?",
                "export PROJ issues to Excel",
                "delete all tickets",
                "kann man hier Tickets löschen?",
                "ist es möglich, Dateien anzuhängen?",
            )
        ),
        *((text, Talk.THANKS) for text in ("thanks, that's all", "thanks for your help", "danke, das war's")),
        *((text, Talk.LANGUAGE) for text in ("can you speak german?", "bitte auf Deutsch antworten", "language")),
        *(
            (text, Talk.LANGUAGE)
            for text in ("kannst du auch Deutsch mit mir reden?", "change the language to German")
        ),
        *((text, Talk.THANKS) for text in ("thanks a lot, you saved my day :)", "danke dir, hat geklappt 👍")),
        ("ach vergiss es, hab mich vertan", Talk.ANSWER),
        *((text, Talk.THANKS) for text in ("thanks!", "ok thanks", "vielen Dank")),
    ],
)
def test_small_talk_is_known_as_such(text: str, talk: Talk) -> None:
    assert parser().parse(text) == SmallTalk(talk)


@pytest.mark.parametrize(
    "text",
    [
        *("delete PROJ-3", "clone PROJ-3", "print PROJ-3", "lösche PROJ-3", "can I delete PROJ-3?"),
        *("kann ich PROJ-3 löschen?", "PROJ-3 löschen", "PROJ-3 bitte löschen", "PROJ-3 archive"),
        *("how do I delete PROJ-3?", "wie lösche ich PROJ-3?", "kannst du PROJ-3 löschen?", "PROJ-3 kann weg"),
        *("is it possible to delete PROJ-3", "PROJ-3 can be deleted"),
    ],
)
def test_what_only_jira_can_do_with_an_issue_offers_to_show_it(text: str) -> None:
    assert parser().parse(text) == SmallTalk(Talk.ONLY_IN_JIRA, ("show PROJ-3", "help"))


@pytest.mark.parametrize("text", ["do you have any bugs?", "are there bugs?", "great bugs", "OPS-1"])
def test_what_may_be_a_request_is_no_small_talk(text: str) -> None:
    assert not isinstance(parser().parse(text), SmallTalk)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("I'm on PROJ-3", ("move PROJ-3 in progress", "assign PROJ-3 me", "show PROJ-3")),
        ("PROJ-3 needs a review", ("move PROJ-3 to review", "show PROJ-3")),
        ("PROJ-3 is high", ("edit PROJ-3 priority high", "show PROJ-3")),
        ("priority of PROJ-3 is high", ("edit PROJ-3 priority high", "show PROJ-3")),
        ("PROJ-3 is for Bob", ("assign PROJ-3 to Bob", "show PROJ-3")),
        ("PROJ-3 should go to Bob", ("assign PROJ-3 to Bob", "show PROJ-3")),
        ("2 days for PROJ-3", ("log PROJ-3 2d", "show PROJ-3")),
        ("I already logged 2h on PROJ-3", ("log PROJ-3 2h", "show PROJ-3")),
        ("PROJ-3 is still open", ("move PROJ-3 reopen", "show PROJ-3")),
        ("thanks for PROJ-3", ("show PROJ-3",)),
        ("tomorrow PROJ-3", ("show PROJ-3",)),
        ("PROJ-3 needs 5 points", ("story points PROJ-3 5", "show PROJ-3")),
        ("PROJ-3 is mine", ("assign PROJ-3 me", "show PROJ-3")),
        ("we should fix PROJ-3", ("assign PROJ-3 me", "move PROJ-3 in progress", "show PROJ-3")),
        ("we should close PROJ-3", ("move PROJ-3 done", "show PROJ-3")),
        ("PROJ-3 must be fixed", ("assign PROJ-3 me", "move PROJ-3 in progress", "show PROJ-3")),
        ("PROJ-3 is not high", ("show PROJ-3",)),
        ("we should not fix PROJ-3", ("show PROJ-3",)),
        ("PROJ-3 ist dringend", ("edit PROJ-3 priority dringend", "show PROJ-3")),
        ("wir sollten PROJ-3 erledigen", ("assign PROJ-3 me", "move PROJ-3 in progress", "show PROJ-3")),
        ("PROJ-3 is in the backlog", ("sprint PROJ-3 none", "show PROJ-3")),
        ("PROJ-3 is in the sprint", ("show PROJ-3",)),
        ("PROJ-3 should be 5", ("story points PROJ-3 5", "show PROJ-3")),
        ("PROJ-3 next friday", ("due PROJ-3 next friday", "show PROJ-3")),
        ("close PROJ-3, it's a duplicate", ("move PROJ-3 done", "show PROJ-3")),
        ("close PROJ-3, it's not a duplicate", ("show PROJ-3",)),
        ("schließ PROJ-3, ist doppelt", ("move PROJ-3 done", "show PROJ-3")),
        ("PROJ-3: we are looking into it", ("comment PROJ-3 we are looking into it", "show PROJ-3")),
        (
            "tell the customer on PROJ-3 that we are looking into it",
            ("reply PROJ-3 we are looking into it", "show PROJ-3"),
        ),
        ("sag dem Kunden in PROJ-3, dass wir dran sind", ("reply PROJ-3 wir dran sind", "show PROJ-3")),
        ("make a subtask under PROJ-3: write tests", ("create subtask PROJ write tests", "show PROJ-3")),
        ("Erstell unter PROJ-3 eine Unteraufgabe: Tests", ("create subtask PROJ Tests", "show PROJ-3")),
        ("this channel gets too many jira messages, mute it for now", ("pause", "unsubscribe")),
        ("asign PROJ-3 to me plase", ("assign PROJ-3 to me", "unassign PROJ-3 to me")),
        ("webshop 3", ("show WEBSHOP-3", "search webshop 3")),
        ("room 5", ("search room 5",)),
        ("comentt PROJ-3 do not merge this", ("comment PROJ-3 do not merge this", "show PROJ-3")),
    ],
)
def test_statement_that_may_be_a_wish_is_offered(text: str, offered: tuple[str, ...]) -> None:
    assert understood(text) == ""
    assert parser().nearest(text) == (*offered, "help")


def test_a_text_is_kept_as_it_was_typed() -> None:
    text = "comment on PROJ-3: {key}  two  spaces\nand a line\u200d"
    assert understood(text) == "comment PROJ-3 {key}  two  spaces\nand a line\u200d"


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("are the open bugs in DEMO", "Open bugs in DEMO"),
        ("my open bugs", "My open bugs"),
        ("overdue in PROJ?", "Overdue in PROJ"),
        ("sind offene Tickets in DEMO", "Offene Tickets in DEMO"),
        ("the", "The"),
    ],
)
def test_heading_of_a_list_is_what_was_asked_for(words: str, title: str) -> None:
    assert heading(words) == title
