"""connect, disconnect, whoami, site: a person's link to Jira."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.accounts.model import Account, NotConnectedError, Pending
from bot.chat.identity import Person
from bot.commands.context import Context
from bot.commands.errors import ChooseError
from bot.commands.parser import Command
from bot.commands.request import Reply, Request
from bot.commands.text_input import unquoted
from bot.jira.errors import NotFoundOrForbiddenError
from bot.language import mark, tr, trn
from cards.choices import choices_card
from cards.connect import connect_button_card, connect_card, connected_card, disconnected_card
from cards.text import escape

SUMMARY = mark("Connect your Jira account")
AGAIN = "again"


async def connect_reply(ctx: Context, *, again: bool = False, goes_on: bool = True) -> Reply:
    """The answer to somebody who has no link yet; what they asked for is kept and, if it `goes_on`, runs after it.

    In a personal chat, and as the answer to a press (which the presser alone sees), it holds their own link.
    Typed in a group or channel it holds only a button, because everybody sees it.
    """
    request, tickets = ctx.request, ctx.accounts.tickets
    pending = _pending(request, goes_on=goes_on)
    if request.press is None and not request.conversation.is_personal:
        asked = await tickets.store_pending(request.person, pending) if goes_on else ""

        def sign(verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]:
            return ctx.sign(verb, issue=issue, site=site, **data, asked=asked)

        return Reply(card=connect_button_card(sign), summary=tr(SUMMARY))
    url = await tickets.connect_url(request.person, pending)
    return Reply(card=connect_card(url, again=again), summary=tr(SUMMARY), private=True)


async def press_connect(ctx: Context) -> Reply:
    """The button of the card above: the presser's own link; what they had typed themselves goes with it."""
    person, press, tickets = ctx.request.person, ctx.request.press, ctx.accounts.tickets
    try:
        account = await ctx.session.account()
    except NotConnectedError:
        asked = press.data.get("asked", "") if press else ""
        pending = await tickets.find_pending(asked, person) if asked else None
        return Reply(card=connect_card(await tickets.connect_url(person, pending)), private=True)
    return Reply(card=_connected(ctx, account), private=True)


async def connect(ctx: Context, arguments: str) -> Reply:
    """Show the link, or how to make it; who asks for that may make it `again`, for one more site or right."""
    try:
        account = await ctx.session.account()
    except NotConnectedError:
        return await connect_reply(ctx, goes_on=False)
    if arguments.casefold() == AGAIN and ctx.request.conversation.is_personal:
        return await connect_reply(ctx, goes_on=False)
    return Reply(card=_connected(ctx, account), summary=tr("You are connected to Jira"))


async def disconnect(ctx: Context, arguments: str) -> Reply:
    """Forget the link and what belongs to it; with `everything` the person's channel subscriptions too."""
    person, table = ctx.request.person, ctx.notifications.subscriptions
    left = await table.of_owner(person)
    removed = bool(left) and arguments.casefold() == "everything"
    if removed:
        for subscription in left:
            await table.remove(subscription.id)
        left = []
    if not await ctx.accounts.grants.disconnect(person):
        none = tr("You have no Jira account linked.")
        also = tr("Your channel subscriptions are removed.")
        return Reply(text=f"{none} {also}" if removed else none)
    if left:
        told = _remaining(len(left))
        choices = [(tr("Remove my subscriptions"), "disconnect everything"), (tr("Connect again"), "connect")]
        return Reply(card=choices_card(told, choices), summary=told)
    return Reply(card=disconnected_card(), summary=tr("Your Jira account is no longer linked"))


def _remaining(count: int) -> str:
    return trn(
        "Your Jira account is unlinked and forgotten. {count} of your channel subscriptions remain: it tells"
        " nothing until somebody takes it over. Jira itself lists this app under Connected apps until you remove"
        " it there.",
        "Your Jira account is unlinked and forgotten. {count} of your channel subscriptions remain: they tell"
        " nothing until somebody takes them over. Jira itself lists this app under Connected apps until you remove"
        " it there.",
        count,
    )


async def whoami(ctx: Context, _arguments: str) -> Reply:
    """Who am I in Jira, asked of Jira itself, or as it was when the account was linked."""
    account = await ctx.session.account()
    try:
        me = await (await ctx.session.client()).myself()
    except NotFoundOrForbiddenError:
        me = account.user
    sites = ", ".join(escape(s.name) for s in account.sites)
    if me.email:
        told = tr(
            "In Jira you are **{name}** ({email}) on {sites}.",
            name=escape(me.name),
            email=escape(me.email),
            sites=sites,
        )
    else:
        told = tr("In Jira you are **{name}** on {sites}.", name=escape(me.name), sites=sites)
    return Reply(text=told)


async def site(ctx: Context, arguments: str) -> Reply:
    """Say or choose the default site."""
    account = await ctx.session.account()
    if not arguments:
        others = [(s.name, f"site {s.name}") for s in account.sites if s != account.site]
        here = account.site
        told = tr("Your default Jira site is {site} ({url}).", site=here.name, url=here.url)
        if others:
            question = tr(
                "Your default Jira site is {site} ({url}). Choose another:", site=here.name, url=here.url
            )
            return Reply(card=choices_card(question, others), summary=told)
        return Reply(text=escape(told))
    wanted = unquoted(arguments).casefold().rstrip("/")
    chosen = next((s for s in account.sites if wanted in (s.name.casefold(), s.origin, s.host)), None)
    if chosen is None:
        raise ChooseError(
            tr("You have not linked a site of that name. Choose one of yours:"),
            [(s.name, f"site {s.name}") for s in account.sites],
        )
    await ctx.accounts.grants.choose_site(ctx.request.person, chosen.cloud_id)
    return Reply(text=tr("Your default Jira site is now **{site}**.", site=escape(chosen.name)))


def _connected(ctx: Context, account: Account) -> dict[str, object]:
    """Who they are; and in their own chat how to consent again, which nobody is asked for unasked."""
    again = f"connect {AGAIN}" if ctx.request.conversation.is_personal else ""
    return connected_card(account.user.name, [s.name for s in account.sites], account.user.email, again=again)


def waiting(person: Person, asked: Sequence[Pending]) -> list[Request]:
    """What runs by itself after the link: all that was asked for, each thing once however often it was."""
    found: list[Request] = []
    seen: list[Request] = []
    for pending in asked:
        if pending.request:
            request = Request.from_json(person, pending.conversation, pending.request)
            same = replace(request, message_id="", conversation=replace(request.conversation, thread=""))
            if same not in seen:
                seen.append(same)
                found.append(request)
    return found


def _pending(request: Request, *, goes_on: bool) -> Pending:
    """What is kept until the link is made; the person's language too, wherever they asked."""
    place = replace(request.conversation, language=request.locale or request.conversation.language)
    return Pending(place, request.to_json() if goes_on else {})


COMMANDS = (
    Command(
        "connect",
        "connect [again]",
        mark("Link your Jira account, once; “again” adds a Jira site or renews the consent."),
        connect,
        ("connect",),
        ("login", "link account"),
    ),
    Command(
        "disconnect",
        "disconnect [everything]",
        mark(
            "Unlink your Jira account and forget all about it; with “everything” your channel subscriptions too."
        ),
        disconnect,
        ("disconnect",),
        ("logout", "unlink"),
    ),
    Command("whoami", "whoami", mark("Which Jira account is yours."), whoami, ("whoami",), ("me", "who am i")),
    Command("site", "site [name]", mark("Say or choose your default Jira site."), site, ("site",), ("sites",)),
)
