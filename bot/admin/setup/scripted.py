"""Takes the answers from a file, all at once: problems are named together, and nothing is written then."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.admin.setup.env_file import read_values
from bot.admin.setup.questions import NOT_SETTINGS, QUESTIONS, Answers, check_given, derive_choices
from bot.config.settings import Settings
from bot.config.sites import SiteTableError, read_sites
from bot.config.validation import ConfigError, find_unknown, load


def read_answers(path: Path) -> dict[str, str]:
    """Return what a file answers. Raises `EnvFileError`, also if it is not there."""
    return {
        name.upper(): value.strip() for name, value in read_values(path, must_exist=True).items() if value.strip()
    }


def complete(present: Answers, given: Mapping[str, str]) -> dict[str, str]:
    """Return all answers: those of the file, else those so far, else the defaults."""
    derived = derive_choices({**present, **given})
    values = {**derived, **present, **given}
    for question in QUESTIONS:
        if question.default and question.asked(values):
            values.setdefault(question.name, question.default)
    return values


def find_problems(values: Answers, given: Mapping[str, str], file: Path) -> list[str]:
    """Name everything that is wrong with or missing in the answers, without a value."""
    try:
        variables = read_sites(values.get("JIRA_SITES", ""), values).variables
    except SiteTableError as error:
        return list(error.problems)
    known = [*Settings.model_fields, *NOT_SETTINGS, *variables]
    problems = find_unknown(known, (), given, file=file.name)
    problems += [f"{name}: {why}" for name, value in values.items() if (why := check_given(name, value))]
    problems += [
        f"{question.name} is missing: {question.text}."
        for question in QUESTIONS
        if not question.optional and question.asked(values) and not values.get(question.name)
    ]
    return problems or _find_contradictions(values)


def _find_contradictions(values: Answers) -> list[str]:
    known = Settings.model_fields.keys() - {"jira_sites"}  # it is checked with the variables that it names
    fields = {name.lower(): value for name, value in values.items() if name.lower() in known}
    try:
        load(env_file=None, **fields)
    except ConfigError as error:
        return list(error.problems)
    return []
