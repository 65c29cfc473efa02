"""Checks before a subscription is made or changed: the person's role in Teams, and what they may see in Jira."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.identity import Conversation
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.permissions import Role, may_subscribe
from bot.commands.request import Request
from bot.jira.client import JiraClient
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.jql import locate_error
from bot.language import tr

MAX_LANGUAGE_TAG = 35


async def require_role(ctx: Context) -> None:
    """Raise `CommandError` unless the person may choose this conversation's notifications."""
    request, needed = ctx.request, ctx.notifications.subscribe_role
    role = await ctx.roster.role(request.person, request.conversation)
    if not may_subscribe(role, request.conversation, needed):
        if needed == "owner" and role is Role.UNLISTED:
            # Whether Teams ever names owners to bots is told in two ways: msteams-docs, issues 1990 and 6381.
            raise CommandError(
                tr(
                    "Only owners of this team can manage its subscriptions, and Teams doesn't say who "
                    "owns it. Ask your administrator to let members manage them."
                )
            )
        if needed == "owner":
            raise CommandError(tr("Only owners of this team can manage its subscriptions."))
        raise CommandError(tr("Only members of this team can manage its subscriptions."))


async def validate_project_and_jql(jira: JiraClient, project: str, jql: str) -> str:
    """Return the project's name.

    Raises `CommandError` if the person cannot see the project, or if Jira rejects the query.
    """
    try:
        name = await jira.project_name(project) if project else ""
    except NotFoundOrForbiddenError:
        raise CommandError(
            tr(
                "Project {project} doesn't exist on {site}, or you don't have permission to see it.",
                project=project,
                site=jira.site.name,
            )
        ) from None
    errors = await jira.queries.errors(jql) if jql else ()
    if errors:
        raise CommandError(_explain_jql_errors(jql, errors))
    return name


def _explain_jql_errors(jql: str, errors: Sequence[str]) -> str:
    """Return Jira's errors, and where in the query they are."""
    text = tr("Invalid JQL: {reasons}", reasons=" ".join(errors))
    location = locate_error(jql, errors)
    return " ".join((text, tr("The problem is here: {query}", query=location.shorten()))) if location else text


def with_language_of(request: Request, conversation: Conversation) -> Conversation:
    """Return the conversation, to be notified in the language of the person who subscribes."""
    return replace(conversation, language=request.locale[:MAX_LANGUAGE_TAG] or conversation.language)
