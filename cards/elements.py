"""Functions that build the parts of an Adaptive Card 1.5, each named after its part. All cards consist of them.

Parts are plain dicts because a card is built for every turn: Microsoft's typed library takes some twenty times as
long. Every function that takes text cleans it (`cards.text`), so a card built from these is inert by construction.
Variable text goes into RichTextBlock, where no client reads Markdown. Nobody changes a part after it is built, so
parts that look the same on every card are built once (`constant`): most of a card's time is making its dicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from string import Formatter
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from bot.language import current_language, tr
from cards.base import ActionSigner, Card
from cards.sendable import inert
from cards.text import clean, escape

Part = dict[str, object]
"""An element, an inline or an action of a card."""

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
MAX_BUTTON_TITLE = 40
MAX_REFRESH_USERS = 60
Tone = Literal["good", "warning", "attention"]
_MARKS: Mapping[Tone, tuple[str, str]] = {
    "good": ("✓", "Good"),
    "warning": ("⚠\ufe0e", "Warning"),
    "attention": ("⚠\ufe0e", "Attention"),
}
_URL_SAFE = "%/?:@!$&'()*+,;=~-._[]"

constant = lru_cache(maxsize=512)
"""Decorates a builder of parts that depend on nothing but sentences and styles, never on what a person wrote."""


def card(
    body: Iterable[Part], actions: Iterable[Part] = (), *, summary: str = "", refresh: Part | None = None
) -> Card:
    """Build a whole card.

    `summary` is shown by clients that cannot draw the card, and announced by screen readers. `refresh` is made by
    `refresh_action`.
    """
    whole: Card = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.5", "lang": current_language().code}
    whole["body"] = list(body)
    return with_properties(
        whole, actions=list(actions) or None, fallbackText=escape(summary), speak=clean(summary), refresh=refresh
    )


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
    is_clean: bool = False,
) -> Part:
    """Build a stretch of text in one style. With a `url` (http or https, else ignored) it is a link.

    `is_clean`: the text has been cleaned and cut already.
    """
    part: Part = {"type": "TextRun", "text": text if is_clean else clean(text, limit)}
    if italic:
        part["italic"] = True
    if strike:
        part["strikethrough"] = True
    if underline:
        part["underline"] = True
    if subtle:
        part["isSubtle"] = True
    if bold:
        part["weight"] = "Bolder"
    if mono:
        part["fontType"] = "Monospace"
    if size:
        part["size"] = size
    if color:
        part["color"] = color
    address = web_address(url)[0] if url else ""
    if address:
        part["selectAction"] = {"type": "Action.OpenUrl", "url": address}
    return part


@constant
def space(text: str = " ") -> Part:
    """Build a run of separators, which `run` would strip."""
    return {"type": "TextRun", "text": text}


def interpolate(sentence: str, **values: Part) -> list[Part]:
    """Build the runs of a translated sentence in which each `{name}` is replaced by the run of that name."""
    runs: list[Part] = []
    for words, name, _, _ in Formatter().parse(sentence):
        if words.startswith(" "):
            runs.append(space())
        if words.strip():
            runs.append(run(words))
            if words.endswith(" "):
                runs.append(space())
        if name:
            runs.append(values[name])
    return runs


@constant
def dot() -> Part:
    """Build the separator between two facts in a row."""
    return {"type": "TextRun", "text": " · ", "isSubtle": True, "size": "Small"}


def rich(*runs: Part, spacing: str = "", align: str = "") -> Part:
    """Build a paragraph of runs."""
    part: Part = {"type": "RichTextBlock", "inlines": list(runs)}
    if align:
        part["horizontalAlignment"] = align
    if spacing:
        part["spacing"] = spacing
    return part


def separator_line() -> Part:
    """Build a horizontal rule."""
    return {"type": "RichTextBlock", "inlines": [space()], "separator": True, "spacing": "Small"}


def heading(text: str) -> Part:
    """Build a title, which screen readers announce as a heading."""
    large = {"size": "Large", "weight": "Bolder"}  # "Medium" is as large as the text below it
    return {"type": "TextBlock", "text": escape(text), "style": "heading", "wrap": True, **large}


def container(
    items: Iterable[Part],
    *,
    style: str = "",
    spacing: str = "",
    bleed: bool = False,
    action: Part | None = None,
) -> Part:
    """Build a group of elements. `action` is run by a press on any of them."""
    group: Part = {"type": "Container", "items": list(items)}
    return with_properties(group, style=style, bleed=bleed, spacing=spacing, selectAction=action)


def callout(paragraphs: Iterable[Part], tone: Tone, *, bleed: bool = True, spacing: str = "") -> Part:
    """Build a group that stands out, with a mark in the colour of its tone beside it.

    The background is that of `emphasis`: in its dark themes Teams fills the other styles with pastel colours.
    """
    mark = column([_mark(tone)], width="auto")
    inner = columns(mark, column(paragraphs, spacing="Small"))
    return container([inner], style="emphasis", bleed=bleed, spacing=spacing)


@constant
def _mark(tone: Tone) -> Part:
    sign, color = _MARKS[tone]
    return rich({"type": "TextRun", "text": sign, "color": color, "weight": "Bolder"})


def hidden(part: Part, id: str) -> Part:  # noqa: A002  the card's own word
    """Return `part` hidden until a `toggle` of its `id`."""
    return {**part, "id": id, "isVisible": False}


def columns(*cells: Part, spacing: str = "") -> Part:
    """Build cells side by side; more than two do not fit a phone, unless the others are as narrow as a picture."""
    part: Part = {"type": "ColumnSet", "columns": list(cells)}
    if spacing:
        part["spacing"] = spacing
    return part


def column(items: Iterable[Part], *, width: str = "stretch", align: str = "", spacing: str = "") -> Part:
    """Build one cell of `columns`."""
    part: Part = {"type": "Column", "width": width, "items": list(items)}
    if align:
        part["verticalContentAlignment"] = align
    if spacing:
        part["spacing"] = spacing
    return part


def action_set(actions: Iterable[Part], *, spacing: str = "") -> Part:
    """Build buttons inside the body."""
    return with_properties({"type": "ActionSet", "actions": list(actions)}, spacing=spacing)


def execute(
    title: str, verb: str, data: Mapping[str, str], *, style: str = "", inputs: bool = False, tooltip: str = ""
) -> Part:
    """Build a button that acts as the presser.

    `data` comes from an `ActionSigner`. Inputs of the card travel with the press only with `inputs`, so that what
    stands in a neighbour's field cannot replace a value of `data`.
    """
    button: Part = {"type": "Action.Execute", "title": _button_title(title), "verb": verb, "data": data}
    if not inputs:
        button["associatedInputs"] = "none"
    if style:
        button["style"] = style
    if tooltip:
        button["tooltip"] = tooltip
    return button


def open_dialog(title: str, verb: str, data: Mapping[str, str]) -> Part:
    """Build a button whose answer opens as a dialog (a task module), in clients that have them."""
    sent = {**data, "verb": verb, "msteams": {"type": "task/fetch"}}
    return {"type": "Action.Submit", "title": _button_title(title), "data": sent}


def open_url(title: str, url: str, *, style: str = "") -> Part:
    """Build a button that opens a page."""
    return with_properties({"type": "Action.OpenUrl", "title": _button_title(title), "url": url}, style=style)


def say(text: str, *, title: str = "", style: str = "") -> Part:
    """Build a button that sends `text` to the bot as if the person had typed it.

    Whatever is not the bridge's own must pass `can_say`, or a part of it is sent.
    """
    data = {"msteams": {"type": "imBack", "value": inert(text)}}
    button: Part = {"type": "Action.Submit", "title": _button_title(title or text), "data": data}
    return with_properties(button, style=style)


def show_card(title: str, body: Iterable[Part], actions: Iterable[Part] = (), *, style: str = "") -> Part:
    """Build a button that unfolds more of the card."""
    inner = with_properties(
        {"type": "AdaptiveCard", "version": "1.5", "body": list(body)}, actions=list(actions) or None
    )
    return with_properties({"type": "Action.ShowCard", "title": _button_title(title), "card": inner}, style=style)


def toggle(title: str, *ids: str) -> Part:
    """Build a button that shows and hides elements by id."""
    return {"type": "Action.ToggleVisibility", "title": _button_title(title), "targetElements": list(ids)}


def show_only(title: str, id: str, others: Iterable[str]) -> Part:  # noqa: A002  the card's own word
    """Build a button that shows or hides the element `id`, and hides the `others`."""
    targets: list[object] = [id]
    targets += [{"elementId": other, "isVisible": False} for other in others if other != id]
    return {"type": "Action.ToggleVisibility", "title": _button_title(title), "targetElements": targets}


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
    """Build a text field. What is typed arrives as `data[id]`; `value` is in it from the start, uncleaned."""
    field: Part = {"type": "Input.Text", "id": id, "label": clean(label), "placeholder": clean(hint)}
    return with_properties(
        field,
        isMultiline=multiline,
        maxLength=limit or None,
        value=value,
        isRequired=required,
        errorMessage=missing_value(clean(label)) if required else "",
    )


def missing_value(label: str) -> str:
    """Return the message below a required field that was left empty."""
    return tr("Enter a value for {field}.", field=label)


@lru_cache(maxsize=1024)
def web_address(url: str) -> tuple[str, str]:
    """Return an http(s) address in plain ASCII and its host; ("", "") for an address that is misleading.

    Browsers and people read user info ("https://bank.example@evil.example"), backslashes, white space and control
    characters differently. The cache saves a sixth of the time of an issue card (`benchmarks/cards.py`).
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


def refresh_action(verb: str, data: Mapping[str, str], users: Sequence[str]) -> Part:
    """Build the action by which the clients of `users` (Teams ids) ask for their own view of the card."""
    action: Part = {"type": "Action.Execute", "title": tr("Refresh"), "verb": verb, "data": dict(data)}
    return {"action": action, "userIds": list(users)[:MAX_REFRESH_USERS]}


def connect_button(sign: ActionSigner) -> Part:
    """Build the button whose answer, a link of the presser's own, only the presser sees."""
    return execute(tr("Connect Jira"), "account.connect", sign("account.connect"), style="positive")


def with_properties(part: Part, **properties: object) -> Part:
    """Add to a new part those properties that are not empty text, False or None."""
    for name, value in properties.items():
        if value is not None and value is not False and value != "":
            part[name] = value
    return part


@lru_cache(maxsize=1024)
def _button_title(text: str) -> str:
    return clean(text, MAX_BUTTON_TITLE)
