"""`python -m sandbox`: the sandbox alone, for people and browsers. Stops with Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import sys

from sandbox.server import Sandbox


async def _run(port: int, webhook_url: str | None) -> None:
    async with Sandbox(port=port, webhook_url=webhook_url) as sandbox:
        lines = [f"Jira board           {site.url}  ({site.name})" for site in sandbox.sites]
        lines += [f"Connected apps       {sandbox.auth_url}/connected-apps", "", "Settings for the bridge:"]
        lines += [f"{name}={value}" for name, value in sandbox.settings().items()]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="first of six ports (default: free ones)")
    parser.add_argument("--webhook-url", help="where the sites send their webhooks")
    arguments = parser.parse_args()
    try:
        asyncio.run(_run(arguments.port, arguments.webhook_url))
    except KeyboardInterrupt:
        return
    except OSError as error:
        sys.exit(f"The sandbox cannot start: {error.strerror}")


if __name__ == "__main__":
    main()
