"""The words of lists in plain words, English and German, and the conditions of JQL that they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.phrases.conditions import (
    ANY_STATUS,
    DONE,
    IN_BACKLOG,
    IN_SPRINT,
    MINE,
    OPEN,
    REPORTED_BY_ME,
    VIEWED,
    WATCHED,
)
from bot.commands.phrases.listing_verbs import SAID_OF_ME
from bot.jira import jql


def _same(phrases: str, condition: str) -> dict[str, str]:
    return dict.fromkeys(phrases.split(", "), condition)


STATUSES: Mapping[str, str] = {
    **_same(
        "open, left to do, still to do, "
        "unresolved, active, remaining, left, still open, not done, unfinished, offen, offene, "
        "offenen, offener, noch offen, unerledigt, unerledigte, unerledigten, nicht erledigt, "
        "nicht erledigte, nicht fertig",
        OPEN,
    ),
    **_same(
        "done, closed, finished, completed, complete, fixed, erledigt, erledigte, erledigten, "
        "fertig, fertige, fertigen, geschlossen, geschlossene, geschlossenen, abgeschlossen, "
        "abgeschlossene, abgeschlossenen, gelöst, gelöste, resolved, solved, behoben, behobene, behobenen",
        DONE,
    ),
    **_same(
        "in progress, inprogress, in-progress, started, ongoing, being worked on, in arbeit, "
        "in bearbeitung, begonnen, angefangen, angefangene, laufende, wip, under way, underway",
        "wip",
    ),
    **_same("to do, todo, not started, unstarted, zu erledigen, nicht begonnen", "new"),
    **_same(
        "in review, under review, im review, in prüfung, waiting for review, awaiting review, pending review",
        'status = "In Review"',
    ),
    **_same("all, any status, every, alle, aller, sämtliche, sämtlichen", ANY_STATUS),
}
CATEGORIES = {"wip": 'statusCategory = "In Progress"', "new": 'statusCategory = "To Do"'}

_TYPES = {
    "Bug": ("bug", "bugs", "defect", "defects", "fehler", "fehlern", "defekte"),
    "Task": ("task", "tasks", "aufgabe", "aufgaben"),
    "Story": ("story", "stories", "user story", "user stories", "storys"),
    "Epic": ("epic", "epics"),
    "Incident": ("incident", "incidents", "störung", "störungen", "vorfälle"),
    "Subtask": ("subtask", "subtasks", "sub-task", "sub-tasks", "unteraufgabe", "unteraufgaben"),
}
TYPES: Mapping[str, str] = {
    word: f"issuetype = {jql.quote(name)}" for name, words in _TYPES.items() for word in words
}
NOUNS = frozenset(
    _same(
        "issue, issues, ticket, tickets, item, items, work, things, stuff, todos, vorgang, vorgänge, vorgängen, "
        "children, child, cards, card, to-dos, todo list, untervorgänge, kinder, jiras, assignments, workload, "
        "sachen, dinge, arbeit, backlog, plate",
        "",
    )
)

_URGENT = "priority in (Highest, High)"
CONDITIONS: Mapping[str, str] = {
    **SAID_OF_ME,
    **_same(
        "my, mine, for me to do, left for me to do, left for me, "
        "assigned to me, assigned me, i have, on me, for me, on my plate, of mine, with me, "
        "do i have, have i got, i've got, on my desk, on my list, mein, meine, "
        "meinen, meiner, mir zugewiesen, mir zugewiesene, für mich, mir zugewiesenen, habe ich, "
        "ich habe, hab ich, ich hab, auf meinem tisch, bei mir, mir",
        MINE,
    ),
    **_same("reported, my reported, meine gemeldeten", REPORTED_BY_ME),
    **_same("watched, my watched, beobachtet, beobachtete, beobachteten, meine beobachteten", WATCHED),
    **_same("my recent, my recently viewed, meine zuletzt angesehenen", VIEWED),
    **_same(
        "recent, recently viewed, last viewed, viewed, zuletzt angesehen, zuletzt angesehene, zuletzt angesehenen",
        VIEWED,
    ),
    **_same(
        "unassigned, not assigned, with no assignee, with no owner, no assignee, "
        "without assignee, without an assignee, nobody's, no one's, "
        "nobody is working on, no one is working on, nicht zugewiesen, nicht zugewiesene, "
        "nicht zugewiesenen, unzugewiesen, unzugewiesene, unzugewiesenen, ohne bearbeiter, without owner, "
        "without an owner, that nobody owns, nobody has taken, up for grabs, not taken, ohne zuständigen, "
        "niemandem zugewiesen, keinem zugewiesen, herrenlose, noch frei, freie",
        "assignee IS EMPTY",
    ),
    **_same(
        "overdue, late, past due, überfällig, überfällige, überfälligen, überfälliges, verspätet, verspätete",
        f"due < startOfDay() AND {OPEN}",
    ),
    **_same(
        "without a due date, without due date, with no due date, no due date, without a deadline, "
        "without deadline, ohne fälligkeitsdatum, ohne fälligkeit, ohne termin, ohne frist",
        "due IS EMPTY",
    ),
    **_same(
        "stale, untouched, inactive, forgotten, abandoned, vergessene, liegengebliebene",
        f"updated <= -30d AND {OPEN}",
    ),
    **_same(
        "without labels, without a label, without label, unlabelled, unlabeled, ohne label, ohne labels",
        "labels IS EMPTY",
    ),
    **_same("without a description, without description, ohne beschreibung", "description IS EMPTY"),
    **_same(
        "in this sprint, in the current sprint, in the sprint, in current sprint, this sprint, "
        "current sprint, in the active sprint, in our sprint, the sprint, in diesem sprint, "
        "im sprint, im aktuellen sprint, im laufenden sprint, aktueller sprint, "
        "des aktuellen sprints",
        IN_SPRINT,
    ),
    **_same("in the next sprint, next sprint, im nächsten sprint", "sprint in futureSprints()"),
    **_same(
        "in the backlog, in backlog, im backlog, backlog, not in a sprint, not in any sprint, without a sprint, "
        "without sprint, ohne sprint, aus dem backlog, from the backlog",
        IN_BACKLOG,
    ),
    **_same(
        "urgent, important, high-priority, high priority, high prio, with high priority, dringend, "
        "dringende, dringenden, wichtig, wichtige, wichtigen, mit hoher priorität, "
        "hoch priorisierte, high-prio, with high prio, of high priority, dringendste, dringendsten, wichtigste, "
        "wichtigsten, most important, most urgent, hohe priorität, mit hoher prio, prio hoch, prio high",
        _URGENT,
    ),
    **_same(
        "highest priority, top priority, critical, kritisch, kritische, kritischen, mit höchster priorität, "
        "blocker, blockers, showstopper, showstoppers, p1, höchste priorität, with highest priority",
        "priority = Highest",
    ),
    **_same("medium priority, with medium priority, mit mittlerer priorität", "priority = Medium"),
    **_same(
        "low priority, low-priority, low prio, with low priority, unwichtige, unwichtigen, "
        "mit niedriger priorität",
        "priority in (Low, Lowest)",
    ),
    **_same("without an estimate, unestimated, without estimate", '"Story Points" IS EMPTY'),
}
FILLERS = frozenset(
    _same(
        "the, project, projekt, a, an, any, some, that, are, is, which, what, of, with, and, but, also, please, "
        "currently, "
        "jira, did, does, team, everyone, guys, status, overview, progress, show, me, list, were, was, on, "
        "now, right, at, to, do, be, there, who, has, have, been, got, we, our, anything, everything, "
        "der, die, das, den, dem, des, ein, eine, einen, und, sind, ist, noch, gerade, aktuell, "
        "aktuellen, mit, es, gibt, sie, wer, bitte, wir, unsere, wurde, wurden, worden, hat, haben, "
        "sich, werden, irgendwelche, irgendwas, alles, was, welche",
        "",
    )
)

EVENTS: Mapping[str, str] = {
    **_same(
        "created, new, opened, raised, reported, added, filed, came in, newly created, was created, "
        "create, report, were created, erstellt, erstellte, erstellten, neu, neue, neuen, neues, angelegt, "
        "angelegte, angelegten, gemeldet, gemeldete, gemeldeten, wurde erstellt",
        "created",
    ),
    **_same(
        "updated, changed, modified, touched, happened, moved, was changed, were changed, "
        "was updated, were updated, geändert, geänderte, geänderten, aktualisiert, aktualisierte, "
        "bearbeitet, aktualisierten, passiert, hat sich geändert, verändert",
        "updated",
    ),
    **_same(
        "resolved, closed, done, finished, completed, fixed, was closed, were closed, were resolved, "
        "got done, got closed, shipped, close, finish, resolve, complete, fix, ship, get done, "
        "deliver, delivered, erledigt, erledigte, gelöst, gelöste, geschlossen, "
        "geschlossene, abgeschlossen, abgeschlossene, fertig geworden",
        "resolved",
    ),
    **_same(
        "due, is due, are due, to finish, to complete, has to finish, have to finish, has to do, have to do, "
        "must finish, needs to finish, need to finish, needs to do, need to do, fällig, fällige, fälligen, "
        "wird fällig, werden fällig, sind fällig, ist fällig",
        "due",
    ),
}
"""The date that a period after (or before) such words is about."""

NEWEST: Mapping[str, str] = {
    **_same("newest, latest, most recent, last created, recently created, neueste, neuesten", "created DESC"),
    **_same(
        "recently updated, recently changed, last updated, kürzlich geändert, kürzlich geänderte, "
        "zuletzt geänderte, zuletzt geändert",
        "updated DESC",
    ),
    **_same("recently resolved, recently closed, kürzlich erledigt, zuletzt erledigt", "resolved DESC"),
    **_same(
        "oldest, älteste, ältesten, oldest first, älteste zuerst, sorted by age, sort by age, nach alter sortiert",
        "created ASC",
    ),
    **_same(
        "newest first, neueste zuerst, sorted by date, sort by date, ordered by date, sorted by creation date, "
        "nach datum sortiert, sortiert nach datum",
        "created DESC",
    ),
    **_same(
        "by priority, sorted by priority, sort by priority, ordered by priority, order by priority, "
        "nach priorität, nach priorität sortiert, sortiert nach priorität",
        "priority DESC",
    ),
    **_same(
        "by due date, sorted by due date, sort by due date, ordered by due date, sorted by deadline, "
        "nach fälligkeit, nach fälligkeit sortiert, sortiert nach fälligkeit",
        "due ASC",
    ),
    **_same(
        "by status, sorted by status, sort by status, ordered by status, nach status, nach status sortiert, "
        "sortiert nach status",
        "status ASC",
    ),
}
"""The order that a word asks for."""
