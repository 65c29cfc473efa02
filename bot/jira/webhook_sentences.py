"""What happened, in one plain sentence: `Bob moved To Do → In Progress and assigned it to Ann`.

The result is text, not Markdown: it holds names, values and comments that anybody may have written, and whoever
shows it escapes it. The issue itself is not named in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import regex

from bot.jira.webhook_model import Change, Event, EventKind

_NAME_LENGTH = 60
_VALUE_LENGTH = 80
_COMMENT_LENGTH = 280
_MOST_PHRASES = 6

_CLUSTER = regex.compile(r"\X")
_CONTROL = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}--[\u200c\u200d\n\t\r]]", regex.VERSION1)
_WIKI = (
    (re.compile(r"\{(?:code|noformat|quote|color|panel)(?::[^}\n]{0,200})?\}"), " "),
    (re.compile(r"\[~(?:accountid:)?([^\]\s]{1,128})\]"), "@someone"),
    (re.compile(r"\[([^\]|\n]{1,300})\|[^\]\n]{1,2000}\]"), r"\1"),
    (re.compile(r"!([^!\s|]{1,255})(?:\|[^!\n]{0,255})?!"), "(picture)"),
    (re.compile(r"(?m)^(?:h[1-6]\.|bq\.|[*#-]+) "), ""),
)


def sentence(event: Event, *, with_text: bool = True) -> str:
    """The sentence. Without `with_text` it holds nothing of what the comment says."""
    phrases = list(_phrases(event, with_text))
    if len(phrases) > _MOST_PHRASES:
        phrases[_MOST_PHRASES - 1 :] = [f"changed {len(phrases) - _MOST_PHRASES + 1} more fields"]
    said = _joined(phrases) or "changed it"
    if event.actor is not None:
        return f"{_short(event.actor.name, _NAME_LENGTH)} {said}"
    return f"Somebody {said}"


def _phrases(event: Event, with_text: bool) -> Iterator[str]:
    if EventKind.CREATED in event.kinds:
        yield f"created this {_short(event.issue_type, _NAME_LENGTH) or 'issue'}"
        return
    if EventKind.DELETED in event.kinds:
        yield f"deleted this {_short(event.issue_type, _NAME_LENGTH) or 'issue'}"
        return
    yield from _merged(event)
    text = _short(_plain(event.comment.text), _COMMENT_LENGTH) if event.comment and with_text else ""
    if EventKind.COMMENTED in event.kinds:
        yield f"commented: “{text}”" if text else "commented"
    elif EventKind.COMMENT_EDITED in event.kinds:
        yield f"edited a comment: “{text}”" if text else "edited a comment"
    elif EventKind.COMMENT_DELETED in event.kinds:
        yield "deleted a comment"


def _merged(event: Event) -> Iterator[str]:
    """The changes as phrases, those first that people look for."""
    changed = [c for c in event.changes if c.field not in _SILENT]
    if any(c.field == "key" for c in changed):
        changed = [c for c in changed if c.field not in ("project", "workflow")]
    if any(c.field == "status" for c in changed):
        # "moved In Progress → Done" says it; a resolution that only repeats the status would stutter.
        status = next(c for c in changed if c.field == "status")
        changed = [c for c in changed if c.field != "resolution" or (c.after and c.after != status.after)]
    for change in sorted(changed, key=lambda c: _FIRST.get(c.field, len(_FIRST))):
        yield _PHRASES.get(change.field, _other)(change)


def _other(change: Change) -> str:
    name, before, after = _short(change.name), _short(change.before), _short(change.after)
    if before and after:
        return f"changed {name} from {before} to {after}"
    return f"set {name} to {after}" if after else f"cleared {name}"


def _status(change: Change) -> str:
    before, after = _short(change.before), _short(change.after)
    return f"moved {before} → {after}" if before else f"moved it to {after}"


def _assignee(change: Change) -> str:
    return f"assigned it to {_short(change.after, _NAME_LENGTH)}" if change.after else "unassigned it"


def _resolution(change: Change) -> str:
    return f"resolved it as {_short(change.after)}" if change.after else "reopened it"


def _summary(change: Change) -> str:
    return f"renamed it to “{_short(change.after)}”"


def _labels(change: Change) -> str:
    before = dict.fromkeys(change.before.replace('"', "").split())
    after = dict.fromkeys(change.after.replace('"', "").split())
    added, removed = [x for x in after if x not in before], [x for x in before if x not in after]
    said = [
        f"{verb} the label{'s' if len(labels) > 1 else ''} {_short(', '.join(labels))}"
        for verb, labels in (("added", added), ("removed", removed))
        if labels
    ]
    return _joined(said) or "changed the labels"


def _one_of_many(thing: str) -> Callable[[Change], str]:
    """Jira tells a list's change as one item for each value that came or went."""

    def phrase(change: Change) -> str:
        before, after = _short(change.before), _short(change.after)
        if before and after:
            return f"changed the {thing} from {before} to {after}"
        return f"added the {thing} {after}" if after else f"removed the {thing} {before}"

    return phrase


