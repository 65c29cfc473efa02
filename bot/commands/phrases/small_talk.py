"""Tells small talk from requests: it gets a short answer, and nothing to search for or to run. Pure, linear."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

import re
from enum import Enum, auto

from bot.commands.phrases.courtesy import GREETING, read_request, strip_thanks

MAX_SMALL_TALK = 80
"""Characters of a text that may be small talk."""


class Talk(Enum):
    """What somebody says who asks for nothing that the bot does."""

    THANKS = auto()
    GREETING = auto()
    """A greeting, or asking for help without saying with what."""
    ANSWER = auto()
    """An answer, an acknowledgement, a sigh: there is nothing in it to search for."""
    ABOUT_BOT = auto()
    """Who or what the bot is, or what they think of it."""
    LANGUAGE = auto()
    """They want to be answered in another language."""
    UNDO = auto()
    """The last change is to be undone."""
    ONLY_IN_JIRA = auto()
    """They want, or ask for, what only Jira's own pages can do."""


_GREETING = re.compile(
    rf"(?:{GREETING}|how are you(?: doing)?|how's it going|what's up|wie geht(?:'s|s| es dir)?|"
    r"(?:(?:can|could) you )?help(?: me)?|i need help|i'm new here|ich bin neu hier|"
    r"(?:kannst du|können sie) (?:mir )?helfen)[\s!.?,:)]*",
    re.IGNORECASE,
)
_ALL = (
    r"(?:(?:that's|that is|that was|that'll be|that will be) (?:all|it|everything)(?: for (?:now|today))?|"
    r"das (?:war's|wars|war alles|ist alles|wäre alles|reicht)(?: für (?:heute|jetzt))?)"
)
_PRAISE = (
    r"(?:you(?:'re| are) (?:the best|great|awesome|amazing|a star|a lifesaver|super)|(?:you|that) (?:saved|made) my (?:day|life|week)"
    r"|that (?:worked|helped|was quick|was fast|did it|is all|is great|is perfect)|(?:it|all) works(?: now| again)?|great (?:help|job|work)"
    r"|(?:das )?hat (?:geklappt|funktioniert|geholfen)|du bist (?:super|toll|klasse|der beste|spitze|ein schatz)|sehr nett|super|perfekt|perfect"
    r"|läuft(?: wieder| jetzt)?|passt(?: so)?|much appreciated|appreciate it)"
)
_THANKS = re.compile(
    r"(?:(?:ok(?:ay)?|great|cool|perfect|super)[\s,!.]+)?(?:many |vielen |besten )?"
    r"(?:thanks?(?: you)?|thx|ty|cheers|danke?|dank|dankeschön)"
    r"(?: (?:so|very) much| a lot| bot| jira| schön| dir| sehr)*"
    rf"(?: (?:for|für) (?:your|the|all the|die|deine) (?:help|hilfe|quick help|schnelle hilfe))?(?:[\s,!.]+{_ALL})?"
    rf"(?:[\s,!.–-]+{_PRAISE})?[\W_]*|{_ALL}[\s,.!]+(?:thanks|thank you|thx|danke)[\s!.]*",
    re.IGNORECASE,
)
_WORD = (
    r"(?:ok(?:ay)?|kk?|cool|nice(?: one| work| job)?|great(?: work| job)?|perfect|awesome|brilliant|got it|fine|"
    r"good(?: job| work| bot| one| night|bye)?|well done|super|prima|toll|genau|alles klar|passt|no(?:pe)?|nah|"
    r"ye[sp]|yeah|sure|right|exactly|true|really|cancel|stop|wait|never ?mind|forget (?:it|that)|nein|ja|doch|egal|"
    r"lol|rofl|omg|ha(?:ha)+|he(?:he)+|hm+|oh|ah+|aha|wow|whatever|interesting|i see|understood|verstanden|test(?:ing)?|"
    r"thanks|thank you|danke|bot|jira|then|sorry|oops|ups|bye|see you|tschüss|ciao|gute nacht|gut gemacht|"
    r"no worries|kein problem|you too|same|all good|my bad|schade|na ja|naja|stimmt|mahlzeit(?: zusammen)?|"
    r"schönen (?:tag|abend|feierabend)|that(?:'s| is) (?:all|it)(?: for (?:now|today))?|das war(?:'s|s| alles)|"
    r"vergiss (?:es|das)|(?:ich )?hab(?:e)? mich (?:vertan|vertippt|verschrieben|geirrt)|ach(?: so)?|schon gut|lass (?:es|mal|gut sein)"
    r"|hat sich (?:schon )?erledigt|wrong (?:chat|channel|window)|falscher (?:chat|kanal)|ignore (?:that|me|this)|my mistake|false alarm"
    r"|fehlalarm|(?:hat|das hat) (?:geklappt|funktioniert)|(?:that|it) (?:worked|works|helped|did it)"
    r"|you (?:saved|made) my day|(?:great|good|big) help|:\)|"
    r"have a (?:nice|good|great) (?:day|weekend|evening|one))"
)
_ANSWER = re.compile(rf"{_WORD}(?:[\s,!.]+{_WORD})*[\s!.?,:)]*|[\W_]+", re.IGNORECASE)
_ABOUT_BOT = re.compile(
    r"are you (?:(?:a|an|the|really|even|still|just|my|some kind of|there|ok|okay) ?)*[\w-]{0,20}(?: or .{1,30})?|"
    r"(?:who|what) (?:made|built|created|wrote|programmed|trained|owns) you|what(?:'s| is) your (?:name|age|job)|"
    r"how (?:old|smart) are you|where (?:are|do) you (?:from|live|come from)|what are you|"
    r"do you (?:like|love|sleep|dream|feel|think|speak|understand|hate|drink|eat|know me).{0,40}|"
    r"(?:you're|you are|ur) .{1,40}|i (?:really )?(?:love|hate|like|miss) (?:you|this|it|that)(?: .{1,20})?|"
    r"(?:tell|sing|make) me (?:a|an|something) .{1,30}|tell me something|"
    r"bist du (?:(?:ein|eine|der|die|echt|noch|wirklich|da) ?)*[\w-]{0,20}(?: oder .{1,30})?|"
    r"wer hat dich (?:gemacht|gebaut|programmiert|erfunden)|wie (?:heißt|alt bist) du|was bist du|"
    r"(?:this|the|der|dieser) bot (?:is|was|sucks|rocks|works|ist|war|nervt|hilft|taugt)(?: .{1,40})?|"
    r"du bist .{1,40}|ich (?:liebe|mag|hasse) (?:dich|das|es)|erzähl(?:e|st du)? (?:mir )?(?:einen|was|etwas).{0,30}|"
    r"hast du gut geschlafen|sprichst du .{1,20}",
    re.IGNORECASE,
)
_LANGUAGES = r"(?:german|english|deutsch|englisch|french|französisch|spanish|spanisch|italian|italienisch|dutch|polish|polnisch)"
_LANGUAGE = re.compile(
    rf"(?:(?:can|could|do|will|would) (?:you|we|u)|why (?:do|are) you|please|pls|kannst du|könntest du|können sie|sprichst du|sprechen sie"
    rf"|bitte|warum (?:sprichst|antwortest|schreibst) du|ich (?:möchte|will|hätte) )?[ ,]*(?:\w{{1,12}} ){{0,4}}?(?:in |auf |to |into )?{_LANGUAGES}"
    r"(?: (?:please|pls|bitte|with me|to me|too|mit mir|auch|instead|from now on|ab jetzt|speak|reden|sprechen|antworten|schreiben|answer|reply"
    r"|umstellen|wechseln|haben|sein))*"
    r"|(?:how (?:do|can) i |wie (?:kann|stelle|ändere|wechsle) ich |can i |kann ich |where (?:do|can) i )?(?:change|switch|set|choose)?"
    r" ?(?:the |your |my |die |deine |meine )?(?:language|sprache)(?: (?:ändern|umstellen|wechseln|einstellen|um|settings|setting|to \w{1,12}|auf \w{1,12}))*"
    r"|(?:which|what|welche) (?:languages?|sprachen?) (?:do you (?:speak|know|support|understand)|sprichst du|kannst du|verstehst du|can you speak)",
    re.IGNORECASE,
)
_LAST = r"(?:that|this|it|everything|(?:my|the) (?:last|latest|previous) (?:change|command|one|action|thing|step)|please)"
_UNDO = re.compile(
    rf"(?:how (?:do|can) i |i want to |i'd like to )?(?:undo|revert|roll ?back|take back|reverse)(?: {_LAST}| now)*|"
    rf"(?:take|put|change|roll) {_LAST} back|(?:ctrl|strg|cmd) ?[+-]? ?z|go back|"
    r"undo (?:(?:the |my )?(?:last |latest )?(?:change|comment|move|edit|assignment|update) (?:on|of|to|in|for) )?"
    r"[a-z][a-z0-9_]{1,9}-[0-9]{1,10}|"
    r"(?:(?:oh|oops|ups|sorry)[, ]+)?(?:that|this|it) was (?:a mistake|wrong|not what i (?:meant|wanted)|an accident)|"
    r"(?:mach |mache |kannst du )?(?:das |es |alles |die letzte änderung )*(?:rückgängig|zurück)(?: (?:machen|nehmen))?|"
    r"(?:das|es) war (?:ein fehler|falsch|ein versehen|nicht so gemeint)",
    re.IGNORECASE,
)
_KEY = r"[a-z][a-z0-9_]{1,9}-[0-9]{1,10}"
_POSSIBLE = (
    r"(?:(?:how (?:do|can|to)|can|could|am|is it possible|is there (?:a|any) way|are we able)(?: i| we| you| one)?"
    r"(?: able)?(?: to)?(?: also| even)? )?"
)
_THINGS = (
    r"(?:issues?|tickets?|bugs?|tasks?|files?|attachments?|pictures?|photos?|screenshots?|documents?|pdfs?|comments?"
    rf"|projects?|boards?|excel|{_KEY})"
)
_THINGS_DE = (
    r"(?:dateien?|anhänge?|bilder|bild|screenshots?|tickets?|vorgänge|vorgang|aufgaben?|kommentare?|projekte?"
    rf"|{_KEY})"
)
_ONLY_IN_JIRA = re.compile(
    rf"{_POSSIBLE}(?:attach|upload|delete|clone|archive|export|print) (?:.{{1,40}} )?{_THINGS}"
    r"(?: (?:to|in|on|from|with|as|of) .{1,40}| here)?|"
    rf"(?:lösche?|klone?|archiviere|exportiere|drucke) (?:.{{1,40}} )?{_THINGS_DE}|"
    rf"(?:(?:wie )?(?:kann|könnte|darf) (?:ich|man)|können wir|ist es möglich,?)? ?(?:.{{1,40}} )?{_THINGS_DE} "
    r"(?:.{1,30} )?(?:zu )?"
    r"(?:anhängen|anzuhängen|hochladen|hochzuladen|löschen|klonen|kopieren|archivieren|exportieren|drucken)",
    re.IGNORECASE,
)
_DONE_IN_JIRA = r"(?:delete|clone|copy|archive|export|print|get rid of)"
_DONE_IN_JIRA_DE = r"(?:löschen|klonen|kopieren|duplizieren|archivieren|exportieren|drucken)"
_ISSUE_ONLY_IN_JIRA = re.compile(
    rf"{_POSSIBLE}{_DONE_IN_JIRA} (?:the |this )?(?:issue |ticket |bug )?{_KEY}(?: again| here)?|"
    rf"{_KEY}[:,]? (?:(?:please|pls|now) )?(?:{_DONE_IN_JIRA}|(?:can|could|should|must|may|needs to) be (?:deleted|cloned|archived|exported))|"
    r"(?:(?:wie )?(?:kann|könnte|darf|können|soll) (?:ich|man|wir) |ist es möglich,? |kannst du )?(?:das ticket |den vorgang )?"
    rf"{_KEY}(?: hier| auch| wieder| bitte| mal| doch){{0,3}} (?:zu )?{_DONE_IN_JIRA_DE}|"
    rf"wie (?:lösche|klone|kopiere|archiviere|exportiere|drucke) (?:ich|man|wir) {_KEY}|"
    rf"{_KEY} (?:kann|soll|muss|darf) (?:weg|(?:gelöscht|geklont|archiviert|exportiert) werden)",
    re.IGNORECASE,
)
_AFTER_BOT = {
    Talk.ONLY_IN_JIRA: _ONLY_IN_JIRA,
    Talk.LANGUAGE: _LANGUAGE,
    Talk.ANSWER: _ANSWER,
    Talk.UNDO: _UNDO,
    Talk.ABOUT_BOT: _ABOUT_BOT,
}


def read_courtesy(text: str) -> Talk | None:
    """Return whether a text only greets or says thanks, whatever commands are called."""
    if len(text) > MAX_SMALL_TALK:
        return None
    if _THANKS.fullmatch(text.strip()):
        return Talk.THANKS
    return Talk.GREETING if _GREETING.fullmatch(strip_thanks(text).strip()) else None


def is_for_jira_alone(text: str) -> bool:
    """Return whether a text asks for what only Jira can do with one issue: `PROJ-12 löschen`."""
    return len(text) <= MAX_SMALL_TALK and _ISSUE_ONLY_IN_JIRA.fullmatch(text) is not None


def read_small_talk(text: str) -> Talk | None:
    """Return what kind of small talk a text is that is no command; None if it may be a request."""
    if len(text) > MAX_SMALL_TALK:
        return None
    if is_for_jira_alone(read_request(text).core):
        return Talk.ONLY_IN_JIRA
    straight = text.replace("’", "'").strip()
    spoken = (straight, straight.rstrip(" ?!."), read_request(straight).core)
    kinds = (talk for talk, pattern in _AFTER_BOT.items() if any(map(pattern.fullmatch, spoken)))
    return next(kinds, None)
