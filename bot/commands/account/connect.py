"""connect, whoami, site: a person's link to Jira."""

from __future__ import annotations

from collections.abc import Sequence

from bot.accounts.model import Account, NotConnectedError
from bot.commands.account.waiting import no_request, offers, pending_request, promise_of
from bot.commands.button import button
from bot.commands.command import command
from bot.commands.context import Context
from bot.commands.errors import ChooseError, SurplusWordsError
from bot.commands.namesakes import Named, references, titles
from bot.commands.request import Reply
from bot.commands.text_input import strip_quotes
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import Site
from bot.language import mark, tr
from cards.base import Card
from cards.choices import choices_card
from cards.connect import connect_button_card, connect_card, connected_card
from cards.text import escape

SUMMARY = mark("Connect your Jira account")
AGAIN = "again"
MAX_SHOWN_NAME = 60
_MY_ACCOUNT = frozenset({"me", "jira", "to jira", "account", "my account", "my jira account", "my jira"})


async def connect_reply(ctx: Context, *, again: bool = False, resume: bool = True) -> Reply:
    """Answer a person who has no link yet. If `resume`, their request is stored and runs after they linked.

    In a personal chat, and to a press (whose answer the presser alone sees), the card has their own link. In a
    group or channel, where everybody sees it, it has only a button.
    """
    request, tickets = ctx.request, ctx.accounts.tickets
    pending = pending_request(ctx) if resume else no_request(ctx)
    runs = promise_of(pending) if resume else await _last_waiting(ctx)
    if request.press is None and not request.conversation.is_personal:
        asked = await tickets.store_pending(request.person, pending) if resume else ""

        def sign(verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]:
            return ctx.sign(verb, issue=issue, site=site, **data, asked=asked)

        return Reply(card=connect_button_card(sign, runs=runs if resume else ""), summary=tr(SUMMARY))
    url = await tickets.connect_url(request.person, pending)
    return Reply(card=connect_card(url, again=again, runs=runs), summary=tr(SUMMARY), private=True)


@button("account.connect", read_only=True)
async def press_connect(ctx: Context) -> Reply:
    """Give the presser their own link; if they typed the request on whose card the button is, it is resumed."""
    person, tickets = ctx.request.person, ctx.accounts.tickets
    try:
        account = await ctx.session.account()
    except NotConnectedError:
        asked = ctx.signed.get("asked", "")
        pending = await tickets.find_pending(asked, person) if asked else None
        # Without a request it still says where they are met: their own chat may have to be opened from there.
        pending = pending or no_request(ctx)
        runs = promise_of(pending) if pending.request else await _last_waiting(ctx)
        return Reply(card=connect_card(await tickets.connect_url(person, pending), runs=runs), private=True)
    return Reply(card=await _connected_card(ctx, account), private=True)


@command(
    "connect [again]",
    mark("Connect your Jira account; “again” adds a site."),
    aliases=("login", "link account"),
)
async def connect(ctx: Context, arguments: str) -> Reply:
    """Show the link, or how to make it; with `again` in a personal chat, how to make it anew."""
    if arguments and arguments.casefold() not in (AGAIN, *_MY_ACCOUNT):
        raise SurplusWordsError("connect", arguments)
    try:
        account = await ctx.session.account()
    except NotConnectedError:
        return await connect_reply(ctx, resume=False)
    if arguments.casefold() == AGAIN and ctx.request.conversation.is_personal:
        return await connect_reply(ctx, resume=False)
    return Reply(card=await _connected_card(ctx, account), summary=tr("You're connected to Jira"))


@command("whoami", mark("Show your Jira account."), aliases=("me", "who am i"), read_only=True)
async def whoami(ctx: Context, _arguments: str) -> Reply:
    """Name the person's Jira account: as Jira knows it now, or as it was when it was linked."""
    account = await ctx.session.account()
    try:
        user = await (await ctx.session.client()).myself()
    except NotFoundOrForbiddenError:
        user = account.user
    name, sites = escape(user.name), ", ".join(escape(site.name) for site in account.sites)
    if user.email:
        email = escape(user.email)
        text = tr("In Jira you are **{name}** ({email}) on {sites}.", name=name, email=email, sites=sites)
    else:
        text = tr("In Jira you are **{name}** on {sites}.", name=name, sites=sites)
    return Reply(text=text)


@command("site [name]", mark("Show or change your default Jira site."), aliases=("sites",))
async def site(ctx: Context, arguments: str) -> Reply:
    """Show or choose the default site."""
    account = await ctx.session.account()
    if not arguments:
        return _default_site(account)
    name = strip_quotes(arguments).casefold().rstrip("/")
    chosen = next((each for each in account.sites if name in (each.name.casefold(), each.origin, each.host)), None)
    if chosen is None:
        raise ChooseError(
            tr("You haven't connected a site called “{name}”. Choose one:", name=arguments[:MAX_SHOWN_NAME]),
            _site_choices(account.sites, account.sites),
        )
    await ctx.accounts.grants.choose_site(ctx.request.person, chosen.cloud_id)
    return Reply(text=tr("Your default Jira site is now **{site}**.", site=escape(chosen.name)))


def _site_choices(offered: Sequence[Site], sites: Sequence[Site]) -> list[tuple[str, str]]:
    """Return titles and texts of buttons. Sites of one name are told apart by their hosts."""
    named = [Named(each.host, each.name, each.host) for each in sites]
    rows = zip(sites, titles(named), references(named), strict=True)
    shown = {each.cloud_id: (title, f"site {text}") for each, title, text in rows}
    return [shown[each.cloud_id] for each in offered]


def _default_site(account: Account) -> Reply:
    default = account.site
    others = _site_choices([each for each in account.sites if each != default], account.sites)
    text = tr("Your default Jira site is {site} ({url}).", site=default.name, url=default.url)
    if not others:
        return Reply(text=escape(text))
    question = tr("Your default Jira site is {site} ({url}). Choose another:", site=default.name, url=default.url)
    return Reply(card=choices_card(question, others), summary=text)


async def _connected_card(ctx: Context, account: Account) -> Card:
    """Say who they are; in their own chat also how to consent again, and what still waits from before the link."""
    is_personal = ctx.request.conversation.is_personal
    return connected_card(
        account.user.name,
        [each.name for each in account.sites],
        account.user.email,
        again=f"connect {AGAIN}" if is_personal else "",
        offers=await offers(ctx) if is_personal else (),
        sign=ctx.own_sign,
    )


async def _last_waiting(ctx: Context) -> str:
    """Return what is promised to run after any link of theirs; empty if nothing waits."""
    waiting = await ctx.accounts.tickets.waiting(ctx.request.person)
    return promise_of(waiting[-1].pending) if waiting else ""
