"""What people type, before it is a command: whatever it is, it is read in short time (T49)."""

from __future__ import annotations

import random
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.parse import GENERATORS, understand
from bot.commands.grammar import Found
from bot.commands.issues import SHOW
from bot.commands.lists import SEVERAL
from bot.commands.moving import MOVE
from bot.commands.registry import grammar
from bot.commands.typed import MAX_TEXT, tidy


@given(st.text(st.characters(), max_size=300))
def test_t49_any_text_is_understood_or_not(text: str) -> None:
    understand(text)


@pytest.mark.parametrize("name", GENERATORS)
def test_t49_the_longest_text_takes_a_moment(name: str) -> None:
    text = GENERATORS[name](random.Random(name), MAX_TEXT)
    began = thread_time()
    understand(text)
    assert thread_time() - began < 0.3


def test_t49_accents_of_a_language_stay_and_heaps_of_them_go() -> None:
    assert tidy("Việt Nam, Łódź, e\u0323\u0302") == "Việt Nam, Łódź, ệ"
    assert len(tidy("e" + "\u0301" * 1_000)) <= 31


@pytest.mark.parametrize("text", ["?", "help?", "Who am I?", "mine!", "help:"])
def test_punctuation_after_a_command_is_none_of_its_name(text: str) -> None:
    found = grammar().parse(text, show=SHOW, move=MOVE, several=SEVERAL)
    assert isinstance(found, Found)
    assert found.arguments == ""
