"""The bot's own Entra registration: how it proves itself to Microsoft, for people's sign-in and its own token."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import msal
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS

Credential = str | Mapping[str, object]
"""What MSAL takes as `client_credential`: a secret, a certificate, or an assertion."""


def is_microsoft(authority: str) -> bool:
    """Whether the host is one of Microsoft's own clouds, public or national."""
    return urlsplit(authority).hostname in WELL_KNOWN_AUTHORITY_HOSTS


def strip_version(authority: str) -> str:
    """Return the authority as MSAL takes it: without a slash at the end, Microsoft's own without `/v2.0`."""
    base = authority.rstrip("/")
    return base.removesuffix("/v2.0") if is_microsoft(base) else base


def metadata_url(authority: str) -> str:
    """Return the URL of the OpenID Connect metadata of a `MICROSOFT_AUTHORITY`."""
    base = strip_version(authority)
    return f"{base}{'/v2.0' if is_microsoft(base) else ''}/.well-known/openid-configuration"


def make_confidential_client(
    authority: str, client_id: str, credential: Credential, http: object, **options: object
) -> msal.ConfidentialClientApplication:
    """Make MSAL's application for the registration.

    Blocking: it asks the authority for its metadata. `http` is MSAL's `HttpClient`, `options` are MSAL's own.
    Raises `OSError` or `ValueError` when Microsoft does not answer as it should.
    """
    base = strip_version(authority)
    kind = "authority" if is_microsoft(base) else "oidc_authority"
    return msal.ConfidentialClientApplication(
        client_id, client_credential=credential, http_client=http, **{kind: base}, **options
    )


def read_certificate(pem: Path) -> Credential:
    """Read a PEM file with private key and certificate. Raises `OSError` or `ValueError`."""
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


def managed_assertion(client_id: str, audience: str, http: object) -> Credential:
    """Use a user-assigned managed identity in place of a secret (a federated credential of the registration)."""
    identity = _managed_client(client_id, http)

    def assertion() -> str:
        token: Mapping[str, object] = identity.acquire_token_for_client(resource=audience)
        return str(token.get("access_token", ""))

    return {"client_assertion": assertion}


class RegisteredApp:
    """The registration in the client-credentials grant. Made at its first use, because that asks Microsoft."""

    def __init__(self, client_id: str, credential: Credential, authority: str, http: object) -> None:
        self._authority, self._client_id, self._http = authority, client_id, http
        self.use_credential(credential)

    def use_credential(self, credential: Credential) -> None:
        """Use this credential from now on; tokens already issued stay valid."""
        self._make = partial(make_confidential_client, self._authority, self._client_id, credential, self._http)
        self._app: msal.ConfidentialClientApplication | None = None

    def acquire_token_for_client(self, scopes: list[str]) -> Mapping[str, object]:
        """Request a token. Blocking. Raises `OSError` or `ValueError` when Microsoft answers something else."""
        app = self._app = self._app or self._make()
        token: Mapping[str, object] = app.acquire_token_for_client(scopes=scopes)
        return token

    def forget(self) -> None:
        """Drop the token that MSAL caches and would return until it expires."""
        if self._app is not None:
            self._app.remove_tokens_for_client()


class ManagedApp:
    """A managed identity, which gets its token from the machine it runs on."""

    def __init__(self, client_id: str, http: object) -> None:
        self._client_id, self._http = client_id, http
        self.forget()

    def acquire_token_for_client(self, scopes: list[str]) -> Mapping[str, object]:
        """Request a token for the one scope. Blocking."""
        resource = scopes[0].removesuffix("/.default")
        token: Mapping[str, object] = self._identity.acquire_token_for_client(resource=resource)
        return token

    def forget(self) -> None:
        """Start over, without the token that MSAL caches."""
        self._identity = _managed_client(self._client_id, self._http)


def _managed_client(client_id: str, http: object) -> msal.ManagedIdentityClient:
    return msal.ManagedIdentityClient(msal.UserAssignedManagedIdentity(client_id=client_id), http_client=http)
