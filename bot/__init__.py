"""The bridge between Microsoft Teams and Jira."""
