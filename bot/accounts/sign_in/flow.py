"""Linking a Teams person to a Jira account: Microsoft sign-in, Jira consent, confirmation.

Each step takes what a browser sent and says what it gets: a redirect or a page. `bot.accounts.web` is the HTTP
around it. Four things are bound to one browser session: the ticket of the card, the Microsoft identity, the state
and PKCE verifier of the Jira consent, and the confirming form.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog
from authlib.common.security import generate_token

from bot.accounts import metrics
from bot.accounts.grants import GrantVault, WhoAmI
from bot.accounts.model import Account, NotConnectedError, Pending, SignInUnavailableError
from bot.accounts.sign_in import pages
from bot.accounts.sign_in.microsoft import ForeignTenantError, MicrosoftSignIn, MicrosoftUser, SignInRefusedError
from bot.accounts.sign_in.pages import Page
from bot.accounts.sign_in.state import ConfirmStep, JiraStep, MicrosoftStep, Step, Steps, WrongBrowserError
from bot.accounts.tickets import TicketOffice, hash_secret, new_secret
from bot.accounts.token_endpoint import Dead, TokenEndpoint, Tokens
from bot.chat.identity import Person
from bot.jira.errors import JiraError, JiraUnavailableError
from bot.jira.models import JiraUser, Site
from bot.jobs.tasks import BackgroundTasks
from bot.storage.base import Store
from bot.storage.encryption import Keyring

log = structlog.get_logger(__name__)

TRANSACTIONS, PENDING_LINKS = "transactions", "pending_links"
_OUTAGES = frozenset({"server_error", "temporarily_unavailable"})

Linked = Callable[[Person, Account, Sequence[Pending]], Coroutine[None, None, None]]
"""Hears of a link, and what its person had asked for, the oldest first."""
Misused = Callable[[Person, str], Coroutine[None, None, None]]
"""Hears whose link was opened, and by whom (their name)."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser to another service."""

    url: str = field(repr=False)


Outcome = Redirect | Page


