"""Change the security modules one place at a time, and see whether their tests notice (`make mutation`).

cosmic-ray does it, in a copy below build/mutation; it is in a Python of its own (`scripts/mutation.txt`).
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "mutation"
TOOL = ROOT / "build" / ".mutation-tools" / "bin"
COPIED = (
    "app.py",
    "bot",
    "cards",
    "docs",
    "manifest",
    "sandbox",
    "scripts",
    "tests",
    "pyproject.toml",
    "constraints.txt",
)
TEST_TIMEOUT = 90.0
"""Seconds for one change. Its tests end by themselves before that (`mutation_tests`)."""
MINUTES = 20.0

ALONE = "--noconftest"
"""For tests that need no fixture, so that the whole bridge is not imported for them."""
ATTACKS = ("tests/accounts/sign_in/test_link_attacks.py", "tests/accounts/sign_in/test_consent_attacks.py")
MODULES: Mapping[str, Sequence[str]] = {
    "bot/security/card_signing.py": (ALONE, "tests/security/test_card_signing.py"),
    "bot/security/jwks.py": ("tests/security/test_jwks.py", "tests/security/test_tokens.py"),
    "bot/teams/inbound_auth.py": ("tests/teams/test_inbound_auth.py",),
    "bot/teams/endpoint.py": (
        "tests/teams/test_allow_list.py",
        "tests/teams/test_inbound_auth.py",
        "tests/teams/test_admission.py",
    ),
    "bot/jira/webhooks/signature.py": (ALONE, "tests/jira/webhooks/test_signature.py"),
    "bot/accounts/sign_in/flow.py": ("tests/accounts/sign_in/test_flow.py", *ATTACKS),
    "bot/accounts/sign_in/state.py": ("tests/security/test_steps.py",),
    "bot/accounts/sign_in/sealed_step.py": ("tests/security/test_sealed_step.py",),
    "bot/accounts/sign_in/msal_http.py": ("tests/accounts/sign_in/test_msal_http.py",),
    "bot/storage/encryption.py": ("-m", "'not slow'", "tests/storage/test_encryption.py"),
    "bot/commands/permissions.py": (ALONE, "tests/commands/test_permissions.py"),
    "bot/teams/roster.py": ("tests/teams/test_roster.py",),
    "bot/http/client_limit.py": ("tests/security/test_sign_in_flood.py",),
    "bot/http/request_body.py": ("tests/http/test_request_body.py",),
    "bot/http/strict_json.py": (ALONE, "tests/http/test_strict_json.py"),
    "bot/http/reachability.py": ("tests/http/test_reachability.py",),
    "bot/accounts/connect_links.py": ("tests/accounts/test_connect_links.py",),
    "bot/accounts/data_center_sign_in.py": ("tests/accounts/test_data_center.py",),
    "bot/accounts/sign_in/microsoft_calls.py": ("tests/accounts/sign_in/test_microsoft_calls.py",),
    "bot/commands/idempotency.py": ("tests/commands/test_idempotency.py",),
    "bot/notifications/inbox/endpoint.py": ("tests/notifications/inbox/test_endpoint.py",),
    "bot/jira/http/points.py": ("tests/jira/http/test_points.py",),
}
"""The modules, and the tests that are meant to hold them."""

WITHOUT_EFFECT = (
    "core/ReplaceBinaryOperator_BitOr_.*",
    "core/ReplaceComparisonOperator_(Is_Eq|Eq_Is|IsNot_NotEq|NotEq_IsNot)",
)
"""Operators whose changes cannot be noticed: `|` in annotations, which are never evaluated, and `is` for `==`
between members of an enumeration, numbers and literals."""
NO_BEHAVIOUR = re.compile(r"@dataclass\(|.*\*, \w+:|\*,$")
"""Lines of which mypy notices what is changed: how dataclasses are assigned to, and which arguments have names."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change, and what became of it: `killed`, `survived`, `incompetent` or nothing yet."""

    operator: str
    line: int
    outcome: str
    diff: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Test the modules that are named, or all, and print what survived. Returns an exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="a file of the list; all of them by default")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="time for each module")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.modules if name not in MODULES]
    if unknown:
        parser.error(f"not in the list: {', '.join(unknown)}")
    for name in options.modules or MODULES:
        report(name, list(run(name, 60 * options.minutes)))
    return 0


