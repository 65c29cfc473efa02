"""Installing the project brings every distribution that its packages import."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = frozenset({"app", "bot", "cards", "manifest", "sandbox", "_typeshed"})


def normalized(name: str) -> str:
    """Write a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def brought_by(name: str, extras: frozenset[str]) -> frozenset[str]:
    """Name a distribution and all that it requires, here and now."""
    needs = [Requirement(line) for line in distribution(name).requires or ()]
    chosen = [{"extra": extra} for extra in (*extras, "")]
    wanted = [need for need in needs if need.marker is None or any(map(need.marker.evaluate, chosen))]
    return frozenset({normalized(name)}).union(*(brought_by(need.name, frozenset(need.extras)) for need in wanted))


def installed(requirements: list[str]) -> frozenset[str]:
    needs = [Requirement(line) for line in requirements]
    return frozenset[str]().union(*(brought_by(need.name, frozenset(need.extras)) for need in needs))


def imports(path: Path) -> Iterator[str]:
    """Yield the top-level names that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("folder", "extras"), [("bot", ()), ("cards", ()), ("manifest", ("dev",)), ("sandbox", ("demo",))]
)
def test_what_is_imported_is_installed(folder: str, extras: tuple[str, ...]) -> None:
    requirements = PROJECT["dependencies"] + [
        line for extra in extras for line in PROJECT["optional-dependencies"][extra]
    ]
    available, providers = installed(requirements), packages_distributions()
    names = {name for path in (ROOT / folder).rglob("*.py") for name in imports(path)}
    foreign = names - OURS - sys.stdlib_module_names
    assert {name for name in foreign if not available & {normalized(n) for n in providers.get(name, ())}} == set()
