"""ADF -> Markdown that means the same, for people who edit a description in a form."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.jira.adf.from_markdown import markdown_to_adf
from bot.jira.adf.to_markdown import UnsupportedDocumentError, adf_to_markdown

PLAIN = [
    "a **b**\nsecond line\n\n- x\n- y",
    "# T\n\ntext *em* `code` ~~gone~~",
    "***a** b*",
    "3. x\n4. y\n   - z\n\n     more",
    "- [ ] a\n- [x] b\n  - [ ] c",
    "> q\n> r\n>\n> - s",
    "```py\nx = `1`\n```",
    "````\n```\n````",
    "| a | b |\n|-|-|\n| `x` | y\\|z |",
    'see https://a.example/x_y and [here](<https://a.example/(b)> "it\'s")',
    "snake_case, 5 > 3, C:\\\\dir, -5, #tag, 1.5",
    "\\# no heading\n\\- no item\n1\\. no number\n\\> no quotation",
    "---",
]


@pytest.mark.parametrize("markdown", PLAIN)
def test_reads_as_it_was_written(markdown: str) -> None:
    assert adf_to_markdown(markdown_to_adf(markdown)) == markdown


def doc(*content: object) -> dict[str, object]:
    return {"type": "doc", "version": 1, "content": list(content)}


def paragraph(*content: object) -> dict[str, object]:
    return {"type": "paragraph", "content": list(content)}


def nested(levels: int) -> dict[str, object]:
    block = paragraph({"type": "text", "text": "x"})
    for _ in range(levels):
        block = {"type": "bulletList", "content": [{"type": "listItem", "content": [block]}]}
    return block


LINKS = [{"type": "link", "attrs": {"href": f"https://a.example/{n}"}} for n in range(1_000)]


@pytest.mark.parametrize(
    "document",
    [
        doc(paragraph({"type": "emoji", "attrs": {"shortName": ":x:"}})),
        doc({"type": "panel", "content": [paragraph()]}),
        doc(paragraph({"type": "text", "text": "x", "marks": [{"type": "underline"}]})),
        doc(paragraph({"type": "text", "text": "https://a.example without a link"})),
        doc(
            paragraph(
                {"type": "text", "text": "bold ", "marks": [{"type": "strong"}]}, {"type": "text", "text": "x"}
            )
        ),
        doc(paragraph(), paragraph()),
        doc({"type": "heading", "attrs": {"level": 9}, "content": []}),
        doc(nested(30)),
        doc(nested(5_000)),
        doc(paragraph(*[{"type": "text", "text": "x", "marks": LINKS}] * 200)),
    ],
)
def test_what_would_change_is_refused(document: Mapping[str, object]) -> None:
    with pytest.raises(UnsupportedDocumentError):
        adf_to_markdown(document)


@pytest.mark.parametrize("order", [["strong", "em"], ["em", "strong"]])
def test_order_of_marks_means_nothing(order: list[str]) -> None:
    text = {"type": "text", "text": "x", "marks": [{"type": kind} for kind in order]}
    assert adf_to_markdown(doc(paragraph(text))) == "***x***"


WORDS = st.sampled_from(
    ["a", "b c", "*", "_", "`", "[", "]", "(", "~~", "\\", "#", "-", "1.", ">", "|", "<b>", "&", " "]
)
LINES = st.lists(WORDS, min_size=1, max_size=5).map("".join)


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=4))
@example(["|", "-|"])
@example(["a|b", ":-|-:"])
def test_any_words_read_as_they_are(lines: list[str]) -> None:
    breaks = [{"type": "hardBreak"}] * len(lines)
    nodes = [
        node for line, end in zip(lines, breaks, strict=True) for node in ({"type": "text", "text": line}, end)
    ]
    document = doc(paragraph(*nodes[:-1]))
    try:
        markdown = adf_to_markdown(document)
    except UnsupportedDocumentError:
        # Markdown drops white space at the ends of lines.
        assert any(line != line.strip() for line in lines)
    else:
        assert markdown_to_adf(markdown) == document
