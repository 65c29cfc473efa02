"""Forms made from Jira's field metadata: state, fields, choices, submission.

May import what `bot.commands` may; commands of issues import it, not the other way round.
"""
