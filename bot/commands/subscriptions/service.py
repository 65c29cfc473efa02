"""Subscriptions that read Jira as the site's service account in place of a person."""

from __future__ import annotations

from bot.accounts.audit import AuditAction
from bot.accounts.service_accounts import ServiceAccount
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.jira.client import JiraClient
from bot.jira.errors import JiraSignInError, NotFoundOrForbiddenError
from bot.jira.models import Site
from bot.language import tr
from bot.notifications.subscriptions.model import Subscription
from cards.text import escape


async def require_service_account(
    ctx: Context, site: Site, project: str, *, including_restricted: bool
) -> ServiceAccount:
    """Return the site's service account if a subscription to this project may read Jira as it.

    The account may see more than the people of a conversation. So it serves one project, which whoever asks must
    be able to browse themselves (the caller has checked that), and nothing restricted. Raises `CommandError`.
    """
    account = ctx.accounts.access.service_accounts.find(site.cloud_id)
    if account is None:
        raise CommandError(
            tr("{site} has no service account. Ask your administrator to set one up.", site=site.name)
        )
    if not project:
        raise CommandError(
            tr(
                "Name one project to use the service account, for example: {example}",
                example="subscribe PROJ as service",
            )
        )
    if including_restricted:
        raise CommandError(
            tr(
                "The service account can't be used for restricted issues and comments. Subscribe without "
                "“{service}” or without “{restricted}”.",
                service="as service",
                restricted="including restricted",
            )
        )
    await _require_access(await ctx.accounts.access.client_for_site(account.owner, site.cloud_id), project)
    return account


def explain_service_account(account: ServiceAccount, site: Site) -> str:
    """Say, as Markdown, what it means that a subscription reads as the service account."""
    return tr(
        "They're read as {name} ({site}), not as you: people here may see issues that they can't see in Jira, and "
        "updates go on if you leave. Restricted issues and comments aren't posted.",
        name=escape(account.name),
        site=escape(site.name),
    )


async def record_service_use(ctx: Context, subscription: Subscription) -> None:
    """Note in the audit log who had a subscription read as the service account."""
    action = AuditAction.SERVICE_SUBSCRIBED
    await ctx.notifications.audit.record(action, ctx.request.person, subscription=subscription.id)


async def _require_access(jira: JiraClient, project: str) -> None:
    try:
        await jira.project_name(project)
    except NotFoundOrForbiddenError:
        raise CommandError(
            tr(
                "The service account of {site} can't see project {project}. Ask your administrator to give it "
                "access in Jira.",
                site=jira.site.name,
                project=project,
            )
        ) from None
    except JiraSignInError:
        raise CommandError(
            tr(
                "Jira refuses the service account of {site}. Ask your administrator to renew its token.",
                site=jira.site.name,
            )
        ) from None
