"""A browser over HTTP, which follows redirects, keeps cookies and submits forms. For tests and the demo."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True)
class Form:
    """A form of a page, with the values that a browser would send. `buttons` are its named submit buttons."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Page:
    """The page at the end of the redirects."""

    url: str
    status: int
    text: str
    headers: dict[str, str]

    @cached_property
    def forms(self) -> list[Form]:
        """The page's forms, in order."""
        reader = _Reader()
        reader.feed(self.text)
        return reader.forms


class _Reader(HTMLParser):
    """Collects forms with their initial values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {k: v or "" for k, v in attrs}
        if tag == "form":
            self._open = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag in {"input", "button"}:
            self._input(self._open, tag, values, "checked" in values)
        elif tag == "select":
            self._select = values.get("name", "")
        elif tag == "option" and self._select:
            self._option(self._open, values.get("value", ""), "selected" in values)
        elif tag == "textarea":
            self._open.fields.append((values.get("name", ""), ""))

    def _option(self, form: Form, value: str, selected: bool) -> None:
        known = form.choices.setdefault(self._select, [])
        if not known or selected:
            form.fields = [*((n, v) for n, v in form.fields if n != self._select), (self._select, value)]
        known.append(value)

    def _input(self, form: Form, tag: str, values: dict[str, str], checked: bool) -> None:
        name, value, kind = values.get("name", ""), values.get("value", ""), values.get("type", "text")
        if tag == "button" or kind == "submit":
            if name:
                form.buttons.append((name, value))
        elif kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value)
            if checked:
                form.fields.append((name, value or "on"))
        elif name:
            form.fields.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""


class Browser:
    """A browser profile. `visited` lists all requested addresses, in order."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.visited: list[str] = []

    async def open(self, url: str) -> Page:
        """Open an address and follow redirects."""
        return await self._go("GET", url, None)

    async def submit(self, page: Page, changes: dict[str, str] | None = None, *, form: int = 0) -> Page:
        """Submit a form with its first button, with some fields filled in."""
        chosen = page.forms[form]
        different = changes or {}
        data = [(n, v) for n, v in chosen.fields if n not in different]
        data += [(n, v) for n, v in chosen.buttons[:1] if n not in different]
        data += list(different.items())
        target = urljoin(page.url, chosen.action or page.url)
        if chosen.method == "get":
            return await self._go("GET", str(URL(target).update_query(data)), None)
        return await self._go("POST", target, data)

    async def _go(self, method: str, url: str, data: list[tuple[str, str]] | None) -> Page:
        origin = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        for _ in range(20):
            self.visited.append(url)
            headers = {"Accept": "text/html", **({"Origin": origin} if method == "POST" else {})}
            body = aiohttp.FormData(data) if data is not None else None
            request = self.session.request(method, url, data=body, headers=headers, allow_redirects=False)
            async with request as answer:
                text = await answer.text()
                if answer.status not in REDIRECTS:
                    return Page(url, answer.status, text, dict(answer.headers))
                url = urljoin(url, answer.headers["Location"])
                if answer.status not in {307, 308}:
                    method, data = "GET", None
        raise RuntimeError(f"too many redirects, the last to {urlsplit(url).netloc}")


def new_session() -> aiohttp.ClientSession:
    """Open a session that keeps cookies of IP addresses, too, as browsers do on loopback."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=30), trust_env=False
    )


async def consent(browser: Browser, connect_url: str, *, microsoft_user: str, jira_user: str) -> Page:
    """Sign in to both services, up to the bridge's own page (a confirmation or a refusal)."""
    page = await browser.open(connect_url)
    for user in (microsoft_user, jira_user):
        if not page.forms or "person" not in page.forms[0].choices:
            return page
        page = await browser.submit(page, {"person": user})
        if page.forms and {"code", "state"} <= {name for name, _ in page.forms[0].fields}:
            # The sign-in answers with a form that a real browser's script would send on (response_mode=form_post).
            page = await browser.submit(page)
    return page


async def link(session: aiohttp.ClientSession, connect_url: str, *, microsoft_user: str, jira_user: str) -> str:
    """Link an account as a person would, both users given by e-mail address. Returns the text of the last page.

    Ends early if the bridge shows a page without a form.
    """
    browser = Browser(session)
    page = await consent(browser, connect_url, microsoft_user=microsoft_user, jira_user=jira_user)
    if page.status == 200 and page.forms:
        page = await browser.submit(page)
    return page.text
