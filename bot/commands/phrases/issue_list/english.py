"""The words of lists in English: rows of patterns, in the notation of `expansion.py`, and what they stand for."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.phrases.issue_list import jql_conditions

SYNONYMS: Mapping[str, str] = {
    "now": "now|currently|right now|at the moment|atm|still|yet|already",
    "without": "need|needs|miss|misses|lack|lacks|are missing|is missing|without|w/o|with no|no|missing|lacking|have no|has no|having no|had no|with missing|don't have|doesn't have|do not have|does not have|haven't got|hasn't got|have not got|has not got|don't have set",
    "the": "the|this|our|the team's|our team's|my team's|my",
    "current": "current|active|running|ongoing|present|open",
    "in": "in|of|for|from|within|during|inside",
    "sorted": "sorted by|sort by|ordered by|order by|ranked by|sorted after|sorted on|by|in order of|arranged by|grouped by|group by|sort them by|order them by",
}
STATUSES: tuple[tuple[str, str], ...] = (
    (
        "open, opened still, [still] missing, [still|yet] (unresolved|active|remaining|left|unfinished|undone|incomplete|outstanding|unsolved|pending|unclosed) [over], "
        "still open, [still|left|yet] to do, left to (do|finish|complete|fix), still to (do|finish|complete|fix), not done, to go, open ones, still on, "
        "(to be|needs to be|need to be|has to be|have to be|must be) (done|finished|completed|fixed|resolved|delivered), (needs|need) (doing|fixing|finishing|attention)",
        jql_conditions.OPEN,
    ),
    ("done, closed, finished, completed, complete, fixed, resolved, solved", jql_conditions.DONE),
    (
        "in progress, inprogress, in-progress, started, ongoing, [currently] being (worked on|done|handled), wip, under way, underway, in the works, in flight, (who is|who's) (working on|doing) what",
        jql_conditions.IN_PROGRESS,
    ),
    (
        "to do, todo, unstarted, in todo, in to do, not [yet] (started|begun|touched), (hasn't|haven't|isn't|aren't|wasn't) [been|yet] (started|begun)",
        jql_conditions.TO_DO,
    ),
    (
        "[waiting] (in|under) [code|peer] review, [waiting|pending|awaiting] (for|on) [a|code|peer] review, (awaiting|pending) [a|code|peer] review, being reviewed, in the review column, (needs|need|needing|requires|require|wants|to be) [a|code|another] (review|reviewed|reviewing), up for review, up for code review",
        'status = "In Review"',
    ),
    ("ready for [code|peer] review", 'status = "Ready for Review"'),
    (
        "(waiting for|waiting on|awaiting) [the|a] (customer|client|customers) [reply|response|feedback|answer]",
        'status = "Waiting for customer"',
    ),
    ("[in] (waiting for|awaiting) [the] support", 'status = "Waiting for support"'),
    (
        "[in] (waiting for|awaiting|pending) [an|the] approval, [pending|open] approvals",
        'status = "Waiting for approval"',
    ),
    ("on hold, parked, put on hold", 'status = "On Hold"'),
    ("in (testing|test|qa)", 'status = "In Testing"'),
    ("selected for development", 'status = "Selected for Development"'),
    ("reopened, re-opened", 'status = "Reopened"'),
    ("(cancelled|canceled)", 'status = "Cancelled"'),
    (
        "all, any status, every, in any status, whatever (their|the|its) status, done or not, open or closed, open and closed, including (done|closed) [ones], regardless of status",
        jql_conditions.ANY_STATUS,
    ),
)
TYPES: tuple[tuple[str, str], ...] = (
    ("(bug|defect) (ticket|tickets|issue|issues|report|reports), bug, bugs, bugfixes, defect, defects", "Bug"),
    ("task, tasks", "Task"),
    ("[user] (story|stories)", "Story"),
    ("epic, epics", "Epic"),
    ("incident, incidents", "Incident"),
    ("improvement, improvements", "Improvement"),
    ("new feature, new features, feature, features", "New Feature"),
)
SUBTASKS = "subtask, subtasks, sub-task, sub-tasks, sub task, sub tasks"
NOUNS = (
    "issue, issues, ticket, tickets, item, items, work, things, thing, stuff, todos, children, child, cards, card, to-dos, "
    "todo list, jiras, assignments, workload, backlog, plate, one, ones, (plate|workload|backlog) like, work items, workitems, action items, anything, "
    "everything, something, [support|service|customer|help desk|helpdesk] (request|requests|case|cases|ticket|tickets), jira (issues|tickets)"
)
CONDITIONS: tuple[tuple[str, str], ...] = (
    (
        "my [own], mine, for me to do, [left] for me [to do], [that] [<now>] assigned [to] (me|myself), i have, on me, on my (plate|desk|list|table|side|queue|todo list), "
        "of mine, with me, do i have, have i got, i've got, i own, in my (queue|name|court), (belongs|belong|belonging) to me",
        jql_conditions.MINE,
    ),
    ("[where|in which] (am i|i am|i'm) [the] (assignee|owner)", jql_conditions.MINE),
    (
        "my reported, my created, [where|in which] (am i|i am|i'm) [the] (reporter|author|creator)",
        jql_conditions.REPORTED_BY_ME,
    ),
    ("[my] watched, on my watch list, on my watchlist, watched by me, followed by me", jql_conditions.WATCHED),
    (
        "[my|recently|last] viewed, my [recently] recent, recent, last (seen|opened), recently (seen|opened|visited)",
        jql_conditions.VIEWED,
    ),
    (
        "[<now>] unassigned, without owner, without an owner, (nobody's|no one's), up for grabs, not [yet|currently|still] assigned [yet], (isn't|aren't|haven't been|hasn't been|is not|are not) [yet] assigned [yet], not [yet] taken, unowned, unclaimed, ownerless, "
        "free to take, [still] (available|free), for the taking, assigned to (nobody|no one|noone), not assigned [to] (anyone|anybody|someone) [yet]",
        jql_conditions.UNASSIGNED,
    ),
    (
        "overdue, late, past due, past (their|its|the) (due date|deadline), behind schedule, delayed, running late, over due, (missed|passed|past) (their|its|the) (deadline|due date), "
        "with a (missed|passed) (deadline|due date)",
        f"due < startOfDay() AND {jql_conditions.OPEN}",
    ),
    (
        "stale, untouched, inactive, forgotten, abandoned, neglected, dormant, idle, nobody (touches|looks at|works on) [any more|anymore], (nobody|no one) has touched in (ages|a long time|a while), not touched (for|in) (ages|a long time|a while)",
        f"updated <= -30d AND {jql_conditions.OPEN}",
    ),
    (
        "recent (changes|updates|activity), latest (changes|updates|activity), what changed recently",
        "updated >= -7d",
    ),
    ("unlabelled, unlabeled, untagged", "labels IS EMPTY"),
    ("unestimated, not estimated", '"Story Points" IS EMPTY'),
    ("unscheduled, unplanned", jql_conditions.IN_BACKLOG),
    (
        "[<in>] [<the>] [<current>] sprint, [<in>] this [<current>] sprint, sprint's, [the|our] [<current>] sprint backlog",
        jql_conditions.IN_SPRINT,
    ),
    ("[<in>] [<the>] (next|upcoming|coming|future|following) (sprint|sprints)", "sprint in futureSprints()"),
    (
        "[<in>] [the|our|my] backlog, not in (a|any|the) sprint, outside [of] (the|any) sprint",
        jql_conditions.IN_BACKLOG,
    ),
    (
        "urgent, important, high-priority, high-prio, [the] most (important|urgent|critical|pressing), [with|of|at|on|has] [a] (high|higher) (priority|prio), (critical and high|critical or high|high and critical|high or critical|high and highest|high or highest|highest and high|highest or high|high/highest) [priority|prio], (priority|prio) high, pressing, prioritized, prioritised, high-profile",
        "priority in (Highest, High)",
    ),
    (
        "[with|of|at|on] [a|the] (highest|top|critical|blocker) (priority|prio), critical, blocker, blockers, showstopper, showstoppers, p1, p0, p1s, p0s, "
        "(priority|prio) (1|one|highest), top-priority, top-prio",
        "priority = Highest",
    ),
    (
        "[with|of|at|on] [a] (medium|normal) (priority|prio), medium-priority, p3, (priority|prio) medium",
        "priority = Medium",
    ),
    (
        "[with|of|at|on] [a] (low|lower) (priority|prio), low-priority, low-prio, unimportant, minor, (priority|prio) low",
        "priority in (Low, Lowest)",
    ),
    ("[with|of|at|on] [a|the] lowest (priority|prio), trivial", "priority = Lowest"),
    (
        "blocked [by something|by others], impeded, waiting on (something|others) [else]",
        f'issueLinkType = "is blocked by" AND {jql_conditions.OPEN}',
    ),
    (
        "blocking [others|something|other issues|other tickets|someone else]",
        f'issueLinkType = "blocks" AND {jql_conditions.OPEN}',
    ),
    ("next due", f"due >= startOfDay() AND {jql_conditions.OPEN}"),
    ("flagged, with a flag, with an impediment", "Flagged IS NOT EMPTY"),
    ("duplicates, duplicated, closed as (duplicate|duplicates)", "resolution = Duplicate"),
)
EVENTS: tuple[tuple[str, str], ...] = (
    (
        "created, new, newly created, brand new, opened, raised, reported, added, filed, logged, submitted, came in, come in, came, coming in, arrived, incoming, received, "
        "came up, popped up, showed up, turned up, create, report, entered, written",
        "created",
    ),
    (
        "updated, changed, modified, touched, edited, happened, happening, moved, updates, changes, movement, activity, with (activity|changes|updates), "
        "had (activity|changes|updates), last (updated|changed|touched)",
        "updated",
    ),
    (
        "resolved, closed, done, finished, completed, complete, fixed, got done, got closed, shipped, close, finish, resolve, fix, ship, get done, deliver, delivered, solved, "
        "wrapped up, closed out, accomplished, went out, went live, released",
        "resolved",
    ),
    (
        "due, falls due, fall due, falling due, (due date|deadline) [is|are], (has|have|having) [a|their] (due date|deadline), with [a|their] (due date|deadline), expiring, "
        "(to|must|should|has to|have to|needs to|need to|needs to be|need to be|has to be|have to be|must be|should be|to be|supposed to be) "
        "(do|done|finish|finished|complete|completed|be done|be finished|be ready|ready|deliver|delivered|fix|fixed|resolve|resolved|handed in|close|closed|out), scheduled, planned, should have been (done|finished|closed|completed|resolved|ready|delivered), deadlines, due dates, coming up, on the agenda, upcoming deadlines, upcoming due dates",
        "due",
    ),
)
"""The date that a period after (or before) such words is about."""
ORDERS: tuple[tuple[str, str], ...] = (
    ("(newest|latest|most recent|last created|recently created|most recently created|youngest)", "created DESC"),
    ("(recently|last|most recently|lately) (updated|changed|modified|touched)", "updated DESC"),
    ("recently (resolved|closed|finished|fixed|completed)", "resolved DESC"),
    (
        "oldest, old, longest (open|waiting), oldest [ones|issues|tickets|bugs|created] first, old to new, from old to new",
        "created ASC",
    ),
    (
        "(newest|latest|most recent|youngest|recent|new|new ones) [ones|issues|tickets|bugs|created] first, from new to old",
        "created DESC",
    ),
    (
        "[most] (recently|last|latest) (updated|changed|modified) [ones|issues|tickets] first, latest changes first",
        "updated DESC",
    ),
    ("least recently (updated|changed|touched) [first], longest untouched [first]", "updated ASC"),
    (
        "[the|with the] (most|more) (important|urgent|critical|pressing) [ones|issues|tickets|bugs|things|stuff] first, [the] (important|urgent|critical|high priority|blockers) [ones|issues|tickets|things|stuff] first, "
        "[the|with the] (highest|high|top) (priority|prio) [ones|issues|tickets|bugs] first",
        "priority DESC",
    ),
    ("at the top, on top, at the very top", "Rank ASC"),
    ("[the] (least important|least urgent|lowest priority|lowest prio) [ones] first", "priority ASC"),
    (
        "[the] (soonest|earliest|next|nearest|closest|most urgent|earliest due|next due|soonest due) (due|deadline|deadlines|due date|due dates) [ones] first, "
        "due (soonest|first|soonest first|earliest first), (soonest|most overdue|earliest) first, [the] most overdue [ones] [first]",
        "due ASC",
    ),
)
ORDER_FIELDS: tuple[tuple[str, str], ...] = (
    ("priority, prio, importance, urgency, severity", "priority DESC"),
    ("due date, deadline, due, duedate, due dates, deadlines", "due ASC"),
    ("date, creation date, creation, created, created date, date created, newest", "created DESC"),
    ("age, oldest", "created ASC"),
    (
        "updated, update, last update, last updated, last change, updated date, activity, most recent, recent activity",
        "updated DESC",
    ),
    ("status, state", "status ASC"),
    ("assignee, owner, person", "assignee ASC"),
    ("type, issue type", "issuetype ASC"),
    ("key, number, id", "key ASC"),
    ("rank", "Rank ASC"),
    ("votes", "votes DESC"),
    ("reporter", "reporter ASC"),
    ("project", "project ASC"),
    ("estimate, story points, points, size", '"Story Points" DESC'),
    ("resolution date, resolved", "resolved DESC"),
    ("title, name, summary", "summary ASC"),
)
FIELDS: tuple[tuple[str, str], ...] = (
    ("due date, due dates, duedate, deadline, deadlines, due", "due"),
    ("assignee, assignees, owner, owners", "assignee"),
    ("reporter", "reporter"),
    (
        "estimate, estimates, estimation, estimations, [story] (point|points), story point estimate, story-points",
        '"Story Points"',
    ),
    (
        "label, labels, labelled, labeled, tagged, tag, tags, labelled with, labeled with, tagged with, labelled as, labeled as, tagged as",
        "labels",
    ),
    ("description, descriptions", "description"),
    ("component, components", "component"),
    (
        "(fix|target) (version|versions), fixversion, fixversions, version, versions, release, releases",
        "fixVersion",
    ),
    ("affected (version|versions), affects version, affects versions", "affectedVersion"),
    ("sprint", "sprint"),
    ("parent, parents, epic, epic link", "parent"),
    ("priority, prio", "priority"),
    ("resolution", "resolution"),
    ("status, state, column", "status"),
    ("issue type, issuetype, type", "issuetype"),
    ("attachment, attachments, file attached, files", "attachments"),
    ("environment", "environment"),
)
FILLERS = (
    "in which, on which, for which, sort, order, sort the, "
    "(who is|who's|whos) (assigned to|on|working on|handling|dealing with), "
    "looking like, look like, looks like, look, how does, how do, looking, being, gets, getting, need to see, want to see, let me see, left over, any more, anymore, "
    "the, project, a, an, any, some, that, are, is, which, what, of, with, and, but, also, please, [right] (now|currently), "
    "jira, did, does, team, everyone, guys, [status|progress|short|quick|full|complete] (overview|list|report|summary|listing|lists) [of|on|about|for|over], status, progress, show, me, were, was, on, "
    "right, at, to, do, be, there, who, has, have, been, got, we, our, these, those, this, them, they, its, just, only, really, actually, again, "
    "still, yet, already, too, there's, theres, thats, that's, what's, whats, who's, whos, how many, how much, number of, count of, can, could, would, you, give, get, us, see, display, "
    "whole, entire, at the moment, atm, at present, so far, these days, going on, in total, in general, overall, in jira, on the board, [for|of|in|on|from|across|by] (the|our|my|the whole|the entire|our whole|my whole) team, "
    "whole team, for everyone, for (us|all of us), across all projects, in all projects, in any project, that's been, waiting, stuck, sitting, hanging, lying around, hanging around, on (his|her|their) (plate|desk|list|table), "
    "goes, go, going, into, comes, coming, come, belongs, belong, belonging, part of, planned, planned (for|in), scheduled, scheduled (for|in), targeted (at|for), slated for, intended for, "
    "where, whose, when, having, who's got, who has got, who owns, who is (responsible|in charge) [for|of], who handles, who takes care of, i'd like, to see, i want, i need, need, us, am, all of, all the, each, kind of, every single, if, there are, is there, out there, around, earlier, previously, before, else, other, team's"
)
VERSIONS = "found in, discovered in, seen in, present in, reported in, detected in, affects, affecting, occurs in, occurring in, that affect, happening in, introduced in, broken in"
"""What comes before the version that a bug was found in."""
BEFORE_VERSION = (
    "[left|open] before (we|you) (ship|release|launch|deliver|publish), before [the release of|releasing|shipping], until [the release of], blocking, "
    "(going|go|goes|planned|scheduled|targeted|slated|meant) (into|in|for), part of, [assigned|belonging] to"
)
"""What comes before the version that something is to be in."""
FOUND = "(was|were) found, found, [was|were] (reported|discovered|seen|detected)"
"""What comes after the version that a bug was found in."""
WITHOUT = "(<without>) [a|an|any|the|a set|their|its]"
EXCEPT = (
    "besides, aside from, except [for] [the|those|ones], but not [the], but no, excluding [the], not including, without [the|any], other than [the], apart from [the], minus [the], "
    "excl, exclude [the], leaving out [the], not, not [yet|currently|already|really|been|being|the], no longer, and not, [which|that] (isn't|aren't|wasn't|weren't|hasn't been|haven't been|is not|are not|was not|were not|has not been|have not been) [yet|currently|already|been|being], "
    "[which|that] still (isn't|aren't|hasn't been|haven't been), nor, non, never been, never"
)
"""What negates the condition after it."""
UNSET = "set, yet, assigned, at all, so far, filled in, given, added, specified"
"""What may follow a field that is empty."""
IS_UNSET = "[is|are|was|were] [still] (missing|empty|not set|unset|blank|not filled in|not specified)"
ABOUT = (
    "about, (search|searching|look|looking) for, mentioning, containing, regarding, concerning, [that|which] (mention|mentions|contain|contains), (saying|related to|relating to|to do with|dealing with), "
    "(where|in which) (someone|somebody|anyone|anybody|they|people) (mentions|mention|mentioned|wrote|writes|talks about|said|says), with the (word|words|text|phrase|title), called, titled, named"
)
