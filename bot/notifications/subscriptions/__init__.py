"""Subscriptions of conversations: model, parser, limits, repository.

May import jira's event model, chat and storage.
"""
