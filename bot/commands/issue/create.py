"""create: at once when nothing else is required, else by a form; project and type are asked for when missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from bot.accounts.model import Account
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.forms import builder, choices, submit
from bot.commands.forms.fields import missing
from bot.commands.forms.parsing.creation import (
    Named,
    default_type,
    find_project,
    leading_type,
    possible_keys,
    split_summary,
    split_type,
)
from bot.commands.forms.parsing.form_values import LINE
from bot.commands.forms.state import Form, Purpose
from bot.commands.issue_lookup import IssueRef
from bot.commands.parser import Command
from bot.commands.request import Reply
from bot.jira.client import JiraClient
from bot.jira.errors import JiraRejectedError, JiraUnavailableError, NotFoundOrForbiddenError
from bot.jira.fields.choices import PROJECT_KEY
from bot.jira.fields.kinds import Kind
from bot.jira.fields.screens import ProjectRow, Projects, TypeRow
from bot.jira.fields.values import encode
from bot.language import mark, tr
from cards.forms import Button, Entry, FormView, Shape, form_card, opener_card

CARRIED = 1_500
"""Characters of a description that a button takes along."""
UNLISTED = mark("Jira does not list your projects. Name one, like “create bug PROJ The login page is empty”.")
NOWHERE = mark("There is no project in which your Jira account may create issues.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of an issue that is to be created.

    `type` is the type's id; `site` a cloud id, empty for the person's default site.
    """

    site: str = ""
    project: str = ""
    type: str = ""
    summary: str = ""
    description: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Draft:
        """From a press: what the button carries, and what was filled in."""
        project = data.get("project") or data.get("f_project", "")
        return cls(
            site=data.get("site", ""),
            project=project if PROJECT_KEY.fullmatch(project) else "",
            type=data.get("type") or data.get("f_type", ""),
            summary=" ".join((data.get("f_summary") or data.get("summary", "")).split()),
            description=data.get("f_description") or data.get("description", ""),
        )


async def create(ctx: Context, text: str) -> Reply:
    """What was typed behind `create`: `[type] [PROJ] [summary]`, the description on the lines below."""
    account, jira = await ctx.session.account(), await ctx.session.client()
    viewer = account.user.account_id
    named = await _project(jira, viewer, text)
    if named is None:
        summary, description = split_summary(text)
        return await proceed(ctx, Draft(summary=summary, description=description), at_once=True)
    types = await jira.screens.types(viewer, named.project.key)
    chosen, rest = split_type(named, types)
    summary, description = split_summary(rest)
    draft = Draft(jira.site.cloud_id, named.project.key, _only(types, chosen), summary, description)
    return await proceed(ctx, draft, at_once=True)


async def _project(jira: JiraClient, viewer: str, text: str) -> Named | None:
    try:
        projects = await jira.screens.projects(viewer)
    except (NotFoundOrForbiddenError, JiraRejectedError, JiraUnavailableError) as error:
        named = await _unlisted(jira, viewer, text)
        if named is None and isinstance(error, JiraUnavailableError):
            raise
        if named is None:
            raise CommandError(tr(UNLISTED)) from None
        return named
    if not projects.rows:
        raise CommandError(tr(NOWHERE))
    named = find_project(text, projects.rows)
    if named is None and projects.complete and len(projects.rows) == 1:
        return Named(projects.rows[0], "", text)
    if named is None and not projects.complete:
        for key in possible_keys(text) or possible_keys(text.upper()):
            found = await jira.screens.find_projects(key)
            named = find_project(text, [p for p in found.rows if p.key == key])
            if named is not None:
                break
    return named


async def _unlisted(jira: JiraClient, viewer: str, text: str) -> Named | None:
    """Where Jira lists no projects: the first word that is the key of one that has types."""
    for key in possible_keys(text.upper()):
        try:
            types = await jira.screens.types(viewer, key)
        except NotFoundOrForbiddenError:
            continue
        named = find_project(text, [ProjectRow(key, key)]) if types else None
        if named is not None:
            return named
    return None


def _only(types: tuple[TypeRow, ...], chosen: TypeRow | None) -> str:
    """The chosen type's id, or that of the only one that needs no parent."""
    alone = [t for t in types if not t.subtask]
    if chosen is None and len(alone) == 1:
        return alone[0].id
    return chosen.id if chosen else ""


async def proceed(ctx: Context, draft: Draft, *, at_once: bool) -> Reply:
    """The next step: ask for the project, for the type, for the fields; or create."""
    if len(draft.summary) > LINE:
        raise CommandError(
            tr(
                "A summary takes up to {limit} characters; this one has {length}."
                " Put the rest on lines below it: they become the description.",
                limit=LINE,
                length=len(draft.summary),
            )
        )
    issue = await ctx.issues.on_site("", draft.site)
    if not draft.project or not draft.type:
        return await _ask(ctx, draft, issue)
    jira, account = issue.jira, issue.account
    try:
        fields = await jira.screens.create_fields(account.user.account_id, draft.project, draft.type)
    except NotFoundOrForbiddenError:
        if not (at_once and draft.summary):
            raise
        # What the screen asks for is not told: Jira says what is missing.
        return await _create(ctx, draft, jira, account)
    on_screen = {f.id for f in fields}
    given = [name for name in ("summary", "description") if getattr(draft, name)]
    if at_once and draft.summary and on_screen.issuperset(given) and not missing(fields, given):
        return await _create(ctx, draft, jira, account)
    form = Form(Purpose.CREATE, jira.site.cloud_id, project=draft.project, type=draft.type)
    opened = await builder.open_form(ctx, form)
    if _in_company(ctx):
        builder.refuse_unfillable(opened)
        return _opener(ctx, draft, jira, opened.title)
    typed = {"f_summary": draft.summary, "f_description": draft.description}
    return await builder.show(ctx, opened, typed={name: text for name, text in typed.items() if text})


