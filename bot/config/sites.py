"""The table of sites (JIRA_SITES): Jira sites that need more than the default.

The default is Jira Cloud with the OAuth 2.0 (3LO) app of JIRA_CLIENT_ID, which needs no row. Secrets are not in
the table: it names the variables that hold them.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from bot.http.loopback import is_loopback_host

RESERVED = "cloud"
"""What Jira Cloud is called among the choices of a sign-in."""
MAX_TABLE_BYTES = 256 * 1024

Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,63}$")]
"""The name of an environment variable, or of a line in `.env`, that holds a secret."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CloudServiceAccount(_Row):
    """An account of a site that is no person's: its e-mail address and an API token.

    Atlassian accepts a token with scopes at its API gateway alone, and one without at the site's own address alone
    (support.atlassian.com, “Manage API tokens for your Atlassian account”): `scoped` says which it is.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)] = "service account"
    email: Annotated[str, Field(pattern=r"^[^@\s:]+@[^@\s:]+$")]
    token: Variable
    scoped: bool = True


class CloudRow(_Row):
    """A site of Jira Cloud with a service account. People connect to it as to any other."""

    kind: Literal["cloud"]
    url: str
    name: Annotated[str, Field(min_length=1, max_length=80)]
    cloud_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    service_account: CloudServiceAccount

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables with secrets, by the property that names them."""
        return {"service_account.token": self.service_account.token}


class DataCenterServiceAccount(_Row):
    """A user of a Data Center that is no person's, by a personal access token."""

    name: Annotated[str, Field(min_length=1, max_length=80)] = "service account"
    token: Variable


class DataCenterRow(_Row):
    """A Jira Data Center (9 and later), and how people sign in to it.

    `oauth`: through its own OAuth 2.0 provider, with the client id and secret of an incoming link. `pat`: they
    enter a personal access token. `webhook_secret` signs what it delivers, or is in the address of its webhook.
    """

    kind: Literal["datacenter"]
    url: str
    name: Annotated[str, Field(min_length=1, max_length=80)]
    sign_in: Literal["oauth", "pat"]
    client_id: str = ""
    client_secret: Variable | None = None
    webhook_secret: Variable | None = None
    service_account: DataCenterServiceAccount | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables with secrets, by the property that names them."""
        named = {
            "client_secret": self.client_secret,
            "webhook_secret": self.webhook_secret,
            "service_account.token": self.service_account.token if self.service_account else None,
        }
        return {path: variable for path, variable in named.items() if variable}

    @model_validator(mode="after")
    def _check_sign_in(self) -> Self:
        has_client = bool(self.client_id and self.client_secret)
        if has_client != (self.sign_in == "oauth") or bool(self.client_id) != bool(self.client_secret):
            raise ValueError('sign_in "oauth" takes client_id and client_secret, "pat" neither')
        return self


SiteRow = Annotated[CloudRow | DataCenterRow, Field(discriminator="kind")]
_ROWS: TypeAdapter[dict[str, SiteRow]] = TypeAdapter(
    dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")], SiteRow]
)


@dataclass(frozen=True, slots=True)
class SiteTable:
    """The rows by name, and the values of the variables that they name."""

    rows: Mapping[str, SiteRow] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def cloud(self) -> Mapping[str, CloudRow]:
        """The rows of Jira Cloud."""
        return {name: row for name, row in self.rows.items() if isinstance(row, CloudRow)}

    @property
    def data_centers(self) -> Mapping[str, DataCenterRow]:
        """The rows of Data Centers."""
        return {name: row for name, row in self.rows.items() if isinstance(row, DataCenterRow)}

    @property
    def variables(self) -> frozenset[str]:
        """The names of the variables that hold its secrets."""
        return frozenset(variable for row in self.rows.values() for variable in row.variables.values())


class SiteTableError(Exception):
    """The table cannot be used. `problems` are sentences that hold no value."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def read_sites(setting: str, variables: Mapping[str, str | None]) -> SiteTable:
    """Read the table that JIRA_SITES holds or names a file of. Raises `SiteTableError`."""
    rows = _validate(_parse(setting)) if setting else {}
    table = SiteTable(rows)
    secrets = {name: (variables.get(name) or "").strip() for name in table.variables}
    problems = [
        f"JIRA_SITES: {name}.{path} names {variable}, which is not set."
        for name, row in rows.items()
        for path, variable in row.variables.items()
        if not secrets[variable]
    ]
    problems += _contradictions(rows)
    if problems:
        raise SiteTableError(*problems)
    return SiteTable(rows, secrets)


def _parse(setting: str) -> Mapping[str, object]:
    """Parse JSON, or the TOML file that is named."""
    try:
        if setting.startswith("{"):
            content = orjson.loads(setting)
        else:
            with Path(setting).open("rb") as file:
                content = tomllib.loads(file.read(MAX_TABLE_BYTES).decode())
    except OSError:
        raise SiteTableError("JIRA_SITES names a file that cannot be read.") from None
    except tomllib.TOMLDecodeError as error:
        # The message says where, and quotes nothing but single characters.
        raise SiteTableError(f"JIRA_SITES names a file that is not TOML: {error}.") from None
    except ValueError:
        raise SiteTableError("JIRA_SITES is neither the path of a TOML file nor a JSON object.") from None
    return content if isinstance(content, dict) else {}


def _validate(content: Mapping[str, object]) -> dict[str, SiteRow]:
    rows = content.get("sites")
    if not isinstance(rows, dict) or not rows or set(content) != {"sites"}:
        raise SiteTableError("JIRA_SITES has no table [sites.<name>], or something else beside it.")
    try:
        return _ROWS.validate_python(rows)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        raise SiteTableError(*(_describe(fault["type"], fault["loc"], fault["msg"]) for fault in faults)) from None


def _describe(kind: str, location: tuple[int | str, ...], message: str) -> str:
    if location[-1] == "[key]":
        return "JIRA_SITES: a site's name takes lower-case letters, digits and hyphens, and begins with a letter."
    name = str(location[0])
    if kind.startswith("union_tag"):
        # Its own message quotes the value.
        return f'JIRA_SITES: {name}.kind must be "cloud" or "datacenter".'
    # Behind the name stands the kind that the rest was read as.
    return f"JIRA_SITES: {'.'.join([name, *map(str, location[2:])])}: {message}."


def _contradictions(rows: Mapping[str, SiteRow]) -> list[str]:
    problems = ["JIRA_SITES: no site can be named cloud."] if RESERVED in rows else []
    problems += [
        f"JIRA_SITES: {name}.url must be https:// and the site's address (plain http only on loopback)."
        for name, row in rows.items()
        if not _is_site_url(row.url)
    ]
    for what, values in (
        ("url", [row.url.rstrip("/").lower() for row in rows.values()]),
        ("cloud_id", [row.cloud_id for row in rows.values() if isinstance(row, CloudRow)]),
    ):
        if any(count > 1 for count in Counter(values).values()):
            problems.append(f"JIRA_SITES: two sites have the same {what}.")
    return problems


def _is_site_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "http" and is_loopback_host(host)
    extra = parts.query or parts.fragment or parts.username is not None or any(map(str.isspace, url))
    return bool(host) and not extra and (parts.scheme == "https" or plain)
