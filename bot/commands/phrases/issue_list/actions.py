"""What people do with issues (“I reported”, “bearbeitet Tom”): every form of a verb stands for one act."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

from enum import Enum, auto

from bot.commands.phrases.expansion import word_set
from bot.commands.phrases.phrase_table import PhraseTable


class Action(Enum):
    """What somebody does, did or has to do with an issue."""

    REPORT = auto()
    RESOLVE = auto()
    OWN = auto()
    WORK = auto()
    WATCH = auto()
    VIEW = auto()
    VOTE = auto()
    ESTIMATE = auto()
    TOUCH = auto()
    NEED = auto()
    """They have to finish it."""


_ROWS: tuple[tuple[str, Action], ...] = (
    (
        "report, reports, reported, reporting, create, creates, created, creating, raise, raises, raised, raising, file, files, filed, filing, "
        "open, opens, opened, opening, log, logs, logged, logging, submit, submits, submitted, submitting, entered, wrote, written, opened up, added, requested, "
        "gemeldet, erstellt, angelegt, eröffnet, aufgemacht, eingereicht, geschrieben, aufgenommen, erfasst, melde, meldet, erstelle, lege",
        Action.REPORT,
    ),
    (
        "close, closes, closed, closing, resolve, resolves, resolved, resolving, finish, finishes, finished, finishing, complete, completes, "
        "completed, completing, fix, fixes, fixed, fixing, solve, solved, ship, shipped, deliver, delivered, get done, got done, gotten done, done, "
        "close out, closed out, wrap up, wrapped up, accomplish, accomplished, achieve, achieved, finish off, finished off, knocked out, get through, "
        "geschlossen, erledigt, gelöst, behoben, fertiggestellt, abgeschlossen, geschafft, gemacht, fertig gemacht, abgearbeitet, umgesetzt, zugemacht, gefixt, beendet, fertig bekommen",
        Action.RESOLVE,
    ),
    (
        "own, owns, owned, owning, hold, holds, holding, handle, handles, handling, taken, take, takes, took, taken on, picked up, pick up, picks up, claimed, grabbed, "
        "responsible for, in charge of, assigned to, assigned, taking care of, takes care of, take care of, looking after, looks after, "
        "zugewiesen, zugewiesene, zugewiesenen, zugeteilt, übernommen, übernimmt, verantwortet, zuständig, gehören, gehört, zuständig bin, am hals, auf dem tisch, auf dem zettel, in der hand, in der pipeline",
        Action.OWN,
    ),
    (
        "working on, work on, works on, worked on, doing, do, busy with, working at, working, tackling, up to, handling, dealing with, "
        "bearbeitet, bearbeite, bearbeiten, arbeitet, arbeiten, arbeite, dran, dran arbeitet, sitzt, sitze, macht, beschäftigt",
        Action.WORK,
    ),
    ("watch, watches, watched, watching, follow, follows, followed, following, subscribed to, beobachte, beobachtet, beobachten, verfolge, verfolgt, folge, folgt", Action.WATCH),
    (
        "view, viewed, viewing, look at, looked at, looking at, see, saw, seen, visit, visited, checked, checked out, read, browsed, "
        "angesehen, angeschaut, gesehen, aufgerufen, offen hatte, angeguckt",
        Action.VIEW,
    ),
    ("voted for, vote for, upvoted", Action.VOTE),
    ("estimated, sized, geschätzt", Action.ESTIMATE),
    ("touched, updated, changed, edited, moved, modified, looked at, looked into, angefasst, angerührt, aktualisiert", Action.TOUCH),
    (
        "(need|needs|have|has|supposed|got|must|should) to (do|finish|complete|fix|close|get done|deliver|work on|take care of|resolve|handle|get finished|hand in|get through|have done), "
        "must (do|finish|complete|fix|close|get done|deliver), should (do|finish|complete|fix|close|get done|be working on|be doing), to (finish|complete|do|deliver), "
        "(fertig|noch fertig) (kriegen|machen|bekommen|haben|werden|stellen), [noch] (erledigen|machen|schaffen|abschließen|abarbeiten|abgeben|fertigstellen|zu tun|zu erledigen|tun)",
        Action.NEED,
    ),
)  # fmt: skip
VERBS = PhraseTable((_ROWS, {}))
"""Forms of verbs that follow who does it."""
_FINITE_ROWS: tuple[tuple[str, Action], ...] = (
    ("meldete, melde, meldet, erstelle, erstellt, erstellte", Action.REPORT),
    ("schließt, erledigt, schloss, erledigte", Action.RESOLVE),
    ("übernimmt, verantwortet, übernehme, hab, habe, hat, haben", Action.OWN),
    ("bearbeitet, bearbeite, bearbeiten, arbeitet, arbeite, arbeiten, macht, mache, machen", Action.WORK),
    ("beobachte, beobachtet, verfolge, verfolgt, folge, folgt", Action.WATCH),
    ("muss, müssen, soll, sollen", Action.NEED),
)
FINITE = PhraseTable((_FINITE_ROWS, {}))
"""Forms of German verbs that come before who does it: “bearbeitet Tom”."""
BASES = word_set(
    "report create raise file open log submit close resolve finish complete fix solve ship deliver own hold "
    "handle take watch follow view see visit read do add"
)
"""Forms of verbs that follow somebody's name only after “did” or “does”."""
ASKING = frozenset({"did", "do", "does", "to", "must", "should", "can", "could"})
HAVING = word_set("have has had got having hat habe hab haben hatte")
"""Auxiliaries that say by themselves that somebody has an issue."""
AUXILIARIES = word_set(
    "do does did have has had 've is are am was were been being be just currently already still yet now also "
    "recently lately ever personally actually really right presently myself himself herself got all both "
    "always usually mostly hat habe hab haben hatte ist sind bin wurde wurden gerade grade grad aktuell derzeit momentan "
    "noch schon bereits alles alle zuletzt kürzlich selbst selber so denn eigentlich mal bisher jetzt eben da "
    "dort je auch"
)
"""Words that may stand between somebody and the verb, and change nothing."""
AFTER = word_set("habe hab hat haben hatte ist sind bin wurde wurden worden")
"""German auxiliaries at the end of a clause."""