def _attachment(change: Change) -> str:
    return f"attached {_short(change.after)}" if change.after else f"removed the file {_short(change.before)}"


def _sprint(change: Change) -> str:
    return f"put it into {_short(change.after)}" if change.after else f"took it out of {_short(change.before)}"


def _due(change: Change) -> str:
    return (
        f"set the due date to {_short(change.after.partition(' ')[0])}" if change.after else "cleared the due date"
    )


def _key(change: Change) -> str:
    return f"moved it here from {_short(change.before)}"


def _time_spent(change: Change) -> str:
    before, after = (int(s) if s.isdigit() else 0 for s in (change.before_id, change.after_id))
    return f"logged {_duration(after - before)}" if after > before else "corrected the work log"


def _worklog(change: Change) -> str:
    return f"logged {_short(change.after) or 'work'}"


def _link(change: Change) -> str:
    text = _short(change.after or change.before)
    return f"linked it: “{text}”" if change.after else f"unlinked it: “{text}”"


def _said(phrase: str) -> Callable[[Change], str]:
    return lambda _: phrase


_FIRST = {name: place for place, name in enumerate(("key", "status", "resolution", "assignee"))}

_SILENT = frozenset(
    {"comment", "rank", "global rank", "worklogid", "worklogtimespent", "timeestimate", "workratio"}
)
"""Changes that another phrase tells, or that hold text which not everybody may read ("comment")."""

_PHRASES: Mapping[str, Callable[[Change], str]] = {
    "status": _status,
    "assignee": _assignee,
    "resolution": _resolution,
    "summary": _summary,
    "description": _said("changed the description"),
    "environment": _said("changed the environment"),
    "labels": _labels,
    "fix version": _one_of_many("fix version"),
    "version": _one_of_many("affected version"),
    "component": _one_of_many("component"),
    "attachment": _attachment,
    "sprint": _sprint,
    "duedate": _due,
    "key": _key,
    "timespent": _time_spent,
    "worklog added": _worklog,
    "worklog changed": _said("corrected a work log"),
    "worklog removed": _said("removed a work log"),
    "link": _link,
    "link added": _said("linked it to another issue"),
    "link removed": _said("removed a link to another issue"),
    "security": _said("changed who may see it"),
}


def _joined(phrases: list[str]) -> str:
    if len(phrases) < 2:
        return "".join(phrases)
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"


def _duration(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return " ".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m")) if n) or "less than a minute"


def _plain(wiki: str) -> str:
    for pattern, instead in _WIKI:
        wiki = pattern.sub(instead, wiki)
    return wiki


def _short(text: str, limit: int = _VALUE_LENGTH) -> str:
    """On one line, without control characters, at most `limit` grapheme clusters."""
    line = " ".join(_CONTROL.sub("", text[: limit * 20]).split())
    clusters = _CLUSTER.findall(line)
    return line if len(clusters) <= limit else "".join(clusters[: limit - 1]) + "…"
