"""What a person asks for and what they get, in shapes that do not depend on Teams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.chat.identity import Conversation, Person
from bot.chat.messages import Card, IssueRef
from bot.security.card_signing import UncheckedData


@dataclass(frozen=True, slots=True)
class Mention:
    """An @mentioned person. In the text, `placeholder` stands for the mention."""

    placeholder: str
    name: str
    teams_id: str
    oid: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file, a picture or a card of a message. `link` is a file's address, where it has one that stays good."""

    name: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a card's button.

    `data` is that of the button with the card's inputs merged in, `card_id` the activity id of the card.
    """

    verb: str
    data: UncheckedData
    card_id: str = ""
    own_view: bool = False
    """The answer is shown to the presser alone. A client older than Universal Actions shows it as a message."""
    automatic: bool = False
    """Nobody pressed: a client asks for its user's own view of a card."""
    in_dialog: bool = False
    """It is a dialog's, which is no message: what it changes is the card that the dialog was opened from."""


@dataclass(frozen=True, slots=True)
class Request:
    """Typed text or a press. The identity of `person` is from the validated activity."""

    person: Person
    name: str
    conversation: Conversation
    text: str = ""
    press: Press | None = None
    mentions: tuple[Mention, ...] = ()
    message_id: str = ""
    quoted_message: str = ""
    """The message that theirs quotes."""
    locale: str = ""
    time_zone: str = ""
    attachments: tuple[Attachment, ...] = ()
    """Files and pictures of a typed message."""
    teams_id: str = ""
    """The person as Teams names them in cards (`29:…`). It identifies nobody: that is `person`."""

    @property
    def seen_alone(self) -> bool:
        """Whether only the person sees the answer."""
        return self.conversation.is_personal or (self.press is not None and self.press.own_view)

    def to_json(self) -> dict[str, object]:
        """Return what is stored with a ticket. The ticket itself names person and conversation."""
        row = asdict(replace(self, press=None))
        for name in ("person", "conversation"):
            del row[name]
        if self.press is not None:
            row["press"] = {
                "verb": self.press.verb,
                "data": self.press.data.to_json(),
                "card_id": self.press.card_id,
                "in_dialog": self.press.in_dialog,
            }
        return row

    @classmethod
    def from_json(cls, person: Person, conversation: Conversation, row: Mapping[str, object]) -> Request:
        """Return the request that `to_json` stored."""
        press = row.get("press")
        mentions, files = row.get("mentions"), row.get("attachments")
        return cls(
            person=person,
            conversation=conversation,
            name=str(row.get("name", "")),
            text=str(row.get("text", "")),
            press=_stored_press(press) if isinstance(press, dict) else None,
            mentions=tuple(Mention(**mention) for mention in mentions) if isinstance(mentions, list) else (),
            message_id=str(row.get("message_id", "")),
            quoted_message=str(row.get("quoted_message", "")),
            locale=str(row.get("locale", "")),
            time_zone=str(row.get("time_zone", "")),
            attachments=tuple(Attachment(**file) for file in files) if isinstance(files, list) else (),
            teams_id=str(row.get("teams_id", "")),
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request.

    To typed text it is a message. To a press, `card` (or `text`) is what the presser alone gets; `shared`, if
    set, replaces the message for everybody who sees it.
    """

    text: str = ""
    card: Card | None = None
    summary: str = ""
    about: IssueRef | None = None
    """The issue that the card shows."""
    shared: Card | None = None
    repeatable: bool = False
    """Nothing was changed, so the same press may be made again."""
    problem: str = ""
    """What went wrong, in plain words, if the card says it too."""
    notice: str = ""
    """What was done, in a sentence, if the card shows an issue after it."""
    private: bool = False
    """It is for the person alone, wherever they asked: their own link, or a form with what they may see."""
    resumes: Request | None = None
    """What the person asked for before they linked and asks for again: it runs now, and is answered where it was
    asked for."""
    replaces: str = ""
    """The activity id of the message that `shared` replaces; empty for the one that was pressed."""


def _stored_press(row: Mapping[str, Any]) -> Press:
    data = UncheckedData(dict(row["data"]))
    return Press(str(row["verb"]), data, str(row["card_id"]), in_dialog=bool(row.get("in_dialog")))
