"""The sign-in over HTTP: cookies, queries, the form, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

import structlog
from aiohttp import web

from bot.accounts.connect_links import is_secret, new_secret
from bot.accounts.sign_in import about, pages, scripts, settings_page
from bot.accounts.sign_in.accept_language import preferred_language
from bot.accounts.sign_in.choices import Outcome, Redirect
from bot.accounts.sign_in.flow import LinkFlow
from bot.accounts.sign_in.sealed_step import cookie_name
from bot.accounts.sign_in.settings_page import SettingsPage
from bot.accounts.sign_in.state import LIFETIME_SECONDS
from bot.http.client_limit import ClientLimit
from bot.http.request_body import UNREAD_BODY, HttpRefusedError, read_body
from bot.language import use_language
from bot.storage.base import StoreError

log = structlog.get_logger(__name__)

MAX_FORM_BYTES = 16 * 1024
MAX_FORM_FIELDS = 20
FORM_TIMEOUT = 10.0
COOKIE_MAX_AGE_SECONDS = 3600
MAX_STEP_COOKIES = 8
"""Sign-ins that one browser can have under way at once; their cookies must fit into a request's header."""
WAITS = {429: "60", 503: "30"}
"""The Retry-After of a page, in seconds, by its status."""

FormHandler = Callable[[Mapping[str, str], str], Awaitable[pages.Page]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(flow: LinkFlow, limit: ClientLimit, settings: SettingsPage) -> list[web.RouteDef]:
    """Return the routes of the sign-in for `app.add_routes`; `limit` is that of a client address."""
    handlers = _Handlers(flow, limit, settings)
    return [
        *scripts.routes(),
        *(web.get(path, _with_browser_language(handlers.about(page))) for path, page in about.PAGES.items()),
        web.get(settings_page.PATH, _with_browser_language(handlers.compose_settings), allow_head=False),
        web.get("/connect", _with_browser_language(handlers.connect), allow_head=False),
        web.get("/auth/microsoft/callback", _with_browser_language(handlers.microsoft_callback), allow_head=False),
        web.get("/auth/jira/callback", _with_browser_language(handlers.jira_callback), allow_head=False),
        web.get("/connect/site", _with_browser_language(handlers.choose), allow_head=False),
        web.post("/connect/token", _with_browser_language(handlers.enter_token)),
        web.post("/connect/confirm", _with_browser_language(handlers.confirm)),
    ]


def _with_browser_language(handler: Handler) -> Handler:
    """Make a handler answer in the language that the browser asks for."""

    async def answer(request: web.Request) -> web.StreamResponse:
        with use_language(preferred_language(",".join(request.headers.getall("Accept-Language", [])))):
            return await handler(request)

    return answer


class _Handlers:
    def __init__(self, flow: LinkFlow, limit: ClientLimit, settings: SettingsPage) -> None:
        self._flow, self._limit, self._settings = flow, limit, settings
        public = urlsplit(flow.public_url)
        self._origin = f"{public.scheme}://{public.netloc}".lower()
        self._base = public.path
        self._secure = public.scheme == "https"
        self._cookie = "__Host-connect" if self._secure else "connect"
        self._window_cookie = f"{self._cookie}-window"
        """Set while Teams waits for the window, which it can only as its opener."""

    def about(self, make: Callable[[], pages.Page]) -> Handler:
        async def show(_request: web.Request) -> web.StreamResponse:
            return self._page(make())

        return show

    async def compose_settings(self, request: web.Request) -> web.StreamResponse:
        if not self._limit.allows(request):
            return self._page(pages.too_many_requests())
        return self._response(self._settings(_query(request)), in_window=True)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if not self._limit.allows(request):
            return self._page(pages.too_many_requests(ticket))
        # A browser keeps its session, so that two tabs do not end each other's sign-in.
        session = self._session(request) or new_secret()
        in_window = await self._is_in_window(ticket)
        outcome = await self._outcome(self._flow.begin(ticket, session))
        response = self._response(outcome, in_window=in_window)
        self._set_cookie(response, self._cookie, session)
        if in_window:
            self._set_cookie(response, self._window_cookie, "1")
        elif self._window_cookie in request.cookies:
            self._drop_cookie(response, self._window_cookie)
        if isinstance(outcome, Redirect) and outcome.step is not None:
            self._set_cookie(response, self._step_cookie(outcome.step.name), outcome.step.value, LIFETIME_SECONDS)
            for surplus in self._step_cookies(request)[: 1 - MAX_STEP_COOKIES]:
                self._drop_cookie(response, surplus)
        return response

    async def _is_in_window(self, ticket: str) -> bool:
        try:
            return await self._flow.is_in_teams_window(ticket)
        except StoreError:
            return False  # the answer says so

    async def microsoft_callback(self, request: web.Request) -> web.StreamResponse:
        if not self._limit.allows(request):
            return self._page(pages.too_many_requests())
        query = _query(request)
        cookie = self._step_cookie(cookie_name(query.get("state", "")))
        sealed = request.cookies.get(cookie, "")
        response = await self._answer(request, self._flow.microsoft_return(query, self._session(request), sealed))
        if sealed:
            self._drop_cookie(response, cookie)
        return response

    async def jira_callback(self, request: web.Request) -> web.StreamResponse:
        if not self._limit.allows(request):
            return self._page(pages.too_many_requests())
        return await self._answer(request, self._flow.jira_return(_query(request), self._session(request)))

    async def choose(self, request: web.Request) -> web.StreamResponse:
        if not self._limit.allows(request):
            return self._page(pages.too_many_requests())
        return await self._answer(request, self._flow.choose(_query(request), self._session(request)))

    async def enter_token(self, request: web.Request) -> web.StreamResponse:
        return await self._submit(request, self._flow.enter_token)

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        return await self._submit(request, self._flow.confirm)

    async def _submit(self, request: web.Request, take: FormHandler) -> web.StreamResponse:
        """Read a form of our own page and answer with what `take` makes of it and of the browser's session."""
        if not self._limit.allows(request):
            return self._page(pages.too_many_requests())
        if not self._is_same_origin(request):
            return self._page(pages.forbidden_form())
        try:
            form = await _form(request)
        except HttpRefusedError as refused:
            return self._page(pages.bad_form(refused.status))
        return await self._answer(request, take(form, self._session(request)))

    def _session(self, request: web.Request) -> str:
        cookie = request.cookies.get(self._cookie, "")
        return cookie if is_secret(cookie) else ""

    def _step_cookies(self, request: web.Request) -> list[str]:
        """Return the names of the cookies of sign-ins under way, the oldest first (RFC 6265, 5.4)."""
        return [name for name in request.cookies if name.startswith(self._step_cookie(""))]

    def _step_cookie(self, name: str) -> str:
        return f"{self._cookie}-step-{name}"

    def _set_cookie(
        self, response: web.Response, name: str, value: str, seconds: float = COOKIE_MAX_AGE_SECONDS
    ) -> None:
        response.set_cookie(
            name, value, max_age=int(seconds), path="/", secure=self._secure, httponly=True, samesite="Lax"
        )

    def _drop_cookie(self, response: web.Response, name: str) -> None:
        self._set_cookie(response, name, "", 0)

    def _is_same_origin(self, request: web.Request) -> bool:
        """Whether the form comes from our own page, as far as the browser says.

        Under `Referrer-Policy: no-referrer` a browser sends `Origin: null` with our own form, too;
        `Sec-Fetch-Site` and the CSRF token tell it from a foreign one.
        """
        origin = request.headers.get("Origin", "null").lower()
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        return origin in ("null", self._origin) and site == "same-origin"

    async def _answer(self, request: web.Request, work: Awaitable[Outcome]) -> web.Response:
        in_window = self._window_cookie in request.cookies
        return self._response(await self._outcome(work), in_window=in_window)

    async def _outcome(self, work: Awaitable[Outcome]) -> Outcome:
        try:
            return await work
        except StoreError as error:
            log.error("sign-in failed: no store", error=type(error).__name__)  # noqa: TRY400 - the store says why itself
            return pages.unavailable(pages.STORE)

    def _response(self, outcome: Outcome, *, in_window: bool) -> web.Response:
        if isinstance(outcome, Redirect):
            redirect = web.Response(status=302, headers={"Location": outcome.url})
            response = self._with_headers(redirect)
        else:
            response = self._page(outcome)
        if in_window:
            # It would part the window from Teams, which takes it for closed then.
            del response.headers["Cross-Origin-Opener-Policy"]
        return response

    def _page(self, page: pages.Page) -> web.Response:
        html = pages.render(page, self._base)
        response = web.Response(status=page.status, text=html, content_type="text/html")
        if page.status in UNREAD_BODY:
            response.force_close()
        if page.status in WAITS:
            response.headers["Retry-After"] = WAITS[page.status]
        self._with_headers(response)
        if page.scripts:
            response.headers["Content-Security-Policy"] = pages.SCRIPT_POLICY
        return response

    def _with_headers(self, response: web.Response) -> web.Response:
        response.headers.update(pages.HEADERS)
        if self._secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def _query(request: web.Request) -> dict[str, str]:
    """Return the parameters of a callback; none at all if one is repeated (RFC 6749, 3.1)."""
    query = request.query
    return dict(query) if len(query) == len(set(query)) else {}


async def _form(request: web.Request) -> dict[str, str]:
    """Read the fields of a small URL-encoded form. Raises `HttpRefusedError`."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise HttpRefusedError(415, "content-type")
    body = await read_body(request, limit=MAX_FORM_BYTES, seconds=FORM_TIMEOUT)
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=MAX_FORM_FIELDS))
    except ValueError:
        raise HttpRefusedError(400, "malformed") from None
