"""From fields to what is drawn: kinds to shapes, present values and choices filled in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from bot.commands.forms.parsing.form_values import input_name, new_name, shown, time_name
from bot.commands.forms.state import Purpose, fingerprint
from bot.jira.fields.choices import MAX_GROUPS, MAX_PEOPLE
from bot.jira.fields.kinds import MULTI_VALUED, Kind, Picked, Unshowable, is_valid_label, kind_of
from bot.jira.fields.screens import CurrentValue
from bot.jira.models import Field, FieldOption
from bot.language import mark, tr
from cards.forms import Entry, Shape, is_choosable, sendable

PREFILLED = 4_000
"""Bytes of present long texts that a form carries; a longer one is left as it is unless something is typed."""
MANY = 15
"""Chosen values that a form shows; a field with more is edited in Jira."""
LABELS = 30
"""Present labels that a form shows; those that it does not show stay as they are."""
KEEP = mark("Leave empty to keep the present text")

FILLED_BY_JIRA = frozenset({"project", "issuetype", "reporter"})
"""Required fields that nobody has to be asked for: the form's own subject, and who creates."""

_ORDER = (
    "summary",
    "description",
    "priority",
    "assignee",
    "labels",
    "duedate",
    "parent",
    "components",
    "fixVersions",
)
_EDITED = frozenset({"summary", "description", "priority", "assignee", "labels", "duedate"})
"""What an edit form shows unfolded."""
_NOT_ASKED = {
    Purpose.CREATE: ("project", "issuetype"),
    Purpose.EDIT: ("project",),
    Purpose.MOVE: ("project", "issuetype"),
}

_SHAPES: Mapping[Kind, Shape] = {
    Kind.PARAGRAPH: Shape.PARAGRAPH,
    Kind.COMMENT: Shape.PARAGRAPH,
    Kind.DATE: Shape.DATE,
    Kind.MOMENT: Shape.MOMENT,
    Kind.OPTION: Shape.CHOICE,
    Kind.CASCADE: Shape.CHOICE,
    Kind.USER: Shape.CHOICE,
    Kind.ISSUE: Shape.CHOICE,
    Kind.EPIC: Shape.CHOICE,
    Kind.SPRINT: Shape.CHOICE,
    Kind.TEAM: Shape.CHOICE,
    Kind.GROUP: Shape.CHOICE,
    Kind.GROUPS: Shape.CHOICES,
    Kind.LABELS: Shape.WORDS,
    Kind.RADIO: Shape.RADIO,
    Kind.OPTIONS: Shape.CHOICES,
    Kind.USERS: Shape.CHOICES,
    Kind.CHECKS: Shape.CHECKS,
}
_LISTED = frozenset({Kind.OPTION, Kind.RADIO, Kind.OPTIONS, Kind.CHECKS, Kind.CASCADE})
NAMED = frozenset({Kind.USER, Kind.USERS, Kind.ISSUE, Kind.EPIC, Kind.SPRINT, Kind.TEAM, Kind.GROUP, Kind.GROUPS})
"""Kinds whose values are called by names, and written as ids that only Jira knows."""
ASKED_FOR = NAMED | {Kind.LABELS}
"""Kinds whose values no metadata lists, so that Jira is asked for some."""
_NOT_TYPED = frozenset({Kind.TEAM, Kind.GROUP, Kind.GROUPS})
"""Kinds that cannot be filled in at all where Jira offers nothing."""
_ENOUGH: Mapping[Kind, int] = {
    Kind.USER: 0,
    Kind.USERS: 0,
    Kind.ISSUE: 0,
    Kind.EPIC: 0,
    Kind.GROUP: MAX_GROUPS,
    Kind.GROUPS: MAX_GROUPS,
    Kind.SPRINT: 1,
    Kind.LABELS: 0,
}
"""So many offers that there may be more: those who can be assigned are not all people of the site, nor a project's
issues all issues."""
_OWN_NAMES = frozenset({Kind.LABELS, Kind.GROUP, Kind.GROUPS, Kind.ISSUE, Kind.EPIC, Kind.SPRINT})
_CHOOSING = frozenset({Shape.CHOICE, Shape.CHOICES, Shape.RADIO, Shape.CHECKS, Shape.WORDS})
_HINTS: Mapping[Kind, str] = {
    Kind.PARAGRAPH: mark("Markdown works"),
    Kind.COMMENT: mark("Markdown works"),
    Kind.LABELS: mark("words, separated by spaces"),
    Kind.URL: "https://…",
    Kind.NUMBER: mark("a number"),
    Kind.SPRINT: mark("the sprint's number"),
}


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in a form: present values, offers by field id; after a refusal what was typed, and why not."""

    current: Mapping[str, CurrentValue] = field(default_factory=dict)
    offers: Mapping[str, tuple[FieldOption, ...]] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Entries, the names of fields that cannot be filled in here, and the marks of what was filled in."""

    entries: tuple[Entry, ...]
    left_out: tuple[str, ...]
    was: Mapping[str, str]


def askable(fields: Sequence[Field], purpose: Purpose) -> tuple[Field, ...]:
    """The fields of a screen that a person fills in, in the order in which they are shown."""
    asked = [f for f in fields if kind_of(f) is not Kind.HIDDEN and f.id not in _NOT_ASKED[purpose]]
    rank = {name: n for n, name in enumerate(_ORDER)}
    return tuple(sorted(asked, key=lambda f: rank.get(f.id, len(rank))))


