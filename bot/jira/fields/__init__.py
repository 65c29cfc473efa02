"""Jira's fields: kinds, values, screens, choices.

May import jira models, parse, JQL and errors.
"""
