"""Jira's REST API; the only package that knows Jira's JSON.

May import http and language; never storage, accounts, commands, notifications or teams.
"""
