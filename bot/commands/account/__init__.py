"""Commands and notices about the linked account.

May import what `bot.commands` may.
"""
