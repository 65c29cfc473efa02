"""JQL: what is found, what is refused and in which words, and that nothing else comes out of the parser."""

# ruff: noqa: E501 - tables of sentences read best with one row a line
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import changes, jql
from sandbox.jql_match import bounded, matches, problems, search
from sandbox.jql_tree import Both, Clause, JqlError, Not, Value
from sandbox.people import PEOPLE
from sandbox.seed import first_site
from sandbox.site import Site

ALICE, BOB, CAROL, DAN, EVE, _ = (p.account_id for p in PEOPLE)
NOW = 1_800_000_000.0
"""Friday, 15 January 2027, 08:00 UTC, which is 09:00 in Berlin."""


@pytest.fixture
def site() -> Site:
    moments = iter(NOW - 86_400 + 60 * n for n in range(1000))
    built = first_site("https://demo.example", lambda: next(moments))
    built.clock = lambda: NOW
    return built


def keys(site: Site, who: str, query: str) -> list[str]:
    return [i.key for i in search(site, who, query)]


FOUND = [
    ("key = DEMO-2", ["DEMO-2"]),
    ("issuekey in (DEMO-2, demo-3) order by key", ["DEMO-2", "DEMO-3"]),
    ("key > DEMO-4 and project = DEMO order by key", ["DEMO-5", "DEMO-6"]),
    ("project = Demo and type = Bug order by key", ["DEMO-2", "DEMO-6"]),
    ("project = 'OPS'", ["OPS-1"]),
    ("project != DEMO and project != HR", ["OPS-1"]),
    ("assignee = currentUser()", ["DEMO-2"]),
    ('assignee = "Bob B"', ["DEMO-3"]),
    (f'assignee = "{BOB}"', ["DEMO-3"]),
    ("assignee in (currentUser(), 'bob@example.com') order by key desc", ["DEMO-3", "DEMO-2"]),
    ("project = DEMO and assignee is EMPTY order by key", ["DEMO-1", "DEMO-4", "DEMO-5", "DEMO-6"]),
    ("project = DEMO and assignee != currentUser()", ["DEMO-3"]),
    ("project = DEMO and assignee is not empty order by key", ["DEMO-2", "DEMO-3"]),
    ("status = 'In Progress'", ["DEMO-3"]),
    ("statusCategory = indeterminate", ["DEMO-3"]),
    ("project = DEMO and statusCategory != 'To Do'", ["DEMO-3"]),
    ("priority = Highest order by key", ["DEMO-6", "OPS-1"]),
    ("priority > Medium order by key", ["DEMO-2", "DEMO-6", "OPS-1"]),
    ("project = DEMO and priority <= High and priority >= High", ["DEMO-2"]),
    ("labels = login", ["DEMO-2"]),
    ("labels in (login, report) and labels not in (customer)", ["DEMO-3"]),
    ("project = DEMO and labels is EMPTY order by key", ["DEMO-1", "DEMO-4", "DEMO-5", "DEMO-6"]),
    ("resolution = Unresolved and project = OPS", ["OPS-1"]),
    ("resolution is EMPTY and project = OPS", ["OPS-1"]),
    ("resolution is not EMPTY", []),
    ("parent = DEMO-3", ["DEMO-5"]),
    ("sprint in openSprints()", ["DEMO-2"]),
    ('sprint = "DEMO Sprint 1"', ["DEMO-2"]),
    ("watcher = currentUser() and project = DEMO order by key", ["DEMO-1", "DEMO-2", "DEMO-6"]),
    ("voter = currentUser()", []),
    ("issue in linkedIssues(DEMO-2)", ["DEMO-3"]),
    ("issue in issueHistory()", []),
    ("component = Backend", ["DEMO-4"]),
    ("cf[10018] = Major", ["OPS-1"]),
    ("Severity in (Major, Minor)", ["OPS-1"]),
    ('"Story point estimate" is not EMPTY', []),
    ("due >= 2030-01-31 and due < 2030-02-01", ["DEMO-4"]),
    ("due is EMPTY and type = Story", ["DEMO-3"]),
    ("created >= -2d and type = Story", ["DEMO-3"]),
    ("created >= startOfDay()", []),
    ("created >= startOfDay(-1) and type = Story", ["DEMO-3"]),
    ("created < endOfDay('-1d') and type = Story", ["DEMO-3"]),
    ("created > '2027/01/14 08:00' and created < '2027-01-14 10:00' and type = Epic", ["DEMO-1"]),
    ("text ~ 'reproduce staging'", ["DEMO-2"]),
    ("summary ~ 'login'", ["DEMO-2"]),
    ("summary ~ 'reset password'", ["DEMO-2"]),
    ('summary ~ "\\"reset password\\""', []),
    ('summary ~ "\\"password reset\\""', ["DEMO-2"]),
    ("summary ~ 'depend*'", ["DEMO-4"]),
    ("summary ~ 'depend'", []),
    ("summary ~ report", ["DEMO-3"]),
    ("summary !~ login and type = Bug", ["DEMO-6"]),
    ("description ~ accountant or comment ~ staging order by key", ["DEMO-2", "DEMO-3"]),
    ("type = Bug and (labels = login or priority = Highest) order by priority", ["DEMO-2", "DEMO-6"]),
    ("type = Bug or type = Story and priority = Lowest order by key", ["DEMO-2", "DEMO-6"]),
    ("not (project = DEMO or project = HR)", ["OPS-1"]),
    ("NOT project = DEMO AND !project = HR", ["OPS-1"]),
    ("type = Bug ORDER BY priority DESC, key ASC", ["DEMO-6", "DEMO-2"]),
]


