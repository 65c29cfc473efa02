"""`check --list`: prints the steps of the set-up."""

from __future__ import annotations

from bot.admin.output import Output
from bot.admin.setup_steps import setup_steps
from bot.config.settings import DEFAULT_SCOPES
from bot.config.validation import ConfigError, load


def list_steps(output: Output) -> int:
    """Print the steps of the set-up with this installation's addresses, as far as its settings can be read."""
    try:
        settings = load()
        steps = setup_steps(settings.base_url, settings.scopes)
    except ConfigError:
        steps = setup_steps("", DEFAULT_SCOPES.split())
    if output.as_json:
        output.print_rows((), steps)
        return 0
    for number, step in enumerate(steps, 1):
        sets = f" Sets {', '.join(step.settings)}." if step.settings else ""
        output.print_paragraph(f"{number}. {step.place}: {step.menu}")
        output.print_paragraph(f"{step.do}{sets}", indent=3)
        output.print_paragraph(f"Without it: {step.without}", indent=3)
    return 0
