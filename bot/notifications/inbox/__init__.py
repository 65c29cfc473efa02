"""Receive webhooks and match events to subscriptions.

May import what `bot.notifications` may, and its subscriptions.
"""
