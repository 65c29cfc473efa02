"""Linked accounts: grants, their refresh and renewal, tickets.

May import jira, storage, jobs and the packages below them; never commands, notifications or teams.
"""
