"""connect, disconnect, whoami, site: a person's link to Jira."""

from __future__ import annotations

import hashlib

from bot.accounts.model import Account, NotConnectedError, Pending
from bot.commands.errors import ChooseError
from bot.commands.grammar import Command
from bot.commands.model import Reply
from bot.commands.turn import Turn
from bot.identity import Person
from cards.choices import choices_card
from cards.connect import connect_button_card, connect_card, connected_card, disconnected_card
from cards.text import escape

SUMMARY = "Connect your Jira account"
REMOVED = "Your channel subscriptions are removed."


async def connect_reply(turn: Turn, *, again: bool = False, goes_on: bool = True) -> Reply:
    """The answer to somebody who has no link yet; what they asked for is kept and, if it `goes_on`, runs after it.

    In a personal chat, and as the answer to a press (which the presser alone sees), it holds their own link.
    Typed in a group or channel it holds only a button, because everybody sees it.
    """
    request = turn.request
    if request.press is None and not request.conversation.is_personal:
        asked = {"text": request.text if goes_on else "", "asker": _mark(request.person)}

        def mint(verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]:
            return turn.mint(verb, issue=issue, site=site, **data, **asked)

        return Reply(card=connect_button_card(mint), summary=SUMMARY)
    pending = Pending(request.conversation, request.to_json() if goes_on else {})
    url = await turn.services.tickets.connect_url(request.person, pending)
    return Reply(card=connect_card(url, again=again), summary=SUMMARY)


async def press_connect(turn: Turn) -> Reply:
    """The button of the card above: the presser's own link; what they had typed themselves goes with it."""
    press = turn.request.press
    data = press.data if press else {}
    if data.get("asker") == _mark(turn.request.person) and data.get("text"):
        asked = turn.request.typed(data["text"])
    else:
        asked = turn.request.typed("")
    try:
        account = await turn.account()
    except NotConnectedError:
        pending = Pending(asked.conversation, asked.to_json()) if asked.text else None
        url = await turn.services.tickets.connect_url(turn.request.person, pending)
        return Reply(card=connect_card(url))
    return Reply(card=_connected(account))


async def connect(turn: Turn, _arguments: str) -> Reply:
    """Show the link, or how to make it."""
    try:
        account = await turn.account()
    except NotConnectedError:
        return await connect_reply(turn, goes_on=False)
    return Reply(card=_connected(account), summary="You are connected to Jira")


async def disconnect(turn: Turn, arguments: str) -> Reply:
    """Forget the link and what belongs to it; with `everything` the person's channel subscriptions too."""
    person, table = turn.request.person, turn.services.subscriptions
    left = await table.of_owner(person)
    removed = bool(left) and arguments.casefold() == "everything"
    if removed:
        for subscription in left:
            await table.remove(subscription.id)
        left = []
    if not await turn.services.grants.disconnect(person):
        return Reply(text="You have no Jira account linked." + (" " + REMOVED if removed else ""))
    if left:
        told = (
            f"Your Jira account is unlinked and forgotten. {len(left)} of your channel subscriptions remain: they"
            " tell nothing until somebody takes them over. Jira itself lists this app under Connected apps until"
            " you remove it there."
        )
        choices = [("Remove my subscriptions", "disconnect everything"), ("Connect again", "connect")]
        return Reply(card=choices_card(told, choices), summary=told)
    return Reply(card=disconnected_card(), summary="Your Jira account is no longer linked")


async def whoami(turn: Turn, _arguments: str) -> Reply:
    """Who am I in Jira, asked of Jira itself."""
    account = await turn.account()
    me = await turn.services.access.client(turn.request.person, account.site).myself()
    sites = ", ".join(escape(s.name) for s in account.sites)
    address = f" ({escape(me.email)})" if me.email else ""
    return Reply(text=f"In Jira you are **{escape(me.name)}**{address} on {sites}.")


async def site(turn: Turn, arguments: str) -> Reply:
    """Say or choose the default site."""
    account = await turn.account()
    if not arguments:
        others = [(s.name, f"site {s.name}") for s in account.sites if s != account.site]
        told = f"Your default Jira site is {account.site.name} ({account.site.url})."
        if others:
            return Reply(card=choices_card(f"{told} Choose another:", others), summary=told)
        return Reply(text=escape(told))
    wanted = arguments.casefold()
    chosen = next((s for s in account.sites if wanted in (s.name.casefold(), s.url.casefold())), None)
    if chosen is None:
        raise ChooseError(
            "You have not linked a site of that name. Choose one of yours:",
            [(s.name, f"site {s.name}") for s in account.sites],
        )
    await turn.services.grants.choose_site(turn.request.person, chosen.cloud_id)
    return Reply(text=f"Your default Jira site is now **{escape(chosen.name)}**.")


def _connected(account: Account) -> dict[str, object]:
    return connected_card(account.user.name, [s.name for s in account.sites], account.user.email)


def _mark(person: Person) -> str:
    """Tells the asker from other pressers without naming them; the button's signature protects it."""
    return hashlib.sha256(person.key.encode()).hexdigest()[:16]


COMMANDS = (
    Command(
        "connect", "connect", "Link your Jira account, once.", connect, ("connect",), ("login", "link account")
    ),
    Command(
        "disconnect",
        "disconnect [everything]",
        "Unlink your Jira account and forget all about it; with “everything” your channel subscriptions too.",
        disconnect,
        ("disconnect",),
        ("logout", "unlink"),
    ),
    Command("whoami", "whoami", "Which Jira account is yours.", whoami, ("whoami",), ("me", "who am i")),
    Command("site", "site [name]", "Say or choose your default Jira site.", site, ("site",), ("sites",)),
)
