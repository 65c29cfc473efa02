"""Plain requests in English that show, list or search issues, in the notation of `patterns`."""

# ruff: noqa: E501 - a pattern is one line

from __future__ import annotations

PATTERNS: tuple[tuple[str, str], ...] = (
    # Looking at an issue
    ("(<show>) [me|us] [the] [<about>] {key} [details|again]", "show {key}"),
    ("(can|could|may) (i|we) (<show>|have) [the] [<about>] {key}", "show {key}"),
    ("(go to|take me to|jump to|send me|send me the link to|give me the link to) {key}", "show {key}"),
    ("{key} (status|details|info|state|progress|update)", "show {key}"),
    ("(tell me [more] about|what about|how about|<about>|info on|let me see|i want to see) {key}", "show {key}"),
    ("[is there] (any|some) (update|updates|news|progress|movement) (on|about|with|from|regarding) {key}", "show {key}"),
    ("(i need|need|waiting for|give me|can i get|can i have) (a|an|the) [status|quick|short] (update|overview|summary|report) (on|about|for|of) {key}", "show {key}"),
    # Lists that are idioms, and the rest
    ("(what's|what is|whats) (on my plate|my work|on my desk|up for me|next|assigned to me|mine|my backlog|next for me|on my list|on my todo list) [for] [today|tomorrow|now|right now|this week|next week|at the moment|currently]", "mine"),
    ("(what's|what is|whats) (on|up|planned|on the agenda|waiting) [for] [me] (today|tomorrow|this week)", "mine"),
    ("what am i supposed to (do|work on) [next|today|now|this week]", "mine"),
    ("what (should|do|must|can) i (do|work on|have to do|need to do|look at|start with|tackle|focus on) [next|today|now|first|this week]", "mine"),
    ("(my|my plan for|plan my) (day|today|agenda|plan|daily list)", "mine"),
    ("[what is|what's|what are] my (work|todos|todo list|to do list|to-do list|workload|tasks for today)", "mine"),
    ("what (i have|i've|i need|i've got|i got|there is) [got] [to do|to work on] [for me] [next|today|tomorrow|now|left|this week|next week|right now]", "mine"),
    ("what do i have [to do|on my plate|open|going on|left] [today|tomorrow|now|right now|this week|next week|at the moment|currently]", "mine"),
    ("(how is|how's) (the|our|this) [current] sprint [going|doing|looking]", "list issues in this sprint"),
    ("what have i been (working on|doing|looking at) [lately|recently|today]", "recent"),
    ("[what's|what is|anything|is there anything] new [in {project}]", "list newest issues [in {project}]"),
    ("(<search>) [me|us] [for] [a|an|the|all|any|everything|anything|something] [issue|issues|ticket|tickets|bug|bugs|task|tasks] (about|on|for|with|regarding|mentioning|containing|related to) {text}", "search {text}"),
    ("(is there|are there|do we have|have we got|any|anything|something) [already] [a|an|any|anything|something] [issue|issues|ticket|tickets|bug|bugs] [open] (about|on|for|with|mentioning|regarding|related to) {text}", "search {text}"),
    ("(<search>) [for] {text} (issues|tickets)", "search {text}"),
    ("(<filtered>) [my|the|our|a] [saved|favorite|favourite|jira|stored] filter [called|named|:] {text}", "filter {text}"),
    ("(my|the|our|saved) [saved|favorite|favourite|jira|stored] filter [called|named|:] {text}", "filter {text}"),
    ("(<filtered>) [me|us] [the|my] [saved] {text} filter", "filter {text}"),
    ("(issues|tickets|results|everything) (of|from|in|for) [my|the|our] [saved|favorite|favourite] filter {text}", "filter {text}"),
    ("(what's|what is|whats) in [my|the|our] [saved] filter {text}", "filter {text}"),
    ("(<filtered>|what are|which are) [me] [all|the] (my|our|saved) [saved|favorite|favourite] filters", "filter"),
    ("(my|our|saved) [saved|favorite|favourite] filters", "filter"),
    ("(which|what) [saved] filters (do i have|are there|exist|have i got)", "filter"),
)  # fmt: skip
