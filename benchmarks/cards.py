"""What it costs to build and to serialise a card of each kind.

    python -m benchmarks.cards [--quick] [--rounds 2000]

Prints a Markdown table. Beside each card stands, from the same run, what it costs to serialise the card once it
is built, with orjson and with the standard library: the part that no way of building could save. The last line is
the issue card built with Microsoft's typed library, when benchmarks/.venv has it (benchmarks/requirements.txt).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

import orjson

from bot.commands.forms.parsing.form_values import input_name
from bot.security.card_signing import Signer
from cards.base import Card
from cards.connect import connect_card
from cards.forms import Button, FormEntry, FormView, Shape, form_card
from cards.help import help_card
from cards.issue import issue_card
from cards.lists import list_card
from cards.messages import message_card
from cards.notification import DigestRow, digest_card, notification_card
from cards.personal_notifications import day_card, settings_card
from cards.welcome import welcome_card
from tests.support.samples import cards as samples

PEERS_PYTHON = Path(__file__).parent / ".venv" / "bin" / "python"
TYPED = "typed_card.py"
SIGN = Signer([b"k" * 32]).bound_to("19:8a2b6c@thread.tacv2")
WHOLE = {
    "site": samples.SITE,
    "transitions": samples.TRANSITIONS,
    "sign": SIGN,
    "zone": samples.ZONE,
    "now": samples.NOW,
}


def form() -> Card:
    """Build a create form of twelve fields."""
    shapes = (Shape.LINE, Shape.PARAGRAPH, Shape.DATE, Shape.CHOICE)
    choices = [(f"Choice {n}", str(n)) for n in range(10)]
    entries = [
        FormEntry(input_name(str(n)), f"Field {n}", shape, choices=choices if shape is Shape.CHOICE else ())
        for n, shape in enumerate(shapes * 3)
    ]
    data = SIGN("form.submit", issue="", site=samples.SITE.cloud_id)
    return form_card(FormView("New Bug in PROJ", entries, [Button("Create", "form.submit", data)]))


KINDS: Mapping[str, Callable[[], Card]] = {
    "issue": lambda: issue_card(samples.ISSUE, shared=False, **WHOLE),  # type: ignore[arg-type]
    "issue, few fields": lambda: issue_card(samples.BARE, shared=False, **WHOLE),  # type: ignore[arg-type]
    "notification": lambda: notification_card(
        samples.ISSUE,
        headline="Adele Vance created a bug",
        description=True,
        **WHOLE,  # type: ignore[arg-type]
    ),
    "list of ten": lambda: list_card(
        "Your open issues",
        [samples.ISSUE] * 10,
        site=samples.SITE,
        sign=SIGN,
        jql="project = PROJ",
        next_token="x",
    ),
    "digest of twelve": lambda: digest_card(
        "23 changes", [DigestRow("PROJ-12", "Login redirect", "moved", 3, "site")] * 12, sign=SIGN, more=11
    ),
    "form of twelve": form,
    "day": lambda: day_card(samples.DAY, sign=SIGN),
    "settings": lambda: settings_card(samples.SWITCHES, sign=SIGN, zone="Europe/Berlin"),
    "help": lambda: help_card(samples.GROUPS, samples.SUGGESTIONS, scope="personal", sign=SIGN),
    "connect": lambda: connect_card(samples.LINK),
    "welcome": lambda: welcome_card("channel", sign=SIGN),
    "message": lambda: message_card("1h 30m logged on PROJ-12.", "good"),
}


def median_us(run: Callable[[], object], rounds: int) -> float:
    """Microseconds of one run."""
    took = []
    for _ in range(rounds):
        start = perf_counter()
        run()
        took.append(perf_counter() - start)
    return statistics.median(took) * 1e6


def row(title: str, build: Callable[[], Card], rounds: int) -> str:
    """One line of the table."""
    made = build()
    cells = [
        title,
        f"{len(orjson.dumps(made)):,}",
        f"{median_us(build, rounds):.0f}",
        f"{median_us(lambda: orjson.dumps(made), rounds):.0f}",
        f"{median_us(lambda: json.dumps(made), rounds):.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def typed(card: Card, rounds: int) -> str:
    """Measure the card with Microsoft's library, or say why there is no figure."""
    script = Path(__file__).with_name(TYPED)
    if not PEERS_PYTHON.exists():
        return "microsoft-teams-cards: not measured, there is no benchmarks/.venv"
    done = subprocess.run(
        [PEERS_PYTHON, script, str(rounds)], input=json.dumps(card), capture_output=True, text=True, check=False
    )
    if done.returncode:
        return f"microsoft-teams-cards: not measured: {done.stderr.strip().splitlines()[-1]}"
    found = json.loads(done.stdout)
    return (
        f"The issue card with microsoft-teams-cards: {found['build_us']:.0f} µs to build,"
        f" {found['dump_us']:.0f} µs to serialise, {found['bytes']:,} bytes,"
        f" {found['imported_s']:.1f} s to import."
    )


def main(rounds: int) -> None:
    """All kinds."""
    print("| card | bytes | build µs | orjson µs | json µs |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for title, build in KINDS.items():
        print(row(title, build, rounds), flush=True)
    print()
    print(typed(KINDS["issue"](), rounds))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--rounds", type=int, help="of each figure, of which the median is told")
    options = parser.parse_args()
    main(options.rounds or (100 if options.quick else 2_000))
