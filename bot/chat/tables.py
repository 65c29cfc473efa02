"""Names of the tables that say who was written to, for those who write and for the admin who forgets a person."""

from __future__ import annotations

INVITATIONS_TABLE = "invitations"
"""People who were invited lately, by `Person.key`."""
WELCOMED_TABLE = "welcomed"
"""Conversations that have had the welcome card, by tenant and id."""
