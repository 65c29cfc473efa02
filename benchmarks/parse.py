"""How long the grammar takes over what nobody should type, and that the time grows no faster than the text.

    python -m benchmarks.parse [--quick] [--inputs 100000] [--seed 1]

Prints two Markdown tables: the slowest of the inputs of each generator, and for each generator how the time grows
from a length to twice, four and eight times that length. What is timed is all that happens to a text between
Teams and a command: tidying, the grammar, the suggestions for what is not understood. A last ratio of more than
`--most` times the length's, or an exception, is an error.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Mapping
from time import thread_time

from bot.commands.registry import COMMANDS, parser
from bot.commands.typed_text import tidy

Generate = Callable[[random.Random, int], str]
"""A text of about so many characters."""

NAMES = [name for command in COMMANDS for name in command.names]
LENGTHS = (4_000, 8_000, 16_000, 32_000)
"""The grammar looks at 32,768 characters and no more."""
BEYOND = 250_000
"""Longer than Teams' own limit of a message."""


def _joined(length: int, make: Callable[[], str], between: str = " ") -> str:
    first = make()
    parts, size = [first], len(first)
    while size < length:
        parts.append(make())
        size += len(parts[-1]) + len(between)
    return between.join(parts)[:length]


def _characters(rng: random.Random, length: int, low: int, high: int) -> str:
    return "".join(map(chr, rng.choices(range(low, high), k=length)))


def words(rng: random.Random, length: int) -> str:
    """Ten thousand words, some of them commands."""
    return _joined(length, lambda: rng.choice([*NAMES, "lorem", "x", "…"]))


def keys(rng: random.Random, length: int) -> str:
    """Issue keys in a row, and what looks like some."""
    return _joined(length, lambda: rng.choice(["PROJ-1", "A-1", "proj-99999999999", "-1", "PROJ-", "A_B-7:"]))


def digits(_rng: random.Random, length: int) -> str:
    """Generate a key whose number never ends."""
    return "PROJ-" + "9" * (length - 5)


