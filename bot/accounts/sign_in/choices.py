"""Which Jira a person connects to, once Microsoft has said who they are, and the way to its sign-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from authlib.common.security import generate_token

from bot.accounts.connect_links import new_secret
from bot.accounts.data_center_sign_in import DataCenterOAuth, DataCenterSignIn
from bot.accounts.sign_in import pages
from bot.accounts.sign_in.microsoft import MicrosoftUser
from bot.accounts.sign_in.pages import Page
from bot.accounts.sign_in.sealed_step import StepCookie
from bot.accounts.sign_in.state import ChooseStep, JiraStep, Steps, TokenStep
from bot.accounts.token_endpoint import TokenEndpoint
from bot.storage.base import Store
from bot.storage.encryption import Keyring

TRANSACTIONS = "transactions"
CLOUD = "cloud"
"""What Jira Cloud is called among the choices; no row of the table of sites has this name."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser to another service, with a cookie that it brings back."""

    url: str = field(repr=False)
    step: StepCookie | None = None


Outcome = Redirect | Page


class JiraChoices:
    """The sign-ins of Jira Cloud and of Data Centers (by their site's id). `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        atlassian: TokenEndpoint,
        data_centers: Mapping[str, DataCenterSignIn],
        uses_cloud: bool,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._atlassian = atlassian
        self.data_centers = data_centers
        self._names = {CLOUD: "Jira Cloud"} if uses_cloud else {}
        self._names |= {name: sign_in.site.name for name, sign_in in data_centers.items()}
        self.jira_steps = Steps(JiraStep, TRANSACTIONS, store, keyring, clock=clock)
        self.choice_steps = Steps(ChooseStep, TRANSACTIONS, store, keyring, clock=clock)
        self.token_steps = Steps(TokenStep, TRANSACTIONS, store, keyring, clock=clock)

    def endpoint(self, site: str) -> TokenEndpoint | DataCenterOAuth | None:
        """Return the OAuth 2.0 sign-in of a site (Jira Cloud: empty id); None if it has none."""
        if not site:
            return self._atlassian
        sign_in = self.data_centers.get(site)
        return sign_in if isinstance(sign_in, DataCenterOAuth) else None

    async def offer(self, session: str, ticket: str, who: MicrosoftUser) -> Outcome:
        """Go to the only Jira that there is, or show the page on which to choose one."""
        step = ChooseStep(session, ticket, who)
        if len(self._names) == 1:
            return await self.go_to(next(iter(self._names)), step)
        return pages.choose_jira(await self.choice_steps.put(step), self._names)

    async def go_to(self, name: str, step: ChooseStep) -> Outcome:
        """Go to the sign-in of the Jira with this name."""
        if name not in self._names:
            return pages.stale()
        site = "" if name == CLOUD else name
        endpoint = self.endpoint(site)
        if endpoint is None:
            return await self.ask_for_token(TokenStep(step.session, step.ticket, step.who, site))
        state, verifier = new_secret(), str(generate_token(64))
        await self.jira_steps.put_as(state, JiraStep(step.session, step.ticket, verifier, step.who, site))
        return Redirect(endpoint.authorize_url(state, verifier))

    async def ask_for_token(self, step: TokenStep, *, wrong: bool = False) -> Page:
        """Show the page on which a personal access token is entered. `wrong`: Jira refused the last one."""
        site = self.data_centers[step.site].site
        return pages.enter_token(await self.token_steps.put(step), site, wrong=wrong)
