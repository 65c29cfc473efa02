"""Describes an event in one sentence: `Bob moved To Do → In Progress and assigned it to Ann`.

In a language whose word order differs from English it is a headline of separate phrases instead:
`Bob: Status To Do → In Arbeit, zugewiesen an Ann`. The result is text, not Markdown: it contains names, values and
comments that anybody may have written, so the caller must escape it. It does not name the issue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import regex

from bot.jira.webhooks.model import Change, Event, EventKind
from bot.jira.wiki.plain_text import plain_text
from bot.language import mark, tr, trn

_MAX_NAME = 60
_MAX_VALUE = 80
_MAX_COMMENT = 280
_MAX_PHRASES = 6

NO_NAMES: Mapping[str, str] = {}
_CLUSTER = regex.compile(r"\X")
_CONTROL = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}--[\u200c\u200d\n\t\r]]", regex.VERSION1)


def describe(event: Event, *, with_text: bool = True, names: Mapping[str, str] = NO_NAMES) -> str:
    """Return the sentence. Without `with_text` it holds nothing of the comment's text.

    `names` maps account ids to the names of people whom the comment may mention.
    """
    phrases = list(_phrases(event, names if with_text else None))
    if (more := len(phrases) - _MAX_PHRASES + 1) > 1:
        phrases[-more:] = [trn("changed {count} more field", "changed {count} more fields", more)]
    said = _join(phrases) or tr("changed it")
    if event.actor is None:
        return tr("Someone {said}", said=said)
    # i18n: {said} is what somebody did: “moved To Do → In Progress and assigned it to Ann”.
    return tr("{name} {said}", name=_short(event.actor.name, _MAX_NAME), said=said)


def _phrases(event: Event, names: Mapping[str, str] | None) -> Iterator[str]:
    kind = _short(event.issue_type, _MAX_NAME)
    if EventKind.CREATED in event.kinds:
        yield tr("created this {type}", type=kind) if kind else tr("created this issue")
        return
    if EventKind.DELETED in event.kinds:
        yield tr("deleted this {type}", type=kind) if kind else tr("deleted this issue")
        return
    yield from _describe_changes(event)
    text = ""
    if event.comment is not None and names is not None:
        text = _short(plain_text(event.comment.text, names), _MAX_COMMENT)
    if EventKind.COMMENTED in event.kinds:
        yield tr("commented: “{text}”", text=text) if text else tr("commented")
    elif EventKind.COMMENT_EDITED in event.kinds:
        yield tr("edited a comment: “{text}”", text=text) if text else tr("edited a comment")
    elif EventKind.COMMENT_DELETED in event.kinds:
        yield tr("deleted a comment")


def _describe_changes(event: Event) -> Iterator[str]:
    """Yield the changes as phrases, the most important ones first."""
    changed = [c for c in event.changes if c.field not in _SILENT]
    if any(c.field == "key" for c in changed):
        changed = [c for c in changed if c.field not in ("project", "workflow")]
    if any(c.field == "status" for c in changed):
        # Leave out a resolution that only repeats the status: "moved In Progress → Done".
        status = next(c for c in changed if c.field == "status")
        changed = [c for c in changed if c.field != "resolution" or (c.after and c.after != status.after)]
    for change in sorted(changed, key=lambda c: _FIRST.get(c.field, len(_FIRST))):
        yield _PHRASES.get(change.field, _describe_other)(change)


def _describe_other(change: Change) -> str:
    known = _NAMES.get(change.name)
    name = tr(known) if known else _short(change.name)
    # What fields a site has added, and which of them hold markup, is not in the delivery.
    before, after = (_short(plain_text(text, NO_NAMES)) for text in (change.before, change.after))
    if before and after:
        return tr("changed {name} from {before} to {after}", name=name, before=before, after=after)
    return tr("set {name} to {after}", name=name, after=after) if after else tr("cleared {name}", name=name)


def _status(change: Change) -> str:
    before, after = _short(change.before), _short(change.after)
    if before:
        return tr("moved {before} → {after}", before=before, after=after)
    return tr("moved it to {after}", after=after)


def _assignee(change: Change) -> str:
    if change.after:
        return tr("assigned it to {name}", name=_short(change.after, _MAX_NAME))
    return tr("unassigned it")


def _resolution(change: Change) -> str:
    return tr("resolved it as {after}", after=_short(change.after)) if change.after else tr("reopened it")


def _summary(change: Change) -> str:
    return tr("renamed it to “{after}”", after=_short(change.after))


def _labels(change: Change) -> str:
    before = dict.fromkeys(change.before.replace('"', "").split())
    after = dict.fromkeys(change.after.replace('"', "").split())
    added, removed = [x for x in after if x not in before], [x for x in before if x not in after]
    phrases: list[str] = []
    if added:
        labels = _short(", ".join(added))
        phrases.append(trn("added the label {labels}", "added the labels {labels}", len(added), labels=labels))
    if removed:
        labels = _short(", ".join(removed))
        phrases.append(
            trn("removed the label {labels}", "removed the labels {labels}", len(removed), labels=labels)
        )
    return _join(phrases) or tr("changed the labels")


def _one_of_many(changed: str, added: str, removed: str) -> Callable[[Change], str]:
    """Describe a list's change: Jira sends one item for each value that was added or removed."""

    def phrase(change: Change) -> str:
        before, after = _short(change.before), _short(change.after)
        if before and after:
            return tr(changed, before=before, after=after)
        return tr(added, after=after) if after else tr(removed, before=before)

    return phrase