async def _create(ctx: Context, draft: Draft, jira: JiraClient, account: Account) -> Reply:
    values: dict[str, object] = {"summary": draft.summary}
    if draft.description:
        values["description"] = encode(Kind.PARAGRAPH, draft.description)
    key = await jira.screens.create(draft.project, draft.type, values)
    told = tr("Created {key}.", key=key)
    return await ctx.cards.after_write(IssueRef(key, jira, account), tr("Created."), told, created=True)


# Asking for the project and the type -------------------------------------------------------------------------


async def _ask(ctx: Context, draft: Draft, issue: IssueRef) -> Reply:
    title = tr("New issue in {project}", project=draft.project) if draft.project else tr("New issue")
    if _in_company(ctx):
        return _opener(ctx, draft, issue.jira, title)
    viewer, site = issue.account.user.account_id, issue.jira.site.cloud_id
    if draft.project:
        types = await issue.jira.screens.types(viewer, draft.project)
        if not types:
            raise CommandError(
                tr("You may not create issues in {project}, or there is no such project.", project=draft.project)
            )
        named, summary = leading_type(draft.summary, types)
        draft = replace(draft, summary=summary)
        choice = _type_entry(types, named or default_type(types))
        steps = {"form.start": tr("Create"), "form.open": tr("More fields")}
    else:
        choice = _project_entry(ctx, issue.jira, await issue.jira.screens.projects(viewer))
        steps = {"form.start": tr("Continue")}
    entries = [choice, Entry("f_summary", tr("Summary"), Shape.LINE, draft.summary, main=True)]
    if draft.description:
        label, text = tr("Description"), draft.description
        entries.append(Entry("f_description", label, Shape.PARAGRAPH, text, main=True, typed=True))
    buttons = [Button(name, v, ctx.own_sign(v, site=site, project=draft.project)) for v, name in steps.items()]
    cancel = Button(tr("Cancel"), "form.cancel", ctx.own_sign("form.cancel", site=site), inputs=False)
    card = form_card(FormView(title, entries, [*buttons, cancel]))
    return Reply(card=card, summary=title, repeatable=True, private=True)


def _type_entry(types: tuple[TypeRow, ...], suggested: TypeRow | None) -> Entry:
    return Entry(
        "f_type",
        tr("Type"),
        Shape.RADIO,
        suggested.id if suggested else "",
        [(t.name, t.id) for t in types],
        required=True,
    )


def _project_entry(ctx: Context, jira: JiraClient, projects: Projects) -> Entry:
    if not projects.rows:
        raise CommandError(tr(NOWHERE))
    form = Form(Purpose.CREATE, jira.site.cloud_id)
    return Entry(
        "f_project",
        tr("Project"),
        Shape.CHOICE,
        projects.rows[0].key,
        [(f"{p.name} ({p.key})", p.key) for p in projects.rows],
        required=True,
        dataset=choices.dataset(ctx.own_sign, form, choices.PROJECTS),
        endless=not projects.complete,
    )


def _opener(ctx: Context, draft: Draft, jira: JiraClient, title: str) -> Reply:
    """Where others read along, what a person may choose from is theirs alone to see."""
    fits = len(draft.description) <= CARRIED
    told = [tr("It opens for you alone."), *([] if fits else [tr("The description is too long to go along.")])]
    carried = replace(draft, description=draft.description if fits else "")
    about = {name: text for name, text in asdict(carried).items() if text and name != "site"}
    data = ctx.sign("form.open", site=jira.site.cloud_id, **about)
    lines = [line for line in (draft.summary, " ".join(told)) if line]
    card = opener_card(title, lines, Button(tr("Fill in"), "form.open", data))
    return Reply(card=card, summary=title)


def _in_company(ctx: Context) -> bool:
    return ctx.request.press is None and not ctx.request.conversation.is_personal


# Presses -----------------------------------------------------------------------------------------------------


async def press_start(ctx: Context) -> Reply:
    """The project or the type was chosen: create if nothing else is required."""
    data = ctx.data
    draft = Draft.from_data(data)
    return await proceed(ctx, await _checked(ctx, draft), at_once=True)


async def press_open(ctx: Context) -> Reply:
    """Go on to the whole form."""
    data = ctx.data
    return await proceed(ctx, await _checked(ctx, Draft.from_data(data)), at_once=False)


async def _checked(ctx: Context, draft: Draft) -> Draft:
    """A draft whose type is one of the project's; the only type of a project need not be chosen."""
    if not draft.project:
        return replace(draft, type="")
    issue = await ctx.issues.on_site("", draft.site)
    types = await issue.jira.screens.types(issue.account.user.account_id, draft.project)
    return replace(draft, type=_only(types, next((t for t in types if t.id == draft.type), None)))


VERBS = {
    "form.start": press_start,
    "form.open": press_open,
    "form.submit": submit.press_submit,
    "form.cancel": builder.press_cancel,
    "form.choices": builder.press_choices,
}

COMMANDS = (
    Command(
        "create",
        "create [type] [PROJ] [summary]",
        mark("Create an issue; a form asks for what is missing."),
        create,
        ("create bug PROJ The login page is empty", "create"),
        ("new",),
    ),
)
