"""Actions from the menu of a message or from the compose box: create an issue from it, or comment with it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.accounts.model import NotConnectedError
from bot.commands.button import button
from bot.commands.context import Context
from bot.commands.errors import USER_ERRORS, CommandError, explain
from bot.commands.forms import choices
from bot.commands.forms.sources import search_issues
from bot.commands.forms.state import Form, Purpose
from bot.commands.issue import comment, create
from bot.commands.request import Attachment, Press, Reply, Request
from bot.commands.services import Services
from bot.commands.text_input import one_line
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError
from bot.jira.models import issue_key
from bot.language import tr
from bot.security.card_signing import UncheckedData
from cards.forms import Button, FormEntry, FormView, Shape, form_card
from cards.sendable import strip_unsendable
from cards.text import cut

MAX_SUMMARY = 120
"""Characters of a message's first line that become a summary; the whole message is in the description."""
_MARKUP = re.compile(r"[\\`*_\[\]<>~|]")


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """The message that an action was started from.

    `title` is the first line that its author wrote themselves, `text` all of it as Markdown. All is empty if the
    action was started from the compose box.
    """

    title: str = ""
    text: str = ""
    author: str = ""
    link: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def summary(self) -> str:
        """What an issue about it is called: without words of its own, by what is attached, or by its author."""
        names = ", ".join(attachment.name for attachment in self.attachments)
        if self.title or names:
            return cut(one_line(strip_unsendable(self.title or names)), MAX_SUMMARY)
        if not (self.text or self.link):
            return ""
        return tr("Message from {author}", author=self.author) if self.author else tr("Message from Teams")


@dataclass(frozen=True, slots=True)
class StartedAction:
    """What to show first: a form, a link to connect by, or a sentence."""

    form: Reply | None = None
    connect_url: str = ""
    sentence: str = ""


async def start_action(request: Request, action: str, message: QuotedMessage, services: Services) -> StartedAction:
    """Open the form of an action of the app's manifest, for this person alone."""
    start = _ACTIONS.get(action)
    if start is None:
        return StartedAction(sentence=tr("Type “help” in a chat with me to see what you can do."))
    ctx = Context.of(
        replace(request, text="", press=Press("form.open", UncheckedData({}), own_view=True)), services
    )
    try:
        return StartedAction(await start(ctx, message))
    except NotConnectedError:
        url = await services.accounts.tickets.connect_url(request.person, None, in_teams_window=True)
        return StartedAction(connect_url=url)
    except USER_ERRORS as error:
        return StartedAction(sentence=explain(error))


async def _start_create(ctx: Context, message: QuotedMessage) -> Reply:
    parts = (message.text, _attachments_line(message), _source_line(message))
    draft = create.Draft(summary=message.summary, description="\n\n".join(filter(None, parts)))
    return await create.proceed(ctx, draft, at_once=False)


async def _start_comment(ctx: Context, message: QuotedMessage) -> Reply:
    quote = "\n".join(f"> {line}".rstrip() for line in message.text.splitlines())
    text = "\n\n".join(filter(None, (quote, _attachments_line(message), _source_line(message))))
    return await _comment_form(ctx, await ctx.session.client(), text)


async def _comment_form(ctx: Context, jira: JiraClient, text: str, *, key: str = "", problem: str = "") -> Reply:
    site, title = jira.site.cloud_id, tr("Comment on an issue")
    issues = [(option.name, option.id) for option in await search_issues(jira)]
    if key and all(value != key for _, value in issues):
        issues.insert(0, (key, key))
    dataset = choices.dataset(ctx.own_sign, Form(Purpose.EDIT, site), choices.ISSUES)
    entries = [
        FormEntry(
            "f_issue", tr("Issue"), Shape.CHOICE, key, issues, required=True, dataset=dataset, has_more=True
        ),
        FormEntry("f_comment", tr("Comment"), Shape.PARAGRAPH, text, required=True, typed=True),
    ]
    buttons = [
        Button(tr("Comment"), "message.comment", ctx.own_sign("message.comment", site=site)),
        Button(tr("Cancel"), "form.cancel", ctx.own_sign("form.cancel", site=site), inputs=False),
    ]
    return Reply(card=form_card(FormView(title, entries, buttons, problem)), summary=title, repeatable=True)


@button("message.comment")
async def press_comment(ctx: Context) -> Reply:
    """Comment on the chosen issue; after an error show the form again with what was typed."""
    key, text, site = (
        issue_key(ctx.inputs.get("f_issue", "")),
        ctx.inputs.get("f_comment", ""),
        ctx.signed.get("site", ""),
    )
    if key is None:
        jira = await ctx.session.client(site)
        return await _comment_form(ctx, jira, text, problem=tr("Choose an issue to comment on."))
    issue = await ctx.issues.on_site(key, site)
    try:
        is_note = await comment.write_comment(ctx, issue, text)
    except (CommandError, JiraError) as error:
        return await _comment_form(ctx, issue.jira, text, key=key, problem=explain(error))
    notice = tr("Internal note added. The customer doesn't see it.") if is_note else tr("Comment added.")
    added = tr("Internal note added to {key}.", key=key) if is_note else tr("Comment added to {key}.", key=key)
    return await ctx.cards.after_write(issue, notice, added)


def _source_line(message: QuotedMessage) -> str:
    """Return a line of Markdown that names the author and links to the message."""
    if not (message.text or message.attachments or message.link):
        return ""
    if message.author:
        source = tr("From a message by {author} in Teams", author=_escape(message.author))
    else:
        source = tr("From a message in Teams")
    return f"[{source}]({message.link})" if message.link else source


def _attachments_line(message: QuotedMessage) -> str:
    """Return a line of Markdown that names what is attached to the message, with links to its files."""
    names = [
        f"[{_escape(each.name)}]({each.link})" if each.link else _escape(each.name) for each in message.attachments
    ]
    return tr("Attached in Teams: {names}", names=", ".join(names)) if names else ""


def _escape(name: str) -> str:
    """Escape what has a meaning within a line of Markdown: people choose their names, and those of files."""
    return _MARKUP.sub(r"\\\g<0>", name)


_ACTIONS: Mapping[str, Callable[[Context, QuotedMessage], Awaitable[Reply]]] = {
    "createIssue": _start_create,
    "commentOnIssue": _start_comment,
}
"""By their ids in the manifest."""