@pytest.mark.parametrize(("query", "expected"), FOUND, ids=[q for q, _ in FOUND])
def test_what_alice_finds(site: Site, query: str, expected: list[str]) -> None:
    assert keys(site, ALICE, query) == expected


@pytest.mark.parametrize(
    ("period", "found"), [("-89m", False), ("-91m", True), ("-1h", False), ("-2h", True), ("-1d", True)]
)
def test_a_period_is_time_that_passed_also_when_clocks_are_put_forward(
    site: Site, period: str, found: bool
) -> None:
    created = 1_869_091_200.0 - 1800
    """Half an hour before Berlin's clocks went from 02:00 to 03:00, in March 2029."""
    site.clock = lambda: created
    made = changes.create(
        site, ALICE, {"fields": {"project": {"key": "DEMO"}, "issuetype": {"name": "Task"}, "summary": "late"}}
    )
    site.clock = lambda: created + 90 * 60
    assert (made.key in keys(site, ALICE, f"created >= {period} and project = DEMO")) is found


REFUSED = [
    ("status", "Error in the JQL Query: Expecting operator before the end of the query. The valid operators are"),
    ("invalid query", "Expecting operator but got 'query'. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'. (line 1, character 9)"),
    ("project =", "Error in JQL Query: Expecting either a value, list or function before the end of the query."),
    ("project = or", "Expecting either a value, list or function but got 'or'. You must surround 'or' in quotation marks to use it as a value. (line 1, character 11)"),
    ("project = DEMO status = x", "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'status'. (line 1, character 16)"),
    ("project = DEMO\nand foo@ = 1", "The character '@' is a reserved JQL character. You must enclose it in a string or use the escape '\\u0040' instead. (line 2, character 8)"),
    ('summary ~ "abc', "The quoted string 'abc' has not been completed. (line 1, character 11)"),
    ("end = 1", "'end' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 1)"),
    ("(project = DEMO", "Expecting ')' before the end of the query."),
    ("project = DEMO order updated", "Expecting 'by' but got 'updated'. (line 1, character 22)"),
    ("universe = 42", "Field 'universe' does not exist or you do not have permission to view it."),
    ("project = DEMO order by universe", "Field 'universe' does not exist or you do not have permission to view it."),
    ("summary = test", "The operator '=' is not supported by the 'summary' field."),
    ("summary in test", "Operator 'in' does not support the non-list value '\"test\"' for field 'summary'."),
    ("project = INVALID", "The value 'INVALID' does not exist for the field 'project'."),
    ("key = NO-1", "An issue with key 'NO-1' does not exist for field 'key'."),
    ("assignee = nobody", "The value 'nobody' does not exist for the field 'assignee'."),
    ("assignee = nothing()", "Unable to find JQL function 'nothing()'."),
    ("project = currentUser()", "is invalid for the field 'project'."),
    ("created > yesterday", "Date value 'yesterday' for field 'created' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm'"),
    ("votes > many", "Value 'many' is invalid for the field 'votes'."),
    ("text ~ '*start'", "The text query '*start' for field 'text' is not allowed to start with character '*'."),
    ("text ~ '(a'", "Unable to parse the text '(a' for field 'text'."),
    ("text ~ ''", "does not support searching for an empty string"),
    ("", "Unbounded JQL queries are not allowed here."),
    ("order by updated", "Unbounded JQL queries are not allowed here."),
]  # fmt: skip


