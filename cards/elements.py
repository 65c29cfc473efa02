"""The parts of an Adaptive Card 1.5 as small functions that return plain dicts.

Plain dicts because a card is built for every turn: Microsoft's typed library takes some twenty times as long.
Every function that takes text cleans it (`cards.text`), so a card built from these is inert by construction.
Words that vary go into RichTextBlock, where no client reads Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from string import Formatter
from urllib.parse import quote, urlsplit, urlunsplit

from bot.language import current_language, tr
from cards.base import ActionSigner, Card
from cards.text import clean, escape

Part = dict[str, object]
"""An element, an inline or an action of a card."""

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
BUTTON_LIMIT = 40
_URL_SAFE = "%/?:@!$&'()*+,;=~-._[]"


def card(body: Iterable[Part], actions: Iterable[Part] = (), *, summary: str = "") -> Card:
    """A whole card. `summary` is what a client that cannot draw it shows, and what a screen reader announces."""
    made: Card = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.5", "lang": current_language().code}
    made["body"] = list(body)
    buttons = list(actions)
    if buttons:
        made["actions"] = buttons
    if summary:
        made["fallbackText"] = escape(summary)
        made["speak"] = clean(summary)
    return made


def run(
    text: str,
    *,
    limit: int = 255,
    bold: bool = False,
    italic: bool = False,
    strike: bool = False,
    underline: bool = False,
    subtle: bool = False,
    mono: bool = False,
    size: str = "",
    color: str = "",
    url: str = "",
) -> Part:
    """A stretch of text in one style; with `url` (http or https, else ignored) it is a link."""
    made: Part = {"type": "TextRun", "text": clean(text, limit)}
    if italic:
        made["italic"] = True
    if strike:
        made["strikethrough"] = True
    if underline:
        made["underline"] = True
    if subtle:
        made["isSubtle"] = True
    if bold:
        made["weight"] = "Bolder"
    if mono:
        made["fontType"] = "Monospace"
    if size:
        made["size"] = size
    if color:
        made["color"] = color
    address = web_address(url)[0] if url else ""
    if address:
        made["selectAction"] = {"type": "Action.OpenUrl", "url": address}
    return made


def space(text: str = " ") -> Part:
    """A run of nothing but our own separators, which `run` would strip."""
    return {"type": "TextRun", "text": text}


def woven(sentence: str, **styled: Part) -> list[Part]:
    """A sentence of the catalogue, said without values, as runs: each `{name}` becomes the run of that name."""
    made: list[Part] = []
    for words, name, _, _ in Formatter().parse(sentence):
        if words.startswith(" "):
            made.append(space())
        if words.strip():
            made.append(run(words))
            if words.endswith(" "):
                made.append(space())
        if name:
            made.append(styled[name])
    return made


def dot() -> Part:
    """What stands between two facts in a row."""
    return {"type": "TextRun", "text": " · ", "isSubtle": True, "size": "Small"}


def rich(*runs: Part, spacing: str = "", align: str = "") -> Part:
    """A paragraph of runs."""
    made: Part = {"type": "RichTextBlock", "inlines": list(runs)}
    if align:
        made["horizontalAlignment"] = align
    return _placed(made, spacing)


def heading(text: str) -> Part:
    """A title that screen readers announce as a heading."""
    made: Part = {"type": "TextBlock", "text": escape(text), "style": "heading", "wrap": True}
    # "Medium" is as large as the text below it.
    return made | {"size": "Large", "weight": "Bolder"}


def container(items: Iterable[Part], *, style: str = "", spacing: str = "", bleed: bool = False) -> Part:
    """A group of elements."""
    made: Part = {"type": "Container", "items": list(items)}
    if style:
        made["style"] = style
    if bleed:
        made["bleed"] = True
    return _placed(made, spacing)


def hidden(made: Part, id: str) -> Part:  # noqa: A002  the card's own word
    """`made`, shown only after a `toggle` of its `id`."""
    return made | {"id": id, "isVisible": False}


def columns(*cells: Part, spacing: str = "") -> Part:
    """Cells side by side; more than two do not fit a phone."""
    return _placed({"type": "ColumnSet", "columns": list(cells)}, spacing)


def column(items: Iterable[Part], *, width: str = "stretch", align: str = "") -> Part:
    """One cell of `columns`."""
    made: Part = {"type": "Column", "width": width, "items": list(items)}
    if align:
        made["verticalContentAlignment"] = align
    return made


def action_set(actions: Iterable[Part], *, spacing: str = "") -> Part:
    """Buttons inside the body."""
    return _placed({"type": "ActionSet", "actions": list(actions)}, spacing)


def execute(title: str, verb: str, data: Mapping[str, str], *, style: str = "", inputs: bool = False) -> Part:
    """Build a button that acts as the presser.

    `data` comes from an `ActionSigner`. Inputs of the card travel with the press only with `inputs`, so that what
    stands in a neighbour's field cannot replace a value of `data`.
    """
    button: Part = {"type": "Action.Execute", "title": _title(title), "verb": verb, "data": dict(data)}
    if not inputs:
        button["associatedInputs"] = "none"
    if style:
        button["style"] = style
    return button


def open_dialog(title: str, verb: str, data: Mapping[str, str]) -> Part:
    """A button whose answer opens in a window of its own (a task module), in clients that have them."""
    sent = {**data, "verb": verb, "msteams": {"type": "task/fetch"}}
    return {"type": "Action.Submit", "title": _title(title), "data": sent}


@lru_cache(maxsize=512)
def _title(text: str) -> str:
    """A button's title; nearly all are the same few."""
    return clean(text, BUTTON_LIMIT)


