"""The buttons of an issue card. Teams shows at most six, so the rarer ones are below "More"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.jira.models import Transition
from bot.language import tr, trn
from cards.elements import (
    Part,
    action_set,
    column,
    columns,
    constant,
    execute,
    open_url,
    rich,
    run,
    show_card,
    text_input,
)
from cards.issue_view import IssueView

MAX_COMMENT = 10_000


def main_actions(view: IssueView, transitions: int) -> Iterator[Part]:
    """Build at most six buttons: move, assign to me (or to nobody), comment, watch (or stop), more, open."""
    moves = [_move(view, each) for each in view.transitions[:transitions]]
    if moves:
        yield show_card(tr("Move"), _move_rows(moves, len(view.transitions)), style="positive")
    if view.viewer and view.issue.assignee and view.issue.assignee.account_id == view.viewer:
        yield _press(view, tr("Unassign"), "issue.unassign")
    else:
        yield _press(view, tr("Assign to me"), "issue.assign", assignee="me")
    yield _comment(view)
    if not view.shared:
        yield _unwatch(view) if view.issue.watching else _watch(view)
    yield _more(view)
    if view.url:
        yield open_url(tr("Open in Jira"), view.url)


def _press(view: IssueView, title: str, verb: str, *, style: str = "", inputs: bool = False, **data: str) -> Part:
    return execute(title, verb, view.sign_data(verb, **data), style=style, inputs=inputs)


def _move(view: IssueView, transition: Transition) -> Part:
    name, target = transition.name or transition.to.name or transition.id, transition.to.name
    title = f"{name} → {target}" if target and target.casefold() != name.casefold() else name
    return _press(view, title, "issue.move", transition=transition.id)


def _move_rows(moves: Sequence[Part], total: int) -> Iterator[Part]:
    for start in range(0, len(moves), 3):
        yield action_set(moves[start : start + 3], spacing="Small")
    more = total - len(moves)
    if more > 0:
        words = trn("and {moves} more in Jira", "and {moves} more in Jira", more, moves=more)
        yield rich(run(words, subtle=True, size="Small"))


def _comment(view: IssueView) -> Part:
    field = text_input(
        "comment",
        tr("Comment on {key}", key=view.key),
        hint=tr("Markdown supported"),
        multiline=True,
        limit=MAX_COMMENT,
        required=True,
    )
    if not view.issue.in_service_project:
        send = _press(view, tr("Send comment"), "issue.comment", style="positive", inputs=True)
        return show_card(tr("Comment"), [field], [send])
    note = _press(view, tr("Add internal note"), "issue.comment", style="positive", inputs=True)
    reply = _press(view, tr("Reply to customer"), "issue.reply", inputs=True)
    return show_card(tr("Comment"), [field], [note, reply])


def _more(view: IssueView) -> Part:
    issue = view.issue
    assign = _press(view, tr("Assign"), "issue.assign", inputs=True)
    log = _press(view, tr("Log work"), "issue.log", inputs=True)
    vote = _press(view, tr("Vote"), "issue.vote")
    take_back = _press(view, tr("Remove vote"), "issue.vote", vote="off")
    # A shared card is the same for all of its readers, so it shows no one's own state.
    own = [_watch(view), _unwatch(view), vote] if view.shared else [take_back if issue.voted else vote]
    edit = _press(view, tr("Edit"), "issue.edit")
    return show_card(
        tr("More"),
        [
            _field(_input("assignee", tr("Assign to"), tr("name or email"), 255), assign),
            _field(_input("time", tr("Time spent"), "1h 30m", 40), log),
            action_set([edit, *own], spacing="Medium"),
        ],
    )


def _watch(view: IssueView) -> Part:
    return _press(view, tr("Watch"), "issue.watch")


def _unwatch(view: IssueView) -> Part:
    return _press(view, tr("Stop watching"), "issue.unwatch")


def _field(field: Part, button: Part) -> Part:
    """Build a field, which is a column, with its button beside it."""
    return columns(field, column([action_set([button])], width="auto", align="Bottom"), spacing="Small")


@constant
def _input(name: str, label: str, hint: str, limit: int) -> Part:
    return column([text_input(name, label, hint=hint, limit=limit)])
