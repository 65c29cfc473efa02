"""Tells whether words of a list may be somebody's name, and how many of them are. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.commands.phrases.expansion import word_set
from bot.commands.phrases.issue_list import vocabulary
from bot.commands.phrases.issue_list.actions import FINITE, VERBS
from bot.commands.phrases.periods import take_period
from bot.commands.phrases.phrase_table import longest

MAX_NAME_WORDS = 3
_NAME = re.compile(r"@?(?:[^\W\d_]{1,20}(?:['’.-][^\W\d_]{1,20}){0,3}\.?|[0-9a-zA-Z:-]{20,60})")
"""A word of a name, or the id of an account."""
NO_NAMES = word_set(
    "i you he she we they it one me him us them who whom whose which what where when why how this that these "
    "those there here the a an my your his her our their its any some no not nor or and but if then than so as "
    "at by in on of to from for with without about into over under after before during since until till "
    "between among per via up down out off near like is isn't are aren't was wasn't were be been being am do "
    "does doesn't did didn't done has hasn't have haven't had will won't would should shall can can't could "
    "may might must let lets let's make made need needs get gets got go goes going gone come comes look looks "
    "see seen say says said mean means belong belongs work works think know want wants put take takes took "
    "give gives everybody everyone everything somebody someone something anybody anyone anything nobody "
    "nothing people others customer customers client clients user users team teams manager boss colleague "
    "colleagues company department group channel week weeks month months year years day days today yesterday "
    "tomorrow morning evening time hour hours next last first second new old other another same such only also "
    "even just more most less least very too much many few high higher highest low lower lowest medium "
    "critical blocker version release sprint epic label component board filter project please thanks yes ok "
    "okay hello bot jira teams page login app website server payment checkout ich von du er es wir ihr mich dich "
    "ihn uns euch ihnen mir dir ihm wer wen wem wessen was wo wann warum wie welche welcher welches der die "
    "das den dem des ein eine einen einem einer eines kein keine keinen mein meine dein deine sein seine unser "
    "unsere nicht nie und oder aber wenn dann als am im vom zum zur bei beim mit nach seit aus auf an ab bis "
    "durch für gegen ohne um über unter vor hinter zwischen während wegen trotz ist sind war waren bin bist "
    "hat haben habe hatte wird werden wurde wurden kann können muss müssen soll sollen darf will jemand "
    "niemand keiner alle alles etwas nichts man leute kunde kunden kundin kollege kollegen team abteilung "
    "woche wochen monat monate jahr jahre tag tage heute gestern morgen stunde stunden nächste nächsten letzte "
    "letzten erste ersten neue neuen alte alten andere anderen gleiche nur auch schon noch mehr sehr viel "
    "viele wenig bitte danke ja nein thema themen seite erst denen deren dessen dieser diese dieses diesem "
    "diesen hier dort"
)
"""Words that stand where a name does, and are none."""


def is_word_of_list(words: Sequence[str], today: date) -> bool:
    """Return whether a list goes on with these words (in lower case), so that they are no part of a name."""
    return longest(words, *vocabulary.ALL) > 0 or take_period(words, today)[1] > 0


def may_be_key(words: Sequence[str], today: date) -> bool:
    """Return whether a word in small letters may be a project's key."""
    return words[0] not in NO_NAMES and not is_word_of_list(words, today)


def name_length(words: Sequence[str], written: Sequence[str], today: date, most: int = MAX_NAME_WORDS) -> int:
    """Return how many of the words are a name that they begin with; `written` are those as they were typed."""
    count = 0
    while count < min(len(words), most) and _is_part(words[count:], written[count], today):
        count += 1
    return count


def _is_part(words: Sequence[str], written: str, today: date) -> bool:
    word = words[0]
    is_name = _NAME.fullmatch(written) is not None and word not in NO_NAMES and len(word) > 1
    is_name = is_name and not word.endswith(("'s", "’s"))
    is_code = written.isupper() and len(written) > 1
    is_verb = word in VERBS or word in FINITE
    return is_name and not is_code and not is_verb and not is_word_of_list(words, today)
