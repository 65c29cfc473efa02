"""What comes in from a person and what goes back, free of Teams' own shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bot.chat.identity import Conversation, Person
from bot.chat.messages import Card


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A person who was @mentioned. In the text stands `placeholder` where the mention was."""

    placeholder: str
    name: str
    teams_id: str
    oid: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed card button: its verb, its data with the card's inputs merged in, and the card's activity id."""

    verb: str
    data: Mapping[str, str]
    card_id: str = ""
    own_view: bool = False
    """The answer is seen by the presser alone; that of a client older than Universal Actions is a message."""
    automatic: bool = False
    """Nobody pressed: somebody's client asks for their own view of a card that they look at."""


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that one person asked for: typed text, or a press. Identity is from the validated activity."""

    person: Person
    name: str
    conversation: Conversation
    text: str = ""
    press: Press | None = None
    mentions: tuple[Mentioned, ...] = ()
    message_id: str = ""
    locale: str = ""
    time_zone: str = ""
    teams_id: str = ""
    """Who asks, as Teams names them in cards (`29:…`). No identity: that is `person`."""

    @property
    def seen_alone(self) -> bool:
        """Whether only the person sees the answer."""
        return self.conversation.is_personal or (self.press is not None and self.press.own_view)

    def to_json(self) -> dict[str, object]:
        """As kept with a connect ticket. The person is not in it: the ticket's own check says who."""
        kept = asdict(self)
        for name in ("person", "conversation"):
            del kept[name]
        return kept

    @classmethod
    def from_json(cls, person: Person, conversation: Conversation, kept: Mapping[str, object]) -> Request:
        """The inverse of `to_json`."""
        press = kept.get("press")
        mentions = kept.get("mentions")
        return cls(
            person=person,
            conversation=conversation,
            name=str(kept.get("name", "")),
            text=str(kept.get("text", "")),
            press=Press(str(press["verb"]), dict(press["data"]), str(press["card_id"]))
            if isinstance(press, dict)
            else None,
            mentions=tuple(Mentioned(**m) for m in mentions) if isinstance(mentions, list) else (),
            message_id=str(kept.get("message_id", "")),
            locale=str(kept.get("locale", "")),
            time_zone=str(kept.get("time_zone", "")),
            teams_id=str(kept.get("teams_id", "")),
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request.

    To typed text it is a message. To a press, `card` (or `text`) is what the presser alone gets back, and
    `shared`, if set, is what the message becomes for everybody who sees it.
    """

    text: str = ""
    card: Card | None = None
    summary: str = ""
    shared: Card | None = None
    repeatable: bool = False
    """Nothing was changed, so the same press may be made again."""
    problem: str = ""
    """Why it failed, in plain words, where the card says it too."""
    private: bool = False
    """It is for the person alone, wherever they asked: a link of their own, or a form with what they may see."""
