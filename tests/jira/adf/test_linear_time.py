"""Time that grows in proportion to the length of a text, whatever it repeats (T49)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import cycle, islice

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bot.jira import jql
from bot.jira.adf.from_markdown import markdown_to_adf
from bot.jira.adf.reader import read_adf
from bot.jira.adf.to_markdown import UnsupportedDocumentError, adf_to_markdown
from bot.jira.webhooks.parser import parse_events
from bot.jira.webhooks.sentences import describe
from cards.rich_text import draw
from cards.text import clean, clean_lines, escape
from tests.support.cpu_time import cpu_seconds

pytestmark = pytest.mark.slow

SHORT, FACTOR = 2_500, 8
MAX_GROWTH = 20.0
"""Between linear (8) and quadratic (64), far enough from the one for a machine whose cores slow down."""

FAST_ENOUGH = 0.05
"""Seconds for the long text below which a clock cannot tell how time grows."""

PHASES = (Phase.explicit, Phase.generate)

Grammar = tuple[str, ...]


def repeated(parts: Sequence[str], length: int) -> str:
    """Repeat the parts in turn: `(ab)*n`."""
    unit = "".join(parts)
    return unit * (length // len(unit))


def in_blocks(parts: Sequence[str], length: int) -> str:
    """Repeat each part by itself: `a*n b*n`, so that openers nest."""
    return "".join(part * (length // len(parts) // len(part)) for part in parts)


def staircase(parts: Sequence[str], length: int) -> str:
    """Repeat each part once more than the one before: `a b b c c c`."""
    text, steps = "", 1
    for part in islice(cycle(parts), length):
        text += part * steps
        steps += 1
        if len(text) > length:
            break
    return text


SHAPES = (repeated, in_blocks, staircase)

OPENERS = [
    "[",
    "]",
    "(",
    ")",
    "![",
    "](",
    "<",
    ">",
    "*",
    "**",
    "_",
    "__",
    "~~",
    "`",
    "``",
    "{",
    "}",
    "'",
    '"',
    "\\",
]
BLANKS = [" ", "    ", "\t", "\n", "\n\n", "a", "a\n", "a  \n"]
BLOCKS = [
    "- ",
    "> ",
    "1. ",
    "# ",
    "- [ ] ",
    "  - ",
    "---\n",
    "=\n",
    "```\n",
    "~~~\n",
    "|",
    "|-|-|\n",
    "|a|b|\n",
    ">```\n",
]
LINKS = [
    "[a]",
    "[a]: http://a\n",
    "[a]:",
    "http://",
    "https://a/(",
    "<http://",
    "](http://b)",
    "&amp;",
    "<at>",
    "{{DATE(",
]
PIECES = st.sampled_from([*OPENERS, *BLANKS, *BLOCKS, *LINKS])
GRAMMARS = st.lists(st.lists(PIECES, min_size=1, max_size=3).map("".join), min_size=1, max_size=3).map(tuple)


def assert_linear(
    call: Callable[[str], object], shape: Callable[[Sequence[str], int], str], grammar: Grammar
) -> None:
    """Compare short texts with one eight times as long; what a busy machine delays is measured again.

    Half of one short text may be in a block of code, where it costs nothing, or end before a limit of the parser
    is reached, so the one that takes the longest for its length counts.
    """
    shorts = [shape(grammar, SHORT + more) for more in (*range(0, 200, 20), SHORT)]
    long = shape(grammar, SHORT * FACTOR)
    rounds = []
    for _ in range(8):
        long_time = cpu_seconds(partial(call, long))
        if long_time <= FAST_ENOUGH:
            return
        short_times = []
        for short in shorts:
            short_times.append(cpu_seconds(partial(call, short)) * SHORT / len(short))
            if long_time <= MAX_GROWTH * short_times[-1]:
                return
        rounds.append(f"{max(short_times):.4f} s, eight times as long {long_time:.4f} s")
    pytest.fail(f"{shape.__name__} {grammar}: {'; '.join(rounds)}")


def shown(text: str) -> object:
    document = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}
    return draw(read_adf(document), chars=600, lines=8)


def as_markdown(text: str) -> object:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    document = {"type": "doc", "version": 1, "content": [paragraph]}
    with suppress(UnsupportedDocumentError):
        return adf_to_markdown(document)
    return None


def as_comment(text: str) -> object:
    """Describe a comment, and find the mentions in it and in a description."""
    site = {"self": "https://a.example/rest/api/2/issue/1"}
    payload = {
        "webhookEvent": "comment_created",
        "issue": {"id": "1", "key": "A-1", **site, "fields": {"description": text, "summary": text}},
        "comment": {"id": "2", "body": text, "author": {"accountId": "x", "displayName": text}},
    }
    events = parse_events(payload)
    assert isinstance(events, tuple)
    return [describe(event, names={"x": text}) for event in events]


CALLS: dict[str, Callable[[str], object]] = {
    "markdown": markdown_to_adf,
    "clean": lambda text: clean(text, len(text)),
    "lines": lambda text: clean_lines(text, len(text)),
    "escape": lambda text: escape(text, len(text)),
    "card": shown,
    "back to markdown": as_markdown,
    "webhook": as_comment,
    "search": lambda text: jql.build_text_search(f"a{text}"),
    "order of a query": jql.split_order,
    "error in a query": lambda text: jql.locate_error(text, [text, f"'{text[:100]}'"]),
}


# Without shrinking what fails: each step measures eight times, and a shorter time proves nothing.
@pytest.mark.parametrize("name", CALLS)
@settings(deadline=None, max_examples=12, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SHAPES), GRAMMARS)
@example(repeated, ("|a|b|\n|-|-|\n(",))
@example(repeated, ("=\n>```\n",))
@example(repeated, ("- [ ] -|a|b|\n|-|-|\n", ">=\n", "[a]:"))
@example(repeated, ("|a|\n|-|\n|a|b|\n",))
@example(in_blocks, ("![", "](http://b)"))
@example(in_blocks, ("**a _b ", "_ **"))
@example(in_blocks, ("[a]: http://a\n", "[a]"))
@example(staircase, ("`", "a"))
@example(in_blocks, ("<http://[`", "__"))
@example(repeated, ('"\\',))
def test_t49_time_grows_with_the_length(name: str, shape: Callable[..., str], grammar: Grammar) -> None:
    assert_linear(CALLS[name], shape, grammar)
