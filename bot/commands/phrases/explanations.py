"""Tells what explains a request (“the customer is happy”) from what asks, doubts or reports. Pure, linear."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

import re
from enum import Enum, auto

from bot.commands.phrases.courtesy import GREETING

MAX_WORDS = 16
"""Words of a clause that explains."""
_KEY = r"(?:https?://\S{5,300}|[a-z][a-z0-9_]{1,9}-[1-9][0-9]{0,9})"
_COURTESY = re.compile(
    rf"(?:{GREETING}|please|pls|plz|kindly|bitte|thanks?(?: you)?(?: (?:so|very) much| a lot| in advance)?|many thanks|thx|ty|tia|cheers"
    r"|(?:vielen |besten )?dank(?:e)?(?: (?:schön|dir|ihnen|im voraus))?|sorry|fyi|zur info|btw|asap|right now|now|jetzt"
    r"|sofort)",
    re.IGNORECASE,
)
_TIMES = r"tomorrow|tonight|later|soon|eventually|someday|sometime|morgen|später|nachher|bald|irgendwann|demnächst"
_DOUBT = re.compile(
    r"\b(?:if|unless|whenever|when|once|assuming|provided|as soon as|whether|either|otherwise|else|or|but|however|although"
    r"|though|maybe|perhaps|probably|never ?mind|kidding|jok(?:e|es|ing)|pretend|imagine|suppose\w*|said|says|tells?|told|asks?|asked"
    r"|asking|wrote|writes|suggest\w*|wants?|wanted|wishes|thinks?|thought|thinking|believes?|guess|wonder\w*|hopes?|hoping|wish"
    r"|wait|hold on|yet|reckon\w*|doubt\w*|sure|unsure|certain|confirm\w*|decid\w*|agree\w*|discuss\w*|plan|plans|planning|planned"
    r"|idea|question|proposal|example|meaning|means|meant|what|why|how|who|whose|which|where|might|may|would|could|supposed"
    r"|going to|about to|gonna|try|trying|tried|already|lol|haha|hypothetically|quote|nope|nah|"
    r"wenn|falls|sobald|sofern|ob|oder|aber|jedoch|vielleicht|eventuell|evtl|womöglich|sagt|sagte|sagen|meint|meinte|meinen"
    r"|gesagt|gemeint|fragt|fragte|gefragt|schreibt|schrieb|geschrieben|wollen|wollte|möchte|glaube|glaubt|denke|denkt|dachte"
    r"|vermute|hoffe|hofft|witz|scherz|sonst|trotzdem|obwohl|erst|bevor|eigentlich|angeblich|wohl|schon|bereits|könnte|würde"
    r"|sollte|müsste|besprechen|klären|wer|warum|wieso|welche[rs]?|wann|wo|zufolge|laut)\b",
    re.IGNORECASE,
)
"""What makes a clause more, or less, than a reason: a condition, an opinion, a report, a question."""
_IS = (
    r"(?:is|am|are|was|were|isn't|isnt|aren't|wasn't|has|have|had|hasn't|haven't|needs?|looks?|seems?|works?|knows?|crashes"
    r"|fails?|breaks?|blocks?|belongs?|waits?|can't|cannot|cant|won't|wont|doesn't|doesnt|don't|dont|didn't|will be|owns?"
    r"|takes|took|makes|goes|went|came|comes|got|gets|became|turned out|depends|happens|happened|stopped|started|finished"
    r"|fixed|left|ran|lost|found|merged|deployed|shipped|tested|released"
    r"|ist|sind|war|waren|hat|haben|hatte|habe|hab|kann|können|komme|kommen|schaffe|brauche|finde|nehme|kennt|weiß|braucht|brauchen|wartet|warten|schafft|schaffen|klappt|geht|läuft"
    r"|funktioniert|stürzt|kommt|liegt|hängt|gehört|passt|reicht|fehlt|muss|wurde|bin|blockiert|eilt|brennt|drängt|tritt)"
)
_CONTRACTED = (
    r"(?:(?:it|he|she|that|there|everything|everyone|[^\W\d]{2,20})['’]s|its|hes|shes|thats|theres|(?:i|we|they|he|she|it)['’]ll be"
    r"|i['’]m|im|we['’]re|they['’]re|theyre|i['’]ve|ive|we['’]ve|they['’]ve|nobody should|no one should|noone should)"
)
_FAILS = r"(?:escalated|complained|called|replied|answered|approved|paid|cancelled|canceled|left|works|fails|crashes|breaks|waits|matters|passes|läuft|funktioniert|klappt|geht|passt|eilt|brennt|drängt|stimmt|crasht|hängt)"
"""Verbs that say enough by themselves."""
_WORD = r"[^\s,:]{1,40}"
_STATEMENT = re.compile(
    rf"(?:{_WORD}(?: {_WORD}){{0,3}}? {_IS}|{_CONTRACTED})(?: {_WORD}){{1,12}}|{_WORD}(?: {_WORD}){{0,3}} {_FAILS}",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"(?:the |our |der |die |unser |unsere )?(?:customers?|clients?|kunden?|kundin|qa|support|tester|testers|test team) "
    r"(?:says?|reports?|sagt|meldet|confirms|confirmed|bestätigt)(?: that|,? dass)? (?=(?:it|it's|that|this|they|es|das|the|der|die) )",
    re.IGNORECASE,
)
"""What a customer says of the issue, behind the request that it is a reason for."""
_FRAGMENT = re.compile(
    r"(?:(?:it's |its |this is |that's |(?:es|das) ist |ist |weil |da )?(?:no longer|not|nicht mehr|nicht) (?:needed|relevant|required|necessary"
    r"|reproducible|urgent|important|valid|nötig|notwendig|relevant|reproduzierbar|dringend|wichtig|aktuell)(?: any ?more| now)?"
    r"|obsolete|outdated|hinfällig|obsolet|veraltet|erledigt|all done|all good|works(?: fine| now| for me| again)*|läuft(?: wieder| jetzt)*"
    r"|(?:just |now |all )?(?:merged|deployed|fixed|tested|released|verified|finished|approved)(?: it| now| and (?:deployed|tested|merged|released|verified))*"
    r"|(?:way |far |much |viel )?(?:too|zu) (?:noisy|loud|much noise|many messages|much spam|chatty|laut|viel lärm|viele meldungen|viele nachrichten|viel spam)"
    r"(?: in here| here| in this channel| hier| in diesem kanal| from it| right now)*"
    r"|(?:wrong|falsche[rs]?) (?:priority|status|assignee|project|label|type|prio|priorität|label)|my (?:mistake|bad|fault)|mein fehler"
    rf"|(?:i|we) (?:don't|dont|do not|no longer) (?:want|need) (?:to (?:get|see|receive|have) )?(?:any |the |more )?(?:mails?|emails?|updates?|notifications?"
    rf"|messages?|news) (?:from|about|on|of|for) {_KEY}(?: any ?more| any longer)?"
    rf"|(?:just |already |now )?(?:merged|deployed|fixed|tested|released|verified|finished|done|shipped|solved|resolved|approved) (?:in|on|with|by|since|as of|last) [^,]{{1,60}}"
    rf"|(?:{_KEY} )?(?:no longer|not|nicht mehr|not .{{1,12}} any ?more) (?:blocked|on hold|waiting|stuck|blockiert)(?: any ?more)?"
    r"|no (?:capacity|time|budget|resources?|bandwidth|need|urgency|rush|hurry|reply|answer|response|feedback|progress)(?: (?:left|for it|any ?more|right now|from the customer))?"
    r"|keine? (?:kapazität|zeit|budget|bedarf|eile|antwort|rückmeldung|fortschritt)(?: mehr| dafür| vom kunden)?"
    r"|(?:code|pr|mr|branch|build|fix|patch) (?:is )?(?:up|merged|green|ready|in|out|deployed|reviewed|live)"
    r"|(?:as|like) (?:agreed|discussed)(?: (?:yesterday|today|in the (?:daily|meeting|standup)))?|wie (?:besprochen|abgesprochen|vereinbart)"
    r"|tests? (?:pass(?:ed)?|are green)|urgent|dringend|high priority|top priority|eilt)",
    re.IGNORECASE,
)
"""A reason in a few words, without a subject or a verb."""
_OBJECTION = re.compile(
    r"(?:that|this|it|das|es)(?:['’]?s| is| was| would be| ist| war| wäre)? (?:a |an |so |really |just |such |not |never |ein |eine |nicht |kein |keine "
    r"|totally |completely ){0,3}(?:wrong|mistakes?|nonsense|stupid|crazy|insane|ridiculous|funny|bad|dumb|silly|right|true|correct|good|ok|okay"
    r"|fine|helpful|falsch|fehler|quatsch|unsinn|blöd|verrückt|witzig|schlecht|dumm|richtig|wahr|gut|hilfreich)\b",
    re.IGNORECASE,
)
"""What is thought of a request that somebody made: “that's wrong”."""
_NO = re.compile(
    r"\b(?:not|no|never|cannot|cant|wont|doesnt|isnt|\w{1,8}n['’]t|nicht|kein\w{0,2}|nie|niemals|nobody|niemand)\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\b(?:not|never|no|n['’]t|nicht|nie|kein\w{0,2}|don't|doesn't|dont)\b.{0,40}\b(?:do|doing|did|should|must|so|that way|yours?|machen|tun|sollen)\b"
    r"|\A(?:this|that|das|dies)\b.{0,30}\b(?:not|never|no|nicht|nie|kein\w{0,2})\b|\A(?:not|never|no|nicht|nein)\b",
    re.IGNORECASE,
)
"""A negation that may be meant of what was asked for."""
_ENDS_OPEN = re.compile(
    r"\b(?:to|that|of|is|are|was|the|a|an|and|with|for|dass|zu|und|der|die|das|ein|eine|mit|für)\Z", re.IGNORECASE
)
_BEFORE = re.compile(
    r"(?:(?:and|und|so|then|dann|also|therefore|deshalb|daher|because|since|as|cause|cuz|weil|da|denn|sorry|fyi|btw|unfortunately|leider"
    r"|finally|endlich|now|jetzt|just|thanks|danke|hi|hello|hallo|hey)[,:]? )+",
    re.IGNORECASE,
)
_NO_SUBJECTS = frozenset(
    {
        "please",
        "don't",
        "do",
        "let's",
        "should",
        "can",
        "could",
        "would",
        "no",
        "not",
        "never",
        "stop",
        "yes",
        "yeah",
    }
    | {"ja", "nein", "nicht", "bitte", "everybody", "all", "guys", "anyone", "someone", "somebody", "jemand", "is"}
    | {"are", "was", "has", "have", "does", "did", "will", "ist", "sind", "hat", "war", "kann", "soll", "lass"}
)


