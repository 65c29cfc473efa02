"""Requests whose issue another clause names: `…, change the fix version to 2.5`, and `…, please link them`.

In the notation of `patterns`; `{key}` is the issue that was named before.
"""

# ruff: noqa: E501 - a pattern is one line

from __future__ import annotations

ENGLISH: tuple[tuple[str, str], ...] = (
    ("(<set>|<shift>|push|push back|move|extend|postpone) [the|its] {choice} [up|down|out] (<as>) {value}", "edit {key} {choice} {value}"),
    ("(<remove>) [the|its] {choice} [out|off|away|again]", "edit {key} {choice} none"),
    ("(<remove>) [the|its] (assignee|owner) [again]", "unassign {key}"),
    ("(<remove>|unassign|pull|get) me [off|from it|again]", "unassign {key} from me"),
    ("(<remove>|unassign|pull|get) {who} off", "unassign {key} from {who}"),
    ("(<set>) [the|its] (assignee|owner) to {who}", "assign {key} to {who}"),
    ("(assign|reassign|give|hand) [over] to {who}", "assign {key} to {who}"),
    ("assign {who}", "assign {key} to {who}"),
    ("(add|put|attach|set) [the|a] (label|tag|labels|tags) {value} [on it|to it]", "labels {key} +{value}"),
    ("(add|put|attach|set) [the|a] {value} (label|tag) [on it|to it]", "labels {key} +{value}"),
    ("(<remove>) [the|its] (label|tag|labels|tags) {value} [from it|again]", "labels {key} -{value}"),
    ("(<remove>) [the|its] {value} (label|tag) [from it|again]", "labels {key} -{value}"),
    ("(add|put|attach|set) [the|a] component {value} [on it|to it]", "component {key} {value}"),
    ("(add|put|attach|set) [the|a] {value} component [on it|to it]", "component {key} {value}"),
    ("(<set>|<shift>|escalate) [up|down] to {priority} [priority|prio]", "edit {key} priority {priority}"),
    ("(<set>|<shift>) [up|down|back] to {number} [story] (points|point|sp|pts)", "story points {key} {number}"),
    ("(move|set|change|transition|put|switch|mark|bring) [back] (to|as|into|in) {value}", "move {key} to {value}"),
    ("(push|postpone|move|delay|defer|shift) [out|back] (to|until|till) {day}", "due {key} {day}"),
    ("(close|resolve) [out|now|this out]", "move {key} done"),
    ("(reopen|re-open) [again|now]", "move {key} reopen"),
    ("(put|move|push|return) back (in|into|to) the backlog", "sprint {key} none"),
    ("(set|change|move|update) [the|its] status (<into>) {value}", "move {key} to {value}"),
)  # fmt: skip
GERMAN: tuple[tuple[str, str], ...] = (
    ("[jetzt|gerne|gern|also|dann|ruhig] (<schließen>|zu machen)", "move {key} done"),
    ("(<setze>|erhöhe|senke|verschiebe|verschieb|schieb) [die|den|das] {choice} auf {value}", "edit {key} {choice} {value}"),
    ("[die|den|das] {choice} auf {value} (<ändern>)", "edit {key} {choice} {value}"),
    ("(<entferne>) [die|den|das] {choice} [raus|weg]", "edit {key} {choice} none"),
    ("[die|den|das] {choice} (entfernen|löschen|rausnehmen|streichen|leeren)", "edit {key} {choice} none"),
    ("(<entferne>) (den bearbeiter|die zuweisung) [raus|weg]", "unassign {key}"),
    ("(den bearbeiter|die zuweisung) (entfernen|löschen|rausnehmen|aufheben)", "unassign {key}"),
    ("(weise|weis) [der|dem|an] {who} zu", "assign {key} to {who}"),
    ("[an die|an den|an|der|dem] {who} (zuweisen|übergeben|weitergeben)", "assign {key} to {who}"),
    ("(mach|mache) [wieder] zu", "move {key} done"),
    ("(mach|mache) wieder auf", "move {key} reopen"),
    ("(wieder aufmachen|wieder öffnen|wiedereröffnen)", "move {key} reopen"),
    ("(in den nächsten sprint) (schieben|verschieben|nehmen|ziehen|packen)", "sprint {key} next"),
    ("(aus dem sprint) (nehmen|rausnehmen|entfernen|werfen)", "sprint {key} none"),
)  # fmt: skip
_FIELDS = frozenset(
    {"edit", "priority", "due", "labels", "label", "type", "sprint", "fix version", "component", "components"}
    | {"story points", "parent", "assign"}
)
CONFIRMATIONS: tuple[tuple[str, frozenset[str]], ...] = (
    ("(mute|pause|silence) (it|them|that|this) [here|for a while]", frozenset({"pause"})),
    ("[es|das|sie|das hier] (stummschalten|pausieren|stumm schalten|muten)", frozenset({"pause"})),
    ("(schalte|schalt|stell|stelle) (es|das|sie) (stumm|ab|aus)", frozenset({"pause"})),
    ("(add|create|set|make|put in) (the|a|this|that) (link|relation|dependency)", frozenset({"link"})),
    ("(add|put|attach|set) (it|that|them) [there|on it|on|to it]", frozenset({"labels", "label", "fix version", "component"})),
    ("[es|das|sie|bitte] (hinzufügen|ergänzen|dranhängen|nachtragen)", frozenset({"labels", "label", "fix version", "component"})),
    ("(füg|füge|häng|hänge) (es|das) (hinzu|dran|an)", frozenset({"labels", "label", "fix version", "component"})),
    ("(link|connect|relate) (it|them|these|those|the two|both) [together|up|accordingly]", frozenset({"link"})),
    ("(set|change|update|enter|adjust|fix|correct|edit|record|put) (it|that|this|them) [in|accordingly|so|in jira|like that]", _FIELDS | {"log"}),
    ("(set|change|update|enter|adjust|fix|correct|edit|record) [the|its] (due date|deadline|priority|prio|fix version|version|estimate|story points|points|label|labels|type|sprint|parent|epic|epic link|assignee|component) [accordingly|for me]", _FIELDS),
    ("(move|put|add|drag|shift|place|pull) (it|that|this|them) (there|in there|over there|under it|in|under that|to it|over)", frozenset({"parent", "sprint", "move", "fix version"})),
    ("(move|transition|advance) (it|that|this|them) [along|on|over|accordingly]", frozenset({"move", "sprint", "parent"})),
    ("(mark|flag) (it|that|this|them) [so|as such|accordingly|like that]", frozenset({"move", "link", "edit", "priority"})),
    ("(log|book|track|record|enter|note) (it|that|this)", frozenset({"log"})),
    ("(assign|reassign|give) (it|that|this) [accordingly]", frozenset({"assign"})),
    ("(label|tag) (it|that|this) [so|as such|accordingly]", frozenset({"labels", "label"})),
    ("(do|make) (it|that|this) [so]", _FIELDS | {"move", "link", "log"}),
    ("(verlinke|verlink|verknüpfe|verknüpf|verbinde) (sie|die|die beiden|beide|das) [bitte|mal]", frozenset({"link"})),
    ("[sie|die|die beiden|beide|das] (verlinken|verknüpfen|verbinden)", frozenset({"link"})),
    ("(trag|trage|buche|buch|logge|log|verbuche|erfasse) (das|es|die) [ein]", _FIELDS | {"log"}),
    ("[das|es|die] (eintragen|buchen|verbuchen|erfassen|loggen)", _FIELDS | {"log"}),
    ("(setz|setze|stell|stelle|änder|ändere|pass|passe|aktualisiere) (das|es|ihn|sie|die|den) [so] [ein|an|um]", _FIELDS | {"move"}),
    ("(setz|setze|änder|ändere|pass|passe|aktualisiere|stell|stelle) [die|den|das] (fix version|version|prio|priorität|fälligkeit|deadline|due date|schätzung|story points|punkte|label|typ|sprint) [an|ein|um|rein]", _FIELDS),
    ("[das|es|ihn|sie|die|den] (setzen|ändern|anpassen|aktualisieren|umstellen)", _FIELDS | {"move"}),
    ("(schieb|schiebe|zieh|ziehe|häng|hänge|verschieb|verschiebe|pack|packe|nimm) (es|ihn|sie|das|den|die) [da|dahin|dorthin|dort] [rein|rüber|drunter|hin|ein|weiter]", frozenset({"parent", "sprint", "move", "fix version"})),
    ("[es|ihn|sie|das|den|die] [da|dahin|dorthin|dort] (verschieben|einplanen|einhängen|reinnehmen|reinziehen|drunterhängen|rüberschieben|weiterschieben)", frozenset({"parent", "sprint", "move", "fix version"})),
    ("(mach|mache) (das|es) [so]", _FIELDS | {"move", "link", "log"}),
    ("[es|ihn|sie|das] (zuweisen|assignen)", frozenset({"assign"})),
    ("(weise|weis) (es|ihn|sie|das) [ihm|ihr|mir|entsprechend] zu", frozenset({"assign"})),
)  # fmt: skip
"""What asks to do what another clause says, and the commands that this can be."""
