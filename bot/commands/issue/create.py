"""create: at once if nothing else is required, else by a form. Asks for project and type if they are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from bot.accounts.model import Account
from bot.commands.button import button
from bot.commands.command import Takes, command
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.forms import choices
from bot.commands.forms.fields import missing_fields
from bot.commands.forms.form import open_form, refuse_unfillable, show_form
from bot.commands.forms.parsing.creation import (
    ProjectMatch,
    find_possible_keys,
    find_project,
    split_summary,
    split_type,
    suggest_type,
    take_type,
)
from bot.commands.forms.parsing.form_values import MAX_LINE
from bot.commands.forms.state import Form, Purpose
from bot.commands.issue_lookup import IssueHandle
from bot.commands.namesakes import Named, titles
from bot.commands.request import Reply
from bot.commands.text_input import one_line
from bot.jira.client import JiraClient
from bot.jira.errors import JiraGoneError, JiraRejectedError, JiraUnavailableError, NotFoundOrForbiddenError
from bot.jira.fields.choices import PROJECT_KEY
from bot.jira.fields.kinds import Kind
from bot.jira.fields.screens import ProjectRow, Projects, TypeRow
from bot.jira.fields.values import encode
from bot.language import mark, tr
from bot.security.card_signing import SignedData
from cards.forms import Button, FormEntry, FormView, Shape, form_card, opener_card

MAX_CARRIED_DESCRIPTION = 1_500
"""Characters of a description that a button takes along."""
UNLISTED = mark("Jira doesn't list your projects. Name one, like “create bug PROJ The login page is empty”.")
NOWHERE = mark("You don't have permission to create issues in any project.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of an issue before it is created.

    `type` is the type's id; `site` a cloud id, empty for the person's default site.
    """

    site: str = ""
    project: str = ""
    type: str = ""
    summary: str = ""
    description: str = ""

    @classmethod
    def from_press(cls, signed: SignedData, inputs: Mapping[str, str]) -> Draft:
        """Return the draft of a press: what the button carries, and what was filled in."""
        project = signed.get("project") or inputs.get("f_project", "")
        return cls(
            site=signed.get("site", ""),
            project=project if PROJECT_KEY.fullmatch(project) else "",
            type=signed.get("type") or inputs.get("f_type", ""),
            summary=one_line(inputs.get("f_summary") or signed.get("summary", "")),
            description=inputs.get("f_description") or signed.get("description", ""),
        )


@command(
    "create [type] [PROJ] [summary]",
    mark("Create an issue."),
    examples=("create bug PROJ The login page is empty", "create"),
    aliases=("new",),
    takes=Takes.TEXT,
)
async def create(ctx: Context, text: str) -> Reply:
    """Create an issue from `[type] [PROJ] [summary]`; lines below the first are its description."""
    account, jira = await ctx.session.account(), await ctx.session.client()
    viewer = account.user.account_id
    match = await _find_project(jira, viewer, text)
    if match is None:
        summary, description = split_summary(text)
        return await proceed(ctx, Draft(summary=summary, description=description), at_once=True)
    types = await jira.screens.types(viewer, match.project.key)
    type_, rest = split_type(match, types)
    summary, description = split_summary(rest)
    draft = Draft(jira.site.cloud_id, match.project.key, _type_id(types, type_), summary, description)
    return await proceed(ctx, draft, at_once=True)


async def _find_project(jira: JiraClient, viewer: str, text: str) -> ProjectMatch | None:
    """Return the project that a text names, or the only one there is; None if it is not clear."""
    try:
        projects = await jira.screens.projects(viewer)
    except (NotFoundOrForbiddenError, JiraGoneError, JiraRejectedError, JiraUnavailableError) as error:
        match = await _find_unlisted_project(jira, viewer, text)
        if match is None and isinstance(error, JiraUnavailableError | JiraGoneError):
            raise
        if match is None:
            raise CommandError(tr(UNLISTED)) from None
        return match
    if not projects.rows:
        raise CommandError(tr(NOWHERE))
    match = find_project(text, projects.rows)
    if match is not None:
        return match
    if not projects.complete:
        return await _search_project(jira, text)
    return ProjectMatch(projects.rows[0], "", text) if len(projects.rows) == 1 else None


