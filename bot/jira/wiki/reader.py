"""Reads Jira's wiki markup as an Atlassian Document Format document.

https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all. Lenient: what is not understood stays
text. A text may be anybody's, so each pattern is bounded and none backtracks over the whole of it (threat T49).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.jira.models import Adf

MAX_TEXT = 32_767
"""Jira's own limit, unless its admin has set another."""
MAX_DEPTH = 5
"""Marks within marks, and lists within lists."""

Node = dict[str, object]

_FENCE = re.compile(r"^[ \t]*\{(code|noformat|quote|panel)(?::([^}\n]{0,200}))?\}[ \t]*", re.IGNORECASE)
_HEADING = re.compile(r"^[ \t]*h([1-6])\.[ \t]+(.*)$")
_QUOTE = re.compile(r"^[ \t]*bq\.[ \t]+(.*)$")
_RULE = re.compile(r"^[ \t]*-{4,5}[ \t]*$")
_ITEM = re.compile(r"^[ \t]*([*#-]{1,9})[ \t]+(.*)$")
_ROW = re.compile(r"^[ \t]*(\|{1,2})(.*)$")
_CELL = re.compile(r"(\|{1,2})((?:\[[^\]\n]{0,2000}\]|\\.|[^|\\\n])*)")
_LANGUAGE = re.compile(r"(?:^|[|])(?:language=)?([A-Za-z0-9+#-]{1,20})(?=[|]|$)")


def _pair(mark: str, *, within_words: bool = False) -> str:
    """Match text between two marks that touch it and, unless `within_words`, no letter or mark around it."""
    sign = re.escape(mark)
    before, after = ("", "") if within_words else (rf"(?<![^\W_])(?<!{sign})", rf"(?![^\W_])(?!{sign})")
    inside = rf"(?!\s)[^{re.escape(mark[0])}\n]{{1,500}}?(?<!\s)"
    return rf"{before}{sign}({inside}){sign}{after}|\{{{sign}\}}([^{{}}\n]{{1,500}})\{{{sign}\}}"


_PAIRS = {
    "strong": _pair("*"),
    "em": _pair("_"),
    "strike": _pair("-"),
    "underline": _pair("+"),
    "citation": _pair("??"),
    "sup": _pair("^", within_words=True),
    "sub": _pair("~", within_words=True),
}
_MARKS: Mapping[str, Node] = {
    "citation": {"type": "em"},
    "sup": {"type": "subsup", "attrs": {"type": "sup"}},
    "sub": {"type": "subsup", "attrs": {"type": "sub"}},
}
"""What a pair is in a document, if that has another name."""
_INLINE = re.compile(
    "|".join(
        (
            r"\\(?P<escaped>[*_\-+^~{}\[\]|!?#])",
            r"(?P<entity>&#\d{1,7};)",
            r"(?P<br> ?\\\\ ?|\n)",
            r"\{\{(?P<code>[^\n]{1,500}?)\}\}",
            r"\[~(?:accountid:)?(?P<mention>[^\]\s]{1,128})\]",
            r"\[(?P<words>[^\]|\n]{1,300})\|(?P<target>[^\]\n|]{1,2000})(?:\|[^\]\n]{0,100})?\]",
            r"\[\^?(?P<address>(?:https?://|mailto:)[^\]\s|]{1,2000}|(?<=\^)[^\]\n|]{1,255})\]",
            r"(?P<url>https?://[^\s<>\"'|\]\[{}\\^]{1,2000})",
            r"!(?P<image>[^!\s|]{1,255})(?:\|[^!\n]{0,255})?!",
            r"(?P<noise>\{(?:color|anchor|toc|quote|panel)(?::[^}\n]{0,200})?\})",
            *(f"(?P<{kind}>{pattern})" for kind, pattern in _PAIRS.items()),
        )
    )
)


