"""What Jira says that it could not deliver, taken into the inbox as if it had (`GET /webhook/failed`).

Atlassian's document gives this call scopes for apps like ours and says in words that it is for Connect apps only,
so a refusal is expected, and then nobody asks again for a day. Nothing depends on it: what it does not bring is
found by searching (`bot.notifications.reconcile`), but for what leaves no trace there, as deleted issues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

import structlog
from pydantic import TypeAdapter

from bot.accounts.access import JiraAccess
from bot.accounts.model import NotConnectedError, SignInUnavailableError
from bot.chat.identity import Person
from bot.http import strict_json
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError, JiraScopeError, JiraSignInError, NotFoundOrForbiddenError
from bot.jira.webhooks import registration_api
from bot.jira.webhooks.model import Ignored
from bot.jira.webhooks.parser import read_events
from bot.jira.webhooks.registration_api import Failed
from bot.notifications.inbox.endpoint import INBOX, delivery_job
from bot.notifications.metrics import Metrics
from bot.notifications.recovery.registration import Holders
from bot.storage.base import Job, Store

TABLE = "failed_deliveries"
_REST = 86_400.0
_MOST_PAGES = 20
_MOST_PEOPLE = 5
"""As whom a site is asked before it counts as refusing everybody."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Record:
    """Of a site: up to when its failures were taken (ms), and until when it is not asked (Unix seconds)."""

    after: int = 0
    resting: float = 0.0


class _Answer(Enum):
    """What came of asking as one person: the site need not be asked as another, would not say, was not asked."""

    GIVEN = auto()
    REFUSED = auto()
    NONE = auto()


_ADAPTER = TypeAdapter(_Record)


class FailedDeliveries:
    """Asks each site on which we have webhooks. `url` is where Jira delivers; `clock` gives Unix seconds."""

    def __init__(
        self, store: Store, access: JiraAccess, metrics: Metrics, *, url: str, clock: Callable[[], float]
    ) -> None:
        self._store, self._access, self._metrics = store, access, metrics
        self._url, self._clock = url, clock

    async def round(self) -> None:
        """Ask every site once, as one of those whose webhooks it has: Jira answers for all of the app's.

        Raises `StoreError`; what Jira does not answer is asked for in the next round.
        """
        holders: dict[str, list[Person]] = {}
        for person, cloud_id in await Holders(self._store).all():
            holders.setdefault(cloud_id, []).append(person)
        for cloud_id, people in holders.items():
            await self._ask_site(cloud_id, people)

    async def _ask_site(self, cloud_id: str, people: Sequence[Person]) -> None:
        row = await self._store.get(TABLE, cloud_id)
        record = _ADAPTER.validate_python(dict(row.value)) if row else _Record()
        if self._clock() < record.resting:
            return
        answers = []
        for person in people[:_MOST_PEOPLE]:
            answers.append(await self._ask(person, cloud_id, record))
            if answers[-1] is _Answer.GIVEN:
                return
        if _Answer.REFUSED in answers:
            self._metrics.webhooks.labels("failures_refused").inc()
            await self._write(cloud_id, replace(record, resting=self._clock() + _REST))

    async def _ask(self, person: Person, cloud_id: str, record: _Record) -> _Answer:
        try:
            client = await self._client(person, cloud_id)
            for _ in range(_MOST_PAGES):
                page = await registration_api.failed(client, after=record.after)
                await self._take(client, page)
                if not page or page[-1].at <= record.after:
                    break
                record = replace(record, after=page[-1].at)
                await self._write(cloud_id, record)
        except (NotFoundOrForbiddenError, JiraScopeError):
            return _Answer.REFUSED
        except (NotConnectedError, JiraSignInError):
            return _Answer.NONE
        except (JiraError, SignInUnavailableError) as error:
            # Of a Jira that is down, or wants to be left in peace, nobody else is told more.
            log.warning("failed deliveries not asked for", cloud_id=cloud_id, error=type(error).__name__)
        return _Answer.GIVEN

    async def _take(self, client: JiraClient, page: tuple[Failed, ...]) -> None:
        for one in page:
            job = self._job(client, one)
            if job is not None and await self._store.enqueue(INBOX, job):
                self._metrics.found.inc()
                log.info("failed delivery found", delivery=job.payload["delivery"])

    def _job(self, client: JiraClient, one: Failed) -> Job | None:
        """None for what was not for us, holds nothing, or names another site than the one that says it (T45)."""
        if one.url != self._url:
            return None
        try:
            data = strict_json.loads(one.body)
        except strict_json.MalformedJsonError:
            return None
        events = read_events(data)
        site = client.site
        if not isinstance(data, dict) or isinstance(events, Ignored):
            return None
        if events[0].site not in (site.host, site.cloud_id):
            return None
        job = delivery_job(one.body, data, one.id, self._clock())
        return replace(job, payload={**job.payload, "missed": True})

    async def _client(self, person: Person, cloud_id: str) -> JiraClient:
        site = (await self._access.account(person)).site_by_id(cloud_id)
        if site is None:
            raise NotConnectedError("the site is not linked any more")
        return self._access.client(person, site)

    async def _write(self, cloud_id: str, record: _Record) -> None:
        await self._store.put(TABLE, cloud_id, _ADAPTER.dump_python(record, mode="json"))
