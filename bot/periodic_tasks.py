"""Builds the periodic tasks: of the store, of grants, of missed events and of webhooks' registration."""

from __future__ import annotations

import asyncio

import aiohttp

from bot.accounts.access import JiraAccess
from bot.accounts.grant_maintenance import MAINTENANCE_SECONDS, RETRY_INTENTS_SECONDS, GrantMaintenance
from bot.accounts.grant_vault import GrantVault, WhoAmI
from bot.accounts.personal_data import build_report_tasks
from bot.config.settings import Settings
from bot.jira.webhooks import registration_api
from bot.jobs.periodic import PeriodicTask
from bot.notifications.build import build_reconciliation, build_registration
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.service_check import build_service_check
from bot.notifications.personal.recipients import RecipientFinder
from bot.notifications.personal.settings import PersonalSettingsTable
from bot.notifications.subscriptions.repository import Subscriptions
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.base import Store

SWEEP_SECONDS = 3600.0


def build_grant_tasks(
    settings: Settings,
    store: Store,
    session: aiohttp.ClientSession,
    vault: GrantVault,
    *,
    maintenance: GrantMaintenance,
    ask_whoami: WhoAmI,
) -> list[PeriodicTask]:
    """Build the upkeep of the store and of people's grants."""
    return [
        PeriodicTask(store, "sweep", store.sweep, every=SWEEP_SECONDS),
        PeriodicTask(store, "refreshes", maintenance.retry_open_intents, every=RETRY_INTENTS_SECONDS),
        PeriodicTask(store, "grants", maintenance.maintain_grants, every=MAINTENANCE_SECONDS),
        *build_report_tasks(
            store, vault, session, ask_whoami, api_url=settings.atlassian_api_url, scopes=settings.scopes
        ),
    ]


def build_notification_tasks(
    settings: Settings,
    store: Store,
    access: JiraAccess,
    metrics: Metrics,
    *,
    subscriptions: Subscriptions,
    unreachable: UnreachableConversations,
    personal_settings: PersonalSettingsTable,
    people: RecipientFinder,
    backlog: Backlog,
    subscriptions_changed: asyncio.Event,
) -> list[PeriodicTask]:
    """Build the search for what webhooks missed and the registration of webhooks, where they are wanted."""
    tasks = [build_service_check(store, access, subscriptions)] if [*access.service_accounts] else []
    if settings.reconcile_seconds:
        tasks.append(
            build_reconciliation(
                store,
                access,
                metrics,
                subscriptions=subscriptions,
                unreachable=unreachable,
                settings=personal_settings,
                people=people,
                backlog=backlog,
                every=settings.reconcile_seconds,
            )
        )
    if registration_api.SCOPE in settings.scopes:
        url = f"{settings.base_url}/jira/webhooks"
        tasks.append(
            build_registration(store, access, metrics, subscriptions, url=url, trigger=subscriptions_changed)
        )
    return tasks
