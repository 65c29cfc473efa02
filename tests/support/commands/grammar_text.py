"""Rows of the grammar for text of all scripts, attachments and labels."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.teams import CHANNEL, GROUP
from tests.support.commands.grammar_rows import Begun, Chapter, Pressed, Row, Typed

_TEXTS = (
    "می\u200cخواهم برنامه\u200cنویسی کنم",
    "نه\u200cته\u200cوه",
    "क्\u200dष क्\u200cष",
    "ശ്രീ അവന്\u200d",
    "ශ්\u200dරී ලංකා",
    "バグ 修正、ログイン",
    "Donau dampfschiff – Übergröße",
    "👨\u200d👩\u200d👧\u200d👦 is home",
    "👩🏽\u200d🚀 flies to 🇩🇪",
    "done 🚀 and ❤️",
)
"""As a card shows them: what is written has what a card leaves out, too."""


def _written() -> tuple[Row, ...]:
    comments = [Typed(f"comment DEMO-1 {text}", text) for text in _TEXTS]
    summaries = [Typed(f"summary DEMO-1 {text}", text) for text in _TEXTS]
    issues = [Typed(f"create task DEMO {text}", text, CHANNEL) for text in _TEXTS]
    return (*comments, *summaries, *issues)


WRITTEN = Chapter(
    (
        *_written(),
        Typed("\u200fcomment DEMO-1 right\u200e", "right"),
        Typed("\ufeffshow\u00a0DEMO-1\u200b", "DEMO-1"),
        Typed("\u200eDEMO-1\u200f", "DEMO-1"),
        Typed("comment\u3000DEMO-1\u3000全角", "全角"),
        Typed("comment DEMO-1 one\r\ntwo", "one two"),
        Typed("move DEMO-3 to in\u00a0progress\u200f", "In Progress"),
        Typed("priority DEMO-3 hi\u200bgh", "High"),
        Typed("labels DEMO-3 می\u200cخواهم", "می\u200cخواهم"),
        Typed("log DEMO-3 1h\u200f نه\u200cته\u200cوه", "Logged 1h"),
        Typed("search می\u200cخواهم", "می\u200cخواهم"),
        Typed("jql summary ~ “نه\u200cته\u200cوه”", "DEMO-8"),
        Typed("comentt DEMO-1 می\u200cخواهم", "می\u200cخواهم"),
        Typed("🚀", "Type “help”"),
    )
)

_SPACES = "Labels can't have spaces. Use “two-words” instead."

LABELS = Chapter(
    (
        Typed('labels DEMO-2 "solo"', "Labels solo"),
        Typed("labels DEMO-2 “solo”", "Labels solo"),
        Typed("labels DEMO-2 „eins“, „zwei“", "eins, zwei"),
        Typed("labels DEMO-2 'single'", "Labels single"),
        Typed("labels DEMO-2 «chevrons»", "Labels chevrons"),
        Typed('labels DEMO-2 +"solo"', "chevrons, solo"),
        Typed('labels DEMO-2 -"chevrons"', "Labels solo"),
        Typed('labels DEMO-2 urgent -"solo"', "Labels urgent"),
        Typed('labels DEMO-2 "two words"', _SPACES),
        Typed("labels DEMO-2 “two words”", _SPACES),
        Typed("labels DEMO-2 „two words“", _SPACES),
        Typed("labels DEMO-2 'two words'", _SPACES),
        Typed("labels DEMO-2 two\u00a0words", "two, words"),
        Typed('labels DEMO-2 +"two words"', _SPACES),
        Typed('labels DEMO-2 -"two words"', _SPACES),
        Typed('labels DEMO-2 "two words" +"solo"', _SPACES),
        Typed('label DEMO-2 "two words"', _SPACES),
        Typed('edit DEMO-2 labels "two words"', _SPACES),
        Typed('edit DEMO-2 Labels two-words "solo"', "two-words, solo"),
        Typed('add label "fresh" to DEMO-2', "fresh"),
        Typed('labels DEMO-2 "a b" "c d"', "Use “a-b”, “c-d” instead"),
        Typed("labels DEMO-2 none", "Labels cleared"),
        Typed('labels DEMO-2 "none"', "Labels none"),
        Typed("labels DEMO-2 don't", "don't"),
        Typed("edit DEMO-2", "Labels"),
        Pressed("form.submit", _SPACES, filled={"f_labels_new": '"two words"'}),
        Pressed("form.submit", "two-words", filled={"f_labels_new": '"two-words"'}),
    )
)

_LINK = "From a message by Bob B in Teams"
_CODE = '<codeblock class="Python"><code>def f():<br>&nbsp; return 1</code></codeblock>'
_REPLY = (
    '<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="17"><strong>Carol C</strong>'
    '<p itemprop="preview">Who can look?</p></blockquote>'
)
_REFERENCE = {
    "id": "17",
    "contentType": "messageReference",
    "content": '{"messagePreview": "Who can look?", "messageSender": {"user": {"displayName": "Carol C"}}}',
}
_FILE = {
    "id": "f",
    "contentType": "reference",
    "name": "report.pdf",
    "contentUrl": "https://a.sharepoint.com/r.pdf",
}
_CARD = {"id": "c", "contentType": "application/vnd.microsoft.card.hero", "content": '{"title": "Deploy failed"}'}
_PICTURE = '<p><img src="https://graph.example/1" alt="shot.png" itemtype="http://schema.skype.com/AMSImage"></p>'
_EMOJI = '<p>Done <img itemtype="http://schema.skype.com/Emoji" alt="🚀"> می\u200cخواهم</p>'


def _table(cells: str) -> str:
    return f"<table><tbody><tr>{cells}</tr><tr><td>d</td></tr></tbody></table>"


MESSAGES = Chapter(
    (
        Begun("createIssue", f"<p>Look</p>{_CODE}", "Look Look ```python def f(): return 1 ```"),
        Begun("commentOnIssue", _CODE, "> ```python"),
        Begun("createIssue", f"{_REPLY}<p>I will</p>", "I will > **Carol C** > > Who can look? I will"),
        Begun("createIssue", f"{_REPLY}<p>I will</p>", "> Who can look?"),
        Begun("createIssue", "<p>I will</p>", "I will > **Carol C** > > Who can look?", attached=(_REFERENCE,)),
        Begun("createIssue", _REPLY, "Message from Bob B"),
        Begun("commentOnIssue", f"{_REPLY}<p>I will</p>", "> > Who can look?"),
        Begun(
            "createIssue",
            "",
            "report.pdf Attached in Teams: [report.pdf](https://a.sharepoint.com/r.pdf)",
            attached=(_FILE,),
        ),
        Begun("createIssue", '<attachment id="f"></attachment>', _LINK, attached=(_FILE,)),
        Begun("commentOnIssue", "", "Attached in Teams: [report.pdf]", attached=(_FILE,)),
        Begun("createIssue", _PICTURE, "Attached in Teams: shot.png"),
        Begun("createIssue", _PICTURE, _LINK),
        Begun("createIssue", "", "Deploy failed Attached in Teams: Deploy failed", attached=(_CARD,)),
        Begun("createIssue", "", "report.pdf, Deploy failed", attached=(_FILE, _CARD)),
        Begun("createIssue", "<p>See</p>", "See See Attached in Teams: [report.pdf]", attached=(_FILE,)),
        Begun("createIssue", _EMOJI, "Done 🚀 می\u200cخواهم"),
        Begun("commentOnIssue", _EMOJI, "> Done 🚀 می\u200cخواهم"),
        Begun("createIssue", "", _LINK),
        Begun("commentOnIssue", "", _LINK),
        Begun("createIssue", "<p>one<br>two</p>", "one one two"),
        Begun("createIssue", _table("<td>a</td><td>b</td>"), "OPS a b |"),
        Begun("createIssue", _table("<th><p>a</p></th>\n<th><p>b</p><p>c</p></th>"), "OPS a b c |"),
    )
)

_NAMED = "Open DEMO-1 in Jira and attach them there: report.pdf"
_UNNAMED = "Open DEMO-1 in Jira and attach them there: file"
_PDF = ("report.pdf",)

FILES = Chapter(
    (
        Typed("comment DEMO-1 see the report", _NAMED, files=_PDF),
        Typed("comment DEMO-1 see the report", _UNNAMED, CHANNEL, files=_PDF),
        Typed("comment DEMO-1 see the report", _UNNAMED, GROUP, files=_PDF),
        Typed("comment DEMO-1 see the picture", "attach them there: image", pictures=1),
        Typed("comment DEMO-1 see the picture", "attach them there: image", CHANNEL, pictures=1),
        Typed("comment DEMO-1 see all", "a, b, c and 2 more", files=("a", "b", "c", "d", "e")),
        Typed("comment DEMO-1 see both", "attach them there: image, report.pdf", files=_PDF, pictures=1),
        Typed("log DEMO-1 1h", _NAMED, files=_PDF),
        Typed("summary DEMO-1 New words", _NAMED, files=_PDF),
        Typed("labels DEMO-1 x", _NAMED, files=_PDF),
        Typed("move DEMO-1 to in progress", _NAMED, files=_PDF),
        Typed("create task DEMO With a file", "attach them there: report.pdf", files=_PDF),
        Typed("create task DEMO With a file", "attach them there: file", CHANNEL, files=_PDF),
        Typed("reply OPS-1 see the report", "Open OPS-1 in Jira and attach them there: report.pdf", files=_PDF),
        Typed("create", "Attach them to the issue in Jira: report.pdf", files=_PDF),
        Typed("edit DEMO-1", "in Jira: report.pdf", files=_PDF),
        Typed("comment NOPE-1 see", "Attach them to the issue in Jira: report.pdf", files=_PDF),
        Typed("", "Attach them to the issue in Jira: report.pdf", files=_PDF),
        Typed('labels DEMO-1 "two words"', "in Jira: report.pdf", files=_PDF),
        Typed("comment DEMO-1 no file", "Comment added"),
    )
)

TEXT_CHAPTERS: Mapping[str, Chapter] = {
    "text of all scripts": WRITTEN,
    "labels": LABELS,
    "messages of all kinds": MESSAGES,
    "files": FILES,
}
