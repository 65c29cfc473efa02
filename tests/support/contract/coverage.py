"""Which operations of an OpenAPI document requests made use of, as a page to read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.support.contract.proxy import Checked


@dataclass(frozen=True, slots=True)
class Coverage:
    """`counts` has a number for each operation of the document (`PUT /rest/api/3/…`); `unknown` fit none."""

    counts: Mapping[str, int]
    unknown: tuple[str, ...]
    violations: tuple[str, ...]

    @property
    def used(self) -> tuple[str, ...]:
        """The operations that were used, in the document's order."""
        return tuple(operation for operation, count in self.counts.items() if count)


def coverage(document: Mapping[str, object], checked: Sequence[Checked]) -> Coverage:
    """Pure."""
    paths = document["paths"]
    assert isinstance(paths, dict)
    # The path with the fewest variables wins: /issue/picker before /issue/{key}.
    patterns = [
        (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path)
        for path in sorted(paths, key=lambda p: (p.count("{"), -len(p)))
    ]
    verbs = ("get", "post", "put", "delete")
    counts = Counter({f"{verb.upper()} {path}": 0 for path in paths for verb in verbs if verb in paths[path]})
    unknown = []
    for request in checked:
        path = next((path for pattern, path in patterns if pattern.fullmatch(request.path)), "")
        if f"{request.method} {path}" in counts:
            counts[f"{request.method} {path}"] += 1
        else:
            unknown.append(f"{request.method} {request.path}")
    found = [f"{r.method} {r.path}: {r.status}: {line}" for r in checked for line in r.violations]
    return Coverage(dict(counts), tuple(unknown), tuple(found))


def page(found: Coverage, title: str) -> str:
    """As Markdown."""
    used = [f"| `{operation}` | {found.counts[operation]} |" for operation in found.used]
    total = sum(found.counts.values())
    unused = [f"- `{operation}`" for operation, count in found.counts.items() if not count]
    violations = [f"- `{line}`" for line in found.violations] or ["none"]
    return "\n".join(
        [
            f"# {title}",
            "",
            f"{total} requests of {len(used)} operations, {len(found.violations)} violations.",
            "",
            "| operation | requests |",
            "| --- | ---: |",
            *used,
            "",
            "## Violations",
            "",
            *violations,
            "",
            "## In the document, not used",
            "",
            *unused,
            "",
        ]
    )
