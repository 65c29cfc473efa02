"""The pages of the sign-in: what each one says, and the headers under which all of them go out."""

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
from bot.language import mark, spoken, tr

TEXT_LIMIT = 80
_TEMPLATES = Path(__file__).with_name("templates")
_STYLE = (_TEMPLATES / "style.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_UNSEEN = regex.compile(r"[\p{C}--[\u200c\u200d]]+", regex.V1)
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    auto_reload=False,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals["tr"] = tr
_PAGES = {name: _ENVIRONMENT.get_template(name) for name in _ENVIRONMENT.list_templates(["html"])}
"""Read when the module is: no request waits for a file."""

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


MICROSOFT = mark("Microsoft's sign-in does not answer")
ATLASSIAN = mark("Atlassian's sign-in does not answer")
JIRA = mark("Jira does not answer")
STORE = mark("The bridge's store does not answer")


@dataclass(frozen=True, slots=True)
class Link:
    """A link on a page. `path` begins below `PUBLIC_URL`."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Page:
    """One answer in HTML. All text in `values` that was not written here has gone through `tidy`."""

    status: int
    template: str
    values: Mapping[str, object] = field(repr=False)


def tidy(text: str, limit: int = TEXT_LIMIT) -> str:
    """Foreign text on one line: no controls, nothing invisible, no bidirectional overrides, not too long.

    The limit counts graphemes, as people do; a grapheme made of endless combining marks is cut too.
    """
    text = " ".join(_UNSEEN.sub(" ", text[: 40 * limit]).split())
    graphemes: list[str] = regex.findall(r"\X", text)
    if len(graphemes) > limit:
        graphemes = [*graphemes[: limit - 1], "…"]
    return "".join(grapheme[:12] for grapheme in graphemes)


def render(page: Page, base: str) -> str:
    """The HTML, in the language of the turn. `base` is the path of `PUBLIC_URL`, without a slash at the end."""
    style = Markup(_STYLE)  # noqa: S704 - our own file
    return _PAGES[page.template].render(style=style, base=base, language=spoken().code, **page.values)


def _message(status: int, title: str, *paragraphs: str, link: Link | None = None) -> Page:
    return Page(status, "message.html", {"title": title, "paragraphs": paragraphs, "link": link})


def _again(label: str = "", ticket: str = "") -> Link:
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
    """Names both accounts; its form, the first on the page, binds them."""
    values = {
        "title": tr("Connect these two accounts?"),
        "csrf": csrf,
        "teams": {"name": tidy(who.name), "email": tidy(who.email)},
        "jira": {"name": tidy(user.name), "email": tidy(user.email)},
        "sites": [{"id": site.cloud_id, "name": tidy(site.name), "url": tidy(site.url)} for site in sites],
        "replaced": tidy(replaced.name) if replaced else "",
        "again": _again(ticket=ticket),
    }
    return Page(200, "confirm.html", values)


def connected(who: MicrosoftUser, user: JiraUser, sites: Sequence[Site], *, continues: bool) -> Page:
    """The link is made."""
    values = {
        "title": tr("You are connected"),
        "teams": tidy(who.name),
        "jira": tidy(user.name),
        "sites": tidy(", ".join(tidy(site.name) for site in sites), 3 * TEXT_LIMIT),
        "continues": continues,
    }
    return Page(200, "connected.html", values)


def ticket_gone() -> Page:
    """The link of the card was used, has expired or never was."""
    return _message(
        410,
        tr("This link is no longer valid"),
        tr("It has been used already, or it is more than a week old. Nothing has been linked just now."),
        tr("You can connect without it: sign in with Microsoft, and the bridge knows who you are."),
        link=_again(tr("Connect my account")),
    )


def not_yours(name: str) -> Page:
    """Somebody else's link (T01)."""
    return _message(
        403,
        tr("This link is not yours"),
        tr(
            "You are signed in as {name}, but the link was made for somebody else. "
            "Nothing has been linked, and that link does not work any more.",
            name=tidy(name),
        ),
        tr(
            "To connect your own account, write {command} to the bot in your personal chat, or go on here.",
            command="connect",
        ),
        link=_again(tr("Connect my own account")),
    )


def foreign_tenant(ticket: str = "") -> Page:
    """Signed in, but of a directory that is not allowed."""
    return _message(
        403,
        tr("This account cannot be used here"),
        tr("You signed in with an account of another organisation. Nothing has been linked."),
        link=_again(tr("Sign in with another account"), ticket),
    )


def stale() -> Page:
    """No, foreign or used state: all alike, so that nothing can be probed."""
    return _message(
        400,
        tr("This sign-in cannot be continued"),
        tr(
            "It was begun in another browser, took longer than ten minutes, or was finished already. "
            "Nothing has been linked just now."
        ),
        link=_again(),
    )


def failed(detail: str = "", ticket: str = "") -> Page:
    """The sign-in service said no. `detail` is its text."""
    said = (tr("The sign-in service said: {detail}", detail=tidy(detail, 3 * TEXT_LIMIT)),) if detail else ()
    again = _again(ticket=ticket)
    return _message(400, tr("The sign-in did not work"), *said, tr("Nothing has been linked."), link=again)


def cancelled(ticket: str = "") -> Page:
    """The person pressed Cancel, at Microsoft or at Atlassian."""
    return _message(
        200,
        tr("Not connected"),
        tr("You cancelled, so nothing has been linked. You can close this page, or try again."),
        link=_again(tr("Try again"), ticket),
    )


def missing_scopes(missing: Sequence[str], ticket: str = "") -> Page:
    """Atlassian granted less than was asked for."""
    return _message(
        403,
        tr("Jira gave fewer rights than the bridge needs"),
        tr("Missing: {scopes}. Nothing has been linked.", scopes=tidy(", ".join(missing), 3 * TEXT_LIMIT)),
        tr("Please start again and accept all of them, or ask the person who runs the bridge."),
        link=_again(ticket=ticket),
    )


def no_site(ticket: str = "") -> Page:
    """The consent covers no Jira site."""
    return _message(
        403,
        tr("No Jira site was chosen"),
        tr("Your consent covers no site with Jira that you can use. Nothing has been linked."),
        tr("Start again and choose a site with Jira at the top of Atlassian's page."),
        link=_again(ticket=ticket),
    )


def unavailable(silent: str, ticket: str = "") -> Page:
    """A service that is needed does not answer: `MICROSOFT`, `ATLASSIAN`, `JIRA` or `STORE`."""
    return _message(
        503,
        tr(silent),
        tr("Nothing has been linked, and nothing is lost. Please try again in a minute."),
        link=_again(tr("Try again"), ticket),
    )


def already_sent() -> Page:
    """The form of the confirming page was sent before, or has waited too long."""
    return _message(
        410,
        tr("This page has been used"),
        tr(
            "If you pressed the button twice, you are connected: the bot tells you when you write {command} to it."
            " Otherwise the page was open for more than ten minutes and nothing has been linked.",
            command="whoami",
        ),
        link=_again(),
    )


def forbidden_form() -> Page:
    """A form of another site or another browser (T08)."""
    return _message(403, tr("This form is not from here"), tr("Nothing has been linked."), link=_again())


def bad_form(status: int = 400) -> Page:
    """What was sent is not the form of the page."""
    return _message(status, tr("This form cannot be read"), tr("Nothing has been linked."), link=_again())
