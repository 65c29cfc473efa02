"""Plays the demo's conversation through the bridge's real endpoints and draws it in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markdown import Markdown

from sandbox import browser, changes
from sandbox.draw import draw
from sandbox.people import by_email
from sandbox.server import Sandbox
from sandbox.teams import ALICE, CHANNEL, Posted, personal
from sandbox.teams_cards import actions, links, words
from sandbox.teams_server import Teams

SUMMARY = "Checkout page shows a blank screen"
TO_TYPE = (
    ("mine", "your open issues"),
    ("DEMO-2 in progress", "moves the issue"),
    ("create bug DEMO Login fails", "creates an issue"),
)


class DemoError(Exception):
    """A step did not have the expected result."""


async def play(teams: Teams, sandbox: Sandbox, console: Console) -> None:
    """Connect, show, move by a button, get a notification. Raises `DemoError` or `TimeoutError`."""
    chat = personal(ALICE)
    _title(console, "1. Alice asks for an issue before she has connected Jira")
    async with teams.expecting(chat) as asked:
        await _type(teams, console, "DEMO-1")
    _show(console, asked[0])

    _title(console, "2. She connects once: Microsoft sign-in, Jira consent, confirmation")
    async with (
        teams.expecting(chat, lambda p: "DEMO-1" in words(p.card)) as shown,
        browser.new_session() as session,
    ):
        page = await browser.link(
            session, links(asked[0].card)[0], microsoft_user=ALICE.email, jira_user=ALICE.email
        )
    _check("Alice" in page, "the account was not linked")
    console.print("[dim]Back in Teams, her command has run by itself:[/dim]")
    _show(console, shown[0])

    _title(console, "3. She presses a button: the issue moves, and everyone's card changes")
    button = next((a for a in actions(shown[0].card, "issue.move") if "In Progress" in str(a["title"])), None)
    _check(button is not None, "the card has no button to In Progress")
    console.print(f"[bold]Alice presses[/bold] [reverse] {button['title']} [/reverse]" if button else "")
    answer = await teams.press(ALICE, chat, shown[0].id, button or {})
    _check(answer.status == 200 and "In Progress" in words(shown[0].card), "the card did not change")
    _show(console, shown[0])

    _title(console, "4. A channel subscribes, Bob creates an issue in Jira, the channel is notified")
    async with teams.expecting(CHANNEL) as moved:
        await _type(teams, console, "subscribe DEMO", channel=True)
    _show(console, moved[0])
    bob = by_email("bob@example.com")
    _check(bob is not None, "the sandbox has no Bob")
    async with teams.expecting(CHANNEL, lambda p: SUMMARY in words(p.card)) as notified:
        fields = {"project": {"key": "DEMO"}, "issuetype": {"name": "Bug"}, "summary": SUMMARY}
        changes.create(sandbox.site, bob.account_id if bob else "", {"fields": fields})
    _show(console, notified[0])


def invite(console: Console, *, bot_url: str, board_url: str) -> None:
    """Say where the services are, and what to try."""
    _title(console, "The demo stays up; Ctrl+C ends it")
    console.print("Try it in your browser, in Microsoft's Agents Playground. In another terminal:")
    console.print(f"  scripts/playground {bot_url}", soft_wrap=True)
    console.print(f"There you are {ALICE.name}, and Jira is connected. Three things to type:")
    for text, effect in TO_TYPE:
        console.print(f"  [cyan]{text:<36}[/cyan] {effect}")
    console.print(f"The sandbox's Jira board: {board_url}", soft_wrap=True)


def _title(console: Console, text: str) -> None:
    """Print a title that is wrapped, not cut, where the terminal is narrow."""
    console.print(f"\n[bold]{text}[/bold]")


async def _type(teams: Teams, console: Console, text: str, *, channel: bool = False) -> None:
    place = "in the channel Releases: @Jira " if channel else ""
    console.print(f"[bold]Alice types[/bold] {place}[cyan]{text}[/cyan]")
    answer = await teams.say(ALICE, CHANNEL if channel else personal(ALICE), text)
    _check(200 <= answer.status < 300, f"the bridge answered {answer.status}")


def _show(console: Console, posted: Posted) -> None:
    console.print(draw(posted.card) if posted.card else Markdown(posted.text))


def _check(holds: bool, problem: str) -> None:
    if not holds:
        raise DemoError(problem)