def wiki_to_adf(wiki: str) -> Adf:
    """Return the text as a document."""
    lines = wiki[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    content = _blocks(lines, 0)
    return {"type": "doc", "version": 1, "content": content or [{"type": "paragraph", "content": []}]}


def _blocks(lines: Sequence[str], depth: int) -> list[Node]:
    blocks: list[Node] = []
    paragraph: list[str] = []
    position = 0

    def end_paragraph() -> None:
        text = "\n".join(paragraph).strip()
        paragraph.clear()
        if text:
            blocks.append(_paragraph(text))

    while position < len(lines):
        line = lines[position]
        taken = _read_block(lines, position, depth)
        if taken is None:
            if line.strip():
                paragraph.append(line)
            else:
                end_paragraph()
            position += 1
            continue
        end_paragraph()
        block, position = taken
        blocks += block
    end_paragraph()
    return blocks


def _read_block(lines: Sequence[str], position: int, depth: int) -> tuple[list[Node], int] | None:
    """Return the block that begins at this line, and where it ends; None for a line of a paragraph."""
    line = lines[position]
    if (fence := _FENCE.match(line)) and depth < MAX_DEPTH:
        return _read_fenced(lines, position, fence, depth)
    if block := _read_line(line):
        return [block], position + 1
    for pattern, read in ((_ITEM, _read_list), (_ROW, _read_table)):
        if pattern.match(line):
            end = _end_of(lines, position, pattern)
            return read(lines[position:end]), end
    return None


def _read_line(line: str) -> Node | None:
    """Return the block that is this one line; None if there is none."""
    if heading := _HEADING.match(line):
        return {"type": "heading", "attrs": {"level": int(heading[1])}, "content": _inline(heading[2])}
    if quote := _QUOTE.match(line):
        return {"type": "blockquote", "content": [_paragraph(quote[1])]}
    return {"type": "rule"} if _RULE.match(line) else None


def _read_list(lines: Sequence[str]) -> list[Node]:
    return _lists([(match[1], match[2]) for match in map(_ITEM.match, lines) if match], 0)


def _read_table(lines: Sequence[str]) -> list[Node]:
    return [{"type": "table", "content": [_row(line) for line in lines]}]


def _end_of(lines: Sequence[str], position: int, pattern: re.Pattern[str]) -> int:
    while position < len(lines) and pattern.match(lines[position]):
        position += 1
    return position


def _read_fenced(lines: Sequence[str], position: int, fence: re.Match[str], depth: int) -> tuple[list[Node], int]:
    kind, close = fence[1].lower(), f"{{{fence[1]}}}"
    rest, inner = lines[position][fence.end() :], []
    while close not in rest and position + 1 < len(lines):
        inner.append(rest)
        position += 1
        rest = lines[position]
    last, _, after = rest.partition(close)
    inner.append(last)
    block = _fenced(kind, fence[2] or "", inner, depth)
    return [block, *([_paragraph(after)] if after.strip() else [])], position + 1


def _fenced(kind: str, options: str, lines: list[str], depth: int) -> Node:
    if kind in ("code", "noformat"):
        text = "\n".join(lines).strip("\n")
        language = _LANGUAGE.search(options) if kind == "code" and "title=" not in options else None
        attrs = {"language": language[1]} if language else {}
        content = [{"type": "text", "text": text}] if text else []
        return {"type": "codeBlock", "attrs": attrs, "content": content}
    inner = _blocks(lines, depth + 1) or [{"type": "paragraph", "content": []}]
    if kind == "panel":
        return {"type": "panel", "attrs": {"panelType": "info"}, "content": inner}
    return {"type": "blockquote", "content": inner}


def _lists(items: Sequence[tuple[str, str]], depth: int) -> list[Node]:
    """Return lists of items, each with its signs: `**` is a bullet within one of `*`."""
    lists: list[Node] = []
    position = 0
    while position < len(items):
        signs, text = items[position]
        kind = "orderedList" if signs[min(depth, len(signs) - 1)] == "#" else "bulletList"
        end = position + 1
        while end < len(items) and len(items[end][0]) > depth + 1 and depth < MAX_DEPTH:
            end += 1
        nested = _lists(items[position + 1 : end], depth + 1) if end > position + 1 else []
        item: Node = {"type": "listItem", "content": [_paragraph(text), *nested]}
        if lists and lists[-1]["type"] == kind:
            content = lists[-1]["content"]
            lists[-1] = {"type": kind, "content": [*content, item] if isinstance(content, list) else [item]}
        else:
            lists.append({"type": kind, "content": [item]})
        position = end
    return lists


def _row(line: str) -> Node:
    cells = [(match[1], match[2].strip()) for match in _CELL.finditer(line.strip())]
    if len(cells) > 1 and not cells[-1][1]:
        cells.pop()
    return {
        "type": "tableRow",
        "content": [
            {"type": "tableHeader" if bar == "||" else "tableCell", "content": [_paragraph(text)]}
            for bar, text in cells
        ],
    }


def _paragraph(text: str) -> Node:
    return {"type": "paragraph", "content": _inline(text)}


def _inline(text: str) -> list[Node]:
    return list(_merged(_nodes(text, (), 0)))


def _nodes(text: str, marks: tuple[Node, ...], depth: int) -> Iterator[Node]:
    done = 0
    for match in _INLINE.finditer(text):
        yield from _plain(text[done : match.start()], marks)
        yield from _node(match, marks, depth)
        done = match.end()
    yield from _plain(text[done:], marks)


def _node(match: re.Match[str], marks: tuple[Node, ...], depth: int) -> Iterator[Node]:
    kind, named = match.lastgroup or "", match.groupdict()
    kind = next((name for name, value in named.items() if value is not None and name != "target"), kind)
    value = named[kind] or ""
    if kind in _PAIRS:
        inner = next(group for group in match.groups()[_first_group(match, kind) :] if group is not None)
        if depth >= MAX_DEPTH:
            yield from _plain(match[0], marks)
        else:
            yield from _nodes(inner, (*marks, _MARKS.get(kind, {"type": kind})), depth + 1)
    elif kind == "br":
        yield {"type": "hardBreak"}
    elif kind == "mention":
        yield {"type": "mention", "attrs": {"id": value, "text": f"@{value}"}}
    elif kind == "words":
        yield from _linked(value, named["target"] or "", marks)
    elif kind in ("address", "url"):
        yield from _linked(value, value, marks)
    elif kind == "image":
        yield from _plain(f"[{value}]", marks)
    elif kind == "entity":
        yield from _plain(_character(value), marks)
    elif kind == "code":
        unescaped = re.sub(r"\\([*_\-+^~{}\[\]|!?#])", r"\1", value)
        yield from _plain(unescaped, (*marks, {"type": "code"}))
    elif kind != "noise":
        yield from _plain(value, marks)


def _first_group(match: re.Match[str], kind: str) -> int:
    """Return where the groups within the named one begin."""
    return match.re.groupindex[kind]


def _character(entity: str) -> str:
    number = int(entity[2:-1])
    return chr(number) if 32 <= number < 0x110000 and not 0xD800 <= number < 0xE000 else entity


def _linked(words: str, target: str, marks: tuple[Node, ...]) -> Iterator[Node]:
    if re.match(r"(?:https?://|mailto:)\S", target):
        yield from _plain(words, (*marks, {"type": "link", "attrs": {"href": target}}))
    else:
        yield from _plain(words, marks)


def _plain(text: str, marks: tuple[Node, ...]) -> Iterator[Node]:
    if text:
        yield {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}


def _merged(nodes: Iterator[Node]) -> Iterator[Node]:
    """Join neighbours of one style: an escaped character is a node of its own."""
    last: Node | None = None
    for node in nodes:
        if last and last["type"] == node["type"] == "text" and last.get("marks") == node.get("marks"):
            last = {**last, "text": f"{last['text']}{node['text']}"}
            continue
        if last:
            yield last
        last = node
    if last:
        yield last
