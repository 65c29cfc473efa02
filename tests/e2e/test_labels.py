"""Labels in quotes or with spaces, at each place where labels are given."""

from __future__ import annotations

from sandbox.teams_cards import words
from tests.support.commands.form_player import ask, inputs, newest, send
from tests.support.commands.grammar_player import parts
from tests.support.rows import Row
from tests.support.world import World

SENTENCE = "Labels can't have spaces. Use “two-words” instead."


def sent_by_buttons(card: object) -> list[str]:
    """Return the texts that the buttons of a card send."""
    return [str(part["value"]) for part in parts(card) if part.get("type") == "imBack"]


TYPED = [
    ('labels DEMO-2 "solo"', ["solo"]),
    ('labels DEMO-2 +"solo"', ["login", "customer", "solo"]),
    ("labels DEMO-2 -“login”", ["customer"]),
    ("labels DEMO-2 „eins“ „zwei“", ["eins", "zwei"]),
    ("labels DEMO-2 eins, zwei und drei", ["eins", "zwei", "drei"]),
    ("label DEMO-2 as urgent and small", ["login", "customer", "urgent", "small"]),
    ("labels DEMO-2 +urgent and -login", ["customer", "urgent"]),
    ('labels DEMO-2 "and" solo', ["and", "solo"]),
    ('edit DEMO-2 labels "solo"', ["solo"]),
    ('add label "solo" to DEMO-2', ["login", "customer", "solo"]),
    ("label DEMO-2 urgent", ["login", "customer", "urgent"]),
    ("label DEMO-2 „eins“ „zwei“", ["login", "customer", "eins", "zwei"]),
    ("label DEMO-2 eins, zwei und drei", ["login", "customer", "eins", "zwei", "drei"]),
    ("label DEMO-2 +urgent -login", ["customer", "urgent"]),
    ("label DEMO-2 -login", ["customer"]),
    ("label DEMO-2 add urgent remove login", ["customer", "urgent"]),
    ("DEMO-2 label urgent", ["login", "customer", "urgent"]),
    ("edit DEMO-2 label urgent", ["login", "customer", "urgent"]),
    ("set label of DEMO-2 to urgent", ["login", "customer", "urgent"]),
    ("labels DEMO-2 urgent", ["urgent"]),
    ("label DEMO-2 none", []),
]


async def test_quotes_do_not_reach_jira(world: World, row: Row) -> None:
    await world.link()
    for typed, labels in TYPED:
        with row(typed):
            await ask(world, typed)
            assert world.sandbox.site.issues["DEMO-2"].values["labels"] == labels


WITH_SPACES = [
    ('labels DEMO-2 "two words"', ["two-words"]),
    ('labels DEMO-2 +"two words"', ["login", "customer", "two-words"]),
    ('labels DEMO-2 "two words" +"solo"', ["login", "customer", "two-words", "solo"]),
    ("edit DEMO-2 labels “two words”", ["two-words"]),
]


async def test_the_button_of_the_answer_sets_it_with_a_hyphen(world: World, row: Row) -> None:
    await world.link()
    for typed, labels in WITH_SPACES:
        with row(typed):
            answer = await ask(world, typed)
            assert SENTENCE in words(answer.card)
            assert world.sandbox.site.issues["DEMO-2"].values["labels"] == ["login", "customer"]
            [text] = sent_by_buttons(answer.card)
            await ask(world, text)
            assert world.sandbox.site.issues["DEMO-2"].values["labels"] == labels


OF_NOTHING = [
    ("label DEMO-2 login", "Nothing changed: DEMO-2 already has “login” in Labels."),
    ("labels DEMO-2 +login +customer", "already has “login”, “customer” in Labels."),
    ("labels DEMO-2 -later", "Nothing changed: DEMO-2 has no “later” in Labels."),
    ("labels DEMO-2 +login -later", "already has “login” and no “later” in Labels."),
    ("component DEMO-2 -Frontend", "Nothing changed: DEMO-2 has no “Frontend” in Components."),
]


async def test_a_change_of_nothing_is_not_said_to_be_one(world: World, row: Row) -> None:
    await world.link()
    for typed, said in OF_NOTHING:
        with row(typed):
            answer = await ask(world, typed)
            assert said in words(answer.card)
            assert not [path for method, path in world.jira_calls() if method == "PUT"]


async def test_a_component_is_added_to_the_others(world: World) -> None:
    await world.link()
    await ask(world, "components DEMO-2 Backend")
    await ask(world, "component DEMO-2 Frontend")
    components = world.sandbox.site.issues["DEMO-2"].values["components"]
    assert isinstance(components, list)
    assert len(components) == 2


async def test_the_form_of_an_issue_says_so_at_its_field(world: World) -> None:
    await world.link()
    posted = await ask(world, "edit DEMO-2")
    refused = await send(world, posted.card, posted, f_labels_new='"two words" "solo"')
    assert SENTENCE in words(refused.card)
    assert inputs(refused.card)["f_labels_new"]["value"] == '"two words" "solo"'
    await send(world, refused.card, posted, f_labels_new='two-words "solo"')
    assert world.sandbox.site.issues["DEMO-2"].values["labels"] == ["login", "customer", "two-words", "solo"]


async def test_the_form_of_a_new_issue_says_so_too(world: World) -> None:
    await world.link()
    posted = await ask(world, "create incident OPS Mail is down")
    severity = next(f.id for f in world.sandbox.site.fields.values() if f.name == "Severity")
    refused = await send(world, posted.card, posted, f_labels_new="«two words»", **{f"f_{severity}": "10102"})
    assert SENTENCE in words(refused.card)
    await send(world, refused.card, posted, f_labels_new='two-words,"x"')
    assert newest(world).values["labels"] == ["two-words", "x"]
