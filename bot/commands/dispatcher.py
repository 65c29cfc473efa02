"""Answers requests: finds the command or the button, explains errors, and lets no press count twice."""

from __future__ import annotations

from dataclasses import replace

import structlog
from babel.numbers import format_decimal

from bot.accounts.model import GrantRevokedError, NotConnectedError
from bot.commands import intent as intents
from bot.commands.account import invite
from bot.commands.account.connect import connect_reply
from bot.commands.button import Button
from bot.commands.command import Command
from bot.commands.context import Context, personal_scope
from bot.commands.errors import (
    MAX_EXPLANATION,
    USER_ERRORS,
    ChooseError,
    ColleagueUnknownError,
    CommandError,
    explain,
)
from bot.commands.help import answer_small_talk, not_understood
from bot.commands.idempotency import PressClaims
from bot.commands.intent import Intent
from bot.commands.issue import mentions
from bot.commands.parser import NotUnderstood, Parser, SmallTalk
from bot.commands.registry import BUTTONS
from bot.commands.request import Press, Reply, Request
from bot.commands.services import Services
from bot.commands.typed_text import MAX_TEXT
from bot.commands.unsent_files import mention_files
from bot.jira.errors import NotFoundOrForbiddenError
from bot.language import current_language, tr
from bot.security.card_signing import Validity
from cards.choices import choices_card
from cards.messages import message_card, stale_card
from cards.text import escape

log = structlog.get_logger(__name__)


class Dispatcher:
    """Answers requests. Errors that a person can meet are explained to them; any other error is raised."""

    def __init__(self, services: Services, parser: Parser, claims: PressClaims) -> None:
        self._services = services
        self._parser = parser
        self._claims = claims

    def read(self, text: str, verb: str = "") -> Intent:
        """Read a text, or the press of a button with this verb, without doing anything."""
        return intents.read_press(verb) if verb else intents.read_text(text, self._parser)

    async def answer(self, request: Request, intent: Intent | None = None) -> Reply:
        """Answer one request. `intent` is what its text was read as, if it was read already."""
        press = request.press
        if press is None:
            intent = intent or self.read(request.text)
            return await self._run(Context.of(request, self._services, interactive=True), intent)
        scopes = (request.conversation.id, personal_scope(request.person))
        data = self._services.cards.signer.check(press.verb, press.data, scopes)
        button = BUTTONS.get(press.verb)
        if data.validity is not Validity.GENUINE:
            log.info("press refused", verb=press.verb, validity=data.validity.name)
            button = None
        if press.automatic:
            return await self._refresh(Context.of(request, self._services, data), button)
        ctx = Context.of(request, self._services, data, interactive=True)
        reply = await self._answer_press(ctx, button, press)
        return replace(reply, replaces=ctx.signed.get("card", "")) if press.in_dialog else reply

    async def _answer_press(self, ctx: Context, button: Button | None, press: Press) -> Reply:
        """Answer the press of a button, or of one that this bridge did not make, or made too long ago (None)."""
        if button is None:
            issue, site = ctx.signed.get("issue", ""), ctx.signed.get("site", "")
            return Reply(card=stale_card(ctx.sign, issue=issue, site=site))
        if button.read_only:
            return await self._run(ctx, button)
        return await self._run_once(ctx, button, press)

    async def _refresh(self, ctx: Context, button: Button | None) -> Reply:
        """Return the viewer's own view of an issue's card; without a card, they keep the one that they have.

        They asked for nothing, so a problem is not explained to them; a notice tells them that their link ended.
        """
        if button is None or button.verb != "issue.show":
            return Reply(problem=tr("This card is out of date"))
        try:
            return await ctx.cards.own_view(await ctx.issues.of_button())
        except NotConnectedError:
            self._services.cards.viewers.remove(ctx.request.conversation, ctx.request.teams_id)
            return Reply(problem=tr("You haven't connected a Jira account."))
        except USER_ERRORS as error:
            log.info("card not refreshed", error=type(error).__name__)
            return Reply(problem=explain(error))

    async def _run_once(self, ctx: Context, button: Button, press: Press) -> Reply:
        try:
            async with self._claims.claim(ctx.request, press) as claim:
                if claim.reply is None:
                    claim.reply = await (self._run(ctx, button) if claim.first else _show_outcome(ctx, button))
        except USER_ERRORS as error:
            return await _explain_error(ctx, button, error)
        else:
            # Of several equal presses the first one resumes what was asked for.
            return claim.reply if claim.first else replace(claim.reply, resumes=None)

    async def _run(self, ctx: Context, what: Button | Intent) -> Reply:
        """Run a button, or what was typed, and turn errors into replies."""
        try:
            reply = await self._run_or_explain(ctx, what)
        except NotConnectedError as error:
            reply = await connect_reply(ctx, again=isinstance(error, GrantRevokedError))
            return replace(reply, repeatable=True)
        return reply if isinstance(what, Button) else mention_files(ctx.request, reply)

    async def _run_or_explain(self, ctx: Context, what: Button | Intent) -> Reply:
        """Run a button or a command. Raises `NotConnectedError` and nothing else that a person can meet."""
        button = what if isinstance(what, Button) else None
        try:
            reply = await (what.run(ctx) if isinstance(what, Button) else _run_command(ctx, what))
        except ChooseError as error:
            return _ask_to_choose(ctx, button, error)
        except ColleagueUnknownError as error:
            return invite.offer_invitation(ctx, error)
        except USER_ERRORS as error:
            log.info("command failed", error=type(error).__name__)
            return await _explain_error(ctx, button, error)
        if ctx.session.linked:
            # From now on cards that are posted here are theirs to refresh, too.
            self._services.cards.viewers.add(ctx.request.conversation, ctx.request.teams_id)
        return reply


