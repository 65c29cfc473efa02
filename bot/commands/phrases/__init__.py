"""Plain requests in English and German: tables of patterns that stand for commands and queries.

Pure: may import jql, the models of Jira and the other parsers of `bot.commands`.
"""
