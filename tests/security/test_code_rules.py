"""Rules that the whole code keeps, where a single request would prove little (T12, T46, T47)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.security.jwks import ALGORITHMS
from tests.support.paths import ROOT

SECRETS = re.compile(r"(?:^|_)(?:mac|hmac|signature|csrf|secret|password|claimed|session|verifier)s?$")
"""Names of what must be compared in constant time."""
SOURCES = sorted([ROOT / "app.py", *(ROOT / "bot").rglob("*.py"), *(ROOT / "cards").rglob("*.py")])
PROVING = (
    "security/card_signing",
    "jira/webhooks/signature",
    "accounts/sign_in/state",
    "accounts/sign_in/sealed_step",
)
FORBIDDEN_MODULES = {"pickle", "cPickle", "jsonpickle", "marshal", "shelve", "dill", "cloudpickle", "yaml"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FLOORS = {"aiohttp": (3, 13, 4), "authlib": (1, 6, 11), "pyjwt": (2, 13)}
"""The first versions without the vulnerabilities by which bridges like this one were attacked."""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def names_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr


def compares_a_secret(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare) or not any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
        return False
    sides = [node.left, *node.comparators]
    against_text = any(isinstance(side, ast.Constant) for side in sides)
    return not against_text and any(SECRETS.search(name) for side in sides for name in names_in(side))


def places(breaks_the_rule: Callable[[ast.AST], bool]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if breaks_the_rule(node)
    ]


def test_t12_no_secret_is_compared_by_its_first_difference() -> None:
    assert places(compares_a_secret) == [], "use hmac.compare_digest"


@pytest.mark.parametrize(
    "module",
    ["security/card_signing", "jira/webhooks/signature", "accounts/sign_in/state", "accounts/sign_in/sealed_step"],
)
def test_t12_what_proves_something_is_compared_in_constant_time(module: str) -> None:
    tree = ast.parse((ROOT / "bot" / f"{module}.py").read_text())
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert "compare_digest" in [name for call in calls for name in names_in(call)]


def test_t17_each_token_is_decoded_with_one_algorithm() -> None:
    """What the token's own header names decides nothing."""
    decoded = [
        (path.stem, ast.unparse(keyword.value))
        for path in SOURCES
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "jwt.decode"
        for keyword in call.keywords
        if keyword.arg == "algorithms"
    ]
    assert sorted(decoded) == [("jwks", "ALGORITHMS"), ("signature", "['HS256']")]
    assert ALGORITHMS == ("RS256",)


def unpickles_or_evaluates(node: ast.AST) -> bool:
    match node:
        case ast.Import():
            return not FORBIDDEN_MODULES.isdisjoint(alias.name.partition(".")[0] for alias in node.names)
        case ast.ImportFrom():
            return (node.module or "").partition(".")[0] in FORBIDDEN_MODULES
        case ast.Call(func=ast.Name(id=name)):
            return name in FORBIDDEN_CALLS
    return False


def test_t47_nothing_is_unpickled_or_evaluated() -> None:
    assert places(unpickles_or_evaluates) == []


def pins() -> dict[str, tuple[int, ...]]:
    text = (ROOT / "constraints.txt").read_text()
    found = re.findall(r"^([A-Za-z0-9_.-]+)==([0-9.]+)", text, re.MULTILINE)
    return {name.lower(): tuple(map(int, version.split("."))) for name, version in found}


def test_t46_pins_are_above_the_versions_with_known_holes() -> None:
    pinned = pins()
    assert {name: pinned[name] for name, floor in FLOORS.items() if pinned[name] < floor} == {}


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name
)
def test_t46_actions_are_pinned_to_a_commit_whose_release_is_named(path: Path) -> None:
    used = re.findall(r"uses: *(.+)", path.read_text())
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)] == []
