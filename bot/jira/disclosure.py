"""Decides how much of an issue its readers may be shown (threats T22, T25, T37). Nothing else decides it."""

from __future__ import annotations


def hides_content(*, secured: bool, shared: bool, including_restricted: bool, moved: bool = False) -> bool:
    """Whether nothing but the key of an issue may be shown. Pure.

    `secured`: the issue has a security level, so not everybody who may browse its project may see it. `shared`:
    more people than the one whom Jira answered read it. `including_restricted`: a subscription of the conversation
    says `including restricted`, and covers the issue. `moved`: it is in another project than when its card was
    posted, and nobody knows whether its readers may browse that one.
    """
    return shared and (moved or (secured and not including_restricted))
