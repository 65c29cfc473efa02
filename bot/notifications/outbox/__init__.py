"""Send queued messages: authorization, digests, rate limits, delivery.

May import what `bot.notifications` may, and its subscriptions.
"""
