"""Turns Jira's wiki markup, which webhooks carry, into plain text.

https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all. A parser of the whole language would be
for pages; these are texts of up to 4,000 characters, of which one line is shown. No pattern backtracks over them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from bot.language import tr

_Replacement = str | Callable[[re.Match[str]], str]

_MENTION = re.compile(r"\[~(?:accountid:)?([^\]\s]{1,128})\]")
_LITERAL = re.compile(r"\{(code|noformat)(?::[^}\n]{0,200})?\}|\{\{([^{}\n]{1,500})\}\}|\\([*_\-+^~{}\[\]|!?#\\])")
"""Where marks mean nothing: blocks of code, monospaced text, and a mark after a backslash."""
_MAX_MARKED = 500
"""Characters between two marks."""


def _pair(mark: str, *, within_words: bool = False) -> re.Pattern[str]:
    """Match text between two marks that touch it and, unless `within_words`, no letters around it."""
    each = re.escape(mark)
    start, end = ("", "") if within_words else (rf"(?<![^\W_])(?<!{each})", rf"(?![^\W_])(?!{each})")
    inside = rf"(?!\s)([^{re.escape(mark[0])}\n]{{1,{_MAX_MARKED}}})(?<!\s)"
    return re.compile(rf"{start}{each}{inside}{each}{end}")


_BLOCKS: tuple[tuple[re.Pattern[str], _Replacement], ...] = (
    (re.compile(r"\{(?:quote|color|panel|anchor|toc)(?::[^}\n]{0,200})?\}"), " "),
    (re.compile(r"\{([*_+^~-]|\?\?)\}([^{}\n]{1,500})\{\1\}"), r"\2"),
    (re.compile(r"\[([^\]|\n]{1,300})\|[^\]\n]{1,2000}\]"), r"\1"),
    (re.compile(r"\[\^?((?:https?://|mailto:)[^\]\s|]{1,2000}|(?<=\^)[^\]\n|]{1,255})\]"), r"\1"),
    (re.compile(r"!([^!\s|]{1,255})(?:\|[^!\n]{0,255})?!"), lambda _: tr("(picture)")),
    (re.compile(r"(?m)^[ \t]*(?:-{3,5}[ \t]*$|(?:h[1-6]\.|bq\.|[*#-]{1,9}) )"), ""),
    (re.compile(r"(?m)^[ \t]*\|{1,2}(.*)$"), lambda row: _join_cells(row[1])),
)
_MARKS = (
    *(_pair(mark) for mark in ("*", "_", "-", "+", "??")),
    *(_pair(mark, within_words=True) for mark in ("^", "~")),
)


def plain_text(wiki: str, names: Mapping[str, str]) -> str:
    """Return the text without markup. `names` maps account ids to the names of people whom it may mention."""
    return "".join(
        text if literal else _without_marks(_MENTION.sub(lambda m: _name(m[1], names), text))
        for text, literal in _split(wiki)
    )


def _name(account_id: str, names: Mapping[str, str]) -> str:
    return f"@{names[account_id]}" if account_id in names else tr("@someone")


def _split(wiki: str) -> Iterator[tuple[str, bool]]:
    """Yield pieces of text, and whether each is literal."""
    done = 0
    while match := _LITERAL.search(wiki, done):
        yield wiki[done : match.start()], False
        block, monospaced, escaped = match.groups()
        done = match.end()
        if block:
            end = wiki.find(f"{{{block}}}", done)
            end = len(wiki) if end < 0 else end
            yield f" {wiki[done:end]} ", True
            done = min(len(wiki), end + len(block) + 2)
        elif monospaced:
            yield monospaced, True
        else:
            yield " " if escaped == "\\" else escaped, True
    yield wiki[done:], False


def _without_marks(wiki: str) -> str:
    for pattern, replacement in _BLOCKS:
        wiki = pattern.sub(replacement, wiki)
    for pattern in (*_MARKS, *_MARKS):  # the second time those that stood around others
        wiki = pattern.sub(r"\1", wiki)
    return wiki


def _join_cells(row: str) -> str:
    return ", ".join(filter(None, (cell.strip() for cell in row.split("|"))))