_DONE = re.compile(r"\b(?:done|finished|ready|closed|fixed|fertig|erledigt|behoben)\b", re.IGNORECASE)


class Side(Enum):
    """Where a clause stands."""

    BEFORE = auto()
    AFTER = auto()
    """Behind the clause that asks."""


def is_courtesy(clause: str) -> bool:
    """Return whether a clause greets, thanks or hurries, and nothing else."""
    return _COURTESY.fullmatch(clause) is not None


def is_doubtful(clause: str) -> bool:
    """Return whether a clause has words of a condition, a report, an opinion or a question."""
    return _DOUBT.search(clause) is not None


def is_about_a_later_time(clause: str) -> bool:
    """Return whether a clause says that something is to come."""
    return re.search(rf"\b(?:{_TIMES})\b", clause, re.IGNORECASE) is not None


def is_denying(clause: str) -> bool:
    """Return whether a clause has a negation anywhere."""
    return _NO.search(clause) is not None


def is_explanation(clause: str, side: Side, verbs: frozenset[str]) -> bool:
    """Return whether a clause states a reason and nothing else. It does not begin with one of the `verbs`.

    Behind a request a negation may be one of the request.
    """
    bare = clause[lead.end() :] if (lead := _BEFORE.match(clause)) else clause
    words = bare.split()
    if not words or len(words) > MAX_WORDS:
        return False
    if _FRAGMENT.fullmatch(bare):
        return True
    says = _SAYS.match(bare) if side is Side.AFTER else None
    stated = bare[says.end() :] if says else bare
    first = words[0].casefold()
    is_unclear = is_doubtful(stated if says else clause) or _ENDS_OPEN.search(stated) or _is_done_later(stated)
    if first in _NO_SUBJECTS or first in verbs or is_unclear:
        return False
    if _OBJECTION.match(stated) or (side is Side.AFTER and _REFUSAL.search(stated)):
        return False
    return _STATEMENT.fullmatch(stated) is not None or _is_verb_last(clause, stated)


def _is_done_later(stated: str) -> bool:
    return _DONE.search(stated) is not None and is_about_a_later_time(stated)


def _is_verb_last(clause: str, stated: str) -> bool:
    """Return whether it is a German subordinate clause: `weil der Kunde zugestimmt hat`."""
    is_subordinate = re.match(r"(?:weil|da) ", clause, re.IGNORECASE) is not None
    return is_subordinate and re.search(rf" {_IS}\Z", stated, re.IGNORECASE) is not None