async def _search_project(jira: JiraClient, text: str) -> ProjectMatch | None:
    """Ask Jira for projects by the keys that a text may name, where there are too many to list."""
    for key in find_possible_keys(text) or find_possible_keys(text.upper()):
        projects = await jira.screens.find_projects(key)
        match = find_project(text, [project for project in projects.rows if project.key == key])
        if match is not None:
            return match
    return None


async def _find_unlisted_project(jira: JiraClient, viewer: str, text: str) -> ProjectMatch | None:
    """Return the first possible key of a project that has types, where Jira lists no projects."""
    for key in find_possible_keys(text.upper()):
        try:
            types = await jira.screens.types(viewer, key)
        except NotFoundOrForbiddenError:
            continue
        match = find_project(text, [ProjectRow(key, key)]) if types else None
        if match is not None:
            return match
    return None


def _type_id(types: Sequence[TypeRow], chosen: TypeRow | None) -> str:
    """Return the id of the chosen type, or of the only one that needs no parent; empty if it is not clear."""
    standalone = [each for each in types if not each.subtask]
    if chosen is None and len(standalone) == 1:
        return standalone[0].id
    return chosen.id if chosen else ""


async def proceed(ctx: Context, draft: Draft, *, at_once: bool) -> Reply:
    """Ask for the project, for the type, for the fields, or create the issue: whichever is next."""
    if len(draft.summary) > MAX_LINE:
        raise CommandError(_summary_too_long(len(draft.summary)))
    account, jira = await ctx.session.account(), await ctx.session.client(draft.site)
    if not draft.project or not draft.type:
        return await _ask(ctx, draft, account, jira)
    try:
        fields = await jira.screens.create_fields(account.user.account_id, draft.project, draft.type)
    except (NotFoundOrForbiddenError, JiraGoneError):
        if not (at_once and draft.summary):
            raise
        # What the screen asks for is not known. If anything is missing, Jira says so.
        return await _create(ctx, draft, account, jira)
    on_screen = {field.id for field in fields}
    filled_in = [name for name in ("summary", "description") if getattr(draft, name)]
    complete = draft.summary and on_screen.issuperset(filled_in) and not missing_fields(fields, filled_in)
    if at_once and complete:
        return await _create(ctx, draft, account, jira)
    return await _offer_form(ctx, draft, jira)


async def _offer_form(ctx: Context, draft: Draft, jira: JiraClient) -> Reply:
    form = Form(Purpose.CREATE, jira.site.cloud_id, project=draft.project, type=draft.type)
    opened = await open_form(ctx, form)
    if _others_read(ctx):
        refuse_unfillable(opened)
        return _opener(ctx, draft, jira, opened.title)
    typed = {"f_summary": draft.summary, "f_description": draft.description}
    return await show_form(ctx, opened, typed={name: text for name, text in typed.items() if text})


async def _create(ctx: Context, draft: Draft, account: Account, jira: JiraClient) -> Reply:
    values: dict[str, object] = {"summary": draft.summary}
    if draft.description:
        values["description"] = await encode(Kind.PARAGRAPH, draft.description)
    key = await jira.screens.create(draft.project, draft.type, values)
    issue, summary = IssueHandle(key, jira, account), tr("Created {key}.", key=key)
    return await ctx.cards.after_write(issue, tr("Created."), summary, created=True)


def _summary_too_long(length: int) -> str:
    return tr(
        "A summary can have up to {limit} characters; yours has {length}. Put the rest on the next "
        "lines: they become the description.",
        limit=MAX_LINE,
        length=length,
    )


# Asking for the project and the type -------------------------------------------------------------------------


