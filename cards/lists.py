"""Lists of issues: one row each, a row opens its card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.jira.models import Issue, Site, issue_key
from cards.base import Card, Mint
from cards.elements import Part, card, container, dot, execute, heading, rich, run, space
from cards.issue_parts import DOT, status
from cards.size import fit, size

ROWS = 10
VERB = "list.page"
DATA_LIMIT = 3_000
"""Bytes of what a page button carries; a longer query cannot be paged from a card."""

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


_ROOMS = (_Room(ROWS, 160, 300), _Room(ROWS, 60, 120), _Room(5, 60, 0), _Room(2, 40, 0))


def list_card(
    title: str,
    issues: Sequence[Issue],
    *,
    site: Site,
    mint: Mint,
    jql: str = "",
    next_token: str = "",
    place: Place | None = None,
    show_site: bool = False,
    empty: str = "Nothing found.",
) -> Card:
    """Up to ten issues. The page buttons carry `title`, `jql` and a `Place` under the verb `list.page`."""
    here = place or Place()

    def build(room: _Room) -> Card:
        body: list[Part] = [heading(title)]
        if show_site:
            body.append(rich(run(site.name, subtle=True, size="Small", limit=60), spacing="None"))
        body += [_row(issue, site, mint, room) for issue in issues[: room.rows]] or [rich(run(empty))]
        body += _foot(len(issues), room, jql, here.page if here.page > 1 or next_token else 0)
        return card(body, _pages(here, next_token, title=title, jql=jql, site=site, mint=mint), summary=title)

    return fit(build, _ROOMS)


def _row(issue: Issue, site: Site, mint: Mint, room: _Room) -> Part:
    key = issue_key(issue.key) or ""
    name = run(key or issue.key, bold=True, limit=40, color="Accent" if key else "")
    words = [part.name[:40] for part in (issue.type, issue.priority) if part]
    words.append(issue.assignee.name[:60] if issue.assignee else "unassigned")
    lines = [
        rich(name, space("  "), run(issue.summary or "(no summary)", limit=room.summary)),
        rich(
            *status(issue.status),
            dot(),
            run(DOT.join(words), subtle=True, size="Small", limit=160),
            spacing="None",
        ),
    ]
    made = container(lines, spacing="Small") | {"separator": True}
    if key:
        data = mint("issue.show", issue=key, site=site.cloud_id)
        made["selectAction"] = execute(f"Open {key}", "issue.show", data)
    return made


def _foot(count: int, room: _Room, jql: str, page: int) -> Iterator[Part]:
    if count > room.rows:
        yield rich(run(f"and {count - room.rows} more on this page", subtle=True, size="Small"))
    if page:
        yield rich(run(f"Page {page}", subtle=True, size="Small"), spacing="Small")
    if jql and room.jql:
        yield rich(run(jql, mono=True, subtle=True, size="Small", limit=room.jql), spacing="Small")


def _pages(here: Place, next_token: str, *, title: str, jql: str, site: Site, mint: Mint) -> Iterator[Part]:
    targets = (("Previous", here.previous()), ("Next", here.next(next_token) if next_token else None))
    for label, target in targets:
        if target is None:
            continue
        fields = {"title": title, "jql": jql, **target.to_data()}
        more = {name: value.encode("utf-8", "ignore").decode() for name, value in fields.items()}
        if size(more) <= DATA_LIMIT:
            yield execute(label, VERB, mint(VERB, site=site.cloud_id, **more))
