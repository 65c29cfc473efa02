"""invite: ask a colleague to connect Jira, so that they can be assigned, mentioned and notified."""

from __future__ import annotations

from bot.accounts.model import NotConnectedError
from bot.chat.identity import Person
from bot.commands.button import button
from bot.commands.command import command
from bot.commands.context import Context
from bot.commands.errors import ColleagueUnknownError, CommandError
from bot.commands.issue import mentions
from bot.commands.request import Reply
from bot.language import mark, tr
from cards.connect import INVITE_VERB, offer_invitation_card
from cards.messages import message_card
from cards.text import escape


@command(
    "invite @mention",
    mark("Invite a colleague to connect Jira."),
    examples=("invite @Bob",),
    takes_people=True,
)
async def invite(ctx: Context, arguments: str) -> Reply:
    """Invite the colleague who is mentioned."""
    await ctx.session.account()
    mention = mentions.only_mention(ctx, arguments, "invite")
    if mention is None:
        raise CommandError(tr("@mention a colleague, like “invite @Bob”."))
    colleague = await mentions.find_person(ctx, mention)
    if colleague is None:
        raise CommandError(tr("Teams doesn't say who {name} is, so I can't invite them.", name=mention.name))
    return await _invite(ctx, colleague, mention.name, mention.teams_id)


def offer_invitation(ctx: Context, error: ColleagueUnknownError) -> Reply:
    """Explain that a colleague has no known Jira account, with a button that invites them."""
    card = offer_invitation_card(str(error), ctx.sign, colleague=error.oid, name=error.name)
    return Reply(card=card, summary=str(error), repeatable=True)


@button(INVITE_VERB)
async def press_invite(ctx: Context) -> Reply:
    """Invite the colleague whom the card names."""
    await ctx.session.account()
    colleague = Person(ctx.request.person.tenant, ctx.signed.get("colleague", ""))
    return await _invite(ctx, colleague, ctx.signed.get("name", ""))


async def _invite(ctx: Context, colleague: Person, name: str, teams_id: str = "") -> Reply:
    try:
        await ctx.accounts.grants.account(colleague)
    except NotConnectedError:
        pass
    else:
        raise CommandError(tr("{name} is already connected to Jira.", name=name))
    request = ctx.request
    await ctx.accounts.invitations.send(colleague, name, request.conversation, request.name, teams_id=teams_id)
    text = tr("Invitation sent to {name}.", name=name)
    if request.press is None:
        return Reply(text=escape(text))
    return Reply(card=message_card(text, tone="good"), summary=text)
