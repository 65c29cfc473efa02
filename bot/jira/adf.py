"""Atlassian Document Format, both ways: what people write becomes a document, a document becomes words."""

from bot.jira.adf_read import adf_text, read_adf
from bot.jira.adf_write import markdown_to_adf, text_to_adf

__all__ = ["adf_text", "markdown_to_adf", "read_adf", "text_to_adf"]
