"""Asks questions in a terminal. Secrets are typed unseen, and every answer is checked before the next question."""

from __future__ import annotations

import questionary

from bot.admin.setup.questions import Question


def wait() -> None:
    """Wait until a key is pressed. Raises `KeyboardInterrupt` at Ctrl+C."""
    questionary.press_any_key_to_continue("Press any key when this is done …").unsafe_ask()


def ask(question: Question, present: str) -> str:
    """Return the answer to a question, `present` being the one so far. Raises `KeyboardInterrupt` at Ctrl+C."""
    if question.choices:
        default = present if present in question.choices else question.default
        return str(questionary.select(question.text, question.choices, default=default).unsafe_ask())
    may_be_blank = question.optional or (question.secret and bool(present))

    def validate(answer: str) -> bool | str:
        text = answer.strip()
        return True if not text and may_be_blank else question.check(text) or True

    if question.secret:
        hint = " (not shown; blank keeps the present one)" if present else " (not shown)"
        prompt = questionary.password(f"{question.text}{hint}", validate=validate)
    else:
        prompt = questionary.text(question.text, default=present or question.default, validate=validate)
    answer = str(prompt.unsafe_ask()).strip()
    return present if not answer and question.secret else answer
