"""Commands and notices about a person's link to Jira.

May import what `bot.commands` may.
"""
