"""Errors of commands, and the sentence for every error that a person can meet."""

from __future__ import annotations

from collections.abc import Sequence

from bot.accounts.model import SignInUnavailableError
from bot.commands.request import Reply
from bot.commands.waits import in_time
from bot.jira.errors import (
    IssueNotFoundError,
    JiraError,
    JiraGoneError,
    JiraRateLimitedError,
    JiraRejectedError,
    JiraScopeError,
    JiraSignInError,
    JiraTimeoutError,
    JiraUnavailableError,
    NotFoundOrForbiddenError,
    OutcomeUnknownError,
    PersonQuotaError,
)
from bot.language import mark, tr, trn
from bot.notifications.subscriptions.limits import ConversationFullError, PersonFullError
from bot.storage.base import StoreError
from cards.text import escape

MAX_EXPLANATION = 4000
"""Characters of an explanation."""
MAX_SHOWN_WORDS = 80
"""Characters of what was not understood."""


class CommandError(Exception):
    """A command cannot do what was asked. Its text is a sentence for the person."""


class NoIssueNamedError(CommandError):
    """The command needs an issue and none was named."""

    def __init__(self, text: str) -> None:
        if text:
            word = text.split(maxsplit=1)[0][:40]
            message = tr("“{word}” isn't an issue key. Type a key like PROJ-12, or paste a link.", word=word)
        else:
            message = tr("Which issue? Type a key like PROJ-12, or paste a link.")
        super().__init__(message)


class SurplusWordsError(CommandError):
    """The command was typed with words that it has no use for. Nothing was done."""

    def __init__(self, command: str, words: str) -> None:
        super().__init__(
            tr(
                "I don't understand “{words}” after “{command}”, so I did nothing.",
                words=" ".join(words.split())[:MAX_SHOWN_WORDS],
                command=command,
            )
        )


class NoIssueShownError(CommandError):
    """“it” was typed where no issue was shown lately."""

    def __init__(self) -> None:
        super().__init__(
            tr(
                "Which issue? You haven't opened one here in the last hour. Type a key like PROJ-12, or "
                "paste a link."
            )
        )


class ForeignSiteError(CommandError):
    """The issue is on a site that the person has not linked."""

    def __init__(self, linked_sites: Sequence[str]) -> None:
        super().__init__(
            tr(
                "That's on a Jira site you haven't connected. You're connected to {sites}. To add a site, "
                "type “connect again” in your personal chat with me.",
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


class RoleNotKnownError(CommandError):
    """Teams did not say what the person's role is, so nothing that needs one is done."""

    def __init__(self) -> None:
        super().__init__(
            tr(
                "Can't check your role in this conversation right now, so nothing was changed. "
                "Try again in a moment."
            )
        )


USER_ERRORS = (
    CommandError,
    JiraError,
    SignInUnavailableError,
    StoreError,
    ConversationFullError,
    PersonFullError,
)
"""Errors that are explained to the person; any other is a bug."""


def explain(error: Exception) -> str:
    """Return the sentence for one of the `USER_ERRORS`, as plain text."""
    if isinstance(error, CommandError):
        return str(error)
    if isinstance(error, JiraRejectedError):
        return _explain_rejection(error)
    if isinstance(error, IssueNotFoundError):
        return tr("I can't find {key}, or you may not see it.", key=error.key)
    if isinstance(error, JiraRateLimitedError | PersonQuotaError):
        return _explain_limit(error)
    if isinstance(error, ConversationFullError | PersonFullError):
        return _explain_full(error)
    return tr(next(sentence for kind, sentence in _SENTENCES if isinstance(error, kind)))


def _explain_limit(error: JiraRateLimitedError | PersonQuotaError) -> str:
    if isinstance(error, PersonQuotaError):
        return tr(
            "You've used your share of the requests that Jira allows per hour. The rest is kept for everyone "
            "else. Try again {when}.",
            when=in_time(error.retry_after),
        )
    # i18n: {when} is “in an hour” or “in 20 seconds”.
    return tr("Jira is limiting requests. Try again {when}.", when=in_time(error.retry_after))


_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (JiraTimeoutError, mark("Jira is taking too long to respond. Nothing was changed. Try again in a moment.")),
    (
        JiraUnavailableError,
        mark("Jira isn't responding properly right now. Nothing was changed. Try again in a few minutes."),
    ),
    (
        OutcomeUnknownError,
        mark(
            "The connection to Jira was lost, so the change may or may not have been made. Check the "
            "issue before you try again."
        ),
    ),
    (
        NotFoundOrForbiddenError,
        mark("It doesn't exist in Jira, or you don't have permission."),
    ),
    (
        JiraGoneError,
        mark("This Jira no longer offers that. Your administrator has to update the bridge."),
    ),
    (
        JiraScopeError,
        mark(
            "Your Jira connection doesn't cover this. Type “connect again” in your personal chat with "
            "me to renew it."
        ),
    ),
    (
        JiraSignInError,
        mark(
            "Jira didn't accept your sign-in. Try again. If it keeps happening, type “connect again” "
            "in your personal chat with me."
        ),
    ),
    (
        SignInUnavailableError,
        mark("Atlassian sign-in isn't responding right now. You're still connected. Try again in a few minutes."),
    ),
    (
        StoreError,
        mark("Our storage isn't available right now. Nothing was lost. Try again in a minute."),
    ),
    (JiraError, mark("Can't reach Jira. Try again in a moment.")),
)
"""The first entry that matches applies."""


def error_reply(error: Exception) -> Reply:
    """Reply with the explanation alone, which leaves a card and what was typed into it as they are."""
    return Reply(text=escape(explain(error), MAX_EXPLANATION), repeatable=True)


def _explain_rejection(error: JiraRejectedError) -> str:
    reasons = [text for text in (*error.messages, *error.fields.values()) if text]
    if error.status == 409:
        reasons.append(tr("Someone else just changed this issue. Check it and try again."))
    if not reasons:
        return tr("Jira didn't accept that, and gave no reason.")
    sentences = (text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}." for text in reasons)
    return tr("Jira didn't accept that: {reasons}", reasons=" ".join(sentences))


def _explain_full(error: ConversationFullError | PersonFullError) -> str:
    if isinstance(error, ConversationFullError):
        return trn(
            "This conversation can have {count} subscription. Remove one first: type “subscriptions”.",
            "This conversation can have {count} subscriptions. Remove one first: type “subscriptions”.",
            error.limit,
        )
    return trn(
        "You can have {count} subscription. Remove one you no longer need.",
        "You can have {count} subscriptions. Remove one you no longer need.",
        error.limit,
    )
