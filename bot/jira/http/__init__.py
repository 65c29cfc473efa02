"""HTTP to Jira: transport, responses, rate limits, concurrency.

May import jira models, parse and errors, and bot.http.
"""
