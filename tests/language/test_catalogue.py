"""Every sentence that a person reads is in the catalogue, and every language has all of them."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.language import FOLDER, LANGUAGE_CODES, language, tr, trn, use_language
from scripts.catalogue import KEYWORDS, ROOT, extracted, forms, written

READ_BY_PEOPLE = (
    "cards",
    "bot/commands",
    "bot/teams",
    "bot/accounts",
    "bot/notifications",
    "bot/jobs",
    "bot/jira",
)
"""What bot/admin, bot/config/settings.py and the log say is read by those who run the bridge, and is English."""

UNDERSTOOD = "bot/commands/phrases"
"""Its words are those that people type: nothing there says anything."""

NOT_SAID = {
    line
    for path in sorted(Path(__file__).with_name("not_said").glob("*.txt"))
    for line in path.read_text("utf-8").splitlines()
    if line and not line.startswith("# ")
}
"""Literals that look like sentences and are none: names in JSON, headers, what other programs read."""

SENTENCE = re.compile(r"[A-Za-z]{2,},? +[A-Za-z(]|^[A-Z][a-z]{2,}[.:…!?]?$")
SILENT_CALLS = frozenset(
    {"Counter", "Gauge", "Histogram", "compile", "cast", "TypeVar", "getLogger", "get_logger"}
)
BUILTIN_ERRORS = frozenset(
    {"ValueError", "TypeError", "RuntimeError", "KeyError", "AssertionError", "LookupError"}
)


@cache
def code_catalog() -> Catalog:
    """Read the code once for all tests: it takes a second."""
    return extracted()


def test_every_sentence_of_the_code_is_in_the_catalogue() -> None:
    outside = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for top in READ_BY_PEOPLE
        for path in sorted((ROOT / top).rglob("*.py"))
        if UNDERSTOOD not in path.as_posix()
        for line, text in literals(ast.parse(path.read_text("utf-8")))
        if text.strip() not in NOT_SAID
    ]
    assert not outside, "say these with tr(), or list them in tests/language/not_said/:\n" + "\n".join(outside)


def test_nothing_is_excused_that_nobody_writes() -> None:
    written_somewhere = {
        text.strip()
        for top in READ_BY_PEOPLE
        for path in (ROOT / top).rglob("*.py")
        for _, text in literals(ast.parse(path.read_text("utf-8")))
    }
    assert not NOT_SAID - written_somewhere


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('text("Nothing was changed.")', ["Nothing was changed."]),
        ('text(f"Moved {key} to {status}.")', ["Moved  to ."]),
        ('title = "Watch"', ["Watch"]),
        ('"""A docstring of words."""', []),
        ('text(tr("Nothing was changed."))', []),
        ('trn("{count} issue", "{count} issues", n)', []),
        ('log.info("turn answered late")', []),
        ('raise ValueError("a day has no year")', []),
        ('raise CommandError("Say which issue.")', ["Say which issue."]),
        ('card = {"type": "TextBlock", "wrap": True}', []),
    ],
)
def test_what_is_taken_for_a_sentence(code: str, found: list[str]) -> None:
    assert [text for _, text in literals(ast.parse(code))] == found


def test_the_catalogues_are_those_of_the_code() -> None:
    kept = (FOLDER / "messages.pot").read_text("utf-8")
    assert kept == written(code_catalog()), "run python -m scripts.catalogue"


@pytest.mark.parametrize("code", [code for code in LANGUAGE_CODES if code != "en"])
def test_a_language_says_everything_with_the_same_placeholders(code: str) -> None:
    said = {key(message): message for message in catalogue(code)}
    for message in code_catalog():
        if not message.id:
            continue
        translated = said.get(key(message))
        assert translated is not None, f"not in {code}.po: {message.id!r}"
        for original, translation in zip(forms(message.id), forms(translated.string), strict=True):
            assert translation, f"not translated into {code}: {original!r}"
            assert places(translation) <= places(forms(message.id)[-1]), translation
            assert places(original) - {"count"} <= places(translation), translation


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("de-DE", "de"),
        ("de", "de"),
        ("de-AT", "de"),
        ("en-US", "en"),
        ("fr-FR", "en"),
        ("", "en"),
        ("../de", "en"),
        ("x" * 5000, "en"),
    ],
)
def test_an_unknown_language_is_answered_in_english(tag: str, code: str) -> None:
    assert language(tag).code == code


def test_babel_finds_every_sentence_that_the_code_says() -> None:
    # Babel sees no call inside an f-string before Python 3.12.
    known = {form for message in code_catalog() if message.id for form in forms(message.id)}
    unseen = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for top in READ_BY_PEOPLE
        for path in sorted((ROOT / top).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) in KEYWORDS and node.args
        if isinstance(node.args[0], ast.Constant) and node.args[0].value not in known
    ]
    assert not unseen


def test_what_is_not_translated_is_said_in_english() -> None:
    with use_language("de"):
        unknown = "A sentence that was {how} before the translator came."
        assert tr(unknown, how="written") == "A sentence that was written before the translator came."
        assert trn("{count} new thing", "{count} new things", 3) == "3 new things"


def test_values_are_never_read_as_sentences() -> None:
    assert tr("{text}", text="{secret} {0.__class__}") == "{secret} {0.__class__}"


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the literals that look like sentences and are said without the catalogue; an f-string is one."""
    silent: set[int] = set()
    for node in ast.walk(tree):
        if _is_silent(node):
            silent.update(id(inner) for inner in ast.walk(node))
        elif isinstance(node, ast.JoinedStr):
            silent.update(id(value) for value in node.values)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
        else:
            continue
        if SENTENCE.search(text):
            yield node.lineno, text


def _is_silent(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign) and _name(node.targets[0]) == "__all__":
        return True
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return _name(node.exc.func) in BUILTIN_ERRORS
    if not isinstance(node, ast.Call):
        return False
    of_log = isinstance(node.func, ast.Attribute) and _name(node.func.value) in ("log", "_log")
    return of_log or _name(node.func) in SILENT_CALLS | KEYWORDS.keys()


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def catalogue(code: str) -> Catalog:
    with (FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def key(message: Message) -> str:
    return forms(message.id)[0]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
