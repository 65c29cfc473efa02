"""Notifications to one person: settings, relevance, recipients, daily digest.

May import what `bot.notifications` may, and its subscriptions and outbox.
"""
