"""Linking a Teams person to a Jira account: Microsoft sign-in, Jira consent, confirmation.

Each step takes what a browser sent and returns a redirect or a page; `web` is the HTTP around it. Four things are
bound to one browser session: the ticket of the card, the Microsoft identity, the state and PKCE verifier of the
Jira consent, and the confirming form.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace

import structlog

from bot.accounts import metrics
from bot.accounts.audit import AuditAction, AuditLog
from bot.accounts.connect_links import ConnectLinks, hash_secret, new_secret
from bot.accounts.data_center_sign_in import DataCenterSignIn, DataCenterTokens, is_personal_token
from bot.accounts.grant_vault import GrantVault, WhoAmI
from bot.accounts.model import Account, NotConnectedError, Pending, SignInUnavailableError, WaitingRequest
from bot.accounts.sign_in import pages
from bot.accounts.sign_in.choices import JiraChoices, Outcome, Redirect
from bot.accounts.sign_in.microsoft import ForeignTenantError, MicrosoftSignIn, MicrosoftUser, SignInRefusedError
from bot.accounts.sign_in.microsoft_calls import SignInBusyError
from bot.accounts.sign_in.pages import Page
from bot.accounts.sign_in.sealed_step import SealedSteps
from bot.accounts.sign_in.state import (
    ConfirmStep,
    JiraStep,
    MicrosoftStep,
    Step,
    Steps,
    TokenStep,
    WrongBrowserError,
)
from bot.accounts.sites import missing_on_sites, usable_sites
from bot.accounts.token_answers import TokenRefused, Tokens
from bot.accounts.token_endpoint import TokenEndpoint
from bot.accounts.token_retry import RETRY_DELAYS, ask_patiently
from bot.chat.identity import Person
from bot.jira.errors import JiraError, JiraUnavailableError
from bot.jira.models import JiraUser, Site
from bot.jobs.tasks import BackgroundTasks
from bot.storage.base import Store
from bot.storage.encryption import Keyring

log = structlog.get_logger(__name__)

PENDING_LINKS = "pending_links"
_OUTAGES = frozenset({"server_error", "temporarily_unavailable"})

OnLinked = Callable[[Person, Account, Pending | None, Sequence[WaitingRequest]], Coroutine[None, None, None]]
"""(person, their new link, where the card of it was, what waits for it, the oldest first)."""
OnMisused = Callable[[Person, str], Coroutine[None, None, None]]
"""(whose link was opened, the name of who opened it)."""


class LinkFlow:
    """The steps of the sign-in. `on_linked` and `on_misused` run in the background."""

    def __init__(
        self,
        *,
        store: Store,
        keyring: Keyring,
        vault: GrantVault,
        tickets: ConnectLinks,
        microsoft: MicrosoftSignIn,
        atlassian: TokenEndpoint,
        whoami: WhoAmI,
        public_url: str,
        on_linked: OnLinked | None = None,
        on_misused: OnMisused | None = None,
        audit: AuditLog | None = None,
        data_centers: Mapping[str, DataCenterSignIn] | None = None,
        uses_cloud: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.public_url = public_url.rstrip("/")
        self._vault = vault
        self._tickets = tickets
        self._microsoft = microsoft
        self._atlassian = atlassian
        self._whoami = whoami
        self._on_linked, self._on_misused = on_linked, on_misused
        self._audit = audit or AuditLog(store, clock=clock)
        self._background = BackgroundTasks()
        self._at_microsoft = SealedSteps(keyring, clock=clock)
        self._to_confirm = Steps(ConfirmStep, PENDING_LINKS, store, keyring, clock=clock)
        self._choices = JiraChoices(store, keyring, atlassian, data_centers or {}, uses_cloud, clock=clock)

    async def close(self, seconds: float = 20.0) -> None:
        """Wait for callbacks under way, at most `seconds`."""
        await self._background.close(seconds)

    async def is_in_teams_window(self, ticket: str) -> bool:
        """Return whether a link opens in a window that Teams waits for: nothing may part the two."""
        opened = await self._tickets.peek(ticket)
        return opened is not None and opened.in_teams_window

    async def begin(self, ticket: str, session: str) -> Outcome:
        """Answer `GET /connect`: redirect to Microsoft. It changes nothing, so a link preview is harmless."""
        if ticket and await self._tickets.peek(ticket) is None:
            return pages.ticket_gone()
        state = new_secret()
        try:
            url, flow = await self._microsoft.begin(state)
        except SignInUnavailableError as error:
            return _microsoft_unavailable(error, ticket)
        return Redirect(url, self._at_microsoft.seal(state, MicrosoftStep(hash_secret(session), ticket, flow)))

    async def microsoft_return(self, query: Mapping[str, str], session: str, sealed: str) -> Outcome:
        """Answer `GET /auth/microsoft/callback`: identify the person, check the ticket, redirect to Atlassian.

        `sealed` is the value of the cookie that `begin` set for this state.
        """
        try:
            step = self._at_microsoft.take(query.get("state", ""), sealed, session)
        except WrongBrowserError:
            log.warning("a sign-in came back in another browser")
            step = None
        if step is None:
            return pages.stale()
        who = await self._identify(step, query)
        if isinstance(who, Page):
            return who
        if step.ticket and (problem := await self._check_ticket(step.ticket, who)):
            return problem
        return await self._choices.offer(step.session, step.ticket, who)

    async def choose(self, query: Mapping[str, str], session: str) -> Outcome:
        """Answer `GET /connect/site`: go on to the Jira that was chosen. It binds nothing."""
        step = await self._take_step(self._choices.choice_steps, query, session)
        return pages.stale() if step is None else await self._choices.go_to(query.get("site", ""), step)

    async def enter_token(self, form: Mapping[str, str], session: str) -> Page:
        """Answer `POST /connect/token`: read the account of a personal access token and ask to confirm it."""
        try:
            step = await self._choices.token_steps.take(form.get("csrf", ""), session)
        except WrongBrowserError:
            return pages.forbidden_form()
        if step is None:
            return pages.already_sent()
        return await self._confirm_token(step, form.get("token", "").strip())

    async def _confirm_token(self, step: TokenStep, entered: str) -> Page:
        sign_in = self._choices.data_centers.get(step.site)
        if not isinstance(sign_in, DataCenterTokens):
            return pages.stale()
        try:
            if is_personal_token(entered):
                await self._whoami(entered, step.site)
                return await self._ask_to_confirm(step, sign_in.tokens(entered), sign_in)
        except (SignInUnavailableError, JiraUnavailableError) as error:
            log.warning("account of a token not read", error=type(error).__name__)
            return pages.unavailable(pages.JIRA, step.ticket)
        except JiraError as error:
            log.info("personal access token refused", error=type(error).__name__)
        return await self._choices.ask_for_token(step, wrong=True)

    async def _identify(self, step: MicrosoftStep, query: Mapping[str, str]) -> MicrosoftUser | Page:
        try:
            if (iss := query.get("iss")) and not await self._microsoft.is_issuer(iss):
                return pages.stale()
            return _callback_problem(query, step.ticket, pages.MICROSOFT) or await self._microsoft.finish(
                step.flow, query["code"]
            )
        except SignInUnavailableError as error:
            return _microsoft_unavailable(error, step.ticket)
        except ForeignTenantError:
            metrics.LINKS.labels("foreign_tenant").inc()
            return pages.foreign_tenant(step.ticket)
        except SignInRefusedError as error:
            log.warning("Microsoft sign-in refused", reason=str(error))
            return pages.failed(ticket=step.ticket)

    async def jira_return(self, query: Mapping[str, str], session: str) -> Outcome:
        """Answer `GET /auth/jira/callback`: find the account of the consent and ask to confirm it."""
        step = await self._take_step(self._choices.jira_steps, query, session)
        endpoint = self._choices.endpoint(step.site) if step else None
        if step is None or endpoint is None or query.get("iss", endpoint.issuer).rstrip("/") != endpoint.issuer:
            return pages.stale()
        if problem := _callback_problem(query, step.ticket, pages.ATLASSIAN):
            return problem
        answer = await ask_patiently(lambda: endpoint.exchange(query["code"], step.verifier), RETRY_DELAYS)
        if isinstance(answer, TokenRefused):
            log.warning("Jira consent refused", reason=answer.reason)
            return pages.failed(ticket=step.ticket)
        if not isinstance(answer, Tokens):
            log.warning("Jira consent not finished", reason=answer.reason)
            return pages.unavailable(pages.JIRA if step.site else pages.ATLASSIAN, step.ticket)
        try:
            granted = endpoint.scopes if answer.scopes is None else answer.scopes
            return await self._ask_to_confirm(step, replace(answer, scopes=granted), endpoint)
        except (SignInUnavailableError, JiraUnavailableError) as error:
            log.warning("linked account not read", error=type(error).__name__)
            return pages.unavailable(pages.JIRA, step.ticket)

    async def _ask_to_confirm(
        self, step: JiraStep | TokenStep, tokens: Tokens, sign_in: TokenEndpoint | DataCenterSignIn
    ) -> Page:
        if missing := missing_scopes(sign_in.scopes, tokens):
            metrics.LINKS.labels("missing_scopes").inc()
            return pages.missing_scopes(missing, step.ticket)
        granted = await sign_in.sites(tokens.access)
        sites = usable_sites(granted, sign_in.scopes)
        if not sites and (missing := missing_on_sites(granted, sign_in.scopes)):
            metrics.LINKS.labels("missing_scopes").inc()
            return pages.missing_scopes(missing, step.ticket)
        user = await self._read_user(tokens.access, sites)
        if user is None:
            metrics.LINKS.labels("no_site").inc()
            return pages.no_site(step.ticket)
        confirm = ConfirmStep(step.session, step.ticket, step.who, user, sites, tokens)
        csrf = await self._to_confirm.put(confirm, tag=step.who.person.key)
        replaced = await self._replaced_account(step.who.person, user, sites)
        return pages.confirm(csrf, step.who, user, sites, replaced, ticket=step.ticket)

    async def confirm(self, form: Mapping[str, str], session: str) -> Page:
        """Answer `POST /connect/confirm`: the only step that links the accounts."""
        csrf = form.get("csrf", "")
        try:
            step = await self._to_confirm.find(csrf, session)
            if step is None:
                return pages.already_sent()
            site = form.get("site", "")
            if site not in {known.cloud_id for known in step.sites}:
                return pages.bad_form()
            if await self._to_confirm.take(csrf, session) is None:
                return pages.already_sent()
        except WrongBrowserError:
            return pages.forbidden_form()
        ticket = await self._tickets.take(step.ticket) if step.ticket else None
        if step.ticket and (ticket is None or ticket.person != step.who.person):
            return pages.ticket_gone()
        if ticket is not None and ticket.asks:
            await self._tickets.keep_pending(ticket)
        person = step.who.person
        account = await self._vault.save_link(person, step.user, step.sites, step.tokens, default_site=site)
        await self._tickets.close_links(person)
        waiting = await self._tickets.waiting(person)
        if self._on_linked is not None:
            met = ticket.pending if ticket else None
            self._background.start(self._on_linked(person, account, met, waiting))
        in_window = ticket is not None and ticket.in_teams_window
        return pages.connected(step.who, step.user, account.sites, continues=bool(waiting), in_window=in_window)

    async def _take_step(self, steps: Steps[Step], query: Mapping[str, str], session: str) -> Step | None:
        """Consume the step that a callback belongs to and return it. Another browser cannot consume it."""
        try:
            return await steps.take(query.get("state", ""), session)
        except WrongBrowserError:
            log.warning("a sign-in came back in another browser")
            return None

    async def _check_ticket(self, secret: str, who: MicrosoftUser) -> Page | None:
        ticket = await self._tickets.peek(secret)
        if ticket is None:
            return pages.ticket_gone()
        if ticket.person == who.person:
            return None
        await self._tickets.burn(secret)
        metrics.LINKS.labels("wrong_person").inc()
        await self._audit.record(AuditAction.LINK_MISUSED, ticket.person, by=who.person)
        if self._on_misused is not None:
            self._background.start(self._on_misused(ticket.person, who.name))
        return pages.not_yours(who.name)

    async def _read_user(self, access_token: str, sites: tuple[Site, ...]) -> JiraUser | None:
        """Return the account behind a consent, from the first site that answers; None if all refuse it."""
        unavailable: JiraUnavailableError | None = None
        for site in sites:
            try:
                return await self._whoami(access_token, site.cloud_id)
            except JiraUnavailableError as error:
                unavailable = error
            except JiraError as error:
                log.warning("a site refuses the account that it was consented for", error=type(error).__name__)
        if unavailable is not None:
            raise unavailable
        return None

    async def _replaced_account(self, person: Person, user: JiraUser, sites: tuple[Site, ...]) -> JiraUser | None:
        try:
            before = await self._vault.account(person)
        except NotConnectedError:
            return None
        after = replace(before, user=user, sites=sites, default_site=sites[0].cloud_id)
        return None if before.is_same_login(after) else before.user


def missing_scopes(required: tuple[str, ...], tokens: Tokens) -> list[str]:
    """Return the required scopes that were not granted. A refresh token proves `offline_access`."""
    granted = {*(tokens.scopes or ())} - {"offline_access"} | ({"offline_access"} if tokens.refresh else set())
    return [scope for scope in required if scope not in granted]


def _microsoft_unavailable(error: SignInUnavailableError, ticket: str) -> Page:
    if isinstance(error, SignInBusyError):
        return pages.busy(ticket)
    return pages.unavailable(pages.MICROSOFT, ticket)


def _callback_problem(query: Mapping[str, str], ticket: str, outage: str) -> Page | None:
    """Return the page for a callback without a code; None if it has one. `outage`: see `pages.unavailable`."""
    error = query.get("error", "")
    if error == "access_denied":
        metrics.LINKS.labels("cancelled").inc()
        return pages.cancelled(ticket)
    if error in _OUTAGES:
        return pages.unavailable(outage, ticket)
    if error:
        return pages.failed(query.get("error_description", error), ticket)
    return None if query.get("code") else pages.stale()
