"""The bridge between Microsoft Teams and Jira.

`bootstrap.create_app` makes every part once; `pyproject.toml` holds which package may import which.
"""
