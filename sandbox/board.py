"""Web pages of a site: the board, an issue, creating an issue, and the webhooks that were sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox import workflow
from sandbox.activity import add_comment
from sandbox.adf import document, plain_text
from sandbox.changes import assign, create, move
from sandbox.errors import JiraProblem
from sandbox.fields import PRIORITIES
from sandbox.model import Issue, Json
from sandbox.pages import message, page
from sandbox.people import Person
from sandbox.render import stamp
from sandbox.site import Site
from sandbox.webhooks import Webhooks

Action = Callable[[web.Request, Person], Awaitable[str]]


class Board:
    """Serves the pages of one site. The current user is chosen by a cookie: this is a sandbox."""

    def __init__(self, site: Site, webhooks: Webhooks) -> None:
        self.site, self.webhooks = site, webhooks

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the site's own address."""
        return [
            web.get("/", self._board),
            web.get("/browse/{key}", self._issue),
            web.get("/webhooks", self._webhooks),
            web.post("/as", self._be),
            web.post("/issues", self._acting(self._create)),
            web.post("/browse/{key}/move", self._acting(self._move)),
            web.post("/browse/{key}/comment", self._acting(self._comment)),
            web.post("/browse/{key}/assign", self._acting(self._assign)),
            web.post("/webhooks/{id}", self._acting(self._again)),
            web.get("/avatar/{kind}/{id}", self._avatar),
            web.get("/media/{id}", self._media),
        ]

    def _person(self, request: web.Request) -> Person:
        chosen = self.site.person(request.cookies.get("person", ""))
        return chosen or self.site.people[0]

    def _acting(self, action: Action) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def act(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Origin") not in {None, "null", f"{request.scheme}://{request.host}"}:
                raise web.HTTPForbidden(text="This form was sent from another page.")
            try:
                where = await action(request, self._person(request))
            except JiraProblem as problem:
                words = [*problem.messages, *problem.fields.values()]
                return message("Jira said no", " ".join(words), problem.status)
            raise web.HTTPSeeOther(where)

        return act

    def _common(self, request: web.Request) -> Json:
        return {"site": self.site, "me": self._person(request), "people": self.site.people}

    def _row(self, issue: Issue) -> Json:
        priority = next((p.name for p in PRIORITIES if p.id == issue.text("priority")), "")
        assignee = issue.text("assignee")
        return {
            "key": issue.key,
            "summary": issue.text("summary"),
            "type": self.site.type_of(issue).name,
            "priority": priority,
            "assignee": self.site.name_of(assignee) if assignee else "Unassigned",
            "status": self.site.status_of(issue).name,
            "restricted": bool(issue.text("security")),
        }

    async def _board(self, request: web.Request) -> web.Response:
        me = self._person(request)
        seen = list(self.site.visible_issues(me.account_id))
        columns = [(s.name, [self._row(i) for i in seen if i.text("status") == s.id]) for s in workflow.STATUSES]
        projects = self.site.visible_projects(me.account_id)
        return page("board.html", {**self._common(request), "columns": columns, "projects": projects})

    async def _issue(self, request: web.Request) -> web.Response:
        me = self._person(request)
        try:
            issue = self.site.issue(request.match_info["key"], me.account_id)
        except JiraProblem as problem:
            return message("Not found", problem.messages[0], problem.status)
        may = self.site.allows(self.site.project_of(issue), me.account_id, "TRANSITION_ISSUES")
        steps = workflow.open_from(issue.text("status")) if may else ()
        seen = [c for c in issue.comments if self.site.sees_comment(issue, c, me.account_id)]
        comments = [
            {
                "author": self.site.name_of(c.author),
                "text": plain_text(c.body),
                "at": stamp(c.created, me.time_zone),
            }
            for c in seen
        ]
        description = plain_text(issue.values.get("description"))
        values = {"row": self._row(issue), "description": description, "comments": comments, "steps": steps}
        return page("issue.html", {**self._common(request), **values, "resolutions": workflow.RESOLUTIONS})

    async def _webhooks(self, request: web.Request) -> web.Response:
        newest = self.webhooks.deliveries[::-1][:200]
        return page("webhooks.html", {**self._common(request), "deliveries": newest})

    async def _be(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        back = "/" + urlsplit(request.headers.get("Referer", "")).path.lstrip("/")
        answer = web.HTTPSeeOther(back)
        answer.set_cookie("person", str(form.get("person", "")), httponly=True, samesite="Lax")
        raise answer

    async def _create(self, request: web.Request, me: Person) -> str:
        form = await request.post()
        project = self.site.project(str(form.get("project", "")), me.account_id)
        kinds = project.types if project else ()
        kind = next((t for t in kinds if t.name == form.get("type")), None) or next(
            (t for t in kinds if t.name == "Task"), None
        )
        fields: Json = {"project": {"key": str(form.get("project", ""))}, "summary": str(form.get("summary", ""))}
        if kind:
            fields["issuetype"] = {"id": kind.id}
        if text := str(form.get("description", "")):
            fields["description"] = document(text)
        return f"/browse/{create(self.site, me.account_id, {'fields': fields}).key}"

    async def _move(self, request: web.Request, me: Person) -> str:
        form = await request.post()
        issue = self.site.issue(request.match_info["key"], me.account_id)
        body: Json = {"transition": {"id": str(form.get("transition", ""))}}
        step = next((t for t in workflow.TRANSITIONS if t.id == form.get("transition")), None)
        if step and step.screen and form.get("resolution"):
            body["fields"] = {"resolution": {"id": str(form["resolution"])}}
        move(self.site, me.account_id, issue, body)
        return f"/browse/{issue.key}"

    async def _comment(self, request: web.Request, me: Person) -> str:
        form = await request.post()
        issue = self.site.issue(request.match_info["key"], me.account_id)
        add_comment(self.site, me.account_id, issue, {"body": document(str(form.get("text", "")))})
        return f"/browse/{issue.key}"

    async def _assign(self, request: web.Request, me: Person) -> str:
        form = await request.post()
        issue = self.site.issue(request.match_info["key"], me.account_id)
        assign(self.site, me.account_id, issue, str(form.get("assignee", "")) or None)
        return f"/browse/{issue.key}"

    async def _again(self, request: web.Request, _me: Person) -> str:
        identifier = request.match_info["id"]
        for delivery in [d for d in self.webhooks.deliveries if d.identifier == identifier]:
            self.webhooks.redeliver(delivery)
        return "/webhooks"

    async def _avatar(self, request: web.Request) -> web.Response:
        hue = sum(request.match_info["id"].encode()) * 37 % 360
        circle = f'<circle cx="24" cy="24" r="24" fill="hsl({hue} 60% 45%)"/>'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">{circle}</svg>'
        return web.Response(text=svg, content_type="image/svg+xml")

    async def _media(self, request: web.Request) -> web.Response:
        for issue in self.site.visible_issues(self._person(request).account_id):
            for file in issue.attachments:
                if file.id == request.match_info["id"]:
                    headers = {"Content-Disposition": f"attachment; {urlencode({'filename': file.name})}"}
                    return web.Response(
                        body=file.content, content_type="application/octet-stream", headers=headers
                    )
        raise web.HTTPNotFound
