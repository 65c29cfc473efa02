"""The pages of the sign-in: the text of each, and the headers of all."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import regex
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.accounts.sign_in.microsoft import MicrosoftUser
from bot.jira.models import JiraUser, Site
from bot.language import current_language, mark, tr

MAX_TEXT_GRAPHEMES = 80
_TEMPLATES = Path(__file__).with_name("templates")
_STYLE = (_TEMPLATES / "style.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_INVISIBLE = regex.compile(r"[\p{C}--[\u200c\u200d]]+", regex.V1)
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    auto_reload=False,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals["tr"] = tr

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
}
SCRIPT_POLICY = f"{HEADERS['Content-Security-Policy']}; script-src 'self'"


TOKEN_TAB = "com.atlassian.pats.pats-plugin:jira-user-personal-access-tokens"
"""The tab of a user's profile in Jira Data Center on which they make a personal access token."""

MICROSOFT = mark("Microsoft sign-in isn't responding")
ATLASSIAN = mark("Atlassian sign-in isn't responding")
JIRA = mark("Jira isn't responding")
STORE = mark("Our storage isn't responding")


@dataclass(frozen=True, slots=True)
class Link:
    """A link on a page. `path` is relative to `PUBLIC_URL`."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML answer. All text in `values` that was not written here has gone through `tidy`."""

    status: int
    template: str
    values: Mapping[str, object] = field(repr=False)
    scripts: bool = False
    """Whether it loads scripts of this host; no other page may run any."""


def tidy(text: str, limit: int = MAX_TEXT_GRAPHEMES) -> str:
    """Put foreign text on one line without control, invisible and bidirectional characters, and shorten it.

    The limit counts graphemes; a grapheme with endless combining marks is cut as well.
    """
    text = " ".join(_INVISIBLE.sub(" ", text[: 40 * limit]).split())
    graphemes: list[str] = regex.findall(r"\X", text)
    if len(graphemes) > limit:
        graphemes = [*graphemes[: limit - 1], "…"]
    return "".join(grapheme[:12] for grapheme in graphemes)


def render(page: Page, base: str) -> str:
    """Return the HTML in the current language. `base` is the path of `PUBLIC_URL` without a slash at the end."""
    style = Markup(_STYLE)  # noqa: S704 - our own file
    template = _ENVIRONMENT.get_template(page.template)  # it is compiled once, in a few milliseconds
    return template.render(style=style, base=base, language=current_language().code, **page.values)


def message_page(status: int, title: str, *paragraphs: str, link: Link | None = None) -> Page:
    """Return a page of a title, paragraphs and a button."""
    return Page(status, "message.html", {"title": title, "paragraphs": paragraphs, "link": link})


def _start_link(label: str = "", ticket: str = "") -> Link:
    return Link(label or tr("Start again"), f"/connect?{urlencode({'ticket': ticket})}" if ticket else "/connect")


def confirm(
    csrf: str,
    who: MicrosoftUser,
    user: JiraUser,
    sites: Sequence[Site],
    replaced: JiraUser | None,
    *,
    ticket: str = "",
) -> Page:
    """Ask to confirm both accounts; the first form on the page links them."""
    values = {
        "title": tr("Connect these two accounts?"),
        "csrf": csrf,
        "teams": {"name": tidy(who.name), "email": tidy(who.email)},
        "jira": {"name": tidy(user.name), "email": tidy(user.email)},
        "sites": [{"id": site.cloud_id, "name": tidy(site.name), "url": tidy(site.url)} for site in sites],
        "replaced": tidy(replaced.name) if replaced else "",
        "again": _start_link(ticket=ticket),
    }
    return Page(200, "confirm.html", values)


def choose_jira(state: str, names: Mapping[str, str]) -> Page:
    """Ask which Jira to connect to. `names` are the choices by their id."""
    links = [
        Link(tidy(name), f"/connect/site?{urlencode({'state': state, 'site': choice})}")
        for choice, name in names.items()
    ]
    return Page(200, "choose.html", {"title": tr("Which Jira do you want to connect?"), "links": links})


def enter_token(csrf: str, site: Site, *, wrong: bool = False) -> Page:
    """Ask for a personal access token of a Data Center. `wrong`: the last one did not work."""
    values = {
        "title": tr("Connect {site}", site=tidy(site.name)),
        "csrf": csrf,
        "site": tidy(site.name),
        "profile": f"{site.url}/secure/ViewProfile.jspa?selectedTab={TOKEN_TAB}",
        "wrong": wrong,
    }
    return Page(422 if wrong else 200, "token.html", values)


def connected(
    who: MicrosoftUser, user: JiraUser, sites: Sequence[Site], *, continues: bool, in_window: bool = False
) -> Page:
    """Say that the accounts are linked; `in_window`: say it to the Teams that waits for this window, too."""
    values = {
        "title": tr("You are connected"),
        "teams": tidy(who.name),
        "jira": tidy(user.name),
        "sites": tidy(", ".join(tidy(site.name) for site in sites), 3 * MAX_TEXT_GRAPHEMES),
        "continues": continues,
        "in_window": in_window,
    }
    return Page(200, "connected.html", values, scripts=in_window)


