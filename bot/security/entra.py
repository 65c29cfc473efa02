"""The bot's own Entra registration: how it proves itself to Microsoft, for people's sign-in and its own token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msal
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS

EXCHANGE = "api://AzureADTokenExchange"
"""Audience of the assertion by which a managed identity acts for a registration (workload identity federation)."""
BOT_RESOURCE = "https://api.botframework.com"

Credential = str | Mapping[str, object]
"""What MSAL takes as `client_credential`: a secret, a certificate, or an assertion."""


def certificate(pem: Path) -> Credential:
    """A PEM file with private key and certificate. Raises `OSError` or `ValueError`."""
    # Few installations have a certificate; loading the X.509 code costs the others a tenth of their start.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    text = pem.read_text()
    try:
        load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError("the private key has a password") from None
    thumbprint = x509.load_pem_x509_certificate(text.encode()).fingerprint(hashes.SHA256())
    return {"private_key": text, "thumbprint": thumbprint.hex(), "public_certificate": text}


def managed_assertion(client_id: str, http: object) -> Credential:
    """A user-assigned managed identity in place of a secret."""
    identity = _managed(client_id, http)

    def assertion() -> str:
        token: Mapping[str, object] = identity.acquire_token_for_client(resource=EXCHANGE)
        return str(token.get("access_token", ""))

    return {"client_assertion": assertion}


class RegisteredApp:
    """The registration as the client-credentials grant sees it; made at first use, since that asks Microsoft."""

    def __init__(self, client_id: str, credential: Credential, authority: str, http: object) -> None:
        self._make: Callable[[], msal.ConfidentialClientApplication] = lambda: msal.ConfidentialClientApplication(
            client_id, client_credential=credential, http_client=http, **{_kind(authority): authority}
        )
        self._app: msal.ConfidentialClientApplication | None = None

    def acquire_token_for_client(self, scopes: list[str]) -> Mapping[str, object]:
        """Blocking. Raises `OSError` or `ValueError` when Microsoft does not answer as it should."""
        self._app = self._app or self._make()
        token: Mapping[str, object] = self._app.acquire_token_for_client(scopes=scopes)
        return token

    def forget(self) -> None:
        """Drop the token that MSAL keeps, and would give out again until its end."""
        if self._app is not None:
            self._app.remove_tokens_for_client()


class ManagedApp:
    """A managed identity, which has its token from the machine that it runs on."""

    def __init__(self, client_id: str, http: object) -> None:
        self._client_id, self._http = client_id, http
        self.forget()

    def acquire_token_for_client(self, scopes: list[str]) -> Mapping[str, object]:
        """Blocking; the scope is always the Bot Connector's."""
        del scopes
        token: Mapping[str, object] = self._identity.acquire_token_for_client(resource=BOT_RESOURCE)
        return token

    def forget(self) -> None:
        """Begin anew, without the token that MSAL keeps."""
        self._identity = _managed(self._client_id, self._http)


def _managed(client_id: str, http: object) -> msal.ManagedIdentityClient:
    return msal.ManagedIdentityClient(msal.UserAssignedManagedIdentity(client_id=client_id), http_client=http)


def _kind(authority: str) -> str:
    return "authority" if urlsplit(authority).hostname in WELL_KNOWN_AUTHORITY_HOSTS else "oidc_authority"
