"""Jira's wiki markup, in which Data Center keeps texts: to and from Atlassian Document Format.

May import `bot.jira.models`, `bot.http.json` and the catalogue of sentences.
"""
