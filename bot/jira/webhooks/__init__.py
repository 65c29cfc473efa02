"""Jira's webhooks: signature, parser, deduplication, sentences.

May import the rest of bot.jira, bot.http.json and language.
"""
