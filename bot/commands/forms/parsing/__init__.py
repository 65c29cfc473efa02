"""Parsers of what people type or choose in forms.

Pure: may import jira models and fields, cards and language.
"""
