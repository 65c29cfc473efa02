"""Where Atlassian's document contradicts itself or HTTP, and Prism takes it at its word.

docs/reference/jira-api.md has the list.

Nothing else of the document is touched, so what Prism refuses beyond these is the bridge's or the sandbox's fault.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]


def repaired(document: Mapping[str, Any]) -> Document:
    """Return a copy with all repairs."""
    made: Document = copy.deepcopy(dict(document))
    for operation in _operations(made):
        for status, response in operation.get("responses", {}).items():
            # OpenAPI requires it, and Prism skips a response without; it left the cut document with the prose.
            response.setdefault("description", "")
            # HTTP gives 204 no body, and `{}` asks for none; Prism misses one as soon as a content is declared.
            content = response.get("content", {}).get("application/json", {})
            if status == "204" or content.get("schema") == {}:
                response.pop("content", None)
    for schema in made["components"]["schemas"].values():
        # A choice of schemas that allows no property of any of them: the clauses of a parsed query.
        if "anyOf" in schema:
            schema.pop("additionalProperties", None)
    # A change from or to nothing has null there, in recorded answers and webhooks alike.
    for side in ("from", "fromString", "to", "toString"):
        made["components"]["schemas"]["ChangeDetails"]["properties"][side]["nullable"] = True
    # "null … sets the issue to unassigned", says the operation; its schema lacks it.
    body = made["paths"]["/rest/api/3/issue/{issueIdOrKey}/assignee"]["put"]["requestBody"]
    named = made["components"]["schemas"]["User"]
    nobody = {"type": "string", "nullable": True}
    own = {**named, "properties": {**named["properties"], "accountId": nobody}}
    body["content"]["application/json"]["schema"] = own
    return made


def _operations(document: Document) -> Iterator[Document]:
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                yield operation
