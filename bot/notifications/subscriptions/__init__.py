"""Subscriptions of conversations: parser, repository, matching.

May import jira's event model, chat and storage.
"""
