"""What is written to Jira is what was typed: all that a text loses to be understood it has again."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.parser import ParsedCommand
from bot.commands.registry import parser
from bot.commands.text_input import INVISIBLE, one_line, strip_invisible, take_target
from bot.commands.typed_text import read_typed, tidy
from bot.jira.adf.from_markdown import markdown_to_adf
from bot.jira.jql import clean_query, text_condition

SCRIPTS = {
    "Persian": "می\u200cخواهم برنامه\u200cنویسی کنم",
    "Kurdish": "نه\u200cته\u200cوه\u200cکان",
    "Arabic": "\u200fمرحبا (PROJ)\u200f بالعالم",
    "Hebrew": "\u2067שלום\u2069 world!\u200f",
    "Hindi": "क्\u200dष क्\u200cष हिन्दी",
    "Bengali": "র\u200d্য অ্যাপ",
    "Malayalam": "ന്\u200d ർ അവന്\u200d",
    "Sinhala": "ශ්\u200dරී ලංකා",
    "Khmer": "ខ្ញុំ\u200bស្រលាញ់\u200bភាសា",
    "Thai": "ภาษา\u200bไทย",
    "Japanese": "バグ\u3000修正、神\ufe00 と 神",
    "Korean, decomposed": "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "Vietnamese, decomposed": "Vie\u0323\u0302t Nam e\u0301",
    "French": "Bonjour\u202f! «\u00a0oui\u00a0» l’été",
    "German": "Donau\u00addampfschiff – „Übergröße“",
    "Greek": "ΐ Ὀδυσσεύς",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ\u180e\u202fᠤᠨ",
    "family": "👨\u200d👩\u200d👧\u200d👦 👩🏽\u200d🚀 🏳️\u200d🌈 🇩🇪",
    "flag of England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "hearts": "❤️\u200d🔥 ❤ 👍🏿 1️⃣",
    "mathematics": "f\u2061(x) = a\u2062b 𝔘",
    "marks alone": "\ufeffBOM \u200e\u200fLRM",
}
LETTERS = sorted({letter for text in SCRIPTS.values() for letter in text} - set("1") | set("ab Z,;?'’"))
"""None of them has a meaning in Markdown."""
COMMANDS = [
    ("comment PROJ-1 ", "PROJ-1 "),
    ("\u200fcomment\u00a0PROJ-1\u200e ", "PROJ-1 "),
    ("PROJ-1 comment ", "PROJ-1 "),
    ("reply PROJ-1\n", "PROJ-1 "),
    ("summary PROJ-1 ", "PROJ-1 "),
    ("description PROJ-1 ", "PROJ-1 "),
    ("edit PROJ-1 description ", "PROJ-1 description "),
    ("comment on PROJ-1: ", "PROJ-1 "),
    ("add a comment to PROJ-1: ", "PROJ-1 "),
    ("create bug PROJ ", "bug PROJ "),
    ("search ", ""),
]
PARSER = parser()


def written(doc: object) -> str:
    """Return the text of a document as Jira has it."""
    if not isinstance(doc, dict):
        return ""
    if doc["type"] == "hardBreak":
        return "\n"
    return str(doc.get("text", "")) + "".join(map(written, doc.get("content", ())))


def arguments_of(text: str) -> str:
    """Return what the command in a text is given."""
    typed = read_typed(text)
    found = PARSER.parse(typed.understood)
    assert isinstance(found, ParsedCommand)
    assert found.command.verbatim
    return typed.as_written(found.arguments)


@pytest.mark.parametrize(("command", "before"), COMMANDS)
def test_a_command_gets_text_as_it_was_typed(command: str, before: str) -> None:
    for text in SCRIPTS.values():
        arguments = arguments_of(command + text)
        assert arguments.endswith(text)
        assert strip_invisible(" ".join(arguments.removesuffix(text).split())) == before.strip()


@given(st.text(st.sampled_from(LETTERS), min_size=1, max_size=60).map(str.strip).filter(tidy))
def test_any_text_of_any_script_is_the_same_text_in_jira(text: str) -> None:
    target, rest = take_target(arguments_of(f"comment PROJ-1 {text}"))
    assert target is not None
    assert written(markdown_to_adf(rest)) == text


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60).map(str.strip).filter(tidy))
def test_no_character_is_lost_on_the_way_to_a_command(text: str) -> None:
    if "[" not in text and "&" not in text:
        assert arguments_of(f"comment PROJ-1 {text}") == f"PROJ-1 {text}"


@given(st.text(st.characters(), max_size=60))
def test_what_is_understood_has_nothing_that_nobody_sees(text: str) -> None:
    understood = tidy(text)
    assert not set(understood) & set("\u200b\u200c\u200d\u200e\u200f\u2066\ufeff\u00a0\u3000\r")
    assert all(unicodedata.is_normalized("NFC", word) for word in understood.split())


@pytest.mark.parametrize(
    ("typed", "line_ends"),
    [
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\nb"),
        ("a\r\n\r\nb", "a\n\nb"),
        ("a\n\rb", "a\n\nb"),
        ("a\u000bb\u000cc", "a\nb\nc"),
    ],
)
def test_a_line_ends_once(typed: str, line_ends: str) -> None:
    assert read_typed(typed).written == line_ends
    assert tidy(typed) == line_ends


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\r\ntwo", "one two"),
        ("バグ\u3000修正", "バグ\u3000修正"),
        ("a  b\tc", "a  b c"),
        (" a \n\n b \u2028c", "a b c"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_line_keeps_all_but_its_ends(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("\u200fproject\u00a0=\u00a0DEMO\u200f", "project = DEMO"),
        ("text ~ “می\u200cخواهم”", 'text ~ "می\u200cخواهم"'),
        ('text ~ "a\u00a0\u200fb"', 'text ~ "a\u00a0\u200fb"'),
        ("labels = می\u200cخواهم", "labels = می\u200cخواهم"),
        ("a = 1\r\nAND b = 2", "a = 1\nAND b = 2"),
        ('summary ~ "„x“"', 'summary ~ "„x“"'),
    ],
)
def test_a_query_keeps_its_literals(typed: str, query: str) -> None:
    assert clean_query(typed) == query


def test_a_search_has_joiners_and_no_marks() -> None:
    assert text_condition("\u200fمی\u200cخواهم\u200f") == 'text ~ "می\u200cخواهم"'


def test_every_invisible_character_is_one_for_comparing() -> None:
    assert strip_invisible(f"P{INVISIBLE}".replace("-", "")) == "P"
