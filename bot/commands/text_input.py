"""What people type, as text: tidied, and the issues that it names. Linear in its length, never an exception."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import regex

from bot.jira.models import issue_key

MAX_TEXT = 34_000
"""Characters of a message that are looked at: more than Jira's own text fields take (32,767) with a command in
front, so that a longer text is refused and not cut."""

_IT = frozenset({"it"})
_DROPPED = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_STACKED = regex.compile(r"(\p{M}{30})\p{M}+")
"""More accents in a row than Unicode's stream-safe text has (UAX #15): Python sorts them in quadratic time, and
32,000 of them took 1.6 s."""
_SPACES = str.maketrans({"\u00a0": " ", "\u2007": " ", "\u202f": " ", "\t": " ", "\r": "\n"})
_DOUBLE = str.maketrans("“”„", '"""')
QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'"})
_ORIGIN, _KEY = r"((?i:https?)://[^\s/<>\"'?#@\\]{1,255})", r"([A-Za-z][A-Za-z0-9_]{1,9}-[1-9][0-9]{0,9})(?![\w-])"
_INSIDE, _AFTER = r"[^\s<>\"'?#]{0,300}", r"[^\s<>\"')\]]*"
_LISTS = r"(?:issues|queues/issue|(?:custom|portal)/[0-9]{1,18})"
_LINKS = (
    re.compile(rf"{_ORIGIN}/(?:browse|(?:{_INSIDE}/)?{_LISTS})/{_KEY}{_AFTER}"),
    re.compile(rf"{_ORIGIN}/{_INSIDE}\?(?:[^\s<>\"'#]{{0,1000}}&)?selectedIssue={_KEY}{_AFTER}"),
)
"""An issue's own page, in a project, in a queue or the portal of a service desk; and boards and backlogs with the
issue open."""
_MARKDOWN_LINK = re.compile(
    r"\[((?>(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]{0,100}\]){0,200}))\]\((https?://[^\s()]{1,2000})\)"
)
"""Browsers copy a page's title along, and that of an issue is `[PROJ-12] Its summary - Jira`."""
_AROUND = "#,.:;!?()[]*`\"'“”„‘’"
_HYPHENS = str.maketrans("\u2010\u2011\u2013", "---")


@dataclass(frozen=True, slots=True)
class Target:
    """An issue that was named. `origin` (`https://host`) is set when it was named by a link."""

    key: str
    origin: str = ""

    @property
    def text(self) -> str:
        """It, as it could be typed."""
        return f"{self.origin}/browse/{self.key}" if self.origin else self.key


def is_it(word: str) -> bool:
    """Whether a word stands for the issue that was shown last."""
    return word.casefold() in _IT


def tidy(text: str) -> str:
    """Text as a person meant it: plain spaces, no invisible characters; line breaks and letters are kept."""
    if len(text) < 200 and text.isascii() and text.isprintable() and "&" not in text and "[" not in text:
        return text.strip()
    cut = text[:MAX_TEXT].replace("&nbsp;", " ").translate(_SPACES)
    whole = _STACKED.sub(r"\1", cut.encode("utf-8", "replace").decode("utf-8"))
    clean = _DROPPED.sub("", unicodedata.normalize("NFC", whole))
    return _MARKDOWN_LINK.sub(_bare, clean).strip()


def _bare(link: re.Match[str]) -> str:
    """Where a link leads, if Teams made it of a pasted address or it names an issue; others keep their words."""
    words, address = link.groups()
    return address if "://" in words or as_target(address) else link.group()


def without_to(text: str) -> str:
    """What stands behind a leading “to”, or all of it."""
    return text[3:].lstrip() if text[:3].casefold() in ("to", "to ") else text


def unquoted(text: str) -> str:
    """A name without the quotes around it, whichever the keyboard made of them."""
    return text.strip().strip('"“”„').strip()


def spellings(name: str) -> tuple[str, ...]:
    """A name as it was typed, with the apostrophe of a typewriter in place of a telephone's, and without a full
    stop."""
    straightened = name.replace("’", "'")
    return tuple(dict.fromkeys((name, straightened, unended(straightened))))


def unended(text: str) -> str:
    """What was typed without the punctuation that ends a sentence."""
    return text.rstrip(" .!?,;")


def straight(query: str) -> str:
    """A query whose only double quotes are typographic ones with straight ones, as it was typed."""
    return query if '"' in query else query.translate(_DOUBLE)


def take_target(text: str) -> tuple[Target | None, str]:
    """The issue that `text` starts with (a key or a Jira link), and the rest."""
    words = text.split(None, 1)
    target = as_target(words[0]) if words else None
    if target is None:
        return None, text.strip()
    return target, words[1].strip() if len(words) > 1 else ""


def as_target(word: str) -> Target | None:
    """A single word as an issue: `PROJ-12`, `proj-12:`, or the link of a page of Jira that shows one."""
    bare = word.strip("<>")
    link = next((found for found in (pattern.fullmatch(bare) for pattern in _LINKS) if found), None)
    if link:
        key = issue_key(link.group(2))
        return Target(key, link.group(1).lower()) if key else None
    key = issue_key(word.strip(_AROUND).translate(_HYPHENS))
    return Target(key) if key else None
