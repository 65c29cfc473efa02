"""Changes that somebody makes in Jira itself, while the bridge runs."""

from __future__ import annotations

from sandbox import activity, changes
from sandbox.adf import document
from sandbox.model import Comment, Issue
from sandbox.people import Person, by_email
from sandbox.teams import ALICE, TeamsUser
from tests.support.world import World

LEVEL = {"security": {"id": "10100"}}
"""The field that restricts an issue of DEMO to Alice and Bob."""


def account(user: TeamsUser) -> Person:
    """Return the person's Jira account."""
    person = by_email(user.email)
    assert person is not None
    return person


def issue(world: World, key: str) -> Issue:
    """Return an issue as Alice sees it."""
    return world.sandbox.site.issue(key, account(ALICE).account_id)


def edit(world: World, key: str, **fields: object) -> None:
    """Change fields of an issue, as Alice."""
    changes.edit(world.sandbox.site, account(ALICE).account_id, issue(world, key), {"fields": fields})


def move_to_project(world: World, key: str, project: str) -> str:
    """Move an issue to another project, as Alice; return its new key."""
    moved = issue(world, key)
    changes.move_to_project(world.sandbox.site, account(ALICE).account_id, moved, project)
    return moved.key


def comment(world: World, key: str, text: str, *, by: TeamsUser = ALICE) -> Comment:
    """Comment on an issue."""
    return activity.add_comment(
        world.sandbox.site, account(by).account_id, issue(world, key), {"body": document(text)}
    )