@pytest.mark.parametrize(("query", "words"), REFUSED, ids=[q for q, _ in REFUSED])
def test_refusals_in_jiras_words(site: Site, query: str, words: str) -> None:
    with pytest.raises(JqlError) as refusal:
        bounded(site, ALICE, query)
    assert words in str(refusal.value)


@pytest.mark.parametrize("query", ["project = HR", "key = HR-1", "parent = DEMO-6", "key = DEMO-6"])
def test_what_one_may_not_see_is_as_if_it_did_not_exist(site: Site, query: str) -> None:
    assert problems(site, EVE, query)
    assert "does not exist" in problems(site, EVE, query)[0]


def test_restricted_issue_and_comment_are_found_by_their_readers_only(site: Site) -> None:
    site.issues["DEMO-2"].comments[0].visibility = {"type": "role", "value": "Developers"}
    assert keys(site, BOB, "text ~ staging or text ~ debug order by key") == ["DEMO-2", "DEMO-6"]
    assert keys(site, EVE, "text ~ staging or text ~ debug") == []


def test_days_begin_in_the_callers_time_zone(site: Site) -> None:
    # 07:30 UTC is still Thursday evening in Los Angeles and Friday morning in Berlin.
    site.issues["DEMO-3"].updated = NOW - 1800
    assert keys(site, ALICE, "updated >= startOfDay()") == ["DEMO-3"]
    site.clock = lambda: NOW + 3600
    assert keys(site, CAROL, "updated >= startOfDay() and key = DEMO-3") == []


def test_filter_of_a_webhook_is_read_as_its_owner_reads_it(site: Site) -> None:
    issue = site.issues["DEMO-2"]
    assert matches(site, issue, "project = DEMO", ALICE)
    assert not matches(site, issue, "project != DEMO", ALICE)


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("a=1 and b=2 or c=3", Both((Both((Clause("a", "=", Value("1")), Clause("b", "=", Value("2"))), True), Clause("c", "=", Value("3"))), False)),
        ("not a!=1", Not(Clause("a", "!=", Value("1")))),
        ('a ~ "x \\"y\\" \\u0041"', Clause("a", "~", Value('x "y" A'))),
        ("a NOT  IN (x)", None),
    ],
)  # fmt: skip
def test_tree(query: str, tree: object) -> None:
    where = jql.parse(query).where
    if tree is None:
        assert isinstance(where, Clause)
        assert where.operator == "not in"
    else:
        assert where == tree


@given(st.text())
def test_any_value_survives_in_quotes(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert jql.parse(f'summary ~ "{quoted}"').where == Clause("summary", "~", Value(value))


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["a", "and", "or", "not", "(", ")", "=", "~", "in", "is", "empty", ",", "order", "by", "'x'", '"', "cf[1]", "f()", "-1d", "@"]
        )
    ).map(" ".join)
)  # fmt: skip
def test_nothing_but_a_refusal_comes_out_of_the_parser(query: str) -> None:
    try:
        jql.parse(query)
    except JqlError:
        return


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(JqlError):
        jql.parse("(" * 100_000)
