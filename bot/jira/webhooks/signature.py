"""Verifies that a webhook delivery comes from Jira, by its signature or token.

An admin's webhook carries `X-Hub-Signature: sha256=<hex HMAC of the raw body>`
(https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks). A webhook that an OAuth 2.0
app registered carries a JWT, HS256 with the app's client secret
(https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/ gives its claims).
Neither covers the headers, so no other header can be trusted.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

import jwt

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)
_BEARER = re.compile(r"(?:Bearer|JWT) ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.ASCII)
_MAX_TOKEN_LENGTH = 8192
_LEEWAY_SECONDS = 60.0


class BadSignatureError(Exception):
    """The delivery is not proven to be Jira's. The message is for the log and holds no part of the delivery."""


def verify(
    headers: Mapping[str, Sequence[str]],
    body: bytes,
    *,
    secrets: Sequence[str],
    client_secret: str,
    client_id: str,
    now: float,
) -> None:
    """Verify `body`, the raw bytes of the delivery. Raises `BadSignatureError` and nothing else.

    `headers` maps lower-case names to all values sent under them. `secrets` are the webhook secrets valid now
    (two during a rotation); an empty secret never matches. If there is a signature, a token does not count.
    """
    signatures = headers.get("x-hub-signature", ())
    tokens = headers.get("authorization", ())
    if signatures:
        _check_signature(signatures, body, secrets)
    elif tokens:
        _check_token(tokens, client_secret, client_id, now)
    else:
        raise BadSignatureError("neither a signature nor a token")


def find_data_center(
    signatures: Sequence[str], named: Sequence[str], body: bytes, secrets: Mapping[str, str]
) -> str:
    """Return the host of the Data Center whose secret signed the body; empty if none did.

    Jira signs since 10 (https://confluence.atlassian.com/adminjiraserver/managing-webhooks-938846912.html). Before
    that the secret is in the webhook's address (`named`), which counts only without a signature. `secrets` are
    those of Data Centers by host.
    """
    for host, secret in secrets.items():
        try:
            if signatures:
                _check_signature(signatures, body, [secret])
            elif len(named) != 1 or not hmac.compare_digest(named[0].encode(), secret.encode()):
                continue
        except BadSignatureError:
            continue
        return host
    return ""


def _check_signature(signatures: Sequence[str], body: bytes, secrets: Sequence[str]) -> None:
    if len(signatures) != 1:
        raise BadSignatureError("more than one signature")
    match = _SIGNATURE.fullmatch(signatures[0])
    if match is None:
        raise BadSignatureError("the signature is not sha256 in lower-case hex")
    claimed = bytes.fromhex(match[1])
    matches = [hmac.compare_digest(hmac.digest(s.encode(), body, hashlib.sha256), claimed) for s in secrets if s]
    if not any(matches):
        raise BadSignatureError("the signature is of another secret or body")


def _check_token(tokens: Sequence[str], client_secret: str, client_id: str, now: float) -> None:
    if len(tokens) != 1 or len(tokens[0]) > _MAX_TOKEN_LENGTH or not client_secret:
        raise BadSignatureError("not one token of a sensible length")
    match = _BEARER.fullmatch(tokens[0])
    if match is None:
        raise BadSignatureError("the Authorization header holds no JWT")
    # Times are checked below: PyJWT would use the system's clock, not the caller's.
    options: jwt.types.Options = {
        "require": ["exp", "iat"],
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": False,
    }
    try:
        claims = jwt.decode(match[1], client_secret, algorithms=["HS256"], options=options)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise BadSignatureError("the token is not ours") from None
    if client_id and claims.get("iss") != client_id:
        raise BadSignatureError("the token was issued for another app")
    for name, early in (("exp", False), ("iat", True), ("nbf", True)):
        at = claims.get(name, now)
        if isinstance(at, bool) or not isinstance(at, int | float):
            raise BadSignatureError("the token's times are no numbers")
        if (at - now if early else now - at) > _LEEWAY_SECONDS:
            raise BadSignatureError("the token is not valid now")