def ticket_gone() -> Page:
    """Say that the card's link was used, has expired or never existed."""
    return message_page(
        410,
        tr("This link is no longer valid"),
        tr("It was already used, or it's more than a week old. Nothing was connected."),
        tr("You can still connect: sign in with Microsoft to continue."),
        link=_start_link(tr("Connect my account")),
    )


def not_yours(name: str) -> Page:
    """Refuse somebody else's link (T01)."""
    return message_page(
        403,
        tr("This link is not yours"),
        tr(
            "You're signed in as {name}, but this link was made for someone else. Nothing was "
            "connected, and the link no longer works.",
            name=tidy(name),
        ),
        tr(
            "To connect your own account, type {command} in your personal chat with the bot, or continue here.",
            command="connect",
        ),
        link=_start_link(tr("Connect my own account")),
    )


def foreign_tenant(ticket: str = "") -> Page:
    """Refuse a person of a directory that is not allowed."""
    return message_page(
        403,
        tr("This account can't be used here"),
        tr("You signed in with an account from another organization. Nothing was connected."),
        link=_start_link(tr("Sign in with another account"), ticket),
    )


def stale() -> Page:
    """Refuse a missing, foreign or used state; all alike, so that nothing can be probed."""
    return message_page(
        400,
        tr("This sign-in can't be continued"),
        tr(
            "It was started in another browser, took longer than ten minutes, or was already finished. "
            "Nothing was connected."
        ),
        link=_start_link(),
    )


def failed(detail: str = "", ticket: str = "") -> Page:
    """Say that the sign-in service refused. `detail` is its text."""
    details = (
        (tr("The sign-in service said: {detail}", detail=tidy(detail, 3 * MAX_TEXT_GRAPHEMES)),) if detail else ()
    )
    again = _start_link(ticket=ticket)
    return message_page(400, tr("Sign-in failed"), *details, tr("Nothing was connected."), link=again)


def cancelled(ticket: str = "") -> Page:
    """Say that nothing happened after Cancel was pressed at Microsoft or Atlassian."""
    return message_page(
        200,
        tr("Not connected"),
        tr("You canceled, so nothing was connected. You can close this page or try again."),
        link=_start_link(tr("Try again"), ticket),
    )


def missing_scopes(missing: Sequence[str], ticket: str = "") -> Page:
    """Refuse a consent with fewer scopes than were asked for."""
    return message_page(
        403,
        tr("Jira granted fewer permissions than needed"),
        tr("Missing: {scopes}. Nothing was connected.", scopes=tidy(", ".join(missing), 3 * MAX_TEXT_GRAPHEMES)),
        tr(
            "Ask whoever owns the Atlassian app of this service to add them under “Permissions” at "
            "developer.atlassian.com. Then start again and accept all permissions."
        ),
        link=_start_link(ticket=ticket),
    )


def no_site(ticket: str = "") -> Page:
    """Refuse a consent that covers no Jira site."""
    return message_page(
        403,
        tr("No Jira site was chosen"),
        tr("Your consent doesn't cover a Jira site you can use. Nothing was connected."),
        tr("Start again and choose a Jira site at the top of Atlassian's page."),
        link=_start_link(ticket=ticket),
    )


def unavailable(outage: str, ticket: str = "") -> Page:
    """Say that a service does not answer. `outage` is `MICROSOFT`, `ATLASSIAN`, `JIRA` or `STORE`."""
    return message_page(
        503,
        tr(outage),
        tr("Nothing was connected or changed. Try again in a minute."),
        link=_start_link(tr("Try again"), ticket),
    )


def busy(ticket: str = "") -> Page:
    """Say that too many people sign in at this moment."""
    return message_page(
        503,
        tr("Too many people are signing in"),
        tr("Nothing was connected. Wait half a minute, then try again: your link stays valid."),
        link=_start_link(tr("Try again"), ticket),
    )


def too_many_requests(ticket: str = "") -> Page:
    """Say that one address asked for too many pages."""
    return message_page(
        429,
        tr("Too many sign-ins from your network"),
        tr("Nothing was connected. Wait a minute, then try again: your link stays valid."),
        link=_start_link(tr("Try again"), ticket),
    )


def already_sent() -> Page:
    """Say that the confirming form was sent before, or has expired."""
    return message_page(
        410,
        tr("This page was already used"),
        tr(
            "If you pressed the button twice, you're connected: type {command} to the bot to check. If "
            "the page was open for more than ten minutes, nothing was connected.",
            command="whoami",
        ),
        link=_start_link(),
    )


def forbidden_form() -> Page:
    """Refuse a form of another site or another browser (T08)."""
    return message_page(
        403, tr("This form came from another site"), tr("Nothing was connected."), link=_start_link()
    )


def bad_form(status: int = 400) -> Page:
    """Refuse a form that is not the one of the page."""
    return message_page(status, tr("This form can't be read"), tr("Nothing was connected."), link=_start_link())
