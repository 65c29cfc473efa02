"""Takes greetings, thanks and politeness away from a request, and tells requests from questions. Pure, linear."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

import re
from dataclasses import dataclass

GREETING = (
    r"(?:hi|hello|hey|hiya|howdy|yo|dear|good (?:morning|afternoon|evening|day)|morning|hallo|moin|servus|"
    r"grüezi|guten? (?:morgen|tag|abend)|na)(?: (?:there|all|everyone|team|bot|jira|zusammen|again|mal))*"
)
_FILLER = (
    r"(?:(?:please|pls|kindly) to(?= [a-z-]{3,12} (?:the|my|a|an|me|us|[a-z]{2,10}-[0-9]))|please|pls|plz|bitte|kindly|ok(?:ay)?|alright|right|so|well|great|cool|sorry|quick question|btw|"
    r"thanks|thank you|thx|danke|super|und|and|then|dann|just|now|jetzt|nun|one more thing)"
)
_REQUEST = (
    r"(?:(?:can|could|would|will) (?:you|u|we)(?: please| kindly| just| also| quickly)?|would you mind|"
    r"i(?:'d| would) like (?:you )?to|i (?:want (?:you )?|need you )to|i want(?= (?:make|create|open|raise|file|report|add) )|i (?:have|need) to(?= (?:log|track|book|record|create|make|raise|file|report|open a|submit|add|see|know|watch|find) )|let's|let us(?! know)|help me(?: to)?|"
    r"you can|feel free to|go ahead and|(?:would you )?be so (?:kind|good) (?:and|as to)|do me a favou?r and|"
    r"(?:it|that) would be (?:great|nice|good|lovely|awesome|cool|helpful) if you (?:could|can|would)|"
    r"i(?:'d| would) (?:appreciate|love) it if you (?:could|would)|"
    r"(?:es )?w(?:ä|ae)re (?:super|toll|nett|gut|schön|klasse|lieb|prima),? wenn (?:du|sie)|sei so (?:gut|lieb|nett) und|"
    r"(?:kannst|könntest|würdest|magst) du(?: bitte| mal)*|(?:können|könnten|würden) sie(?: bitte| mal)*|"
    r"ich (?:muss|müsste)(?= [^\n]{1,200}(?:buchen|erfassen|loggen|anlegen|erstellen|melden|eintragen)[ .!?]*\Z)|"
    r"ich (?:möchte|will|würde gerne?)(?! kein)|lass uns|hilf mir(?: dabei)?)"
)
_LEAD = re.compile(
    rf"[\s,:;.!–-]*(?:(?:{GREETING}|{_FILLER})(?=[\s,:;.!–-])[\s,:;.!–-]*|(?P<request>{_REQUEST}) +)(?=\S)",
    re.IGNORECASE,
)
_MAX_LEADS = 6
_PUNCTUATION = re.compile(r"[\s,:;.!]+(?=\S)")
_TRAIL = re.compile(
    r"(?:[\s,;.!–-]+(?:please|pls|plz|pleas|plase|plaese|pleaes|pelase|plese|pleese|bitte|"
    r"thanks?(?: you)?(?: (?:so|very) much| a lot| in advance)?|thx|ty|"
    r"cheers|"
    r"(?:vielen |besten )?dank(?:e)?(?: (?:schön|dir|im voraus))?|asap|right now|for now|for the moment|"
    r"just now|now|könntest|könnten|würdest|vorerst|erstmal|jetzt|mal))+[\s.!]*\Z",
    re.IGNORECASE,
)
_MAX_TRAIL = 80
"""Characters at the end of a text that are searched for thanks."""


@dataclass(frozen=True, slots=True)
class Request:
    """A text without the courtesy before it."""

    text: str
    is_polite: bool
    """Whether it begins as “can you …”: then a question mark at its end asks for nothing but doing it."""

    @property
    def core(self) -> str:
        """The text without thanks and question marks at its end."""
        return strip_thanks(self.text.rstrip(" ?!")).rstrip(" ?!")

    @property
    def is_question(self) -> bool:
        """Whether it asks something, and does not ask for something to be done."""
        return not self.is_polite and strip_thanks(self.text).rstrip(" !.").endswith("?")


def read_request(text: str) -> Request:
    """Take the courtesy away that the text begins with, if anything follows it."""
    is_polite, start = False, 0
    for _ in range(_MAX_LEADS):
        lead = _LEAD.match(text, start)
        if lead is None:
            break
        is_polite = is_polite or lead["request"] is not None
        start = lead.end()
    punctuation = _PUNCTUATION.match(text, start)
    return Request(text[punctuation.end() if punctuation else start :], is_polite)


def strip_thanks(text: str) -> str:
    """Remove thanks and politeness that end a text, if anything comes before."""
    start = max(0, len(text) - _MAX_TRAIL)
    trail = _TRAIL.search(text, start)
    return text[: trail.start()] if trail and trail.start() else text
