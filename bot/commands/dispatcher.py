"""From a request to its reply: which command, which failure means which answer, and no press twice."""

from __future__ import annotations

from dataclasses import replace

import structlog
from babel.numbers import format_decimal

from bot.accounts.model import GrantRevokedError, NotConnectedError
from bot.commands.account import invite
from bot.commands.account.connect import connect_reply
from bot.commands.context import Context, personal_scope
from bot.commands.errors import TELLABLE, ChooseError, ColleagueUnknownError, CommandError, sentence
from bot.commands.help import not_understood
from bot.commands.idempotency import PressClaims
from bot.commands.issue import mentions
from bot.commands.parser import Command, NotUnderstood, Parser
from bot.commands.registry import ISSUE_VERBS, PLAIN_VERBS, READING
from bot.commands.request import Press, Reply, Request
from bot.commands.services import Services
from bot.commands.text_input import MAX_TEXT, tidy
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import issue_key
from bot.language import spoken, tr
from bot.security.card_signing import Validity
from cards.choices import choices_card
from cards.messages import message_card, stale_card
from cards.text import escape

log = structlog.get_logger(__name__)


class Dispatcher:
    """Answers requests. Every failure that a person can meet becomes a sentence; any other is raised."""

    def __init__(self, services: Services, parser: Parser, claims: PressClaims) -> None:
        self._services = services
        self._parser = parser
        self._claims = claims

    async def answer(self, request: Request) -> Reply:
        """The reply to one request."""
        if request.press is not None and request.press.automatic:
            return await self._refreshed(Context.of(request, self._services), request.press)
        ctx = Context.of(request, self._services, interactive=True)
        if request.press is None:
            return await self._guarded(ctx)
        if not self._genuine(ctx, request.press):
            key = issue_key(request.press.data.get("issue", "")) or ""
            return Reply(card=stale_card(ctx.sign, issue=key, site=request.press.data.get("site", "")))
        if request.press.verb in READING:
            return await self._guarded(ctx)
        try:
            async with self._claims.claim(request, request.press) as claim:
                if claim.reply is None:
                    claim.reply = await (self._guarded(ctx) if claim.first else self._repeated(ctx))
        except TELLABLE as error:
            return await self._failed(ctx, error)
        else:
            return claim.reply

    async def _refreshed(self, ctx: Context, press: Press) -> Reply:
        """The viewer's own view of an issue's card, or a failure after which they keep the card that they have.

        They asked for nothing, so nobody is answered: that their link has ended they are told elsewhere.
        """
        if press.verb != "issue.show" or not self._genuine(ctx, press):
            return Reply(problem=tr("This card is out of date"))
        try:
            return await ctx.cards.own_view(await ctx.issues.of_button(press.data), press.data)
        except NotConnectedError:
            self._services.cards.viewers.remove(ctx.request.conversation, ctx.request.teams_id)
            return Reply(problem=tr("You have no Jira account linked."))
        except TELLABLE as error:
            log.info("card.not_refreshed", error=type(error).__name__)
            return Reply(problem=sentence(error))

    def _genuine(self, ctx: Context, press: Press) -> bool:
        if press.verb not in ISSUE_VERBS and press.verb not in PLAIN_VERBS:
            return False
        places = (ctx.request.conversation.id, personal_scope(ctx.request.person))
        verdicts = [self._services.cards.signer.check(press.verb, press.data, place) for place in places]
        verdict = next((v for v in verdicts if v is not Validity.ALTERED), Validity.ALTERED)
        if verdict is not Validity.GENUINE:
            log.info("press.refused", verb=press.verb, verdict=verdict.name)
        return verdict is Validity.GENUINE

    async def _guarded(self, ctx: Context) -> Reply:
        try:
            reply = await (self._typed(ctx) if ctx.request.press is None else self._pressed(ctx))
        except NotConnectedError as error:
            return replace(await connect_reply(ctx, again=isinstance(error, GrantRevokedError)), repeatable=True)
        except ChooseError as error:
            return self._asking(ctx, error)
        except ColleagueUnknownError as error:
            return invite.offer(ctx, error)
        except TELLABLE as error:
            log.info("command.failed", error=type(error).__name__)
            return await self._failed(ctx, error)
        if ctx.session.linked:
            # From now on cards that are posted here are theirs to refresh, too.
            self._services.cards.viewers.add(ctx.request.conversation, ctx.request.teams_id)
        return reply

    def _asking(self, ctx: Context, error: ChooseError) -> Reply:
        """The choices; those that answer a press of an issue's card stand in its place, so there is a way back."""
        press, question = ctx.request.press, mentions.plain(ctx, str(error))
        if press is None or press.verb not in ISSUE_VERBS:
            card = choices_card(question, error.choices)
        else:
            issue, site = press.data.get("issue", ""), press.data.get("site", "")
            card = choices_card(question, error.choices, sign=ctx.sign, issue=issue, site=site)
        return Reply(card=card, summary=question, repeatable=True)

    async def _repeated(self, ctx: Context) -> Reply:
        """The first press was answered elsewhere: show how things stand now."""
        press = ctx.request.press
        if press is not None and press.verb in ISSUE_VERBS:
            return await ctx.cards.show(await ctx.issues.of_button(press.data))
        return Reply(card=message_card(tr("That was done already."), tone="good"))

    async def _failed(self, ctx: Context, error: Exception) -> Reply:
        """A failure in words: typed text gets a message, a press its card with the sentence on it."""
        press, told = ctx.request.press, mentions.plain(ctx, sentence(error))
        if press is None:
            return Reply(text=escape(told, 4000))
        if press.verb in ISSUE_VERBS and press.verb != "issue.show":
            # Whoever gets to read the card may see the issue.
            seen = (
                tr("Your Jira account may not do that.") if isinstance(error, NotFoundOrForbiddenError) else told
            )
            try:
                fresh = await ctx.cards.show(await ctx.issues.of_button(press.data), problem=seen)
                return replace(fresh, repeatable=True, problem=seen)
            except (*TELLABLE, NotConnectedError):
                log.info("card.not_refreshed", verb=press.verb)
        return Reply(card=message_card(told, tone="warning"), repeatable=True)

    async def _typed(self, ctx: Context) -> Reply:
        if len(ctx.request.text) > MAX_TEXT:
            raise CommandError(_too_long(len(ctx.request.text)))
        # Who only mentions the bot, or sends a picture, asks what it can do.
        text = tidy(ctx.request.text) or "help"
        found = self._parser.parse(text)
        if isinstance(found, NotUnderstood):
            nearest = tuple(mentions.plain(ctx, near) for near in found.nearest)
            return not_understood(mentions.plain(ctx, text), nearest)
        if ctx.request.conversation.scope not in found.command.where:
            raise CommandError(_elsewhere(found.command))
        command, arguments = found.command, found.arguments
        return await command.run(ctx, arguments if command.takes_people else mentions.plain(ctx, arguments))

    async def _pressed(self, ctx: Context) -> Reply:
        press = ctx.request.press
        assert press is not None  # noqa: S101 - `answer` sends only presses here
        plain = PLAIN_VERBS.get(press.verb)
        if plain is not None:
            return await plain(ctx)
        return await ISSUE_VERBS[press.verb](ctx, await ctx.issues.of_button(press.data), press.data)


def _too_long(length: int) -> str:
    most, here = (format_decimal(count, locale=spoken().locale) for count in (MAX_TEXT, length))
    return tr(
        "I read messages of up to {limit} characters; this one has {length}. Nothing was done.",
        limit=most,
        length=here,
    )


def _elsewhere(command: Command) -> str:
    if "personal" in command.where:
        return tr("“{command}” does not work here: use it in your personal chat with me.", command=command.name)
    return tr("“{command}” does not work here: use it in a channel or group chat.", command=command.name)
