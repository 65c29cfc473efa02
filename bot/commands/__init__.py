"""What a person can ask for: one module a command.

May import jira, accounts, notifications, cards and the packages below them; never teams or botbuilder.
"""
