"""Atlassian Document Format: reading it, and converting it from and to Markdown.

Pure: may import jira models, http.json and language.
"""
