"""Atlassian Document Format: reader, writer, Markdown.

Pure: may import jira models and language.
"""
