"""Forms as dialogs, which the Playground cannot open.

It draws the card that leads to one, and its own press of a button is the envelope of what Teams would send.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.teams_cards import words
from tests.support.browser.playground import APP, CHANNEL, ITSELF, Client, button, refusing
from tests.support.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

Card = Mapping[str, Any]


def inputs(node: object) -> dict[str, dict[str, Any]]:
    """Find the inputs of a card by id."""
    if isinstance(node, list):
        return {name: found for part in node for name, found in inputs(part).items()}
    if not isinstance(node, dict):
        return {}
    own = {node["id"]: node} if str(node.get("type", "")).startswith("Input.") else {}
    return {**own, **inputs(list(node.values()))}


async def invoke(client: Client, world: World, name: str, data: Mapping[str, object]) -> dict[str, Any]:
    """Invoke a dialog of the card whose button was pressed last; the bridge's answer."""
    envelope = client.last("invoke", ITSELF)
    value = {"data": data, "context": {"theme": "default"}}
    made = {**envelope, "id": f"{envelope['id']}-{name}", "name": name, "value": value}
    answer = await client.page.request.post(f"{world.url}/api/messages", data=made)
    assert answer.status == 200
    task: dict[str, Any] = (await answer.json())["task"]
    return task


async def send(client: Client, world: World, card: Card, **given: str) -> dict[str, Any]:
    """Send a dialog with what it shows and what was filled in."""
    there = {name: made["value"] for name, made in inputs(card).items() if "value" in made}
    [button] = card["actions"]
    assert button["type"] == "Action.Submit"
    return await invoke(client, world, "task/submit", {**button["data"], **there, **given})


async def refused(client: Client, world: World, card: Card, why: str, **given: str) -> Card:
    """Send a dialog with something wrong in it; the dialog as it comes back, with all that was filled in."""
    task = await send(client, world, card, **given)
    again: Card = task["value"]["card"]["content"]
    assert why in words(again)
    there = inputs(again)
    assert {name: there[name].get("value", "") for name in given} == given
    return again


async def open_dialog(client: Client, world: World, text: str, title: str) -> Card:
    """Asks for a form in the channel and opens it by the dialog button of the card that comes."""
    opener = client.card(title)
    await client.ask(text, button(opener, "Open as a dialog"))
    # Another chat may hear something at the same time: that the account is linked, that an issue has changed.
    [card] = client.last("message", APP, title)["attachments"]
    data = next(a["data"] for a in card["content"]["actions"] if "dialog" in a["title"])
    await button(opener, "Open form").click()
    await button(client.card(title), "Cancel").wait_for()
    task = await invoke(client, world, "task/fetch", data)
    assert task["type"] == "continue"
    assert task["value"]["title"] == title
    shown: Card = task["value"]["card"]["content"]
    return shown


async def test_edit_create_and_move_in_dialogs(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    await alice.open(CHANNEL)

    form = await open_dialog(alice, unsigned, "edit DEMO-2", "Edit DEMO-2")
    await alice.shoot("90-dialog-edit")
    again = await refused(alice, unsigned, form, "Enter a value for Summary.", f_summary="", f_labels_new="seen")
    saved = await send(alice, unsigned, again, f_summary="Login fails for good")
    assert saved == {"type": "message", "value": "Saved DEMO-2."}
    assert unsigned.sandbox.site.issues["DEMO-2"].values["labels"] == ["login", "customer", "seen"]
    await button(alice.card("Login fails for good"), "Assign to me").wait_for()
    await alice.shoot("91-dialog-edited")

    fields = {f.name: f"f_{f.id}" for f in unsigned.sandbox.site.fields.values()}
    given = {fields["Severity"]: "10102", fields["Sprint"]: "2", "f_description": "Since *noon*"}
    form = await open_dialog(alice, unsigned, "create incident OPS Mail is down", "New Incident in OPS")
    unsigned.sandbox.faults.add(refusing(**{fields["Severity"].removeprefix("f_"): "Not at night."}))
    again = await refused(alice, unsigned, form, "Not at night.", **given)
    created = await send(alice, unsigned, again, **{fields["Severity"]: "10101"})
    assert created == {"type": "message", "value": "Created OPS-2."}
    await button(alice.card("Mail is down"), "Assign to me").wait_for()
    await alice.shoot("92-dialog-created")

    form = await open_dialog(alice, unsigned, "move DEMO-4 to close", "Close: DEMO-4")
    again = await refused(alice, unsigned, form, "Enter a value for Resolution.", f_comment="Nobody needs it")
    moved = await send(alice, unsigned, again, f_resolution="10001")
    assert moved == {"type": "message", "value": "Moved DEMO-4."}
    await alice.card("Update the dependencies").get_by_text("Done", exact=True).wait_for()
    await alice.shoot("93-dialog-moved")