class LinkFlow:
    """The steps of the sign-in. `on_linked` and `on_misused` run beside the answer."""

    def __init__(
        self,
        *,
        store: Store,
        keyring: Keyring,
        vault: GrantVault,
        tickets: TicketOffice,
        microsoft: MicrosoftSignIn,
        atlassian: TokenEndpoint,
        whoami: WhoAmI,
        public_url: str,
        on_linked: Linked | None = None,
        on_misused: Misused | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.public_url = public_url.rstrip("/")
        self._vault = vault
        self._tickets = tickets
        self._microsoft = microsoft
        self._atlassian = atlassian
        self._whoami = whoami
        self._on_linked, self._on_misused = on_linked, on_misused
        self._background = BackgroundTasks()
        self._at_microsoft = Steps(MicrosoftStep, TRANSACTIONS, store, keyring, clock=clock)
        self._at_jira = Steps(JiraStep, TRANSACTIONS, store, keyring, clock=clock)
        self._to_confirm = Steps(ConfirmStep, PENDING_LINKS, store, keyring, clock=clock)

    async def close(self, seconds: float = 20.0) -> None:
        """Wait for what runs beside the answers."""
        await self._background.close(seconds)

    async def begin(self, ticket: str, session: str) -> Outcome:
        """`GET /connect`: off to Microsoft. Changes nothing, so a link preview may do it too."""
        if ticket and await self._tickets.peek(ticket) is None:
            return pages.ticket_gone()
        state = new_secret()
        try:
            url, flow = await self._microsoft.begin(state)
        except SignInUnavailableError:
            return pages.unavailable(pages.MICROSOFT, ticket)
        await self._at_microsoft.put_as(state, MicrosoftStep(hash_secret(session), ticket, flow))
        return Redirect(url)

    async def microsoft_return(self, query: Mapping[str, str], session: str) -> Outcome:
        """`GET /auth/microsoft/callback`: who it is, whether the ticket is theirs; then off to Atlassian."""
        step = await self._returned(self._at_microsoft, query, session)
        if step is None:
            return pages.stale()
        who = await self._identify(step, query)
        if isinstance(who, Page):
            return who
        if step.ticket and (refused := await self._check_ticket(step.ticket, who)):
            return refused
        state, verifier = new_secret(), str(generate_token(64))
        await self._at_jira.put_as(state, JiraStep(step.session, step.ticket, verifier, who))
        return Redirect(self._atlassian.authorize_url(state, verifier))

    async def _identify(self, step: MicrosoftStep, query: Mapping[str, str]) -> MicrosoftUser | Page:
        try:
            if (iss := query.get("iss")) and not await self._microsoft.is_issuer(iss):
                return pages.stale()
            return _refusal(query, step.ticket, pages.MICROSOFT) or await self._microsoft.finish(
                step.flow, query["code"]
            )
        except SignInUnavailableError:
            return pages.unavailable(pages.MICROSOFT, step.ticket)
        except ForeignTenantError:
            metrics.LINKS.labels("foreign_tenant").inc()
            return pages.foreign_tenant(step.ticket)
        except SignInRefusedError as error:
            log.warning("Microsoft sign-in refused", reason=str(error))
            return pages.failed(ticket=step.ticket)

    async def jira_return(self, query: Mapping[str, str], session: str) -> Outcome:
        """`GET /auth/jira/callback`: which account was consented to. Binds nothing: that takes the form's POST."""
        step = await self._returned(self._at_jira, query, session)
        if step is None or query.get("iss", self._atlassian.issuer).rstrip("/") != self._atlassian.issuer:
            return pages.stale()
        if refused := _refusal(query, step.ticket, pages.ATLASSIAN):
            return refused
        answer = await self._atlassian.exchange(query["code"], step.verifier)
        if isinstance(answer, Dead):
            log.warning("Jira consent refused", reason=answer.reason)
            return pages.failed(ticket=step.ticket)
        if not isinstance(answer, Tokens):
            log.warning("Jira consent not finished", reason=answer.reason)
            return pages.unavailable(pages.ATLASSIAN, step.ticket)
        try:
            granted = self._atlassian.scopes if answer.scopes is None else answer.scopes
            return await self._consented(step, replace(answer, scopes=granted))
        except (SignInUnavailableError, JiraUnavailableError) as error:
            log.warning("linked account not read", error=type(error).__name__)
            return pages.unavailable(pages.JIRA, step.ticket)

    async def _consented(self, step: JiraStep, tokens: Tokens) -> Page:
        if missing := lacking(self._atlassian.scopes, tokens):
            metrics.LINKS.labels("missing_scopes").inc()
            return pages.missing_scopes(missing, step.ticket)
        sites = usable(await self._atlassian.sites(tokens.access), self._atlassian.scopes)
        user = await self._user(tokens.access, sites)
        if user is None:
            metrics.LINKS.labels("no_site").inc()
            return pages.no_site(step.ticket)
        confirm = ConfirmStep(step.session, step.ticket, step.who, user, sites, tokens)
        csrf = await self._to_confirm.put(confirm, tag=step.who.person.key)
        replaced = await self._replaced(step.who.person, user)
        return pages.confirm(csrf, step.who, user, sites, replaced, ticket=step.ticket)

    async def confirm(self, form: Mapping[str, str], session: str) -> Page:
        """`POST /connect/confirm`: the only step that binds."""
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
        used = []
        if step.ticket:
            ticket = await self._tickets.take(step.ticket)
            if ticket is None or ticket.person != step.who.person:
                return pages.ticket_gone()
            used.append(ticket)
        account = await self._vault.save_link(
            step.who.person, step.user, step.sites, step.tokens, default_site=site
        )
        used += await self._tickets.take_waiting(step.who.person)
        asked = [t.pending for t in sorted(used, key=lambda t: t.made_at) if t.pending]
        if self._on_linked is not None:
            self._background.start(self._on_linked(step.who.person, account, asked))
        goes_on = any(pending.request for pending in asked)
        return pages.connected(step.who, step.user, account.sites, continues=goes_on)

    async def _returned(self, steps: Steps[Step], query: Mapping[str, str], session: str) -> Step | None:
        """The step that a callback belongs to, used up, or None; another browser cannot use it up."""
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
        log.warning("a link was opened by another person", person=who.person.key, meant=ticket.person.key)
        if self._on_misused is not None:
            self._background.start(self._on_misused(ticket.person, who.name))
        return pages.not_yours(who.name)

    async def _user(self, access_token: str, sites: tuple[Site, ...]) -> JiraUser | None:
        """The account behind a consent, from the first site that answers; None if none lets it in."""
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

    async def _replaced(self, person: Person, user: JiraUser) -> JiraUser | None:
        try:
            before = (await self._vault.account(person)).user
        except NotConnectedError:
            return None
        return before if before.account_id != user.account_id else None


def lacking(required: tuple[str, ...], tokens: Tokens) -> list[str]:
    """The required scopes that were not granted. A refresh token is the proof of `offline_access`."""
    granted = {*(tokens.scopes or ())} - {"offline_access"} | ({"offline_access"} if tokens.refresh else set())
    return [scope for scope in required if scope not in granted]


def usable(sites: tuple[Site, ...], required: tuple[str, ...]) -> tuple[Site, ...]:
    """The sites whose Jira the consent opens in full; a Confluence row of the same site has other scopes."""
    needed = {scope for scope in required if ":jira" in scope}
    return tuple({site.cloud_id: site for site in sites if needed <= {*site.scopes}}.values())


def _refusal(query: Mapping[str, str], ticket: str, silent: str) -> Page | None:
    """The page for a callback without a code; None if there is one. `silent` is for `pages.unavailable`."""
    error = query.get("error", "")
    if error == "access_denied":
        metrics.LINKS.labels("cancelled").inc()
        return pages.cancelled(ticket)
    if error in _OUTAGES:
        return pages.unavailable(silent, ticket)
    if error:
        return pages.failed(query.get("error_description", error), ticket)
    return None if query.get("code") else pages.stale()