def run(name: str, seconds: float) -> Iterator[Mutant]:
    """Test the changes of one module in a copy of the sources, as many as the time allows."""
    folder = WORK / name.removesuffix(".py").replace("/", ".")
    shutil.rmtree(folder, ignore_errors=True)
    for part in COPIED:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    (folder / "mutation.toml").write_text(config(name), "utf-8")
    call(folder, "cosmic-ray", "init", "mutation.toml", "session.sqlite")
    call(folder, "cr-filter-operators", "session.sqlite", "mutation.toml")
    call(folder, "cr-filter-lines", "session.sqlite", "--config", "mutation.toml")
    with test_server(folder), suppress(subprocess.TimeoutExpired):
        call(folder, "cosmic-ray", "baseline", "mutation.toml")
        call(folder, "cosmic-ray", "exec", "mutation.toml", "session.sqlite", seconds=seconds)
    yield from read(call(folder, "cosmic-ray", "dump", "session.sqlite"))


@contextmanager
def test_server(folder: Path) -> Iterator[None]:
    """Run the process that runs the tests, while the block does."""
    python = ROOT / ".venv" / "bin" / "python"
    server = subprocess.Popen([python, "scripts/mutation_tests.py", "serve", "tests.sock"], cwd=folder)  # noqa: S603
    try:
        while not (folder / "tests.sock").exists() and server.poll() is None:
            time.sleep(0.1)
        yield
    finally:
        server.kill()
        server.wait()


def config(name: str) -> str:
    """Return cosmic-ray's configuration for a module."""
    runner = f"{TOOL / 'python'} -S scripts/mutation_tests.py ask tests.sock"
    tests = " ".join(MODULES[name])
    return f"""[cosmic-ray]
module-path = "{name}"
timeout = {TEST_TIMEOUT}
excluded-modules = []
test-command = "{runner} -x -q -p no:cacheprovider {tests}"
distributor.name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = {json.dumps(WITHOUT_EFFECT)}

[cosmic-ray.filters.line-filter.lines]
"{name}" = {json.dumps(lines_to_change((ROOT / name).read_text("utf-8")))}
"""


def lines_to_change(source: str) -> list[str]:
    """Return the numbers of all lines but those without behaviour."""
    lines = source.splitlines()
    return [str(number) for number, line in enumerate(lines, 1) if not NO_BEHAVIOUR.match(line.strip())]


def call(folder: Path, tool: str, *arguments: str, seconds: float | None = None) -> str:
    """Run one of cosmic-ray's programs and return what it printed."""
    return subprocess.run(  # noqa: S603 - our own programs and arguments
        [TOOL / tool, *arguments], cwd=folder, check=True, timeout=seconds, stdout=subprocess.PIPE, text=True
    ).stdout


def read(dump: str) -> Iterator[Mutant]:
    """Read cosmic-ray's dump: lines of JSON with a change and its result, which may be missing."""
    for line in dump.splitlines():
        item, result = json.loads(line)
        [mutation] = item["mutations"]
        outcome = ""
        if result is not None and result["worker_outcome"] == "normal":
            outcome = result["test_outcome"]
        elif result is not None:
            outcome = result["worker_outcome"]
        diff = (result or {}).get("diff") or ""
        yield Mutant(mutation["operator_name"], mutation["start_pos"][0], outcome, diff)


def report(name: str, mutants: Sequence[Mutant]) -> None:
    """Print how many changes of a module were noticed, and those that were not."""
    outcomes = [mutant.outcome for mutant in mutants if mutant.outcome not in ("skipped", "")]
    waiting = sum(mutant.outcome == "" for mutant in mutants)
    survivors = [mutant for mutant in mutants if mutant.outcome == "survived"]
    killed = len(outcomes) - len(survivors)
    share = 100 * killed / len(outcomes) if outcomes else 0.0
    late = f", {waiting} not tried in time" if waiting else ""
    write = sys.stdout.write
    write(f"{name}: {killed} of {len(outcomes)} changes noticed ({share:.1f} %){late}\n")
    for mutant in survivors:
        changed = [
            line for line in mutant.diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
        ]
        write(f"  line {mutant.line}, {mutant.operator}:\n")
        write("".join(f"    {line}\n" for line in changed))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
