"""The words of lists in plain words in all languages, and the conditions of JQL that they stand for."""

from __future__ import annotations

from collections.abc import Iterator

from bot.commands.phrases.issue_list import english, german
from bot.commands.phrases.phrase_table import PhraseTable
from bot.jira import jql

SUBTASKS = "issuetype in subTaskIssueTypes()"

Rows = tuple[tuple[str, str], ...]


def _both(of_english: Rows, of_german: Rows) -> PhraseTable[str]:
    """Return what the phrases of two tables mean; English counts where both have a phrase."""
    return PhraseTable((of_english, english.SYNONYMS), (of_german, german.SYNONYMS))


def _phrases(of_english: str, of_german: str) -> PhraseTable[str]:
    """Return a table of phrases that all mean the same."""
    return _both(((of_english, ""),), ((of_german, ""),))


def _types() -> PhraseTable[str]:
    def rows(types: Rows) -> Rows:
        return tuple((patterns, f"issuetype = {jql.quote(name)}") for patterns, name in types)

    return _both(
        ((english.SUBTASKS, SUBTASKS), *rows(english.TYPES)), ((german.SUBTASKS, SUBTASKS), *rows(german.TYPES))
    )


def _orders() -> PhraseTable[str]:
    table = _both(english.ORDERS, german.ORDERS)
    for language, lead in ((english, "(<sorted>)"), (german, "(<sortiert>)")):
        table.add(_sorted_by(language.ORDER_FIELDS), language.SYNONYMS, after=lead)
        table.add(_descending(language.ORDER_FIELDS), language.SYNONYMS)
    return table


def _sorted_by(fields: Rows) -> Iterator[tuple[str, str]]:
    """Yield rows for what follows “sorted by”: a field, which direction, and “first”."""
    for words_for, order in fields:
        names = words_for.replace(", ", "|")
        yield f"[the|der|dem] ({names}) [first|zuerst|sortiert|geordnet]", order
        for directed, words in _DIRECTIONS.items():
            yield f"({names}) [sortiert] ({words}) [sortiert]", f"{order.rsplit(' ', 1)[0]} {directed}"


def _descending(fields: Rows) -> Iterator[tuple[str, str]]:
    for words_for, order in fields:
        if order.endswith(" DESC"):
            yield f"absteigend nach ({words_for.replace(', ', '|')})", order


_DIRECTIONS = {
    "ASC": "asc|ascending|aufsteigend|oldest first|lowest first|low to high",
    "DESC": "desc|descending|absteigend|newest first|highest first|high to low",
}

STATUSES = _both(english.STATUSES, german.STATUSES)
TYPES = _types()
NOUNS = _phrases(english.NOUNS, german.NOUNS)
CONDITIONS = _both(english.CONDITIONS, german.CONDITIONS)
EVENTS = _both(english.EVENTS, german.EVENTS)
"""The date that a period after (or before) such words is about."""
ORDERS = _orders()
"""The order that words ask for."""
FIELDS = _both(english.FIELDS, german.FIELDS)
"""Names of fields, and what JQL calls them."""
FILLERS = _phrases(english.FILLERS, german.FILLERS)
"""Words that change nothing."""
WITHOUT = _phrases(english.WITHOUT, german.WITHOUT)
UNSET = _phrases(english.UNSET, german.UNSET)
IS_UNSET = _phrases(english.IS_UNSET, german.IS_UNSET)
EXCEPT = _phrases(english.EXCEPT, german.EXCEPT)
BEFORE_VERSION = _phrases(english.BEFORE_VERSION, german.BEFORE_VERSION)
FOUND = _phrases(english.FOUND, german.FOUND)
VERSIONS = _phrases(english.VERSIONS, german.VERSIONS)
ABOUT = _phrases(english.ABOUT, german.ABOUT)
ALL = (STATUSES, TYPES, NOUNS, CONDITIONS, EVENTS, ORDERS, FIELDS, FILLERS, EXCEPT, ABOUT)
"""All tables: a word of them is nobody's name."""
