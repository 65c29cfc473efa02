"""The people of the sandbox, the same six in the Microsoft directory and in Jira.

Names, addresses and object ids are those of the Microsoft 365 Agents Playground's example configuration, so that
the sandbox and the Playground have the same people.
"""

from __future__ import annotations

from dataclasses import dataclass

TENANT = "11111111-1111-4111-8111-111111111111"


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a Microsoft account (`oid` in the tenant) and an Atlassian account (`account_id`)."""

    name: str
    email: str
    oid: str
    account_id: str
    time_zone: str = "Europe/Berlin"
    locale: str = "en_US"


def _person(name: str, email: str, short: str, time_zone: str = "Europe/Berlin") -> Person:
    # A real account id has a colon in it, which has to be escaped in an URL.
    return Person(
        name=name,
        email=email,
        oid=f"aaaaaaaa-0000-4000-8000-0000000000{short}",
        account_id=f"712020:5f000000-0000-4000-8000-0000000000{short}",
        time_zone=time_zone,
    )


PEOPLE: tuple[Person, ...] = (
    _person("Alice Example", "alice@example.com", "a1"),
    _person("Bob B", "bob@example.com", "b1"),
    _person("Carol C", "c@example.com", "c1", "America/Los_Angeles"),
    _person("Dan D", "d@example.com", "d1"),
    _person("Eve E", "e@example.com", "e1"),
    _person("Fay F", "f@example.com", "f1", "Asia/Tokyo"),
)


def by_email(email: str) -> Person | None:
    """Return the person with this address, in any case."""
    return next((p for p in PEOPLE if p.email == email.strip().lower()), None)


def by_account(account_id: str) -> Person | None:
    """Return the person with this Atlassian account."""
    return next((p for p in PEOPLE if p.account_id == account_id), None)
