"""Recover events that Jira's webhooks missed.

May import what `bot.notifications` may, and its subscriptions and inbox.
"""
