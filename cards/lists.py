"""Lists of issues: one row each, a row opens its card; the query stands below and can be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.jira.jql import MarkedQuery
from bot.jira.models import Issue, Site, issue_key
from bot.language import tr, trn
from cards.base import ActionSigner, Card
from cards.elements import (
    Part,
    card,
    container,
    dot,
    execute,
    heading,
    rich,
    run,
    show_card,
    space,
    text_input,
)
from cards.forms import sendable
from cards.issue_parts import DOT, banner, status
from cards.numbers import number
from cards.size import fit, size

ROWS = 10
VERB = "list.page"
SEARCH = "list.query"
FIELD = "query"
"""The input that holds a changed query."""
LONGEST_QUERY = 2_000
"""Characters of a query that can be changed on a card."""
DATA_LIMIT = 3_000
"""Bytes of what a page button carries; a longer query cannot be paged from a card."""

BACK_LIMIT = 500
"""The same for a row, which stands on a card ten times; without it the issue has no way back to the list."""

_BACK = ("title", "list", "jql", "token", "trail", "page")
_FIRST = "-"
_TRAIL = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a search a page is. Jira only pages forwards, so the way back is remembered: `trail` holds the
    tokens of the pages before this one (the first page's is empty)."""

    token: str = ""
    trail: tuple[str, ...] = ()
    page: int = 1

    def next(self, token: str) -> Place:
        """The page that Jira's `nextPageToken` leads to."""
        return Place(token, (*self.trail, self.token)[-_TRAIL:], self.page + 1)

    def previous(self) -> Place | None:
        """The page before, if the way is known."""
        return (
            replace(self, token=self.trail[-1], trail=self.trail[:-1], page=self.page - 1) if self.trail else None
        )

    def to_data(self) -> dict[str, str]:
        """As the properties of a button's data."""
        trail = ",".join(token or _FIRST for token in self.trail)
        return {"token": self.token, "trail": trail, "page": str(self.page)}

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Place:
        """The inverse of `to_data`; what is missing or no number counts as the first page."""
        trail = tuple("" if token == _FIRST else token for token in data.get("trail", "").split(",") if token)
        page = data.get("page", "")
        return cls(data.get("token", ""), trail, int(page) if page.isdecimal() and len(page) < 6 else 1)


@dataclass(frozen=True, slots=True)
class _Room:
    rows: int
    summary: int
    jql: int
    back: bool = False
    tools: bool = True


_ROOMS = (
    _Room(ROWS, 160, 300, back=True),
    _Room(ROWS, 160, 300),
    _Room(ROWS, 60, 120),
    _Room(5, 60, 0),
    _Room(2, 40, 0, tools=False),
)


def list_card(
    title: str,
    issues: Sequence[Issue],
    *,
    site: Site,
    sign: ActionSigner,
    jql: str = "",
    next_token: str = "",
    place: Place | None = None,
    show_site: bool = False,
    subscribe_to: str = "",
) -> Card:
    """Up to ten issues. The page buttons, and the rows where it fits, carry `title`, `jql` and a `Place` for the
    verb `list.page`. `subscribe_to` is the condition that the conversation can be told of from now on."""
    here = place or Place()
    nothing = rich(run(tr("Nothing found.")))

    def build(room: _Room) -> Card:
        body: list[Part] = [heading(title)]
        if show_site:
            body.append(rich(run(site.name, subtle=True, size="Small", limit=60), spacing="None"))
        back = _carried(here, title=title, jql=jql, limit=BACK_LIMIT) if room.back and jql else None
        body += [_row(issue, site, sign, room, back or {}) for issue in issues[: room.rows]] or [nothing]
        body += _foot(len(issues), room, jql, here.page if here.page > 1 or next_token else 0)
        actions = list(_pages(here, next_token, title=title, jql=jql, site=site, sign=sign))
        if room.tools:
            actions += _tools(jql, subscribe_to, site, sign)
        return card(body, actions, summary=title)

    return fit(build, _ROOMS)


