"""Markdown that costs a parser time (T49)."""

from __future__ import annotations

import time

import pytest

from bot.jira.adf.from_markdown import markdown_to_adf

HOSTILE = {
    "brackets": "[" * 30_000,
    "links": "[a](" * 10_000,
    "images": "![" * 20_000,
    "emphasis": "*a " * 20_000 + "b* " * 20_000,
    "deep emphasis": "**a _b " * 9_000 + "_ **" * 9_000,
    "quotes": ">" * 30_000,
    "lists": "- " * 20_000,
    "stairs": "".join("  " * depth + "- a\n" for depth in range(300)),
    "backticks": "".join("`" * n + "a" for n in range(1, 300)),
    "html": "<" * 30_000,
    "fences": "```\n" * 10_000,
    "addresses": "https://" * 5_000,
    "brackets in an address": "https://a/" + ")" * 20_000,
    "definitions": "[a]:" * 8_000,
    "labels": "[" + "a" * 100 + "\n" + "[a" * 10_000 + "]:" * 3_000,
    "quotes over lists": "> a\n- b\n" * 4_000,
    "code in quotes": ">```\n=\n" * 4_000,
    "tables": "|a|b|\n|-|-|\n(" * 1_900,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_t49_hostile_markdown_is_taken_in_short_time(name: str) -> None:
    start = time.process_time()
    doc = markdown_to_adf(HOSTILE[name])
    assert time.process_time() - start < 5  # 0.7 s; what is not linear takes minutes
    assert doc["type"] == "doc"
