"""The page with the settings of the message extension: the site that is searched, previews of links.

https://learn.microsoft.com/microsoftteams/platform/teams-sdk/in-depth-guides/message-extensions/settings
Teams opens it in a window and sends what the page hands over (`state`) to the bot, as an invoke of the same
person. The address is signed for that person, with all that the page shows; what comes back is signed, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from bot.accounts.sign_in.pages import Page, message_page, tidy
from bot.chat.identity import Person
from bot.jira.models import Site
from bot.language import tr
from bot.security.card_signing import CheckedData, Signer, UncheckedData, Validity

PATH = "/compose/settings"
MAX_STATE = 4_000
MAX_SITES, MAX_NAME = 20, 60
_VERB = "compose.settings"
_SITE, _PREVIEWS = "chosen_site", "chosen_previews"
"""The inputs of the page."""

SettingsPage = Callable[[Mapping[str, str]], Page]
"""Draws the page for the query of its address."""


@dataclass(frozen=True, slots=True)
class ComposeSettings:
    """What was chosen: the default site's cloud id, and whether links are previewed."""

    site: str
    previews: bool


def settings_query(signer: Signer, person: Person, sites: Sequence[Site], settings: ComposeSettings) -> str:
    """Return the query of the page's address for one person."""
    rows = {f"site{n}": f"{site.cloud_id} {site.name[:MAX_NAME]}" for n, site in enumerate(sites[:MAX_SITES])}
    sign = signer.bound_to(_scope(person.key))
    data = sign(_VERB, site=settings.site, previews="on" if settings.previews else "off", **rows)
    return urlencode({"person": person.key, **data})


def settings_page(signer: Signer, query: Mapping[str, str]) -> Page:
    """Draw the page, if the query is signed."""
    checked = _check(signer, query, query.get("person", ""))
    if checked.validity is not Validity.GENUINE:
        text = tr("Open the settings in Teams again.")
        return message_page(410, tr("This link is no longer valid"), text)
    rows = [
        text.split(" ", 1) for name, text in checked.signed.items() if name.startswith("site") and name != "site"
    ]
    values = {
        "title": tr("Search and previews"),
        "sites": [{"id": cloud_id, "name": tidy(name)} for cloud_id, name in rows],
        "chosen": checked.signed["site"],
        "previews": checked.signed["previews"] == "on",
        "signed": urlencode(query),
    }
    return Page(200, "settings.html", values, scripts=True)


def read_choice(signer: Signer, person: Person, state: str) -> ComposeSettings | None:
    """Return what was chosen on the page; None if it was not signed for this person."""
    try:
        texts = dict(parse_qsl(state[:MAX_STATE], max_num_fields=3 * MAX_SITES))
    except ValueError:
        return None
    checked = _check(signer, texts, person.key)
    if checked.validity is not Validity.GENUINE or not checked.inputs.get(_SITE):
        return None
    return ComposeSettings(checked.inputs[_SITE], checked.inputs.get(_PREVIEWS) != "off")


def _check(signer: Signer, texts: Mapping[str, str], person_key: str) -> CheckedData:
    data = {name: text for name, text in texts.items() if name != "person"}
    return signer.check(_VERB, UncheckedData(data), (_scope(person_key),))


def _scope(person_key: str) -> str:
    return f"{_VERB}:{person_key}"
