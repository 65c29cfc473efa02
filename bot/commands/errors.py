"""What can go wrong with a command itself, and the sentence for every failure that a person can meet."""

from __future__ import annotations

from collections.abc import Sequence

from bot.accounts.model import SignInUnavailableError
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


class CommandError(Exception):
    """A command cannot do what was asked; the text is a plain sentence for the person."""


class NoIssueNamedError(CommandError):
    """The command needs an issue and none was named."""

    def __init__(self, given: str) -> None:
        if given:
            word = given.split(maxsplit=1)[0][:40]
            told = tr("“{word}” is not an issue key. Name one like PROJ-12, or paste its link.", word=word)
        else:
            told = tr("Which issue? Name one like PROJ-12, or paste its link.")
        super().__init__(told)


class NoIssueShownError(CommandError):
    """“it” stands for no issue."""

    def __init__(self) -> None:
        super().__init__(
            tr(
                "I have not shown you an issue here within the last hour."
                " Name one like PROJ-12, or paste its link."
            )
        )


class ForeignSiteError(CommandError):
    """The link points to a site that the person has not linked."""

    def __init__(self, names: Sequence[str]) -> None:
        known = ", ".join(names)
        super().__init__(
            tr(
                "That is on a Jira site that you have not linked. You have linked {sites}."
                " To add one, type “connect again” in your own chat with me.",
                sites=known,
            )
        )


class OtherSiteError(CommandError):
    """Issues of several sites where Jira knows only those of one."""

    def __init__(self, key: str, site: str) -> None:
        super().__init__(tr("{key} is on another Jira site than {site}.", key=key, site=site))


class ChooseError(CommandError):
    """Several things fit; `choices` are (title, text to type) pairs for buttons."""

    def __init__(self, sentence: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(sentence)
        self.choices = tuple(choices)


class ColleagueUnknownError(CommandError):
    """Jira knows nobody whom a mentioned colleague (`oid`, `name`) could be."""

    def __init__(self, told: str, *, oid: str, name: str) -> None:
        super().__init__(told)
        self.oid, self.name = oid, name


TELLABLE = (CommandError, JiraError, SignInUnavailableError, StoreError)
"""Everything that can go wrong with a command and that a person is told of; any other error is ours to mend."""


def sentence(error: Exception) -> str:
    """What to tell the person of one of the `TELLABLE`, as plain text."""
    if isinstance(error, CommandError):
        return str(error)
    if isinstance(error, JiraRejectedError):
        return _rejected(error)
    if isinstance(error, JiraRateLimitedError):
        return trn(
            "Jira asks us to slow down. Try again in {count} second.",
            "Jira asks us to slow down. Try again in {count} seconds.",
            max(1, round(error.retry_after)),
        )
    return tr(next(told for kind, told in _SENTENCES if isinstance(error, kind)))


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
"""The first kind that an error is of decides."""


def _rejected(error: JiraRejectedError) -> str:
    said = [text for text in (*error.messages, *error.fields.values()) if text]
    if error.status == 409:
        said.append(tr("Somebody else changed the issue at the same moment; look at it and try again."))
    if not said:
        return tr("Jira did not accept that: it gave no reason.")
    reasons = (text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}." for text in said)
    return tr("Jira did not accept that: {reasons}", reasons=" ".join(reasons))
