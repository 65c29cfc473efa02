"""Cards of lists of issues: a row opens its issue, and the query can be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.jira.disclosure import hides_content
from bot.jira.jql import MarkedQuery
from bot.jira.models import Issue, Site
from bot.language import tr, trn
from cards.base import ActionSigner, Card
from cards.elements import (
    Part,
    card,
    dot,
    execute,
    heading,
    rich,
    run,
    show_card,
    space,
    text_input,
)
from cards.issue_parts import DOT, banner, status
from cards.issue_rows import issue_row, key_run
from cards.numbers import format_number
from cards.restricted import restricted_mark
from cards.sendable import strip_unsendable
from cards.size import fit, size

MAX_ROWS = 10
PAGE_VERB = "list.page"
SEARCH_VERB = "list.query"
QUERY_FIELD = "query"
"""The id of the input for a changed query."""
MAX_QUERY = 2_000
"""Characters of a query that can be changed on a card."""
MAX_BUTTON_DATA = 3_000
"""Bytes of a page button's data; with a longer query there are no page buttons."""

MAX_ROW_DATA = 500
"""Bytes of a row's data, which is on a card ten times; without them the issue has no button back to the list."""

_BACK = ("title", "list", "jql", "token", "trail", "page", "total")
_FIRST = "-"
_MAX_TRAIL = 20


@dataclass(frozen=True, slots=True)
class PagePosition:
    """The position of a page in a search.

    Jira pages forwards only, so `trail` holds the tokens of the pages before this one (the first one's is empty).
    """

    token: str = ""
    trail: tuple[str, ...] = ()
    page: int = 1
    total: int = 0
    """How many issues the whole list has, about; 0 if that is unknown."""

    def next(self, token: str) -> PagePosition:
        """Return the position of the page with Jira's `nextPageToken`."""
        return PagePosition(token, (*self.trail, self.token)[-_MAX_TRAIL:], self.page + 1, self.total)

    def previous(self) -> PagePosition | None:
        """Return the position of the page before, None if it is unknown."""
        return (
            replace(self, token=self.trail[-1], trail=self.trail[:-1], page=self.page - 1) if self.trail else None
        )

    def to_data(self) -> dict[str, str]:
        """Return the position as properties of a button's data."""
        trail = ",".join(token or _FIRST for token in self.trail)
        return {"token": self.token, "trail": trail, "page": str(self.page), "total": str(self.total)}

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> PagePosition:
        """Read a position from a button's data; without one it is the first page."""
        trail = tuple("" if token == _FIRST else token for token in data.get("trail", "").split(",") if token)
        return cls(data.get("token", ""), trail, _number(data, "page", 1), _number(data, "total", 0))


def _number(data: Mapping[str, str], name: str, default: int) -> int:
    digits = data.get(name, "")
    return int(digits) if digits.isdecimal() and len(digits) < 8 else default


@dataclass(frozen=True, slots=True)
class _Tier:
    rows: int
    summary: int
    back: bool = False
    tools: bool = True


_TIERS = (
    _Tier(MAX_ROWS, 160, back=True),
    _Tier(MAX_ROWS, 160),
    _Tier(MAX_ROWS, 60),
    _Tier(5, 60),
    _Tier(2, 40, tools=False),
)


def list_card(
    title: str,
    issues: Sequence[Issue],
    *,
    site: Site,
    sign: ActionSigner,
    jql: str = "",
    next_token: str = "",
    position: PagePosition | None = None,
    shared: bool = True,
    show_site: bool = False,
    subscribe_to: str = "",
) -> Card:
    """Build a list of up to ten issues. Its title has their number, which is that of all pages if it is known.

    The page buttons, and the rows if they fit, carry `title`, `jql` and a `PagePosition` for the verb `list.page`.
    `subscribe_to` is the condition that the conversation can subscribe to. On a list that is `shared` with others
    an issue with a security level is its key alone.
    """
    here = position or PagePosition()
    nothing = rich(run(tr("Nothing found.")))
    total = here.total or (0 if here.trail or next_token else len(issues))
    counted = tr("{title} ({count})", title=title, count=format_number(total)) if total else title

    def build(tier: _Tier) -> Card:
        body: list[Part] = [heading(counted)]
        if show_site:
            body.append(rich(run(site.name, subtle=True, size="Small", limit=60), spacing="None"))
        back = _encode_position(here, title=title, jql=jql, limit=MAX_ROW_DATA) if tier.back and jql else None
        body += [_row(issue, site, sign, tier, back or {}, shared=shared) for issue in issues[: tier.rows]] or [
            nothing
        ]
        body += _foot(len(issues), tier, here.page if here.page > 1 or next_token else 0)
        actions = list(_page_buttons(here, next_token, title=title, jql=jql, site=site, sign=sign))
        if tier.tools:
            actions += _tools(jql, subscribe_to, site, sign)
        return card(body, actions, summary=title)

    return fit(build, _TIERS)


