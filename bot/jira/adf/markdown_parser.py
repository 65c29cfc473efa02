"""Parses Markdown with markdown-it-py, in the dialect that people write in chat.

It is CommonMark with GitHub's tables and strikethrough, without HTML and entities. It differs where words would
get lost: a link definition counts only if it leads somewhere and is used, a link that leads neither to the web nor
to mail stays text, and so does a row that does not fit its table. Nesting and lookahead are limited, which keeps
the time linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_block import StateBlock, blockquote, list_block, paragraph, reference, table
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_inline import StateInline, escape
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

MAX_BLOCK_LEVEL = 12
"""A list counts as two levels (the list and its item), a quotation as one. Deeper ones stay text."""
MAX_INLINE_LEVEL = 20
MAX_UNMARKED_LINES = 10
"""Lines of a quotation without `>`. For each of them the parser may look at all lines that follow."""

_LINK_SCHEMES = ("http://", "https://", "mailto:")
_URL_CHARACTERS = ":/?#@!$&()*+,;=%"
_LABEL = re.compile(r"\[([^\[\]\n]{1,200})\]")
_DEFINITION = re.compile(r"\[([^\[\]\n]{1,200})\]:[ \t]*<?(?:https?://|mailto:)", re.IGNORECASE)

_BlockRule = Callable[[StateBlock, int, int, bool], bool]


class MarkdownDocument:
    """The blocks of a text. Their inline nodes hold Markdown, which `parse_inline` reads."""

    def __init__(self, source: str) -> None:
        labels = Counter(map(normalizeReference, _LABEL.findall(source)))
        self._env: dict[str, object] = {"labels": labels}
        tokens: list[Token] = []
        _PARSER.block.parse(source, _PARSER, self._env, tokens)
        self.blocks = SyntaxTreeNode(tokens).children

    def parse_inline(self, source: str) -> list[Token]:
        """Return the inline tokens of `source`, in which the document's link definitions hold."""
        tokens: list[Token] = []
        _PARSER.inline.parse(source, _PARSER, self._env, tokens)
        return tokens


def _limit_level(rule: _BlockRule) -> _BlockRule:
    def limited(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < MAX_BLOCK_LEVEL and rule(state, start, end, silent)

    return limited


def _parse_quotation(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a quotation, ending it after `MAX_UNMARKED_LINES`."""
    if not blockquote(state, start, end, True):
        return False
    return silent or blockquote(state, start, _end_of_quotation(state, start, end), False)


def _end_of_quotation(state: StateBlock, start: int, end: int) -> int:
    unmarked = 0
    for line in range(start + 1, end):
        if state.isEmpty(line):
            return line
        unmarked += not _line(state, line).startswith(">")
        if unmarked > MAX_UNMARKED_LINES:
            return line
    return end


def _parse_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a table outside of lists and quotations, ending it before a row with another number of cells."""
    if state.level or not table(state, start, end, True) or "|" not in _line(state, start + 1):
        return False
    if silent:
        return True
    end_of_table = _end_of_table(state, start, end)
    has_rows = end_of_table > start + 2
    is_followed_by_row = end_of_table < end and "|" in _line(state, end_of_table)
    return (has_rows or not is_followed_by_row) and table(state, start, end_of_table, False)


def _end_of_table(state: StateBlock, start: int, end: int) -> int:
    columns = _count_cells(_line(state, start))
    terminators = state.md.block.ruler.getRules("blockquote")
    for line in range(start + 2, end):
        if _count_cells(_line(state, line)) != columns or any(t(state, line, end, True) for t in terminators):
            return line
    return end


def _count_cells(row: str) -> int:
    cells = escapedSplit(row.strip())
    return len(cells) - (cells[0] == "") - (len(cells) > 1 and cells[-1] == "")


def _parse_definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse the definition of a link that is used; anything else, as in `[note]: done`, is text."""
    definition = _DEFINITION.match(_line(state, start))
    if definition is None:
        return False
    label = normalizeReference(definition[1])
    is_used = state.env["labels"][label] > 1 and label not in state.env.get("references", {})
    return is_used and reference(state, start, end, silent)


def _parse_paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a paragraph, with the spaces of other scripts around it: U+3000 indents a Japanese one."""
    paragraph(state, start, end, silent)
    inline = state.tokens[-2]
    first, last = inline.map or (start, state.line)
    inline.content = state.getLines(first, last, state.blkIndent, False).strip(" \t\n")
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _parse_escape(state: StateInline, silent: bool) -> bool:
    """Parse an escaped character. A backslash at the end of a line is text: every newline is a line break."""
    return not state.src.startswith("\\\n", state.pos) and escape(state, silent)


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_INLINE_LEVEL})
    parser.enable(["table", "strikethrough"]).disable(["html_block", "html_inline", "entity"])
    interrupts = ["paragraph", "reference"]
    parser.block.ruler.at("table", _parse_table, {"alt": interrupts})
    quotation, list_ = _limit_level(_parse_quotation), _limit_level(list_block)
    parser.block.ruler.at("blockquote", quotation, {"alt": [*interrupts, "blockquote", "list"]})
    parser.block.ruler.at("list", list_, {"alt": [*interrupts, "blockquote"]})
    parser.block.ruler.at("reference", _parse_definition)
    parser.block.ruler.at("paragraph", _parse_paragraph)
    parser.inline.ruler.at("escape", _parse_escape)
    parser.validateLink = lambda url: url.lower().startswith(_LINK_SCHEMES)  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: quote(url, safe=_URL_CHARACTERS)  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return parser


_PARSER = _make_parser()
