"""What is begun from the menu of a message, or from the compose box: an issue out of it, a comment with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.accounts.model import NotConnectedError
from bot.commands.context import Context
from bot.commands.errors import TELLABLE, CommandError, sentence
from bot.commands.forms import choices
from bot.commands.forms.state import Form, Purpose
from bot.commands.issue import basic, create
from bot.commands.request import Press, Reply, Request
from bot.commands.services import Services
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError
from bot.jira.models import issue_key
from bot.language import tr
from cards.forms import Button, Entry, FormView, Shape, form_card
from cards.text import clean

MAX_SUMMARY = 120
"""Characters of a message's first line that become a summary; the whole message is in the description."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that somebody begins from: its first line, all of it as Markdown, who wrote it, and where in
    Teams it is. All of them are empty for somebody who begins from nothing."""

    title: str = ""
    text: str = ""
    author: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """What somebody sees first: a form, or a link to connect by, or a sentence."""

    form: Reply | None = None
    connect_url: str = ""
    sentence: str = ""


async def begin(request: Request, action: str, quoted: Quoted, services: Services) -> Begun:
    """Open the form of an action of the app's manifest, for this person alone."""
    start = _ACTIONS.get(action)
    if start is None:
        return Begun(sentence=tr("Type “help” in a chat with me to see what you can do."))
    ctx = Context.of(replace(request, text="", press=Press("form.open", {}, own_view=True)), services)
    try:
        return Begun(await start(ctx, quoted))
    except NotConnectedError:
        return Begun(connect_url=await services.accounts.tickets.connect_url(request.person, None))
    except TELLABLE as error:
        return Begun(sentence=sentence(error))


async def _create(ctx: Context, quoted: Quoted) -> Reply:
    parts = [part for part in (quoted.text, _source(quoted)) if part]
    draft = create.Draft(summary=clean(quoted.title, MAX_SUMMARY), description="\n\n".join(parts))
    return await create.proceed(ctx, draft, at_once=False)


async def _comment(ctx: Context, quoted: Quoted) -> Reply:
    quote = "\n".join(f"> {line}".rstrip() for line in quoted.text.splitlines())
    text = "\n\n".join(part for part in (quote, _source(quoted)) if part)
    return await _comment_form(ctx, await ctx.session.client(), text)


async def _comment_form(ctx: Context, jira: JiraClient, text: str, *, key: str = "", problem: str = "") -> Reply:
    site, title = jira.site.cloud_id, tr("Comment on an issue")
    about = Form(Purpose.EDIT, site)
    offered = await choices.any_issue(jira)
    issues = [(option.name, option.id) for option in offered]
    if key and all(value != key for _, value in issues):
        issues.insert(0, (key, key))
    more = choices.dataset(ctx.own_sign, about, choices.ISSUES)
    entries = [
        Entry("f_issue", tr("Issue"), Shape.CHOICE, key, issues, required=True, dataset=more, endless=True),
        Entry("f_comment", tr("Comment"), Shape.PARAGRAPH, text, required=True, typed=True),
    ]
    buttons = [
        Button(tr("Comment"), "message.comment", ctx.own_sign("message.comment", site=site)),
        Button(tr("Cancel"), "form.cancel", ctx.own_sign("form.cancel", site=site), inputs=False),
    ]
    return Reply(card=form_card(FormView(title, entries, buttons, problem)), summary=title, repeatable=True)


async def press_comment(ctx: Context) -> Reply:
    """Comment on the chosen issue; if that fails, the form again with what was typed."""
    data = ctx.data
    key, text = issue_key(data.get("f_issue", "")), data.get("f_comment", "")
    issue = await ctx.issues.on_site(key or "", data.get("site", ""))
    if key is None:
        return await _comment_form(ctx, issue.jira, text, problem=tr("Say which issue to comment on."))
    try:
        reply = await basic.add_comment(ctx, issue, text)
    except (CommandError, JiraError) as error:
        return await _comment_form(ctx, issue.jira, text, key=key, problem=sentence(error))
    return replace(reply, summary=tr("Comment added to {key}.", key=key))


def _source(quoted: Quoted) -> str:
    """Whose message it was, as a line of Markdown that leads back to it."""
    if not quoted.text:
        return ""
    if quoted.author:
        told = tr("From a message of {author} in Teams", author=quoted.author)
    else:
        told = tr("From a message in Teams")
    return f"[{told}]({quoted.link})" if quoted.link else told


_ACTIONS: Mapping[str, Callable[[Context, Quoted], Awaitable[Reply]]] = {
    "createIssue": _create,
    "commentOnIssue": _comment,
}
"""By their ids in the manifest."""

VERBS = {"message.comment": press_comment}
