"""Jira's webhooks: signature, parser, deduplication, sentences.

May import jira models, parse, ADF and bot.http.strict_json.
"""
