"""The app registrations of the Microsoft login, and how each proves itself: by a secret or a managed identity."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

TOKEN_EXCHANGE = "api://AzureADTokenExchange"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Registrations:
    """App ids with their secrets (empty: none). A managed identity is no registration: nobody signs in to it."""

    secrets: dict[str, str]
    federated: dict[str, str] = field(default_factory=dict)
    """For an app id the client id of the managed identity that is its federated credential."""
    token_exchange: str = TOKEN_EXCHANGE
    expired: set[str] = field(default_factory=set)
    """App ids whose secret has expired."""

    def can_sign_in(self, client_id: str) -> bool:
        """Whether people can sign in to it."""
        return client_id in self.secrets

    def client_problem(self, form: Mapping[str, str], key: rsa.RSAPublicKey) -> str:
        """Say what is wrong with the credential of a token request; nothing if it is right."""
        client_id = form.get("client_id", "")
        if client_id not in self.secrets:
            return "AADSTS700016: Application was not found in the directory."
        if "client_assertion" in form:
            return self._assertion_problem(client_id, form, key)
        if client_id in self.expired:
            return "AADSTS7000222: The provided client secret keys for app are expired."
        secret = self.secrets[client_id]
        right = bool(secret) and secrets.compare_digest(form.get("client_secret", ""), secret)
        return "" if right else "AADSTS7000215: Invalid client secret provided."

    def _assertion_problem(self, client_id: str, form: Mapping[str, str], key: rsa.RSAPublicKey) -> str:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            return "AADSTS900144: The request must contain the client_assertion_type."
        try:
            claims = jwt.decode(form["client_assertion"], key, algorithms=["RS256"], audience=self.token_exchange)
        except jwt.PyJWTError:
            return "AADSTS700027: The client assertion is not valid."
        if claims.get("sub") != self.federated.get(client_id):
            return "AADSTS700213: No matching federated identity record found for presented assertion subject."
        return ""
