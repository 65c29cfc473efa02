"""The HTTP client that MSAL is given: short timeouts, no redirects, a size limit, and authorities of one's own."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
import requests
from requests.adapters import HTTPAdapter

CONNECT_SECONDS = 3.0
READ_SECONDS = 8.0
TOTAL_SECONDS = 10.0
BODY_LIMIT = 1 << 20


class MicrosoftUnavailableError(OSError):
    """Microsoft's sign-in did not answer, or not as itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What MSAL reads of a response."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def raise_for_status(self) -> None:
        """MSAL calls it on a 5xx."""
        if self.status_code >= 400:
            raise MicrosoftUnavailableError(f"Microsoft's sign-in answered {self.status_code}")


class _TrustingAdapter(HTTPAdapter):
    """Trusts what `context` trusts, beside the public authorities, through a proxy too."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: object) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **kwargs: object) -> object:
        return super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)


class MsalHttp:
    """`HttpClient` as MSAL defines it. Blocking: for worker threads. `HTTPS_PROXY` and `NO_PROXY` hold."""

    def __init__(self, ca_bundle: str = "") -> None:
        """`ca_bundle`: a PEM file of further authorities. Raises `OSError` if it cannot be read."""
        context = ssl.create_default_context()
        if ca_bundle:
            context.load_verify_locations(ca_bundle)
        self._session = requests.Session()
        self._session.mount("https://", _TrustingAdapter(context))

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises `MicrosoftUnavailableError`."""
        return self._send("GET", url, params, headers, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Raises `MicrosoftUnavailableError`."""
        return self._send("POST", url, params, headers, data)

    def close(self) -> None:
        """Close idle connections; the client opens new ones when it is used again."""
        self._session.close()

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        data: Mapping[str, str] | None,
    ) -> Answer:
        try:
            with self._session.request(
                method,
                url,
                params=params,
                headers=headers,
                data=data,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, _text(response), dict(response.headers))
        except requests.RequestException as error:
            raise MicrosoftUnavailableError(f"Microsoft's sign-in: {type(error).__name__}") from None


def _text(response: requests.Response) -> str:
    """The body if it is JSON: MSAL logs what it cannot parse, and a cut answer may hold a token."""
    deadline = time.monotonic() + TOTAL_SECONDS
    body = b""
    for chunk in response.iter_content(1 << 16):
        body += chunk
        if len(body) > BODY_LIMIT or time.monotonic() > deadline:
            raise MicrosoftUnavailableError("Microsoft's sign-in: endless answer")
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MicrosoftUnavailableError(
            f"Microsoft's sign-in answered {response.status_code} with no JSON"
        ) from None
    return body.decode()
