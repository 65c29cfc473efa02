"""What Teams makes of what people type: the plain text and the HTML of a message."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from html import escape

import regex

from sandbox.teams import Chat, Json

FILE = "application/vnd.microsoft.teams.file.download.info"

_CLUSTER = regex.compile(r"\X")
_EMOJI = regex.compile(
    r"\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f\u20e3"
)
_MENTION = regex.compile(r"&lt;at&gt;(.{0,200}?)&lt;/at&gt;")
_FORMS = (
    '<emoji id="x" alt="{}" title=""></emoji>',
    '<span class="animated-emoticon-20-x"><img itemscope="" itemtype="http://schema.skype.com/Emoji" itemid="x"'
    ' src="https://statics.teams.cdn.office.net/x.png" title="" alt="{}" style="width:20px; height:20px"></span>',
)


def attach(html: Json, chat: Chat, files: Sequence[str], pictures: int) -> list[Json]:
    """Return a message's attachments. A bot gets the files of its own chat alone; of others it sees the place."""
    rows: list[Json] = []
    places = []
    for number, name in enumerate(files):
        if chat.kind == "personal":
            content: Json = {
                "downloadUrl": f"https://x.example/{number}",
                "uniqueId": str(number),
                "fileType": "txt",
            }
            rows.append({"contentType": FILE, "contentUrl": "https://x.example", "content": content, "name": name})
        else:
            places.append(f'<attachment id="{number}"></attachment>')
    for number in range(pictures):
        rows.append(
            {
                "contentType": "image/*",
                "contentUrl": f"https://smba.example/v3/attachments/{number}/views/original",
            }
        )
        places.append(
            '<img itemtype="http://schema.skype.com/AMSImage" src="https://graph.example/x" alt="image">'
        )
    return [*rows, {**html, "content": f"{html['content']}{''.join(places)}"}]


def typed_message(text: str) -> tuple[str, Json]:
    """Return the text of a message, which lacks its emoji, and the attachment with its HTML, which has them.

    Not every client of Teams leaves them out; a bot has to understand those that do.
    """
    forms = itertools.cycle(_FORMS)
    plain, html = [], []
    for cluster in _CLUSTER.findall(text):
        if _EMOJI.search(cluster):
            html.append(next(forms).format(escape(cluster)))
        else:
            plain.append(cluster)
            html.append(escape(cluster, quote=False).replace("\r\n", "\n").replace("\n", "<br>"))
    content = _MENTION.sub(r'<at id="0">\1</at>', "".join(html))
    return "".join(plain), {"contentType": "text/html", "content": f"<p>{content}</p>"}
