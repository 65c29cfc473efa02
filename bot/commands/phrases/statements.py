"""What people say about an issue that may be a wish: what they may want is offered, and never done.

In the notation of `english.py`; the commands, separated by `|`, are offered in this order.
"""

# ruff: noqa: E501 - a pattern is one line

from __future__ import annotations

ENGLISH: tuple[tuple[str, str], ...] = (
    ("(i'm|i am|we're|we are) [now|already|currently] (on|at|onto) {key}", "move {key} in progress|assign {key} me"),
    ("{key} is [now|a|an|really|very|so|quite|pretty] {priority} [priority|prio]", "edit {key} priority {priority}"),
    ("{key} (has|is of|is a) [a] {priority} (priority|prio)", "edit {key} priority {priority}"),
    ("[the] (priority|prio) (of|for|on) {key} is {value}", "edit {key} priority {value}"),
    ("[the] (estimate|points|story points) (of|for|on) {key} (is|are) {value}", "story points {key} {value}"),
    ("[the] (type|severity|epic|sprint) (of|for|on) {key} is {value}", "edit {key}"),
    ("{choice} {key} is {value}", "edit {key} {choice} {value}"),
    ("{key} {choice} is {value}", "edit {key} {choice} {value}"),
    ("{key} is [now|still|back|already] in the backlog", "sprint {key} none"),
    ("{key} [should be|should have|should get|is|gets|has|=] {number}", "story points {key} {number}"),
    ("{key} {day}", "due {key} {day}"),
    ("(<finish>) {key}[,| -| –] (it's|it is|that's|this is|because|since|was|is) {value}", "move {key} done"),
    ("(this|the|our) (channel|chat|group) (gets|is getting|has|sees|receives) [way] too (many|much) [jira] (<updates>)[,| and] [{value}]", "pause|unsubscribe"),
    ("(too|way too) (many|much) [jira] (<updates>) (<here>)", "pause|unsubscribe"),
    ("{key} is [still|now|again|back] open [again]", "move {key} reopen"),
    ("{key} is ready", "move {key} done"),
    ("(<create>) [me|us] [a|an|one|another] [new] (subtask|sub-task|child) (under|to|for|in|of|on|below) {key}[<called>] {text}", "create subtask {text}"),
    ("(tell|answer|reply to|respond to|write to|write) [the|our] (customer|client|requester) (on|in|of|at) {key} [that|saying] {text}", "reply {key} {text}"),
    ("let [the|our] (customer|client|requester) (on|in|of|at) {key} know [that|:] {text}", "reply {key} {text}"),
    ("{time} (for|to) {key}", "log {key} {time}"),
    ("(i already|i've already|i have already|we already|we've already) (logged|booked|tracked|recorded|entered) {time} (<on>) {key} [{day}]", "log {key} {time} [{day}]"),
    ("{key} (is|has|needs|takes|is worth|was) {value} [story] points", "story points {key} {value}"),
    ("{key} (belongs to|belongs under|is part of|is in|goes under) [the] (epic|story) {key2}", "parent {key} {key2}"),
    ("{key} is (mine|my job|for me)", "assign {key} me"),
    ("{key} (is for|belongs to|should go to) {who}", "assign {key} to {who}"),
    ("{key} (needs|requires|wants|is ready for|is waiting for|should get|could use) (a|an|another|some|more|code|peer) [code|peer] review", "move {key} to review"),
    ("{key} (needs|requires|wants) [some] (work|a fix|fixing|attention|love)", "move {key} in progress|assign {key} me"),
    ("[maybe|perhaps] (i|we|you|they|he|she|someone|somebody|anyone|one|people|the team) (should|must|need to|needs to|have to|has to|could|might|ought to|want to|wants to) [really|probably|also|just|all] (<fix>|<start>) {key} [soon|today|tomorrow|next|first|now]", "assign {key} me|move {key} in progress"),
    ("(we|you|they|he|she|someone|somebody|anyone|one|people|the team) (can|will) [really|probably|also|just|all] (<fix>|<start>) {key} [soon|today|tomorrow|next|first|now]", "assign {key} me|move {key} in progress"),
    ("[maybe|perhaps] (i|we|you|they|someone|somebody|one) (should|must|need to|needs to|have to|has to|could|can|might|ought to) [really|probably|also|just] (<finish>) {key} [soon|today|tomorrow|now]", "move {key} done"),
    ("{key} (should|must|needs to|has to|could|can|might) be (done|finished|completed|complete|resolved|fixed|ready|solved) [now|soon|today|tomorrow|first|asap]", "assign {key} me|move {key} in progress"),
    ("{key} (could|might) be closed [now]", "move {key} done"),
)  # fmt: skip
GERMAN: tuple[tuple[str, str], ...] = (
    ("(ich bin|wir sind) [jetzt|gerade|schon] (an|bei|auf) {key} [dran]", "move {key} in progress|assign {key} me"),
    ("{key} ist [jetzt|sehr|echt|wirklich|ziemlich] {priority}", "edit {key} priority {priority}"),
    ("{key} hat [jetzt] {priority} (priorität|prio)", "edit {key} priority {priority}"),
    ("{key} hat [jetzt] [die] (priorität|prio) {priority}", "edit {key} priority {priority}"),
    ("[die|das|den] {choice} (von|für|bei) {key} ist {value}", "edit {key} {choice} {value}"),
    ("{choice} {key} ist {value}", "edit {key} {choice} {value}"),
    ("{key} {choice} ist {value}", "edit {key} {choice} {value}"),
    ("{key} ist [jetzt|noch|schon|wieder] im backlog", "sprint {key} none"),
    ("{key} (soll|sollte|hat|ist|bekommt) {number} [sein|haben|punkte]", "story points {key} {number}"),
    ("{key} (<schließen>)[,| -| –] (ist|weil|da|war) {value}", "move {key} done"),
    ("(schließe|schließ|schliesse|schliess|beende|erledige) {key}[,| -| –] (das ist|ist|weil|da|es ist|war) {value}", "move {key} done"),
    ("[hier|in diesem kanal] (kommen|sind) [hier|in diesem kanal] [viel] zu viele (<meldungen>)", "pause|unsubscribe"),
    ("(sag|sage|schreib|schreibe|antworte) (dem kunden|der kundin|den kunden) (zu|in|bei|auf|an) {key}[,] [dass] {text}", "reply {key} {text}"),
    ("{time} (für|zu) {key}", "log {key} {time}"),
    ("{key} (ist meins|gehört mir|ist meiner)", "assign {key} me"),
    ("{key} (ist für|geht an) {who}", "assign {key} to {who}"),
    ("{key} (braucht|benötigt|wartet auf) [ein|eine|einen|noch ein|noch eine] (review|code review|prüfung)", "move {key} to review"),
    ("[vielleicht] (wir|ihr|sie|er|du|man|jemand|irgendwer|ich) (sollte|sollten|solltest|müsste|müssten|muss|müssen|könnte|könnten|kann|können|soll|sollen) [mal|auch|bald|noch] {key} (<machen>|<schließen>|fixen|reparieren|beheben|lösen)", "assign {key} me|move {key} in progress"),
)  # fmt: skip
