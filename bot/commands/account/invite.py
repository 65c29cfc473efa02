"""invite: a connect card into a colleague's own chat, so that they can be assigned, mentioned and told things."""

from __future__ import annotations

from bot.accounts.model import NotConnectedError
from bot.chat.identity import Person
from bot.commands.context import Context
from bot.commands.errors import ColleagueUnknownError, CommandError
from bot.commands.issue import mentions
from bot.commands.parser import Command
from bot.commands.request import Reply
from bot.language import mark, tr
from cards.connect import INVITE, offer_invitation_card
from cards.messages import message_card
from cards.text import escape


async def invite(ctx: Context, _arguments: str) -> Reply:
    """Invite the colleague who is mentioned."""
    await ctx.session.account()
    if not ctx.request.mentions:
        raise CommandError(tr("Say whom to invite, with an @mention, like “invite @Bob”."))
    mention = ctx.request.mentions[0]
    colleague = await mentions.person(ctx, mention)
    if colleague is None:
        raise CommandError(tr("Teams does not tell me who {name} is, so I cannot invite them.", name=mention.name))
    return await _invite(ctx, colleague, mention.name)


def offer(ctx: Context, error: ColleagueUnknownError) -> Reply:
    """The failure in words, with a button that invites whom it is about."""
    card = offer_invitation_card(str(error), ctx.sign, colleague=error.oid, name=error.name)
    return Reply(card=card, summary=str(error), repeatable=True)


async def press(ctx: Context) -> Reply:
    """The button under an answer that says that somebody has no Jira account that is known here."""
    await ctx.session.account()
    data = ctx.data
    return await _invite(ctx, Person(ctx.request.person.tenant, data.get("colleague", "")), data.get("name", ""))


async def _invite(ctx: Context, colleague: Person, name: str) -> Reply:
    try:
        await ctx.accounts.grants.account(colleague)
    except NotConnectedError:
        pass
    else:
        raise CommandError(tr("{name} has connected Jira already.", name=name))
    asker = ctx.request
    await ctx.accounts.invitations.send(colleague, name, asker.conversation, asker.name)
    told = tr("I have sent {name} an invitation to connect Jira.", name=name)
    if ctx.request.press is None:
        return Reply(text=escape(told))
    return Reply(card=message_card(told, tone="good"), summary=told)


VERBS = {INVITE: press}

COMMANDS = (
    Command(
        "invite",
        "invite @mention",
        mark("Ask a colleague to connect Jira."),
        invite,
        ("invite @Bob",),
        takes_people=True,
    ),
)
