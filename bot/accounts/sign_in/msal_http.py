"""The HTTP client given to MSAL: short timeouts, no redirects, a size limit, and `CA_BUNDLE`."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
import requests
from requests.adapters import HTTPAdapter

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 8.0
TOTAL_TIMEOUT = 10.0
MAX_BODY_BYTES = 1 << 20


class MicrosoftUnavailableError(OSError):
    """Microsoft's sign-in did not answer, or something else answered for it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of a response that MSAL reads."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def raise_for_status(self) -> None:
        """Raise for an error status; MSAL calls it on a 5xx."""
        if self.status_code >= 400:
            raise MicrosoftUnavailableError(f"Microsoft's sign-in answered {self.status_code}")


class _TrustingAdapter(HTTPAdapter):
    """Trusts the authorities of `context`, also through a proxy."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: object) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **kwargs: object) -> object:
        return super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)

    def cert_verify(self, conn: object, url: str, verify: bool | str, cert: str | tuple[str, str] | None) -> None:
        """Leave out requests' own authorities: they would be read into the context at each connection."""
        if verify is not True:
            super().cert_verify(conn, url, verify, cert)


class MsalHttp:
    """MSAL's `HttpClient`. Blocking: for worker threads. It honours `HTTPS_PROXY` and `NO_PROXY`."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._session = requests.Session()
        self._session.mount("https://", _TrustingAdapter(tls))

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a GET. Raises `MicrosoftUnavailableError`."""
        return self._send("GET", url, params, headers, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a POST. Raises `MicrosoftUnavailableError`."""
        return self._send("POST", url, params, headers, data)

    def close(self) -> None:
        """Close idle connections; new ones are opened when the client is used again."""
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
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, _read_json_text(response), dict(response.headers))
        except requests.RequestException as error:
            raise MicrosoftUnavailableError(f"Microsoft's sign-in: {type(error).__name__}") from None


def _read_json_text(response: requests.Response) -> str:
    """Return the body if it is JSON: MSAL logs what it cannot parse, and a truncated answer may hold a token."""
    deadline = time.monotonic() + TOTAL_TIMEOUT
    body = b""
    for chunk in response.iter_content(1 << 16):
        body += chunk
        if len(body) > MAX_BODY_BYTES or time.monotonic() > deadline:
            raise MicrosoftUnavailableError("Microsoft's sign-in: endless answer")
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MicrosoftUnavailableError(
            f"Microsoft's sign-in answered {response.status_code} with no JSON"
        ) from None
    return body.decode()
