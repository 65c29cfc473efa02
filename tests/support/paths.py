"""Where the repository's files are that tests read."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
BUILD = ROOT / "build"
JIRA_OPENAPI = DATA / "jira-openapi" / "platform-v3.json"
"""The operations that the sandbox serves, out of Atlassian's OpenAPI document."""
CARD_SCHEMA = DATA / "adaptive-card-1.5.0.json"
ADF_SCHEMA = DATA / "adf-full-v1.json"
MANIFEST_SCHEMA = DATA / "MicrosoftTeams.schema.1.25.json"
