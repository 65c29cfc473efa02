"""What the settings of Microsoft must be together: the app, its tenants, and where people sign in."""

from __future__ import annotations

import re
from pathlib import Path

from bot.config.settings import Settings

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def microsoft_checks(s: Settings) -> list[tuple[bool, str]]:
    """Return for each rule whether it is kept, and the sentence that says how it is broken."""
    return [*_app_checks(s), *_tenant_checks(s), *_sign_in_checks(s)]


def _app_checks(s: Settings) -> list[tuple[bool, str]]:
    secret, certificate = bool(s.microsoft_app_password.get_secret_value()), s.microsoft_app_certificate
    federated = bool(s.microsoft_app_managed_identity)
    managed = s.microsoft_app_type == "UserAssignedMSI"
    return [
        (
            not s.microsoft_app_id or bool(_GUID.fullmatch(s.microsoft_app_id)),
            "MICROSOFT_APP_ID must be a GUID: Application (client) ID on the registration's Overview page in"
            " Entra.",
        ),
        (
            managed or federated or secret or certificate is not None,
            "MICROSOFT_APP_PASSWORD is missing (or set MICROSOFT_APP_CERTIFICATE or"
            " MICROSOFT_APP_MANAGED_IDENTITY, or use UserAssignedMSI).",
        ),
        (
            not (secret and certificate is not None),
            "MICROSOFT_APP_PASSWORD and MICROSOFT_APP_CERTIFICATE are both set; keep one.",
        ),
        (
            not (managed and (secret or certificate is not None)),
            "MICROSOFT_APP_TYPE=UserAssignedMSI takes no MICROSOFT_APP_PASSWORD and no MICROSOFT_APP_CERTIFICATE.",
        ),
        (
            not (federated and (managed or secret or certificate is not None)),
            "MICROSOFT_APP_MANAGED_IDENTITY takes the place of MICROSOFT_APP_PASSWORD and"
            " MICROSOFT_APP_CERTIFICATE, and UserAssignedMSI needs none of them; keep one.",
        ),
        (
            certificate is None or certificate.is_file(),
            "MICROSOFT_APP_CERTIFICATE names a file that is not there.",
        ),
        (
            certificate is None or not certificate.is_file() or _has_key_and_certificate(certificate),
            "MICROSOFT_APP_CERTIFICATE names a file in which no private key and certificate can be read (PEM).",
        ),
    ]


def _tenant_checks(s: Settings) -> list[tuple[bool, str]]:
    is_multi_tenant = s.microsoft_app_type == "MultiTenant"
    tenants = {tenant for tenant in s.tenants if _GUID.fullmatch(tenant)}
    foreign = tenants - {s.microsoft_app_tenant_id.lower()}
    return [
        (
            s.microsoft_app_type == "MultiTenant" or bool(s.microsoft_app_tenant_id),
            "MICROSOFT_APP_TENANT_ID is missing (MICROSOFT_APP_TYPE is SingleTenant or UserAssignedMSI).",
        ),
        (
            not s.microsoft_app_tenant_id or bool(_GUID.fullmatch(s.microsoft_app_tenant_id)),
            "MICROSOFT_APP_TENANT_ID must be a GUID: Directory (tenant) ID on the registration's Overview page in"
            " Entra.",
        ),
        (
            bool(s.tenants) or s.microsoft_app_type != "MultiTenant",
            "ALLOWED_TENANTS is missing: a MultiTenant bot must say whose people it serves.",
        ),
        (tenants == s.tenants, "ALLOWED_TENANTS must be comma-separated GUIDs."),
        (
            is_multi_tenant or not s.sign_in_tenant or not s.microsoft_app_tenant_id or not foreign,
            "ALLOWED_TENANTS names tenants other than MICROSOFT_APP_TENANT_ID, whose people cannot sign in:"
            " that takes a MultiTenant bot (MICROSOFT_APP_TYPE).",
        ),
        (
            not is_multi_tenant or not s.sign_in_tenant or len(s.tenants) < 2,
            "ALLOWED_TENANTS names several tenants, but at MICROSOFT_AUTHORITY only the people of one can sign in:"
            " leave it out, or end it with /organizations.",
        ),
    ]


def _sign_in_checks(s: Settings) -> list[tuple[bool, str]]:
    has_secret = bool(s.sign_in_app_password.get_secret_value())
    return [
        (
            s.microsoft_app_type != "UserAssignedMSI" or bool(s.sign_in_app_id),
            "SIGN_IN_APP_ID is missing: people cannot sign in to a managed identity (UserAssignedMSI), only to an"
            " app registration.",
        ),
        (not s.sign_in_app_id or bool(_GUID.fullmatch(s.sign_in_app_id)), "SIGN_IN_APP_ID must be a GUID."),
        (
            not s.sign_in_app_id or s.sign_in_app_id.lower() != s.microsoft_app_id.lower(),
            "SIGN_IN_APP_ID is the same as MICROSOFT_APP_ID: leave it out, or with UserAssignedMSI name an app"
            " registration.",
        ),
        (
            not s.sign_in_app_id or has_secret or bool(s.managed_identity),
            "SIGN_IN_APP_PASSWORD is missing (or set MICROSOFT_APP_MANAGED_IDENTITY, or use UserAssignedMSI).",
        ),
        (not has_secret or bool(s.sign_in_app_id), "SIGN_IN_APP_PASSWORD is set without SIGN_IN_APP_ID."),
        (
            not s.microsoft_app_managed_identity or bool(_GUID.fullmatch(s.microsoft_app_managed_identity)),
            "MICROSOFT_APP_MANAGED_IDENTITY must be a GUID.",
        ),
    ]


def _has_key_and_certificate(pem: Path) -> bool:
    # Few installations have one; importing MSAL takes a good part of the start.
    from bot.security.entra import read_certificate  # noqa: PLC0415

    try:
        read_certificate(pem)
    except (OSError, ValueError):
        return False
    return True
