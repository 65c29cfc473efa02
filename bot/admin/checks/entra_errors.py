"""What Entra's refusals mean for an admin.

Source of the numbers: https://learn.microsoft.com/entra/identity-platform/reference-error-codes. Microsoft may
change them, so a number that is not here still gets a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_NUMBER = re.compile(r"AADSTS(\d{4,8})", re.ASCII)
_NO_FEDERATION = (
    "the managed identity is no federated credential of the registration {app}.",
    "Add it in Entra: registration → Certificates & secrets → Federated credentials.",
)
_REFUSALS: Mapping[str, tuple[str, str]] = {
    "7000215": (
        "{secret} is not a client secret of the registration {app}.",
        "Copy the Value (not the Secret ID) from Certificates & secrets, or create a new secret.",
    ),
    "7000222": (
        "{secret} has expired.",
        "Create a new client secret in Entra (Certificates & secrets) and set {secret} to its Value.",
    ),
    "700016": (
        "the directory MICROSOFT_APP_TENANT_ID has no registration {app}.",
        "Compare both ids with the registration's Overview page in Entra.",
    ),
    "90002": (
        "there is no directory (tenant) of this id.",
        "Copy Directory (tenant) ID from the registration's Overview page to MICROSOFT_APP_TENANT_ID.",
    ),
    "700027": (
        "the registration {app} does not know the certificate of MICROSOFT_APP_CERTIFICATE.",
        "Upload its public part in Entra: Certificates & secrets → Certificates.",
    ),
    "700024": (
        "Microsoft refuses the times in the bot's proof: the clock of this machine is wrong.",
        "Synchronize the clock.",
    ),
    "7000112": (
        "the registration {app} is disabled.",
        "Enable it in Entra: Enterprise applications → the app → Properties.",
    ),
    "7000229": (
        "the registration {app} has no service principal in the directory.",
        "Create it: az ad sp create --id, with the registration's client id.",
    ),
    "50011": (
        "the registration {app} lacks the redirect URI {redirect_uri}.",
        "Add exactly this address in Entra: registration → Authentication, platform Web.",
    ),
    "70021": _NO_FEDERATION,
    "700211": _NO_FEDERATION,
    "700212": _NO_FEDERATION,
    "700213": _NO_FEDERATION,
}


def find_number(text: str) -> str:
    """Return the first AADSTS number in a text, without its letters; empty if there is none."""
    match = _NUMBER.search(text)
    return match[1] if match else ""


def explain(number: str, **names: str) -> tuple[str, str] | None:
    """Return what an AADSTS number means and what helps; None if it is not known.

    `names` fill in `app` and `secret`, the settings that name the registration, and `redirect_uri`.
    """
    refusal = _REFUSALS.get(number)
    return (refusal[0].format(**names), refusal[1].format(**names)) if refusal else None
