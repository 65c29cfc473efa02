"""What a person asks for and what they get, in shapes that do not depend on Teams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bot.chat.identity import Conversation, Person
from bot.chat.messages import Card, IssueRef


@dataclass(frozen=True, slots=True)
class Mention:
    """An @mentioned person. In the text, `placeholder` stands for the mention."""

    placeholder: str
    name: str
    teams_id: str
    oid: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a card's button.

    `data` is that of the button with the card's inputs merged in, `card_id` the activity id of the card.
    """

    verb: str
    data: Mapping[str, str]
    card_id: str = ""
    own_view: bool = False
    """The answer is shown to the presser alone. A client older than Universal Actions shows it as a message."""
    automatic: bool = False
    """Nobody pressed: a client asks for its user's own view of a card."""


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
    teams_id: str = ""
    """The person as Teams names them in cards (`29:…`). It identifies nobody: that is `person`."""

    @property
    def data(self) -> Mapping[str, str]:
        """The data of the press; empty for typed text."""
        return self.press.data if self.press else {}

    @property
    def seen_alone(self) -> bool:
        """Whether only the person sees the answer."""
        return self.conversation.is_personal or (self.press is not None and self.press.own_view)

    def to_json(self) -> dict[str, object]:
        """Return what is stored with a ticket. The ticket itself names person and conversation."""
        row = asdict(self)
        for name in ("person", "conversation"):
            del row[name]
        return row

    @classmethod
    def from_json(cls, person: Person, conversation: Conversation, row: Mapping[str, object]) -> Request:
        """Return the request that `to_json` stored."""
        press = row.get("press")
        mentions = row.get("mentions")
        return cls(
            person=person,
            conversation=conversation,
            name=str(row.get("name", "")),
            text=str(row.get("text", "")),
            press=Press(str(press["verb"]), dict(press["data"]), str(press["card_id"]))
            if isinstance(press, dict)
            else None,
            mentions=tuple(Mention(**mention) for mention in mentions) if isinstance(mentions, list) else (),
            message_id=str(row.get("message_id", "")),
            quoted_message=str(row.get("quoted_message", "")),
            locale=str(row.get("locale", "")),
            time_zone=str(row.get("time_zone", "")),
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
    private: bool = False
    """It is for the person alone, wherever they asked: their own link, or a form with what they may see."""
