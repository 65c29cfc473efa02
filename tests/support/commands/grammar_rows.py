"""Rows of the grammar's tables: what is typed or pressed, and what must be seen.

`{site}` in a typed text is the address of the person's Jira site.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.site import Site
from sandbox.teams import ALICE, CHANNEL, GROUP, Chat, TeamsUser, personal

OWN = personal(ALICE)


@dataclass(frozen=True, slots=True)
class Typed:
    """A message; `seen` is in the answer."""

    text: str
    seen: str
    chat: Chat = OWN
    user: TeamsUser = ALICE
    mentions: tuple[TeamsUser, ...] = ()
    files: tuple[str, ...] = ()
    pictures: int = 0

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of the card that was seen last; `title` tells it from others of its verb, `filled` goes with it."""

    verb: str
    seen: str
    title: str = ""
    filled: Mapping[str, str] = field(default_factory=dict)
    chat: Chat = OWN
    user: TeamsUser = ALICE

    def __str__(self) -> str:
        return f"{self.verb} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class Sought:
    """Words typed into the choice `name` of the form that was seen last; `seen` is among what is offered."""

    name: str
    words: str
    seen: str
    chat: Chat = OWN
    user: TeamsUser = ALICE

    def __str__(self) -> str:
        return f"{self.words} in {self.name}"


@dataclass(frozen=True, slots=True)
class Happened:
    """Somebody else creates an issue in Jira itself; `seen` is in what the conversation is told of it."""

    summary: str
    seen: str
    chat: Chat = CHANNEL
    project: str = "DEMO"

    def __str__(self) -> str:
        return f"created in {self.project}: {self.summary}"


@dataclass(frozen=True, slots=True)
class Begun:
    """An action is begun from the menu of a message, which has this text as HTML; `seen` is in its dialog.

    `attached` are its attachments, as Teams hands them over.
    """

    action: str
    message: str
    seen: str
    chat: Chat = GROUP
    user: TeamsUser = ALICE
    attached: tuple[Mapping[str, object], ...] = ()

    def __str__(self) -> str:
        return f"{self.action} from a message"


@dataclass(frozen=True, slots=True)
class Sent:
    """The dialog of such an action is sent by the button of this verb."""

    action: str
    verb: str
    seen: str
    filled: Mapping[str, str] = field(default_factory=dict)
    chat: Chat = GROUP
    user: TeamsUser = ALICE

    def __str__(self) -> str:
        return f"{self.action} sent: {self.verb}"


@dataclass(frozen=True, slots=True)
class Followed:
    """The link on the card that was seen last is followed to its end; `seen` is in the message that says so."""

    seen: str
    chat: Chat = OWN
    user: TeamsUser = ALICE

    def __str__(self) -> str:
        return f"{self.user.name} follows the link"


Row = Typed | Pressed | Sought | Happened | Begun | Sent | Followed


@dataclass(frozen=True, slots=True)
class Chapter:
    """Rows that follow one another in one world; `linked` have connected Jira before.

    `prepare` changes the person's Jira site first.
    """

    rows: tuple[Row, ...]
    linked: tuple[TeamsUser, ...] = (ALICE,)
    prepare: Callable[[Site], None] | None = None
