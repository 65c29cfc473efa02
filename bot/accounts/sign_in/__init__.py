"""The account link: Microsoft sign-in, Jira consent, confirmation page.

May import what `bot.accounts` may, and its parent's modules, which do not import this package.
"""