async def _run_command(ctx: Context, intent: Intent) -> Reply:
    typed, parsed = intent.typed, intent.parsed
    if typed is None or parsed is None:
        raise CommandError(_too_long(len(ctx.request.text)))
    if isinstance(parsed, SmallTalk):
        return answer_small_talk(parsed.talk, parsed.suggestions)
    if isinstance(parsed, NotUnderstood):
        nearest = tuple(mentions.to_names(ctx, typed.as_written(text)) for text in parsed.nearest)
        return not_understood(mentions.to_names(ctx, typed.written), nearest)
    command = parsed.command
    arguments = typed.as_written(parsed.arguments) if command.verbatim else parsed.arguments
    if ctx.request.conversation.scope not in command.where:
        raise CommandError(_not_here(command))
    return await command.run(ctx, arguments if command.takes_people else mentions.to_names(ctx, arguments))


def _ask_to_choose(ctx: Context, button: Button | None, error: ChooseError) -> Reply:
    """Offer the choices. They replace an issue's card whose button was pressed, so they lead back to the issue."""
    question = mentions.to_names(ctx, str(error))
    if button is None or not button.on_issue:
        card = choices_card(question, error.choices)
    else:
        issue, site = ctx.signed.get("issue", ""), ctx.signed.get("site", "")
        card = choices_card(question, error.choices, sign=ctx.sign, issue=issue, site=site)
    return Reply(card=card, summary=question, repeatable=True)


async def _show_outcome(ctx: Context, button: Button) -> Reply:
    """Answer a repeated press whose first answer another replica has: show how things stand now."""
    if button.on_issue:
        return await ctx.cards.show(await ctx.issues.of_button())
    return Reply(card=message_card(tr("That's already done."), tone="good"))


async def _explain_error(ctx: Context, button: Button | None, error: Exception) -> Reply:
    """Explain an error: in a message to who typed, on the issue's card to who pressed a button of that."""
    text = mentions.to_names(ctx, explain(error))
    if button is None:
        return Reply(text=escape(text, MAX_EXPLANATION))
    if button.on_issue and button.verb != "issue.show":
        # Who gets to read this card may see the issue.
        forbidden = isinstance(error, NotFoundOrForbiddenError)
        problem = tr("You don't have permission to do that in Jira.") if forbidden else text
        try:
            reply = await ctx.cards.show(await ctx.issues.of_button(), problem=problem)
            return replace(reply, repeatable=True, problem=problem)
        except (*USER_ERRORS, NotConnectedError):
            log.info("card not refreshed", verb=button.verb)
    return Reply(card=message_card(text, tone="warning"), repeatable=True)


def _too_long(length: int) -> str:
    limit, actual = (format_decimal(count, locale=current_language().locale) for count in (MAX_TEXT, length))
    return tr(
        "Messages can have up to {limit} characters; yours has {length}. Nothing was changed.",
        limit=limit,
        length=actual,
    )


def _not_here(command: Command) -> str:
    if "personal" in command.where:
        return tr("“{command}” works only in your personal chat with me.", command=command.name)
    return tr("“{command}” works in channels and group chats only.", command=command.name)
