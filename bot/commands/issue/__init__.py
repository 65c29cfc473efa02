"""Commands that show, find and change issues.

May import what `bot.commands` may, and `bot.commands.forms`.
"""