async def _ask(ctx: Context, draft: Draft, account: Account, jira: JiraClient) -> Reply:
    title = tr("New issue in {project}", project=draft.project) if draft.project else tr("New issue")
    if _others_read(ctx):
        return _opener(ctx, draft, jira, title)
    viewer, site = account.user.account_id, jira.site.cloud_id
    if draft.project:
        draft, choice = await _ask_for_type(draft, viewer, jira)
        steps = {"form.start": tr("Create"), "form.open": tr("More fields")}
    else:
        choice = _project_entry(ctx, jira, await jira.screens.projects(viewer))
        steps = {"form.start": tr("Continue")}
    entries = [choice, FormEntry("f_summary", tr("Summary"), Shape.LINE, draft.summary, main=True)]
    if draft.description:
        label, text = tr("Description"), draft.description
        entries.append(FormEntry("f_description", label, Shape.PARAGRAPH, text, main=True, typed=True))
    buttons = [
        Button(name, verb, ctx.own_sign(verb, site=site, project=draft.project)) for verb, name in steps.items()
    ]
    cancel = Button(tr("Cancel"), "form.cancel", ctx.own_sign("form.cancel", site=site), inputs=False)
    card = form_card(FormView(title, entries, [*buttons, cancel]))
    return Reply(card=card, summary=title, repeatable=True, private=True)


async def _ask_for_type(draft: Draft, viewer: str, jira: JiraClient) -> tuple[Draft, FormEntry]:
    """Return the choice of a type, and the draft without a type at the beginning of its summary."""
    types = await jira.screens.types(viewer, draft.project)
    if not types:
        raise CommandError(
            tr(
                "{project} doesn't exist, or you don't have permission to create issues in it.",
                project=draft.project,
            )
        )
    chosen, summary = take_type(draft.summary, types)
    suggested = chosen or suggest_type(types)
    named = [Named(each.id, each.name, tr("subtask") if each.subtask else "") for each in types]
    entry = FormEntry(
        "f_type",
        tr("Type"),
        Shape.RADIO,
        suggested.id if suggested else "",
        [(title, each.id) for title, each in zip(titles(named), types, strict=True)],
        required=True,
    )
    return replace(draft, summary=summary), entry


def _project_entry(ctx: Context, jira: JiraClient, projects: Projects) -> FormEntry:
    if not projects.rows:
        raise CommandError(tr(NOWHERE))
    form = Form(Purpose.CREATE, jira.site.cloud_id)
    return FormEntry(
        "f_project",
        tr("Project"),
        Shape.CHOICE,
        projects.rows[0].key,
        [(f"{project.name} ({project.key})", project.key) for project in projects.rows],
        required=True,
        dataset=choices.dataset(ctx.own_sign, form, choices.PROJECTS),
        has_more=not projects.complete,
    )


def _opener(ctx: Context, draft: Draft, jira: JiraClient, title: str) -> Reply:
    """Show a button that opens the form for its presser alone, where others must not see what they may choose."""
    fits = len(draft.description) <= MAX_CARRIED_DESCRIPTION
    hints = [tr("Only you will see the form."), *([] if fits else [tr("The description is too long to include.")])]
    carried = asdict(replace(draft, site="", description=draft.description if fits else ""))
    properties = {name: text for name, text in carried.items() if text}
    data = ctx.sign("form.open", site=jira.site.cloud_id, **properties)
    lines = [line for line in (draft.summary, " ".join(hints)) if line]
    card = opener_card(title, lines, Button(tr("Open form"), "form.open", data))
    return Reply(card=card, summary=title)


def _others_read(ctx: Context) -> bool:
    return ctx.request.press is None and not ctx.request.conversation.is_personal


# Presses -----------------------------------------------------------------------------------------------------


@button("form.start")
async def press_start(ctx: Context) -> Reply:
    """Create an issue with the chosen project and type, if nothing else is required."""
    return await proceed(ctx, await _with_valid_type(ctx, Draft.from_press(ctx.signed, ctx.inputs)), at_once=True)


@button("form.open", read_only=True)
async def press_open(ctx: Context) -> Reply:
    """Show the whole form."""
    return await proceed(ctx, await _with_valid_type(ctx, Draft.from_press(ctx.signed, ctx.inputs)), at_once=False)


async def _with_valid_type(ctx: Context, draft: Draft) -> Draft:
    """Return the draft with a type of its project, or none. The only type of a project need not be chosen."""
    if not draft.project:
        return replace(draft, type="")
    account, jira = await ctx.session.account(), await ctx.session.client(draft.site)
    types = await jira.screens.types(account.user.account_id, draft.project)
    return replace(draft, type=_type_id(types, next((each for each in types if each.id == draft.type), None)))
