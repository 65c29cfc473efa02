"""What a person asked for before they linked: the last request runs by itself, earlier ones are offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.accounts.model import NotConnectedError, Pending, WaitingRequest
from bot.chat.identity import Person
from bot.commands.button import button
from bot.commands.context import Context
from bot.commands.issue import mentions
from bot.commands.request import Reply, Request
from bot.jira.models import issue_key
from bot.language import mark, tr
from cards.connect import RESUME_VERB, connect_card, connected_card
from cards.messages import message_card
from cards.text import clean

MAX_TITLE = 60
"""Letters of a request that are shown."""
_TITLE = "title"
_PRESSES: Mapping[str, str] = {
    "issue.show": mark("Show {key}"),
    "issue.move": mark("Move {key}"),
    "issue.assign": mark("Assign {key}"),
    "issue.unassign": mark("Unassign {key}"),
    "issue.comment": mark("Comment on {key}"),
    "issue.edit": mark("Edit {key}"),
    "issue.log": mark("Log work on {key}"),
    "issue.watch": mark("Watch {key}"),
    "issue.unwatch": mark("Stop watching {key}"),
    "issue.vote": mark("Vote for {key}"),
}
"""What the buttons do, in a few words. They never name a form's values or what was written on a card."""


def pending_request(ctx: Context) -> Pending:
    """Return what is stored of a request until the link is made."""
    return replace(no_request(ctx), request={**ctx.request.to_json(), _TITLE: _title(ctx)})


def no_request(ctx: Context) -> Pending:
    """Return where and in which language the person is met, without anything that they asked for."""
    conversation = ctx.request.conversation
    return Pending(replace(conversation, language=ctx.request.locale or conversation.language), {})


def title_of(pending: Pending) -> str:
    """Return what a request is called on a button."""
    return _shown(pending) or tr("Continue")


def promise_of(pending: Pending) -> str:
    """Return what a request is called in “I'll run … once you're connected”."""
    # i18n: what will run once the person is connected, where the request has no name of its own
    return _shown(pending) or tr("what you asked for")


def _shown(pending: Pending) -> str:
    return clean(str(pending.request.get(_TITLE) or pending.request.get("text") or ""), MAX_TITLE)


def to_request(person: Person, pending: Pending) -> Request:
    """Return the request that was stored."""
    return Request.from_json(person, pending.conversation, pending.request)


def split_waiting(waiting: Sequence[WaitingRequest]) -> tuple[list[WaitingRequest], list[WaitingRequest]]:
    """Return the requests to offer beside the last one, which runs, and those that repeat a later one."""
    offered: list[WaitingRequest] = []
    repeated: list[WaitingRequest] = []
    asked: list[Request] = []
    for each in reversed(waiting):
        request = to_request(Person("", ""), each.pending)
        same = replace(request, message_id="", conversation=replace(request.conversation, thread=""))
        (repeated if same in asked else offered).append(each)
        asked.append(same)
    return offered[:0:-1], repeated


async def offers(ctx: Context) -> list[tuple[str, str]]:
    """Return the titles and names of what still waits, for buttons in the person's own chat."""
    waiting = await ctx.accounts.tickets.waiting(ctx.request.person)
    return [(title_of(each.pending), each.name) for each in waiting]


@button(RESUME_VERB)
async def press_resume(ctx: Context) -> Reply:
    """Run a request that waited, where it was asked for; the card keeps the others.

    For a person without a link it becomes the last request, which runs after the next one. Disconnecting has
    deleted it, and nothing is promised of it then.
    """
    asked, tickets, person = ctx.signed.get("asked", ""), ctx.accounts.tickets, ctx.request.person
    try:
        account = await ctx.session.account()
    except NotConnectedError:
        kept = await tickets.find_pending(asked, person)
        if kept is None:
            return _expired()
        url = await tickets.connect_url(person, kept)
        return Reply(card=connect_card(url, runs=promise_of(kept)), private=True, repeatable=True)
    pending = await tickets.take_pending(asked, person)
    if pending is None:
        return _expired()
    card = connected_card(
        account.user.name,
        [each.name for each in account.sites],
        account.user.email,
        offers=await offers(ctx),
        sign=ctx.own_sign,
    )
    return Reply(card=card, resumes=to_request(person, pending), private=True)


def _expired() -> Reply:
    words = tr("That was already done, or it has expired. Type it again.")
    return Reply(card=message_card(words, tone="warning"))


def _title(ctx: Context) -> str:
    request = ctx.request
    if request.press is None:
        return clean(" ".join(mentions.to_names(ctx, request.text).split()), MAX_TITLE)
    key = issue_key(ctx.signed.get("issue", ""))
    words = _PRESSES.get(request.press.verb)
    return tr(words, key=key) if words and key else ""