def query_card(
    query: str, problem: str, *, site: Site, sign: ActionSigner, blamed: MarkedQuery | None = None
) -> Card:
    """A query that Jira does not take: why, where, and what was typed to be mended. `site` is where to search."""
    title = tr("Invalid JQL")
    body: list[Part] = [heading(title), *banner("", problem)]
    if blamed is not None:
        body.append(_marked(blamed.shorten()))
    body.append(_editor(query))
    return card(body, [_search(site, sign)], summary=title)


def way_back(data: Mapping[str, str], sign: ActionSigner) -> dict[str, str] | None:
    """Data for the button from an issue back to the list in which the row with `data` stood."""
    if not data.get("jql"):
        return None
    return sign(VERB, site=data.get("site", ""), **{name: data[name] for name in _BACK if name in data})


def _marked(blamed: MarkedQuery) -> Part:
    before, after = run(blamed.before, mono=True, limit=200), run(blamed.after, mono=True, limit=200)
    here = run(f"⟪{blamed.here}⟫", mono=True, bold=True, color="Attention", limit=200)
    gap, next_gap = blamed.before[-1:].isspace(), blamed.after[:1].isspace()
    parts = [before, *([space()] if gap else []), here, *([space()] if next_gap else []), after]
    return rich(*(part for part in parts if part["text"]), spacing="Small")


def _editor(query: str) -> Part:
    value = sendable(query[:LONGEST_QUERY])
    return text_input(FIELD, "JQL", multiline=True, limit=LONGEST_QUERY, required=True, value=value)


def _search(site: Site, sign: ActionSigner) -> Part:
    return execute(tr("Search"), SEARCH, sign(SEARCH, site=site.cloud_id), style="positive", inputs=True)


def _tools(jql: str, subscribe_to: str, site: Site, sign: ActionSigner) -> Iterator[Part]:
    if jql and len(jql) <= LONGEST_QUERY:
        yield show_card(tr("Edit query"), [_editor(jql)], [_search(site, sign)])
    if subscribe_to:
        verb = "subscription.make"
        yield execute(tr("Subscribe"), verb, sign(verb, site=site.cloud_id, jql=sendable(subscribe_to)))


def _row(issue: Issue, site: Site, sign: ActionSigner, room: _Room, back: Mapping[str, str]) -> Part:
    key = issue_key(issue.key) or ""
    name = run(key or issue.key, bold=True, limit=40, color="Accent" if key else "")
    words = [part.name[:40] for part in (issue.type, issue.priority) if part]
    words.append(issue.assignee.name[:60] if issue.assignee else tr("unassigned"))
    lines = [
        rich(name, space("  "), run(issue.summary or tr("(no summary)"), limit=room.summary)),
        rich(
            *status(issue.status),
            dot(),
            run(DOT.join(words), subtle=True, size="Small", limit=160),
            spacing="None",
        ),
    ]
    made = container(lines, spacing="Small") | {"separator": True}
    if key:
        data = sign("issue.show", issue=key, site=site.cloud_id, own="1", **back)
        made["selectAction"] = execute(tr("Open {key}", key=key), "issue.show", data)
    return made


def _foot(count: int, room: _Room, jql: str, page: int) -> Iterator[Part]:
    more = count - room.rows
    if more > 0:
        words = trn("and {count} more on this page", "and {count} more on this page", more)
        yield rich(run(words, subtle=True, size="Small"))
    if page:
        yield rich(run(tr("Page {number}", number=number(page)), subtle=True, size="Small"), spacing="Small")
    if jql and room.jql:
        yield rich(run(jql, mono=True, subtle=True, size="Small", limit=room.jql), spacing="Small")


def _pages(
    here: Place, next_token: str, *, title: str, jql: str, site: Site, sign: ActionSigner
) -> Iterator[Part]:
    targets = ((tr("Previous"), here.previous()), (tr("Next"), here.next(next_token) if next_token else None))
    for label, target in targets:
        if target is None:
            continue
        more = _carried(target, title=title, jql=jql, limit=DATA_LIMIT)
        if more is not None:
            yield execute(label, VERB, sign(VERB, site=site.cloud_id, **more))


def _carried(place: Place, *, title: str, jql: str, limit: int) -> dict[str, str] | None:
    fields = {"title": title, "jql": jql, **place.to_data()}
    more = {name: value.encode("utf-8", "ignore").decode() for name, value in fields.items()}
    return more if size(more) <= limit else None
