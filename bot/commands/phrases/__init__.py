"""Plain requests in English and German: tables of patterns that stand for commands and queries.

These are the words that people type; the words that they read are in `language/de.po`. Pure: may import jql, the
models of Jira and the other parsers of `bot.commands`.
"""
