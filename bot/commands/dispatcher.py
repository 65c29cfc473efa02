"""From a request to its reply: which command, which failure means which answer, and no press twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.accounts.model import GrantRevokedError, NotConnectedError
from bot.commands.account import connect_reply
from bot.commands.errors import TELLABLE, ChooseError, CommandError, sentence
from bot.commands.grammar import Grammar, NotUnderstood
from bot.commands.help import not_understood
from bot.commands.issues import SHOW
from bot.commands.lists import SEVERAL
from bot.commands.model import Press, Reply, Request
from bot.commands.moving import MOVE
from bot.commands.notices import ANSWERING
from bot.commands.registry import ISSUE_VERBS, PLAIN_VERBS, READING
from bot.commands.turn import IssueAt, Services, Turn
from bot.commands.typed import tidy
from bot.jira.errors import JiraError
from bot.jira.models import issue_key
from bot.signing import Verdict
from cards.choices import choices_card
from cards.messages import message_card, stale_card
from cards.text import escape

log = structlog.get_logger(__name__)


class Dispatcher:
    """Answers requests. Every failure that a person can meet becomes a sentence; any other is raised."""

    def __init__(self, services: Services, grammar: Grammar) -> None:
        self._services = services
        self._grammar = grammar

    async def answer(self, request: Request) -> Reply:
        """The reply to one request."""
        ANSWERING.set(True)
        turn = Turn(request, self._services)
        if request.press is None:
            return await self._guarded(turn)
        if not self._genuine(turn, request.press):
            key = issue_key(request.press.data.get("issue", "")) or ""
            return Reply(card=stale_card(turn.mint, issue=key, site=request.press.data.get("site", "")))
        if request.press.verb in READING:
            return await self._guarded(turn)
        return await self._services.repeats.once(
            request, request.press, lambda: self._guarded(turn), lambda: self._repeated(turn)
        )

    def _genuine(self, turn: Turn, press: Press) -> bool:
        if press.verb not in ISSUE_VERBS and press.verb not in PLAIN_VERBS:
            return False
        verdict = self._services.signer.check(press.verb, press.data, turn.request.conversation.id)
        if verdict is not Verdict.GENUINE:
            log.info("press.refused", verb=press.verb, verdict=verdict.name)
        return verdict is Verdict.GENUINE

    async def _guarded(self, turn: Turn) -> Reply:
        try:
            return await (self._typed(turn) if turn.request.press is None else self._pressed(turn))
        except NotConnectedError as error:
            return replace(await connect_reply(turn, again=isinstance(error, GrantRevokedError)), failed=True)
        except ChooseError as error:
            return Reply(card=choices_card(str(error), error.choices), summary=str(error), failed=True)
        except TELLABLE as error:
            log.info("command.failed", error=type(error).__name__)
            return await self._failed(turn, sentence(error))

    async def _repeated(self, turn: Turn) -> Reply:
        """The first press was answered elsewhere: show how things stand now."""
        press = turn.request.press
        if press is not None and press.verb in ISSUE_VERBS:
            return await turn.issue_reply(await _at(turn, press.data))
        return Reply(card=message_card("That was done already.", tone="good"))

    async def _failed(self, turn: Turn, told: str) -> Reply:
        """A failure in words: typed text gets a message, a press its card with the sentence on it."""
        press = turn.request.press
        if press is None:
            return Reply(text=escape(told, 4000))
        if press.verb in ISSUE_VERBS and press.verb != "issue.show":
            try:
                fresh = await turn.issue_reply(await _at(turn, press.data), problem=told)
                return replace(fresh, failed=True, problem=told)
            except (JiraError, CommandError, NotConnectedError):
                log.info("card.not_refreshed", verb=press.verb)
        return Reply(card=message_card(told, tone="warning"), failed=True)

    async def _typed(self, turn: Turn) -> Reply:
        text = tidy(turn.request.text)
        found = self._grammar.parse(text, show=SHOW, move=MOVE, several=SEVERAL)
        if isinstance(found, NotUnderstood):
            return not_understood(text, found.nearest)
        if turn.request.conversation.scope not in found.command.where:
            raise CommandError(f"“{found.command.name}” does not work here: {_where(found.command.where)}.")
        return await found.command.run(turn, found.arguments)

    async def _pressed(self, turn: Turn) -> Reply:
        press = turn.request.press
        assert press is not None  # noqa: S101 - `answer` sends only presses here
        plain = PLAIN_VERBS.get(press.verb)
        if plain is not None:
            return await plain(turn)
        return await ISSUE_VERBS[press.verb](turn, await _at(turn, press.data), press.data)


async def _at(turn: Turn, data: Mapping[str, str]) -> IssueAt:
    key = issue_key(data.get("issue", ""))
    if key is None:
        raise CommandError("This card names no issue.")
    return await turn.at_site(key, data.get("site", ""))


def _where(scopes: frozenset[str]) -> str:
    return "use it in your personal chat with me" if "personal" in scopes else "use it in a channel or group chat"