def fillable(field: Field) -> bool:
    """Whether the bridge has an input for a field."""
    kind = kind_of(field)
    return kind is not Kind.UNKNOWN and (kind not in _LISTED or bool(field.allowed))


def empty_handed(field: Field, offers: Mapping[str, Sequence[FieldOption]]) -> bool:
    """Whether a field has to be left to Jira's own pages because there is nothing to choose from here."""
    return kind_of(field) in _NOT_TYPED and not offers.get(field.id)


def missing(fields: Sequence[Field], given: Sequence[str] = ()) -> tuple[Field, ...]:
    """The fields that still have to be filled in before Jira accepts the screen."""
    return tuple(f for f in fields if f.must_ask and f.id not in FILLED_BY_JIRA and f.id not in given)


def flat(options: Sequence[FieldOption]) -> tuple[FieldOption, ...]:
    """The choices of a cascading select as one list: `Europe`, `Europe › Germany`."""
    return tuple(
        each
        for parent in options
        for each in (
            parent,
            *(FieldOption(f"{parent.id}>{c.id}", f"{parent.name} › {c.name}") for c in parent.children),
        )
    )


def draw(
    fields: Sequence[Field],
    purpose: Purpose,
    filling: Filling,
    zone: tzinfo,
    dataset: Callable[[Field], str],
) -> Drawn:
    """The entries of a form."""
    entries, left_out, was = [], [], {}
    room = PREFILLED
    for each in askable(fields, purpose):
        current = filling.current.get(each.id, CurrentValue(None))
        kind = kind_of(each)
        if kind is Kind.LABELS:
            current, crowded = _labels(current), False
        else:
            crowded = kind in MULTI_VALUED and isinstance(current.value, Picked) and not _choosable(current.value)
        nothing = current.value is None and empty_handed(each, filling.offers)
        if not fillable(each) or crowded or nothing:
            if kind not in _LISTED or each.must_ask or crowded:
                left_out.append(each.name)
            continue
        value, clock = shown(current.value, zone)
        value = sendable(value)
        long = len(value.encode()) > room
        value = "" if long else value
        room -= len(value.encode())
        kept = long or isinstance(current.value, Unshowable)
        was[each.id] = fingerprint(kind, value, clock)
        entry = _entry(each, kind, (value, clock), filling, dataset)
        if kept:
            entry = replace(entry, hint=tr(KEEP), required=False)
        main = purpose is Purpose.MOVE or (purpose is Purpose.EDIT and each.id in _EDITED)
        entries.append(replace(entry, main=main))
    return Drawn(tuple(entries), tuple(left_out), was)


def _labels(current: CurrentValue) -> CurrentValue:
    """Those labels that can stand on a form; the others are not touched by it."""
    ids = current.value.ids if isinstance(current.value, Picked) else ()
    kept = tuple(label for label in ids if is_valid_label(label) and is_choosable(label))[:LABELS]
    return CurrentValue(Picked(kept) if kept else None, tuple(o for o in current.names if o.id in kept))


def _choosable(picked: Picked) -> bool:
    """Whether a list can show all that is picked: one that cannot would take the rest away when it is saved."""
    return len(picked.ids) <= MANY and all("," not in each and is_choosable(each) for each in picked.ids)


def _entry(
    each: Field, kind: Kind, present: tuple[str, str], filling: Filling, dataset: Callable[[Field], str]
) -> Entry:
    name = input_name(each.id)
    beside_name = new_name(each.id) if kind is Kind.LABELS else time_name(each.id)
    typed = name in filling.typed or beside_name in filling.typed
    offered = filling.offers.get(each.id, ())
    shape = _SHAPES.get(kind, Shape.LINE)
    if kind is Kind.SPRINT and not offered:
        shape = Shape.LINE  # a sprint's number is all that is left to ask for
    options = flat(each.allowed) if kind is Kind.CASCADE else each.allowed if kind in _LISTED else offered
    current = filling.current.get(each.id)
    value = filling.typed.get(name, "") if typed else present[0]
    known = {o.id for o in options}
    others = [*(current.names if current else ()), *(_themselves(value, kind) if typed else ())]
    options = (*options, *(o for o in dict.fromkeys(others) if o.id not in known))
    choosing = shape in _CHOOSING
    beside = filling.typed.get(beside_name, "") if typed else present[1]
    return Entry(
        name=name,
        label=each.name or each.id,
        shape=shape,
        value=value,
        choices=[(o.name or o.id, o.id) for o in options] if choosing else (),
        required=each.must_ask and each.id not in FILLED_BY_JIRA,
        hint=tr(_HINTS.get(kind, "")),
        error=filling.errors.get(each.id, ""),
        dataset=dataset(each) if choosing else "",
        endless=len(offered) >= (MAX_PEOPLE if each.id == "assignee" else _ENOUGH.get(kind, len(offered) + 1)),
        beside_name=beside_name,
        beside=beside,
        clearable=not (each.required and present[0]),
        typed=typed and (value, beside) != present,
    )


def _themselves(value: str, kind: Kind) -> list[FieldOption]:
    """What was picked of things that are called by their ids, so that it is still there after a refusal."""
    if kind not in _OWN_NAMES:
        return []
    return [
        FieldOption(each, each) for each in (value.split(",") if kind in MULTI_VALUED else [value]) if each.strip()
    ]
