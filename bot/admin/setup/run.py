"""`setup`: goes through the steps, asks or reads what it cannot know, and writes what it can make itself."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import chdir
from itertools import groupby
from pathlib import Path

from bot.admin import check
from bot.admin.manifest_command import ManifestOptions, PackageError, write_manifest
from bot.admin.output import Output
from bot.admin.setup import azure, scripted, terminal
from bot.admin.setup.env_file import read_values, write_values
from bot.admin.setup.questions import NOT_SETTINGS, QUESTIONS, bicep_source, derive_choices
from bot.admin.setup_steps import AZURE, ENTRA, SetupStep, setup_steps
from bot.config.dotenv_file import EnvFileError
from bot.config.settings import DEFAULT_SCOPES
from bot.config.validation import ConfigError, load
from bot.runtime.exit_status import EX_CANTCREAT, EX_CONFIG, EX_INTERRUPTED, EX_USAGE
from bot.storage.encryption import new_key

ENV_FILE, PACKAGE_FILE = ".env", "teams-jira.zip"
INTRODUCTION = (
    "This asks for the settings, and says what to do in each console, with the values to paste. Secrets are not"
    " shown. Ctrl+C ends it: .env keeps your answers, and the next run goes on from there."
)
MADE = ("ENCRYPTION_KEYS", "JIRA_WEBHOOK_SECRET")
"""What is made here unless it is there already, and never replaced."""


class SetUpError(Exception):
    """The set-up ends here: `problems` are lines for the admin, `status` is the exit status."""

    def __init__(self, status: int, *problems: str) -> None:
        super().__init__(*problems)
        self.status, self.problems = status, problems


def set_up(options: argparse.Namespace, output: Output) -> int:
    """Go through all steps in a terminal, or with the answers of a file; return the exit status of `check`.

    Raises `SetUpError`.
    """
    try:
        given = scripted.read_answers(options.answers) if options.answers else None
        options.output.mkdir(parents=True, exist_ok=True)
        with chdir(options.output):  # as the bridge is started there: a relative STORE_URL means the same
            return _SetUp(output, options).run(given)
    except (EnvFileError, PackageError) as error:
        raise SetUpError(EX_CANTCREAT, str(error)) from None
    except OSError as error:
        raise SetUpError(EX_CANTCREAT, f"{options.output} cannot be written ({error.strerror}).") from None


class _SetUp:
    """One run, in the folder where the files go."""

    def __init__(self, output: Output, options: argparse.Namespace) -> None:
        self._output, self._options = output, options
        self._env_file = Path(ENV_FILE)
        self._present = read_values(self._env_file)
        self._values = {**derive_choices(self._present), **self._present}
        self._has_answers = False

    def run(self, given: dict[str, str] | None) -> int:
        if given is None and not sys.stdin.isatty():
            raise SetUpError(EX_USAGE, "setup asks in a terminal. Without one, name a file: --answers FILE.")
        if given is None:
            self._output.print_paragraph(INTRODUCTION)
            self._make_secrets()
        else:
            self._take(given)
            self._write_settings()
        try:
            self._go_through_steps(asks=given is None)
        except KeyboardInterrupt:
            kept = "has your answers so far" if self._has_answers else "is as it was"
            sentence = f"Stopped. {ENV_FILE} {kept}; run setup again to go on."
            raise SetUpError(EX_INTERRUPTED, sentence) from None
        return self._finish()

    def _take(self, given: dict[str, str]) -> None:
        """Take all answers of a file. Raises `SetUpError` if one is wrong, or would replace another value."""
        self._values = scripted.complete(self._present, given)
        self._make_secrets()
        if problems := scripted.find_problems(self._values, given, self._options.answers):
            raise SetUpError(EX_CONFIG, *problems, "Nothing was written.")
        changed = sorted(name for name, value in given.items() if self._present.get(name) not in (None, "", value))
        if changed and not self._options.overwrite:
            names = ", ".join(changed)
            sentence = (
                f"{ENV_FILE} has other values already: {names}. Nothing was written; --overwrite changes them."
            )
            raise SetUpError(EX_CANTCREAT, sentence)

    def _make_secrets(self) -> None:
        for name in MADE:
            if not self._values.get(name):
                self._values[name] = new_key()

    def _go_through_steps(self, *, asks: bool) -> None:
        scopes = self._values.get("JIRA_SCOPES", DEFAULT_SCOPES).split()
        number = 0
        all_steps = setup_steps("", scopes)
        for _, group in groupby(enumerate(all_steps), key=lambda item: item[1].place):
            numbers = [index for index, _ in group]
            steps = setup_steps(self._values.get("PUBLIC_URL", ""), scopes)
            shown = [steps[index] for index in numbers]
            self._show(shown, number)
            number += len(shown)
            if asks:
                self._ask_about(shown)

    def _show(self, steps: Sequence[SetupStep], before: int) -> None:
        self._output.print_heading(steps[0].place)
        for number, step in enumerate(steps, before + 1):
            self._output.print_paragraph(f"{number}. {step.menu}")
            self._output.print_paragraph(step.do, indent=3)
        if steps[0].place == ENTRA and self._values.get("PUBLIC_URL"):
            self._output.print_result(f"Or with the Azure CLI:\n\n{azure.registration_commands(self._values)}\n")
        if steps[0].place == AZURE:
            self._write_bicep()
            self._output.print_result(f"Or with the Azure CLI:\n\n{azure.bot_commands(self._values)}\n")

    def _ask_about(self, steps: Sequence[SetupStep]) -> None:
        names = {name for step in steps for name in step.settings}
        questions = [question for question in QUESTIONS if question.comes_with in names]
        for question in questions:
            if question.asked(self._values):
                self._values[question.name] = terminal.ask(question, self._values.get(question.name, ""))
                self._write_settings()
                self._has_answers = True
        if not questions:
            terminal.wait()

    def _write_settings(self) -> None:
        settings = {name: value for name, value in self._values.items() if name not in NOT_SETTINGS and value}
        write_values(self._env_file, settings)

    def _write_bicep(self) -> None:
        Path(azure.BICEP_FILE).write_text(bicep_source(), "utf-8")
        Path(azure.PARAMETERS_FILE).write_text(azure.bicep_parameters(self._values), "utf-8")

    def _finish(self) -> int:
        made = ", ".join(MADE)
        self._output.print_heading("Files")
        self._output.print_result(f"{ENV_FILE} has the settings, readable for you alone. Made for you: {made}.")
        self._warn_of_environment()
        try:
            settings = load(ENV_FILE)
        except ConfigError as error:
            raise SetUpError(EX_CONFIG, *error.problems) from None
        options = ManifestOptions(Path(PACKAGE_FILE), self._values.get("DEVELOPER", "Bridge for Jira"))
        write_manifest(settings, options, self._output)
        if not self._options.checks:
            return 0
        self._output.print_heading("Check")
        return asyncio.run(check.run(self._output, env_file=ENV_FILE, explains=False))

    def _warn_of_environment(self) -> None:
        for name, value in sorted(self._values.items()):
            if name not in NOT_SETTINGS and os.environ.get(name, value) != value:
                self._output.print_result(f"{name} is also set in the environment, to another value, which wins.")
