"""JIRA_SITES: a table that cannot be used says why, with all problems at once and without any value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.config.sites import SiteTableError, read_sites
from tests.config.test_settings import GOOD, start_here

ACCOUNT = {"email": "jira-notifier@example.com", "token": "NOTIFIER_TOKEN"}
CLOUD = {
    "kind": "cloud",
    "url": "https://acme.example.com",
    "name": "Acme",
    "cloud_id": "11111111-2222-4333-8444-555555555555",
    "service_account": ACCOUNT,
}
OFFICE = {
    "kind": "datacenter",
    "url": "https://jira.office.example/jira",
    "name": "Office",
    "sign_in": "oauth",
    "client_id": "client",
    "client_secret": "OFFICE_CLIENT_SECRET",
}
PAT = {**{k: OFFICE[k] for k in ("kind", "url", "name")}, "sign_in": "pat"}
SECRETS = {"OFFICE_CLIENT_SECRET": "s3cret-value", "NOTIFIER_TOKEN": " s3cret-value\n"}
TOML = """
[sites.acme]
kind = "cloud"
url = "https://acme.example.com"
name = "Acme"
cloud_id = "11111111-2222-4333-8444-555555555555"
service_account = { email = "jira-notifier@example.com", token = "NOTIFIER_TOKEN" }
"""


def as_json(**rows: object) -> str:
    return json.dumps({"sites": rows})


def test_json_and_toml_say_the_same(tmp_path: Path) -> None:
    file = tmp_path / "sites.toml"
    file.write_text(TOML)
    table = read_sites(str(file), SECRETS)
    assert table == read_sites(as_json(acme=CLOUD), SECRETS)
    assert table.secrets == {"NOTIFIER_TOKEN": "s3cret-value"}
    assert "s3cret" not in repr(table)


def test_a_data_center_takes_either_sign_in() -> None:
    table = read_sites(as_json(office=OFFICE, lab={**PAT, "url": "https://lab.example"}, acme=CLOUD), SECRETS)
    assert [*table.data_centers] == ["office", "lab"]
    assert [*table.cloud] == ["acme"]


def test_without_a_table_there_are_no_rows() -> None:
    assert not read_sites("", {}).rows


BAD: list[tuple[str, str]] = [
    ("/nowhere.toml", "names a file that cannot be read"),
    ("{s3cret-value", "neither the path of a TOML file nor a JSON object"),
    (as_json(), "has no table"),
    (json.dumps({"sites": {"acme": CLOUD}, "s3cret-value": 1}), "something else beside it"),
    (as_json(**{"S3cret value": CLOUD}), "a site's name takes lower-case letters"),
    (as_json(acme={**CLOUD, "kind": "s3cret-value"}), "acme.kind"),
    (as_json(acme={**CLOUD, "s3cret": 1}), "acme.s3cret: Extra inputs are not permitted"),
    (as_json(acme={**CLOUD, "url": "http://acme.example.com/s3cret-value"}), "acme.url must be https://"),
    (as_json(acme={**CLOUD, "url": "https://u:s3cret-value@acme.example.com"}), "acme.url must be https://"),
    (as_json(acme={**CLOUD, "cloud_id": "s3cret value"}), "acme.cloud_id"),
    (as_json(acme={**CLOUD, "service_account": {**ACCOUNT, "email": "s3cret-value"}}), "service_account.email"),
    (as_json(acme={**CLOUD, "service_account": {**ACCOUNT, "token": "s3cret-value"}}), "service_account.token"),
    (
        as_json(acme={**CLOUD, "service_account": {**ACCOUNT, "token": "NOT_SET"}}),
        "acme.service_account.token names NOT_SET, which is not set",
    ),
    (as_json(office={**OFFICE, "sign_in": "s3cret-value"}), "office.sign_in"),
    (as_json(office={**OFFICE, "sign_in": "pat"}), 'takes client_id and client_secret, "pat" neither'),
    (as_json(office={**PAT, "sign_in": "oauth"}), 'takes client_id and client_secret, "pat" neither'),
    (as_json(office={**OFFICE, "client_secret": None}), 'takes client_id and client_secret, "pat" neither'),
    (as_json(office={**PAT, "webhook_secret": "NOT_SET"}), "office.webhook_secret names NOT_SET"),
    (as_json(cloud=PAT), "no site can be named cloud"),
    (as_json(office=PAT, lab={**PAT, "url": f"{PAT['url']}/"}), "two sites have the same url"),
    (as_json(acme=CLOUD, other=CLOUD), "two sites have the same cloud_id"),
]


@pytest.mark.parametrize(("setting", "expected"), BAD)
def test_a_bad_table_says_why_without_its_values(setting: str, expected: str) -> None:
    with pytest.raises(SiteTableError) as caught:
        read_sites(setting, SECRETS)
    said = " ".join(caught.value.problems)
    assert expected in said
    assert "s3cret-value" not in said


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    file = tmp_path / "sites.toml"
    file.write_text("[sites.acme]\nkind = s3cret-value\n")
    with pytest.raises(SiteTableError, match=r"not TOML.*line 2"):
        read_sites(str(file), SECRETS)


def test_the_start_ends_with_its_sentence(tmp_path: Path) -> None:
    done = start_here(tmp_path, {**GOOD, "JIRA_SITES": "/nowhere.toml", "PORT": "70000"}, "serve")
    assert done.status == 78
    assert "JIRA_SITES names a file that cannot be read." in done.errors
    assert "PORT is not valid" in done.errors


@pytest.mark.parametrize("rows", [{"office": PAT}, {"acme": CLOUD}])
def test_jira_cloud_is_not_needed_where_there_is_a_data_center(tmp_path: Path, rows: dict[str, object]) -> None:
    given = {
        **GOOD,
        "JIRA_CLIENT_ID": "",
        "JIRA_CLIENT_SECRET": "",
        "JIRA_SITES": as_json(**rows),
        "PORT": "70000",
    }
    done = start_here(tmp_path, {**given, "NOTIFIER_TOKEN": "s3cret-value"}, "serve")
    assert "PORT is not valid" in done.errors
    assert ("JIRA_CLIENT_ID is missing" in done.errors) is ("acme" in rows)


def test_a_secret_in_env_is_known_by_its_name_in_the_table(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NOTIFIER_TOKEN=s3cret-value\nNOTIFIER_TOKNE=s3cret-value\n")
    done = start_here(tmp_path, {**GOOD, "JIRA_SITES": as_json(acme=CLOUD)}, "serve")
    assert done.status == 78
    assert "NOTIFIER_TOKNE in .env is not a setting. Did you mean NOTIFIER_TOKEN?" in done.errors
    assert done.errors.count("NOTIFIER_TOKEN") == 1
