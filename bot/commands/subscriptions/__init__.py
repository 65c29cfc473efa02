"""Commands that manage notifications of channels and people.

May import what `bot.commands` may.
"""
