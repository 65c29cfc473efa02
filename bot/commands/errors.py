"""Errors of commands, and the sentence for every error that a person can meet."""

from __future__ import annotations

from collections.abc import Sequence

from bot.accounts.model import SignInUnavailableError
from bot.commands.request import Reply
from bot.jira.errors import (
    JiraError,
    JiraRateLimitedError,
    JiraRejectedError,
    JiraScopeError,
    JiraSignInError,
    JiraTimeoutError,
    JiraUnavailableError,
    NotFoundOrForbiddenError,
    OutcomeUnknownError,
)
from bot.language import mark, tr, trn
from bot.storage.base import StoreError
from cards.text import escape

MAX_EXPLANATION = 4000
"""Characters of an explanation."""


class CommandError(Exception):
    """A command cannot do what was asked. Its text is a sentence for the person."""


class NoIssueNamedError(CommandError):
    """The command needs an issue and none was named."""

    def __init__(self, text: str) -> None:
        if text:
            word = text.split(maxsplit=1)[0][:40]
            message = tr("“{word}” is not an issue key. Name one like PROJ-12, or paste its link.", word=word)
        else:
            message = tr("Which issue? Name one like PROJ-12, or paste its link.")
        super().__init__(message)


class NoIssueShownError(CommandError):
    """“it” was typed where no issue was shown lately."""

    def __init__(self) -> None:
        super().__init__(
            tr(
                "I have not shown you an issue here within the last hour."
                " Name one like PROJ-12, or paste its link."
            )
        )


class ForeignSiteError(CommandError):
    """The issue is on a site that the person has not linked."""

    def __init__(self, linked_sites: Sequence[str]) -> None:
        super().__init__(
            tr(
                "That is on a Jira site that you have not linked. You have linked {sites}."
                " To add one, type “connect again” in your own chat with me.",
                sites=", ".join(linked_sites),
            )
        )


class OtherSiteError(CommandError):
    """Two issues must be on one site and are not."""

    def __init__(self, key: str, site: str) -> None:
        super().__init__(tr("{key} is on another Jira site than {site}.", key=key, site=site))


class ChooseError(CommandError):
    """Several things fit. `choices` are (title, text to type) pairs for buttons."""

    def __init__(self, question: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(question)
        self.choices = tuple(choices)


class ColleagueUnknownError(CommandError):
    """No Jira account is known for a mentioned colleague (`oid`, `name`)."""

    def __init__(self, message: str, *, oid: str, name: str) -> None:
        super().__init__(message)
        self.oid, self.name = oid, name


USER_ERRORS = (CommandError, JiraError, SignInUnavailableError, StoreError)
"""Errors that are explained to the person; any other is a bug."""


def explain(error: Exception) -> str:
    """Return the sentence for one of the `USER_ERRORS`, as plain text."""
    if isinstance(error, CommandError):
        return str(error)
    if isinstance(error, JiraRejectedError):
        return _explain_rejection(error)
    if isinstance(error, JiraRateLimitedError):
        return trn(
            "Jira asks us to slow down. Try again in {count} second.",
            "Jira asks us to slow down. Try again in {count} seconds.",
            max(1, round(error.retry_after)),
        )
    return tr(next(sentence for kind, sentence in _SENTENCES if isinstance(error, kind)))


_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (JiraTimeoutError, mark("Jira is taking too long to answer. Nothing was changed; try again in a moment.")),
    (
        JiraUnavailableError,
        mark("Jira is not answering properly right now. Nothing was changed; try again in a few minutes."),
    ),
    (
        OutcomeUnknownError,
        mark(
            "Jira's answer got lost, so it is not certain whether the change was made."
            " Look at the issue before you try again."
        ),
    ),
    (
        NotFoundOrForbiddenError,
        mark("There is no such issue or item, or your Jira account may not see or do that."),
    ),
    (
        JiraScopeError,
        mark("Your link to Jira does not cover this. Type “connect again” in your own chat with me to renew it."),
    ),
    (
        JiraSignInError,
        mark(
            "Jira did not accept your sign-in just now. Try again; if it stays so, type “connect again” in your"
            " own chat with me."
        ),
    ),
    (
        SignInUnavailableError,
        mark("Jira's sign-in is not answering right now. Your link is safe; try again in a few minutes."),
    ),
    (
        StoreError,
        mark("The bridge's own store is not reachable right now. Nothing was lost; try again in a minute."),
    ),
    (JiraError, mark("Something went wrong between here and Jira. Try again in a moment.")),
)
"""The first entry that matches applies."""


def error_reply(error: Exception) -> Reply:
    """Reply with the explanation alone, which leaves a card and what was typed into it as they are."""
    return Reply(text=escape(explain(error), MAX_EXPLANATION), repeatable=True)


def _explain_rejection(error: JiraRejectedError) -> str:
    reasons = [text for text in (*error.messages, *error.fields.values()) if text]
    if error.status == 409:
        reasons.append(tr("Somebody else changed the issue at the same moment; look at it and try again."))
    if not reasons:
        return tr("Jira did not accept that: it gave no reason.")
    sentences = (text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}." for text in reasons)
    return tr("Jira did not accept that: {reasons}", reasons=" ".join(sentences))
