"""Asks services over HTTP for `check`, and says in words why one does not answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import aiohttp
import orjson

MAX_BODY_BYTES = 1 << 20
INTERCEPTED = "answers with a web page in place of JSON: a proxy between here and there answers by itself."
EXEMPT_FROM_PROXY = (
    "Exempt the host from that proxy's sign-in or inspection, or name the right proxy in HTTPS_PROXY."
)
_OPEN_FIREWALL = "Open the firewall for outgoing HTTPS to it, or set HTTPS_PROXY."
_CORRECT_NAME = "Correct the address, or the DNS of this machine."
_OTHER_NAME = ("its certificate is for another name.", "Get a certificate for the host name of the address.")
_CERTIFICATES: Mapping[int, tuple[str, str]] = {
    9: (
        "its certificate is not valid yet.",
        "Set the clock of this machine, or wait until the certificate is valid.",
    ),
    10: ("its certificate has expired.", "Renew the certificate, and check that the renewal is automatic."),
    18: ("its certificate is self-signed.", "Use one of a public authority: Teams and Jira trust no other."),
    19: (
        "its certificate comes from an authority that is not trusted here.",
        "If that authority is your proxy's, put its certificate into the file that CA_BUNDLE names.",
    ),
    20: (
        "its certificate is not trusted: the chain is incomplete, or its authority is unknown here.",
        "Serve the full chain; or, for a proxy of your own, put its authority into the file that CA_BUNDLE names.",
    ),
    62: _OTHER_NAME,
    64: _OTHER_NAME,  # of an IP address
}
"""OpenSSL's verification results (X509_V_ERR_…): what is wrong, and what helps."""


class UnreachableError(Exception):
    """A service gave no answer. The message says why, `remedy` what helps."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was not redirected."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Mapping[str, object] | None:
        """The body as a JSON object, None if it is none."""
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return content if isinstance(content, dict) else None

    @property
    def is_page(self) -> bool:
        """Whether it is a web page."""
        return self.body.lstrip()[:1] == b"<"

    @property
    def text(self) -> str:
        """The body as text, as far as it is text."""
        return self.body.decode("utf-8", "replace")


class Web:
    """Asks over `session`. `skews`: by how many seconds this clock is ahead of the services that were asked."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.skews: list[float] = []

    async def ask(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        with_clock: bool = True,
    ) -> Answer:
        """Send one request, without following redirects. Raises `UnreachableError`."""
        try:
            async with self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False
            ) as response:
                content = await _read_start(response)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _explain(error) from None
        if with_clock:
            self._note_skew(response.headers.get("Date", ""))
        return Answer(response.status, response.headers, content)

    async def ask_for_json(self, url: str, name: str) -> Mapping[str, object]:
        """Get a JSON object that has `name`. Raises `UnreachableError` if something else answers."""
        answer = await self.ask(url)
        document = answer.json
        if document is None and (answer.is_page or 300 <= answer.status < 400):
            raise UnreachableError(INTERCEPTED, EXEMPT_FROM_PROXY)
        if answer.status != 200 or document is None or name not in document:
            raise UnreachableError(
                f"answers {answer.status} without {name}.", "Correct the address, or try again later."
            )
        return document

    def _note_skew(self, date: str) -> None:
        try:
            self.skews.append(time.time() - parsedate_to_datetime(date).timestamp())
        except ValueError:
            return


async def _read_start(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            break
    return bytes(body)


def _explain(error: Exception) -> UnreachableError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _explain_certificate(error.certificate_error)
    why, remedy = _name_reason(error)
    return UnreachableError(f"cannot be reached: {why}.", remedy)


def _name_reason(error: Exception) -> tuple[str, str]:
    match error:
        case aiohttp.ClientConnectorDNSError():
            reason = ("the name of its host is unknown (DNS)", _CORRECT_NAME)
        case aiohttp.ClientHttpProxyError():
            remedy = "Allow the host in that proxy, or name it in NO_PROXY."
            reason = (f"the proxy of HTTPS_PROXY answers {error.status}", remedy)
        case aiohttp.ClientConnectorSSLError():
            reason = ("it does not speak TLS at that port", _CORRECT_NAME)
        case aiohttp.ClientConnectorError():
            reason = (error.os_error.strerror or "no connection", _OPEN_FIREWALL)
        case TimeoutError():
            reason = ("no answer within 10 seconds", _OPEN_FIREWALL)
        case aiohttp.InvalidURL() | ValueError():
            reason = ("the address is not valid", _CORRECT_NAME)
        case _:
            reason = ("it closed the connection without an answer", _OPEN_FIREWALL)
    return reason


def _explain_certificate(error: Exception) -> UnreachableError:
    """Say what is wrong with a certificate that was refused."""
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    message, remedy = _CERTIFICATES.get(code, _CERTIFICATES[20])
    return UnreachableError(f"cannot be reached safely: {message}", remedy)
