"""The HTML of a message in Teams, as Markdown and as plain lines.

Code is `<codeblock class="Python"><code>…<br>…`, a quoted message a `blockquote` of the item type
`http://schema.skype.com/Reply`, an emoji an element of its own. All is linear in the length of the HTML (T49).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

from markdownify import MarkdownConverter

MAX_TAGS = 4_000
MAX_DEPTH = 100
"""Elements within one another. Of a message with more, or with more tags, only the lines are taken."""
MAX_LANGUAGE_CHARS = 30

_TAG = re.compile(r"<[^<>]{0,2000}>")
_LESS_THAN = re.compile(r"<(?:(/?)([A-Za-z][A-Za-z0-9]{0,20})([^<>]{0,2000})>)?")
_HREF = re.compile(r"""(?<![\w-])href\s?=\s?(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_CLASS = re.compile(r"""(?<![\w-])class\s?=\s?(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_OPEN_OR_CLOSE = re.compile(r"<(/?)([A-Za-z0-9]+)")
_EMPTY_ELEMENTS = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"})
_BLOCK = re.compile(r"<(/?)(p|div|br|li|tr|td|th|h[1-6]|blockquote|pre|codeblock)\b[^<>]{0,2000}>", re.IGNORECASE)
_QUOTE_OR_CODE = re.compile(r"<(/?)(blockquote|codeblock|pre)\b([^<>]{0,2000})>", re.IGNORECASE)
_LINE_END = re.compile(r"<br\b[^<>]{0,100}>(?:\r?\n)?|</(?:div|p)>", re.IGNORECASE)
_FENCE = re.compile(r"`{3,}")
_REPLY = "schema.skype.com/reply"
_LANGUAGES = {
    **{"c#": "csharp", "c++": "cpp", "f#": "fsharp", "objective-c": "objectivec", "visual basic": "vbnet"},
    **{"shell": "bash", "plain text": "", "plaintext": "", "text": "", "none": ""},
}
"""What Teams calls a language, and what Jira does; all others have the same name."""


def to_markdown(html: str) -> str:
    """Return HTML as Markdown; empty if it has more tags than a person writes."""
    simple = _LESS_THAN.sub(_simplify_tag, "".join(_with_marked_code(html)))
    if simple.count("<") > MAX_TAGS or _depth(simple) > MAX_DEPTH:
        return ""
    try:
        return str(_CONVERTER.convert(simple))
    except RecursionError:  # nested far beyond what anybody writes
        return ""


def own_lines(html: str) -> list[str]:
    """Return the plain lines that the author wrote themselves: not what they quote, and code only if it is all."""
    prose = _lines("".join(_without(html, code=True, quotes=True)))
    return prose or _lines("".join(_without(html, code=False, quotes=False)))


def all_lines(html: str) -> list[str]:
    """Return all plain lines."""
    return _lines(html)


def reply_quote(author: str, text: str) -> str:
    """Return a quoted message as Teams writes it in HTML."""
    by = f'<strong itemprop="mri">{escape(author)}</strong>' if author else ""
    return f'<blockquote itemtype="http://{_REPLY}">{by}<p>{escape(text)}</p></blockquote>'


def _lines(html: str) -> list[str]:
    plain = unescape(_TAG.sub("", "".join(_with_breaks(html)))).replace("\u00a0", " ")
    lines = (" ".join(filter(None, map(str.strip, line.split("\t")))) for line in plain.splitlines())
    return [line for line in lines if line]


def _with_breaks(html: str) -> Iterator[str]:
    """Yield HTML with line ends for blocks. The row of a table is one line, with tabs around what is in it."""
    start, in_row = 0, False
    for tag in _BLOCK.finditer(html):
        text = html[start : tag.start()]
        yield text.replace("\n", " ") if in_row else text
        is_row = tag[2].lower() == "tr"
        yield "\t" if in_row and not is_row else "\n"
        in_row, start = (not tag[1] if is_row else in_row), tag.end()
    yield html[start:]


def _without(html: str, *, code: bool, quotes: bool) -> Iterator[str]:
    """Yield HTML without quoted messages, and without code and other quotations if asked for."""
    start, hidden, depth = 0, "", 0
    for tag in _QUOTE_OR_CODE.finditer(html):
        name, closes = tag[2].lower(), bool(tag[1])
        if hidden:
            depth += 0 if name != hidden else -1 if closes else 1
            hidden, start = (hidden, start) if depth else ("", tag.end())
        elif not closes and (
            (code and name != "blockquote") or (name == "blockquote" and (quotes or _is_reply(tag)))
        ):
            yield html[start : tag.start()] + "\n"
            hidden, depth = name, 1
    if not hidden:
        yield html[start:]


def _is_reply(tag: re.Match[str]) -> bool:
    return _REPLY in tag[3].lower()


def _with_marked_code(html: str) -> Iterator[str]:
    """Yield HTML in which blocks of code are `pre` elements of their language, with line ends and no tags."""
    start, opened = 0, None
    for tag in _QUOTE_OR_CODE.finditer(html):
        name = tag[2].lower()
        if name == "blockquote":
            continue
        if opened is None and not tag[1]:
            yield html[start : tag.start()]
            opened, start = tag, tag.end()
        elif opened is not None and tag[1] and name == opened[2].lower():
            yield f'<pre class="{_language(opened[3])}">{_code(html[start : tag.start()])}</pre>'
            opened, start = None, tag.end()
    yield html[start:]


def _code(html: str) -> str:
    return _TAG.sub("", _LINE_END.sub("\n", html)).replace("&nbsp;", " ").replace("\u00a0", " ").strip("\r\n")


def _language(attributes: str) -> str:
    """Return the language that an element's class names, as Jira calls it."""
    classes = _CLASS.search(attributes)
    name = unescape(classes[1] or classes[2] or "") if classes else ""
    name = name.strip().lower().removeprefix("language-")
    return re.sub(r"[^a-z0-9+#.-]", "", _LANGUAGES.get(name, name))[:MAX_LANGUAGE_CHARS]


class _Converter(MarkdownConverter):
    """Converts code to fenced blocks, with fences that are longer than any in the code."""

    def convert_pre(self, el: Any, text: str, parent_tags: Any) -> str:
        """Convert a block of code."""
        block = str(super().convert_pre(el, text, parent_tags)).strip("\n")  # type: ignore[misc]
        longer = "`" * (max(map(len, _FENCE.findall(text)), default=2) - 2)
        return f"\n\n{longer}{block}{longer}\n\n" if block else ""


def _language_of(element: Any) -> str:
    return " ".join(element.get_attribute_list("class")[:1]).strip()


_CONVERTER = _Converter(bullets="-", heading_style="ATX", strip=["img"], code_language_callback=_language_of)


def _simplify_tag(tag: re.Match[str]) -> str:
    """Keep a tag's name, a link's target and a code block's language, and escape a `<` that opens no tag.

    Python's HTML parser takes quadratic time for tags and attributes that do not end (T49).
    """
    slash, name, attributes = tag.groups()
    if name is None:
        return "&lt;"
    if name.lower() == "a" and not slash and (href := _HREF.search(attributes)):
        target = (href[1] or href[2] or "").replace('"', "&quot;")
        return f'<a href="{target}">'
    if name.lower() == "pre" and not slash:
        return f'<pre class="{_language(attributes)}">'
    return f"<{slash}{name}>"


def _depth(html: str) -> int:
    """Return how deep elements are nested at most, as the parser sees it: what is not closed stays open."""
    still_open: Counter[str] = Counter()
    deepest = depth = 0
    for slash, tag in _OPEN_OR_CLOSE.findall(html):
        name = tag.lower()
        if name in _EMPTY_ELEMENTS or (slash and not still_open[name]):
            continue
        change = -1 if slash else 1
        still_open[name] += change
        depth += change
        deepest = max(deepest, depth)
    return deepest
