"""The documents say what the code does: an undocumented setting, command or target fails here."""

from __future__ import annotations

import re

import pytest

from benchmarks import history
from bot.accounts.grant_vault import PERSONAL_TABLES
from bot.accounts.sign_in.choices import TRANSACTIONS
from bot.accounts.sign_in.flow import PENDING_LINKS
from bot.commands.registry import COMMANDS, parser
from scripts import benchmarks_doc
from scripts.commands_doc import document
from scripts.reference_docs import PAGES, text_of
from tests.support.paths import ROOT


def test_commands_page_is_made_from_the_table() -> None:
    assert (ROOT / "docs" / "commands.md").read_text() == document(), (
        "python -m scripts.commands_doc > docs/commands.md"
    )


def test_every_example_is_understood_as_its_own_command() -> None:
    from bot.commands.parser import ParsedCommand

    table = parser()
    for command in COMMANDS:
        for example in command.examples:
            found = table.parse(example)
            assert isinstance(found, ParsedCommand), example
            assert found.command is command, example


def test_names_are_unique() -> None:
    names = [name for command in COMMANDS for name in command.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_made_from_the_code(name: str) -> None:
    page = ROOT / "docs" / "reference" / name
    assert page.read_text() == text_of(name), "python -m scripts.reference_docs"


def test_the_page_of_benchmarks_is_made_from_the_last_run() -> None:
    page = benchmarks_doc.PAGE.read_text()
    assert page == benchmarks_doc.document(history.read()), "python -m scripts.benchmarks_doc"


def test_each_rule_of_the_platforms_has_a_source_and_a_test() -> None:
    lines = (ROOT / "docs" / "reference" / "platform.md").read_text().splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")][2:]
    assert rows
    for rule, source, *tests in rows:
        assert "](https://" in source, rule
        named = re.findall(r"`([\w/.]+)::(\w+)`", " ".join(tests))
        assert named, rule
        for path, name in named:
            assert re.search(rf"^ *(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), name


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"`?make ([a-z-]+)`?", (ROOT / page).read_text()))
        assert named <= targets, page


def test_pre_commit_runs_what_make_lint_runs() -> None:
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    linted = [line.strip().removesuffix(" .") for line in recipe[1].splitlines()]
    hooks = re.findall(r"entry: (.*)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert [hook.replace(" --force-exclude", "") for hook in hooks] == linted


def test_linked_pages_exist() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_threat_and_fault_that_is_cited_is_explained() -> None:
    code = [
        path
        for name in ("app.py", "bot", "cards", "tests")
        for path in [ROOT / name, *(ROOT / name).rglob("*.py")]
    ]
    cited = {number for path in code if path.is_file() for number in re.findall(r"\b[TF]\d\d\b", path.read_text())}
    pages = "".join((ROOT / "docs" / name).read_text() for name in ("security.md", "reliability.md"))
    assert cited - set(re.findall(r"\b[TF]\d\d\b", pages)) == set()


def test_every_table_of_the_store_is_explained_as_personal_data_or_none() -> None:
    named = re.compile(r"""^[A-Z_]*TABLE(?:: \S+)? = "(\w+)"|Table\(\w+, "(\w+)",""", re.MULTILINE)
    code = "\n".join(path.read_text() for path in (ROOT / "bot").rglob("*.py"))
    tables = {first or second for first, second in named.findall(code)}
    tables |= {*PERSONAL_TABLES, TRANSACTIONS, PENDING_LINKS}
    page = (ROOT / "docs" / "explanation" / "personal-data.md").read_text()
    first_cells = " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    explained = {name for name in re.findall(r"`(\w+)`", first_cells) if name not in {"inbox", "outbox"}}
    assert explained == tables
