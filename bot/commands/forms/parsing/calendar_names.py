"""The names of days and months as people type them, by language.

Babel has them among all else that it knows about a language, which is 2 MB of memory for each.
"""

from __future__ import annotations

WEEKDAYS = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
)
"""From Monday on."""
_ENGLISH = "january february march april may june july august september october november december"
_GERMAN = "januar februar märz april mai juni juli august september oktober november dezember"
MONTHS = (tuple(_ENGLISH.split()), tuple(_GERMAN.split()))