def letters(_rng: random.Random, length: int) -> str:
    """One word."""
    return "move" * (length // 4)


def spaces(rng: random.Random, length: int) -> str:
    """All that counts as space."""
    return "move" + "".join(rng.choices(" \t\n\r\u00a0\u2007\u202f\u3000", k=length - 4))


def mentions(rng: random.Random, length: int) -> str:
    """Mentions, open and closed, and signs of address."""
    return _joined(length, lambda: rng.choice(["<at>Jira</at>", "<at>", "</at>", "@", "@bob", "@@"]), "")


def html(rng: random.Random, length: int) -> str:
    """Tags that are never closed."""
    return _joined(length, lambda: rng.choice(["<div", "<", "<b>", "&nbsp;", "&nbsp", "&amp;", "<a href='"]), "")


def quotes(rng: random.Random, length: int) -> str:
    """Quotation marks within each other."""
    return "comment PROJ-1 " + "".join(rng.choices("\"'“”„‘’‚[](){}", k=length - 15))


def brackets(_rng: random.Random, length: int) -> str:
    """Generate the beginning of a Markdown link, again and again."""
    return "[" * (length // 2) + "](" * (length // 4)


def markdown(rng: random.Random, length: int) -> str:
    """Links, and links that lack their end."""
    return _joined(
        length, lambda: rng.choice(["[x](https://a.example/b)", "[x](http://", "[x](https://a", "[]("]), ""
    )


def links(rng: random.Random, length: int) -> str:
    """Addresses of issues, and such as only begin like one."""
    made = ["https://a.example/browse/PROJ-1", "https://" + "a" * 254, "http://", "https://a.example/browse/"]
    return _joined(length, lambda: rng.choice(made), "")


def control(rng: random.Random, length: int) -> str:
    """Control characters."""
    return "show " + _characters(rng, length - 5, 0, 0x20)


def bidi(rng: random.Random, length: int) -> str:
    """Characters that are not seen and such as turn the line round."""
    return "".join(rng.choices("\u200b\u200e\u202a\u202e\u2066\u2069\ufeff\u00adP1-", k=length))


def halves(rng: random.Random, length: int) -> str:
    """Halves of characters."""
    return "show " + _characters(rng, length - 5, 0xD800, 0xE000)


def marks(rng: random.Random, length: int) -> str:
    """One letter with all accents there are, which Unicode puts into an order."""
    return "e" + _characters(rng, length - 1, 0x300, 0x370)


def disorder(_rng: random.Random, length: int) -> str:
    """Accents in the order that is the furthest from Unicode's."""
    return "e" + "\u0301" * (length // 2) + "\u0323" * (length // 2)


def stacks(_rng: random.Random, length: int) -> str:
    """Stack combining marks on letter after letter."""
    return ("e" + "\u0301" * 15 + "\u0323" * 15) * (length // 31 + 1)


def unfolding(rng: random.Random, length: int) -> str:
    """Letters that become several when they are normalised or folded."""
    return "".join(rng.choices("ßŉǰΐﬃ\u0958\u2adc\U0001d160", k=length))


def anything(rng: random.Random, length: int) -> str:
    """Any characters at all."""
    return _characters(rng, length, 0, 0x11_0000)


GENERATORS: Mapping[str, Generate] = {
    made.__name__: made
    for made in (
        words, keys, digits, letters, spaces, mentions, html, quotes, brackets,
        markdown, links, control, bidi, halves, marks, disorder, stacks, unfolding, anything,
    )
}  # fmt: skip


def understand(text: str) -> None:
    """Do what happens to a text between Teams and a command."""
    parser().parse(tidy(text))


def seconds(text: str) -> float:
    """Of CPU, for one text: what else the machine does is no property of the grammar."""
    began = thread_time()
    understand(text)
    return thread_time() - began


def slowest(inputs: int, seed: int) -> None:
    """Many inputs of all lengths; a long one for each twenty short ones, as everything above the limit is cut."""
    print("| input | inputs | longest | median µs | slowest ms |")
    print("| --- | ---: | ---: | ---: | ---: |")
    each = max(1, inputs // len(GENERATORS))
    for name, generate in GENERATORS.items():
        rng = random.Random(f"{seed} {name}")
        longest, took = 0, []
        for number in range(each):
            length = rng.randint(20, BEYOND if number % 500 == 0 else 32_768 if number % 20 == 0 else 300)
            text = generate(rng, length)
            longest = max(longest, len(text))
            took.append(seconds(text))
        cells = [
            name,
            f"{each:,}",
            f"{longest:,}",
            f"{statistics.median(took) * 1e6:.0f}",
            f"{max(took) * 1e3:.1f}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def growth(rounds: int, seed: int, most: float) -> list[str]:
    """List the generators whose time grows faster than the text, `most` times as fast at the last step."""
    print("\n| input | ms at 4,000 | 2 × | 4 × | 8 × |")
    print("| --- | ---: | ---: | ---: | ---: |")
    bad = []
    for name, generate in GENERATORS.items():
        rng = random.Random(f"{seed} {name}")
        texts = [generate(rng, length) for length in LENGTHS]
        # The least of many is what the text costs; all above it is the machine's.
        took = [min(seconds(text) for _ in range(rounds)) for text in texts]
        ratios = [one / took[0] for one in took[1:]]
        print(f"| {name} | {took[0] * 1e3:.2f} | {' | '.join(f'{ratio:.1f}' for ratio in ratios)} |", flush=True)
        if ratios[-1] > most * LENGTHS[-1] / LENGTHS[0]:
            bad.append(name)
    return bad


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="2,000 inputs")
    arguments.add_argument("--inputs", type=int, help="how many, over all generators")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--most", type=float, default=1.5, help="by how much time may grow faster than length")
    options = arguments.parse_args()
    slowest(options.inputs or (2_000 if options.quick else 100_000), options.seed)
    if faster := growth(5 if options.quick else 25, options.seed, options.most):
        sys.exit(f"grows faster than the text: {', '.join(faster)}")
