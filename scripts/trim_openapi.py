"""Cuts Atlassian's OpenAPI document down to the operations that the sandbox serves, and the schemas they use.

python -m scripts.trim_openapi swagger-v3.v3.json tests/data/jira-openapi/platform-v3.json
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from sandbox.server import ROUTES

SHAPE = re.compile(r"\{[^}]+\}")
PROSE = frozenset({"description", "example", "examples", "summary", "tags", "x-showInExample"})


def without_prose(node: object, *, names: bool = False) -> object:
    """Remove what only people read. `names`: the keys here are names of properties, not keywords."""
    if isinstance(node, list):
        return [without_prose(n) for n in node]
    if not isinstance(node, dict):
        return node
    return {
        k: without_prose(v, names=k in {"properties", "schemas", "responses", "paths"} and not names)
        for k, v in node.items()
        if names or k not in PROSE
    }


def references(node: object) -> set[str]:
    """Find the names of the schemas that a node refers to."""
    return set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(node)))


def main(source: Path, target: Path) -> None:
    """Read, cut, write."""
    document = json.loads(source.read_text(encoding="utf-8"))
    served = {(r.method.lower(), SHAPE.sub("{}", r.path)) for r in ROUTES}
    paths: dict[str, dict[str, object]] = {}
    for path, operations in document["paths"].items():
        kept = {m: o for m, o in operations.items() if (m, SHAPE.sub("{}", path)) in served}
        if kept:
            paths[path] = kept
    schemas: dict[str, object] = {}
    wanted = references(paths)
    while wanted:
        name = wanted.pop()
        schemas[name] = document["components"]["schemas"][name]
        wanted |= references(schemas[name]) - set(schemas)
    cut = {
        "openapi": document["openapi"],
        "info": document["info"],
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }
    target.write_text(json.dumps(without_prose(cut), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
