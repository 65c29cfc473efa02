"""What the bridge of many companies talks to: answers as in `benchmarks.surroundings`, each about its own issue.

Notes when which message reached Teams. `GET /seen` hands these notes over and forgets them.
"""

from __future__ import annotations

import asyncio
import json
import re
from time import monotonic

from benchmarks.scale_company import account_id, assignee_of, jira_site, site_number
from benchmarks.surroundings import Fakes, arguments, main
from benchmarks.wire import Answer, response

COMMAND_ISSUES = 900_000_000
"""Issues with greater numbers are of commands, each asked for once: their number is in the answer's card."""
_ISSUE = re.compile(rb"/ex/jira/([^/]+)/rest/api/3/issue/([A-Z]+)-([0-9]+)(/[a-z]+)?")
_COMMENT = re.compile(rb"/ex/jira/[^/]+/rest/api/3/issue/[0-9]+/comment/([0-9]+)")
_COMMAND = re.compile(rb"-9([0-9]{8})\b")
_WRITER = re.compile(rb"Writer w([0-9]+)w")
_PERSONAL = "a%3A"
_THREAD = b"%3Bmessageid"
_PLACEHOLDERS = {
    b'"key":"DEMO-12"': b'"key":"%(key)b-%(number)d"',
    b'"key":"DEMO"': b'"key":"%(key)b"',
    b'"id":"10012"': b'"id":"%(number)d"',
    b"712020:5f000000-0000-4000-8000-0000000000b1": b"%(account)b",
    b"712020:5f000000-0000-4000-8000-0000000000a1": b"%(account)b",
    b"https://example.atlassian.net": b"%(url)b",
    # An old issue, whose newest comment alone came with it: any other one has to be read.
    b'"comment":{"total":1,': b'"comment":{"total":40,',
}


def writer_name(delivery: int) -> str:
    """Return the name of whoever causes a delivery: it is in the sentence of every message that comes of it."""
    return f"Writer w{delivery}w"


class CompanyFakes(Fakes):
    """Jira and the connector for many tenants and sites."""

    def __init__(self, jira_delay: float, people_a_site: int) -> None:
        super().__init__(jira_delay)
        self._people_a_site = people_a_site
        document = self._issue.partition(b"\r\n\r\n")[2].replace(b"%", b"%%")
        for known, placeholder in _PLACEHOLDERS.items():
            document = document.replace(known, placeholder)
        self._template = document
        self._seen: list[tuple[str, int, str, float]] = []

    def answer(self, method: bytes, target: bytes, body: bytes) -> Answer:
        """Return the answer, and after how many seconds it is sent."""
        if target == b"/seen":
            seen, self._seen = self._seen, []
            return response(200, json.dumps(seen).encode()), 0.0
        return super().answer(method, target, body)

    def _jira(self, method: bytes, path: bytes) -> bytes:
        if path.endswith(b"/search/jql"):
            self.counts["jira_searches"] += 1
            return response(200, b'{"issues":[],"isLast":true}')
        if comment := _COMMENT.fullmatch(path):
            self.counts["jira_comments"] += 1
            return response(200, self._comment(comment[1]))
        issue = _ISSUE.fullmatch(path)
        if method != b"GET" or issue is None or issue[4]:
            return super()._jira(method, path)
        self.counts["jira_issues"] += 1
        return response(200, self._document(issue[1].decode(), issue[2], int(issue[3])))

    def _document(self, cloud_id: str, key: bytes, number: int) -> bytes:
        site = site_number(cloud_id)
        person = assignee_of(site, number, self._people_a_site)
        account, url = account_id(person).encode(), jira_site(site).url.encode()
        return self._template % {b"key": key, b"number": number, b"account": account, b"url": url}

    @staticmethod
    def _comment(comment_id: bytes) -> bytes:
        text = b'{"type":"text","text":"Fixed in the branch, please have a look."}'
        paragraph = b'{"type":"paragraph","content":[%b]}' % text
        body = b'{"type":"doc","version":1,"content":[%b]}' % paragraph
        return b'{"id":"%b","jsdPublic":true,"body":%b}' % (comment_id, body)

    def _connector(self, method: bytes, path: bytes, body: bytes) -> bytes:
        now, conversation = monotonic(), path.split(b"/")[3].partition(_THREAD)[0].decode()
        if writers := set(_WRITER.findall(body)):
            self._seen += [("webhook", int(number), conversation, now) for number in writers]
        elif command := _COMMAND.search(body):
            self._seen.append(("command", int(command[1]), conversation, now))
        elif conversation.startswith(_PERSONAL) and b'"type":"typing"' not in body:
            # Some answer of the bridge, but not the issue that was asked for.
            self._ids += 1
            self._seen.append(("other", self._ids, conversation, now))
        return super()._connector(method, path, body)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--people-a-site", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(main(options.folder, CompanyFakes(options.jira_delay, options.people_a_site)))