def query_card(
    query: str, problem: str, *, site: Site, sign: ActionSigner, blamed: MarkedQuery | None = None
) -> Card:
    """Build the answer to a query that Jira rejects: the problem, its place, and the query to be corrected."""
    title = tr("Invalid JQL")
    body: list[Part] = [heading(title), *banner("", problem)]
    if blamed is not None:
        body.append(_marked_query(blamed.shorten()))
    body.append(_editor(query))
    return card(body, [_search(site, sign)], summary=title)


def sign_way_back(data: Mapping[str, str], sign: ActionSigner) -> dict[str, str] | None:
    """Return signed data for the button from an issue back to the list, given the `data` of its row."""
    if not data.get("jql"):
        return None
    return sign(PAGE_VERB, site=data.get("site", ""), **{name: data[name] for name in _BACK if name in data})


def _marked_query(blamed: MarkedQuery) -> Part:
    before, after = run(blamed.before, mono=True, limit=200), run(blamed.after, mono=True, limit=200)
    here = run(f"⟪{blamed.here}⟫", mono=True, bold=True, color="Attention", limit=200)
    gap, next_gap = blamed.before[-1:].isspace(), blamed.after[:1].isspace()
    parts = [before, *([space()] if gap else []), here, *([space()] if next_gap else []), after]
    return rich(*(part for part in parts if part["text"]), spacing="Small")


def _editor(query: str) -> Part:
    value = strip_unsendable(query[:MAX_QUERY])
    return text_input(QUERY_FIELD, "JQL", multiline=True, limit=MAX_QUERY, required=True, value=value)


def _search(site: Site, sign: ActionSigner) -> Part:
    return execute(tr("Search"), SEARCH_VERB, sign(SEARCH_VERB, site=site.cloud_id), style="positive", inputs=True)


def _tools(jql: str, subscribe_to: str, site: Site, sign: ActionSigner) -> Iterator[Part]:
    if jql and len(jql) <= MAX_QUERY:
        yield show_card(tr("Query"), [_editor(jql)], [_search(site, sign)])
    if subscribe_to:
        verb = "subscription.make"
        yield execute(tr("Subscribe"), verb, sign(verb, site=site.cloud_id, jql=strip_unsendable(subscribe_to)))


def _row(
    issue: Issue, site: Site, sign: ActionSigner, tier: _Tier, back: Mapping[str, str], *, shared: bool
) -> Part:
    hidden = hides_content(secured=issue.secured, shared=shared, including_restricted=False)
    lines = [rich(key_run(issue.key), dot(), restricted_mark())] if hidden else _lines(issue, tier)
    return issue_row(lines, key=issue.key, site=site.cloud_id, sign=sign, data={"own": "1", **back})


def _lines(issue: Issue, tier: _Tier) -> list[Part]:
    words = [part.name[:40] for part in (issue.type, issue.priority) if part]
    words.append(issue.assignee.name[:60] if issue.assignee else tr("unassigned"))
    return [
        rich(key_run(issue.key), space("  "), run(issue.summary or tr("(no summary)"), limit=tier.summary)),
        rich(
            *status(issue.status),
            dot(),
            run(DOT.join(words), subtle=True, size="Small", limit=160),
            spacing="None",
        ),
    ]


def _foot(count: int, tier: _Tier, page: int) -> Iterator[Part]:
    more = count - tier.rows
    if more > 0:
        words = trn("and {count} more on this page", "and {count} more on this page", more)
        yield rich(run(words, subtle=True, size="Small"))
    if page:
        yield rich(
            run(tr("Page {number}", number=format_number(page)), subtle=True, size="Small"), spacing="Small"
        )


def _page_buttons(
    here: PagePosition, next_token: str, *, title: str, jql: str, site: Site, sign: ActionSigner
) -> Iterator[Part]:
    targets = ((tr("Previous"), here.previous()), (tr("Next"), here.next(next_token) if next_token else None))
    for label, target in targets:
        if target is None:
            continue
        more = _encode_position(target, title=title, jql=jql, limit=MAX_BUTTON_DATA)
        if more is not None:
            yield execute(label, PAGE_VERB, sign(PAGE_VERB, site=site.cloud_id, **more))


def _encode_position(position: PagePosition, *, title: str, jql: str, limit: int) -> dict[str, str] | None:
    fields = {"title": title, "jql": jql, **position.to_data()}
    more = {name: value.encode("utf-8", "ignore").decode() for name, value in fields.items()}
    return more if size(more) <= limit else None