def _attachment(change: Change) -> str:
    if change.before and change.after:
        return tr(
            "replaced the file {before} with {after}", before=_short(change.before), after=_short(change.after)
        )
    if change.after:
        return tr("attached {file}", file=_short(change.after))
    return tr("removed the file {file}", file=_short(change.before))


def _sprint(change: Change) -> str:
    """Compare lists of sprints: Jira names all that the issue has been in, closed ones, too."""
    before, after = (dict.fromkeys(filter(None, text.split(", "))) for text in (change.before, change.after))
    added = _short(", ".join(name for name in after if name not in before))
    removed = _short(", ".join(name for name in before if name not in after))
    if added and removed:
        return tr("moved it from {before} to {after}", before=removed, after=added)
    if added or (after and not removed):
        return tr("put it into {sprint}", sprint=added or _short(change.after))
    return tr("took it out of {sprint}", sprint=removed or _short(change.before))


def _due(change: Change) -> str:
    if change.after:
        return tr("set the due date to {day}", day=_short(change.after.partition(" ")[0]))
    return tr("cleared the due date")


def _key(change: Change) -> str:
    return tr("moved it from {before} to {after}", before=_short(change.before), after=_short(change.after))


def _time_spent(change: Change) -> str:
    before, after = (int(s) if s.isdecimal() else 0 for s in (change.before_id, change.after_id))
    if after > before:
        return tr("logged {duration}", duration=_duration(after - before))
    return tr("corrected the work log")


def _estimate(change: Change) -> str:
    seconds = change.after_id or change.after
    if not seconds:
        return tr("cleared the original estimate")
    duration = _duration(int(seconds)) if seconds.isdecimal() else change.after
    return tr("set the original estimate to {duration}", duration=_short(duration))


def _worklog(change: Change) -> str:
    duration = _short(change.after)
    return tr("logged {duration}", duration=duration) if duration else tr("logged work")


def _link(change: Change) -> str:
    text = _short(change.after or change.before)
    return tr("linked it: “{text}”", text=text) if change.after else tr("unlinked it: “{text}”", text=text)


def _constant(phrase: str) -> Callable[[Change], str]:
    return lambda _: tr(phrase)


_FIRST = {name: place for place, name in enumerate(("key", "status", "resolution", "assignee"))}

_SILENT = frozenset(
    {"comment", "rank", "global rank", "worklogid", "worklogtimespent", "timeestimate", "workratio"}
)
"""Changes that another phrase covers, or whose text not everybody may read ("comment")."""

_NAMES: Mapping[str, str] = {
    "issuetype": mark("issue type"),
    **{name: name for name in (mark("priority"), mark("reporter"), mark("project"))},
}
"""Fields that Jira names in English in every language; fields that a site adds have their own names."""

_parent = _one_of_many(
    mark("changed the parent from {before} to {after}"),
    mark("set the parent to {after}"),
    mark("removed the parent {before}"),
)

_PHRASES: Mapping[str, Callable[[Change], str]] = {
    "status": _status,
    "assignee": _assignee,
    "resolution": _resolution,
    "summary": _summary,
    "description": _constant(mark("changed the description")),
    "environment": _constant(mark("changed the environment")),
    "labels": _labels,
    "fix version": _one_of_many(
        mark("changed the fix version from {before} to {after}"),
        mark("added the fix version {after}"),
        mark("removed the fix version {before}"),
    ),
    "version": _one_of_many(
        mark("changed the affected version from {before} to {after}"),
        mark("added the affected version {after}"),
        mark("removed the affected version {before}"),
    ),
    "component": _one_of_many(
        mark("changed the component from {before} to {after}"),
        mark("added the component {after}"),
        mark("removed the component {before}"),
    ),
    **dict.fromkeys(("issueparentassociation", "parent", "parent issue"), _parent),
    "attachment": _attachment,
    "sprint": _sprint,
    "duedate": _due,
    "key": _key,
    "timespent": _time_spent,
    "timeoriginalestimate": _estimate,
    "worklog added": _worklog,
    "worklog changed": _constant(mark("corrected a work log")),
    "worklog removed": _constant(mark("removed a work log")),
    **dict.fromkeys(("link", "remoteissuelink", "remoteworkitemlink"), _link),
    "link added": _constant(mark("linked it to another issue")),
    "link removed": _constant(mark("removed a link to another issue")),
    "security": _constant(mark("changed who may see it")),
}


def _join(phrases: list[str]) -> str:
    if len(phrases) < 2:
        return "".join(phrases)
    # i18n: joins what somebody did: “moved To Do → Done”, “assigned it to Ann” and “commented”.
    return tr("{phrases} and {phrase}", phrases=", ".join(phrases[:-1]), phrase=phrases[-1])


def _duration(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return " ".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m")) if n) or tr("less than a minute")


def _short(text: str, limit: int = _MAX_VALUE) -> str:
    """Return `text` on one line, without control characters, at most `limit` grapheme clusters long."""
    line = " ".join(_CONTROL.sub("", text[: limit * 20]).split())
    clusters = _CLUSTER.findall(line)
    return line if len(clusters) <= limit else "".join(clusters[: limit - 1]) + "…"
