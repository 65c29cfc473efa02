"""All commands and buttons. Help and docs/commands.md list commands in this order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from bot.commands.account import connect, disconnect, invite, waiting
from bot.commands.button import Button
from bot.commands.command import Command
from bot.commands.forms import form, submit
from bot.commands.help import help_command
from bot.commands.issue import (
    assign,
    comment,
    create,
    edit,
    from_message,
    link,
    lists,
    search,
    show,
    transition,
    unlink,
    vote,
    watch,
    worklog,
)
from bot.commands.parser import Parser
from bot.commands.subscriptions import change, notify, subscribe
from bot.commands.subscriptions import edit as edit_subscription


@cache
def parser() -> Parser:
    """Return the parser of all commands."""
    return Parser(COMMANDS, show=show.show, move=transition.move, several=search.several, link=link.link)


COMMANDS: tuple[Command, ...] = (
    help_command(parser),
    connect.connect,
    disconnect.disconnect,
    connect.whoami,
    connect.site,
    show.show,
    comment.comment,
    comment.reply,
    worklog.log,
    watch.watch,
    watch.unwatch,
    vote.vote,
    vote.unvote,
    create.create,
    edit.edit,
    *edit.FIELD_COMMANDS,
    transition.move,
    assign.assign,
    assign.unassign,
    link.link,
    unlink.unlink,
    lists.mine,
    lists.reported,
    lists.watched,
    lists.recent,
    lists.list_issues,
    search.search,
    search.search_jql,
    search.saved_filter,
    search.several,
    invite.invite,
    subscribe.subscribe,
    subscribe.subscriptions,
    change.unsubscribe,
    change.pause,
    change.resume,
    notify.notify,
)

BUTTONS: Mapping[str, Button] = {
    each.verb: each
    for each in (
        show.press_show,
        comment.press_comment,
        comment.press_reply,
        worklog.press_log,
        watch.press_watch,
        watch.press_unwatch,
        vote.press_vote,
        edit.press_edit,
        transition.press_move,
        assign.press_assign,
        assign.press_unassign,
        search.press_page,
        search.press_query,
        create.press_start,
        create.press_open,
        submit.press_submit,
        form.press_cancel,
        form.press_choices,
        from_message.press_comment,
        connect.press_connect,
        waiting.press_resume,
        disconnect.press_disconnect,
        invite.press_invite,
        subscribe.press_subscribe,
        subscribe.press_show,
        edit_subscription.press_edit,
        edit_subscription.press_save,
        change.press_pause,
        change.press_resume,
        change.press_remove,
        change.press_takeover,
        notify.press_notify,
    )
}
"""By their verbs."""