def open_url(title: str, url: str) -> Part:
    """A button that opens a page."""
    return {"type": "Action.OpenUrl", "title": clean(title, BUTTON_LIMIT), "url": url}


def say(text: str, *, title: str = "") -> Part:
    """A button that says `text` to the bot as if the person had typed it."""
    words = clean(text)
    data = {"msteams": {"type": "imBack", "value": words}}
    return {"type": "Action.Submit", "title": clean(title or text, BUTTON_LIMIT), "data": data}


def show_card(title: str, body: Iterable[Part], actions: Iterable[Part] = ()) -> Part:
    """A button that unfolds more of the card."""
    inner: Part = {"type": "AdaptiveCard", "version": "1.5", "body": list(body)}
    buttons = list(actions)
    if buttons:
        inner["actions"] = buttons
    return {"type": "Action.ShowCard", "title": clean(title, BUTTON_LIMIT), "card": inner}


def toggle(title: str, *ids: str) -> Part:
    """A button that shows and hides elements by id."""
    return {"type": "Action.ToggleVisibility", "title": clean(title, BUTTON_LIMIT), "targetElements": list(ids)}


def text_input(
    id: str,  # noqa: A002  the card's own word
    label: str,
    *,
    hint: str = "",
    multiline: bool = False,
    limit: int = 0,
    required: bool = False,
    value: str = "",
) -> Part:
    """A field to type in; its value arrives as `data[id]`. `value` stands in it already, as it is."""
    made: Part = {"type": "Input.Text", "id": id, "label": clean(label), "placeholder": clean(hint)}
    if multiline:
        made["isMultiline"] = True
    if limit:
        made["maxLength"] = limit
    if value:
        made["value"] = value
    if required:
        made["isRequired"] = True
        made["errorMessage"] = needed(clean(label))
    return made


def needed(label: str) -> str:
    """What stands under a required field that was left empty."""
    return tr("{field} is required", field=label)


@lru_cache(maxsize=1024)
def web_address(url: str) -> tuple[str, str]:
    """An http(s) address in plain ASCII, and its host; ("", "") for anything that is not what it seems.

    User info ("https://bank.example@evil.example"), a backslash, white space and control characters are what
    browsers and people read differently.
    """
    if not url.isprintable() or any(c in url for c in ' \\"<>`{}|^'):
        return "", ""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except (ValueError, UnicodeError):
        return "", ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not host or ":" in host:
        return "", ""
    path, query, fragment = (quote(part, safe=_URL_SAFE) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host + port, path, query, fragment)), host


def refresh(verb: str, data: Mapping[str, str], users: Sequence[str]) -> Part:
    """Makes the clients of `users` (Teams ids, at most 60 count) ask for their own view of the card."""
    action: Part = {"type": "Action.Execute", "title": tr("Refresh"), "verb": verb, "data": dict(data)}
    return {"action": action, "userIds": list(users)[:60]}


def connect_button(sign: ActionSigner) -> Part:
    """The button that answers its presser, and nobody else, with their own link."""
    return execute(tr("Connect Jira"), "account.connect", sign("account.connect"), style="positive")


def _placed(made: Part, spacing: str) -> Part:
    if spacing:
        made["spacing"] = spacing
    return made
