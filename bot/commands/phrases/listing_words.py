"""The words of lists in plain words in all languages, and the conditions of JQL that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.commands.phrases import listing_english as english
from bot.commands.phrases import listing_german as german
from bot.commands.phrases.expansion import expand, table
from bot.jira import jql

SUBTASKS = "issuetype in subTaskIssueTypes()"

Rows = tuple[tuple[str, str], ...]


def _both(of_english: Rows, of_german: Rows) -> Mapping[str, str]:
    """Return what the texts of two tables mean; English counts where both have a text."""
    return {**table(of_german, german.SYNONYMS), **table(of_english, english.SYNONYMS)}


def _texts(of_english: str, of_german: str) -> frozenset[str]:
    return frozenset((*expand(of_english, english.SYNONYMS), *expand(of_german, german.SYNONYMS)))


def _sorted_by(fields: Rows, lead: str, synonyms: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield rows for “sorted by X”, “by X first”, “by X descending”."""
    for words_for, order in fields:
        column, direction = order.rsplit(" ", 1)
        names = words_for.replace(", ", "|")
        leads = "|".join(expand(f"({lead})", synonyms))
        yield f"({leads}) [the|der|dem] ({names}) [first|zuerst|sortiert|geordnet]", order
        for directed, words in _DIRECTIONS.items():
            yield f"({leads}) ({names}) [sortiert] ({words}) [sortiert]", f"{column} {directed}"
        if direction == "DESC":
            yield f"(absteigend) nach ({names})", order


_DIRECTIONS = {
    "ASC": "asc|ascending|aufsteigend|oldest first|lowest first|low to high",
    "DESC": "desc|descending|absteigend|newest first|highest first|high to low",
}

STATUSES = _both(english.STATUSES, german.STATUSES)
TYPES: Mapping[str, str] = {
    **{word: f"issuetype = {jql.quote(name)}" for word, name in _both(english.TYPES, german.TYPES).items()},
    **dict.fromkeys(_texts(english.SUBTASKS, german.SUBTASKS), SUBTASKS),
}
NOUNS = _texts(english.NOUNS, german.NOUNS)
CONDITIONS = _both(english.CONDITIONS, german.CONDITIONS)
EVENTS = _both(english.EVENTS, german.EVENTS)
"""The date that a period after (or before) such words is about."""
ORDERS: Mapping[str, str] = {
    **table(_sorted_by(german.ORDER_FIELDS, german.SYNONYMS["sortiert"], german.SYNONYMS), german.SYNONYMS),
    **table(_sorted_by(english.ORDER_FIELDS, english.SYNONYMS["sorted"], english.SYNONYMS), english.SYNONYMS),
    **_both(english.ORDERS, german.ORDERS),
}
"""The order that words ask for."""
FIELDS = _both(english.FIELDS, german.FIELDS)
"""Names of fields, and what JQL calls them."""
FILLERS = _texts(english.FILLERS, german.FILLERS)
"""Words that change nothing."""
WITHOUT = _texts(english.WITHOUT, german.WITHOUT)
UNSET = _texts(english.UNSET, german.UNSET)
IS_UNSET = _texts(english.IS_UNSET, german.IS_UNSET)
EXCEPT = _texts(english.EXCEPT, german.EXCEPT)
BEFORE_VERSION = _texts(english.BEFORE_VERSION, german.BEFORE_VERSION)
FOUND = _texts(english.FOUND, german.FOUND)
VERSIONS = _texts(english.VERSIONS, german.VERSIONS)
ABOUT = _texts(english.ABOUT, german.ABOUT)
ALL = (STATUSES, TYPES, NOUNS, CONDITIONS, EVENTS, ORDERS, FIELDS, FILLERS, EXCEPT, ABOUT)
"""All tables: a word of them is nobody's name."""
