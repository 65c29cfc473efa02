"""From a Jira event to the conversations that want it, none lost.

May import accounts, jira, cards, jobs, storage; never commands or teams.
"""
