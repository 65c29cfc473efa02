"""The whole grammar as a table: what is typed or pressed, and what must be seen. Each chapter starts afresh."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.teams import ALICE, BOB, CAROL, CHANNEL, GROUP, TeamsUser
from tests.support.commands.grammar_names import NAME_CHAPTERS
from tests.support.commands.grammar_rows import Begun, Chapter, Happened, Pressed, Sent, Sought, Typed
from tests.support.commands.grammar_text import TEXT_CHAPTERS

STRANGER = TeamsUser("Dora Unknown", "dddddddd-dddd-4ddd-8ddd-dddddddddddd", "dora@elsewhere.example")

ACCOUNT = Chapter(
    (
        Typed("help", "What you can do"),
        Typed("?", "What you can do"),
        Typed("hi", "What you can do"),
        Typed("hello", "What you can do"),
        Typed("hilfe", "What you can do"),
        Typed("HELP move", "move PROJ-12 [to]"),
        Typed("connect", "Jira is connected"),
        Typed("login", "Jira is connected"),
        Typed("link account", "Jira is connected"),
        Typed("whoami", "Alice Example"),
        Typed("me", "Alice Example"),
        Typed("Who am I?", "Alice Example"),
        Typed("site", "demo"),
        Typed("sites", "demo"),
        Typed("site demo", "demo"),
        Typed("whoami", "Connect Jira", CHANNEL, CAROL),
        Pressed("account.connect", "Continue with Microsoft", chat=CHANNEL, user=CAROL),
        Typed("disconnect everything", "don't understand “everything”"),
        Typed("disconnect DEMO", "don't understand “DEMO”", CHANNEL),
        Typed("logout of the vpn", "don't understand “of the vpn”"),
        Typed("log out", "Disconnect Jira?"),
        Typed("sign out", "Disconnect Jira?"),
        Typed("disconnect please", "Disconnect Jira?"),
        Typed("whoami", "Alice Example"),
        Typed("disconnect", "Disconnect Jira?"),
        Pressed("account.disconnect", "Connect again"),
        Typed("logout", "haven't connected a Jira account"),
        Typed("disconnect", "haven't connected a Jira account"),
        Typed("whoami", "Continue with Microsoft"),
    )
)

ISSUE = Chapter(
    (
        Typed("DEMO-2", "Login fails after password reset"),
        Typed("show demo-2", "Login fails after password reset"),
        Typed("view DEMO-2", "Login fails after password reset"),
        Typed("open DEMO-2", "Login fails after password reset"),
        Typed("{site}/browse/DEMO-2", "Login fails after password reset"),
        Typed("DEMO-999", "I can't find DEMO-999, or you may not see it."),
        Typed("comment DEMO-2 Looks **good** to me", "Comment added"),
        Typed("DEMO-2 comment So it does", "So it does"),
        Typed("reply DEMO-2 hello", "no customer"),
        Typed("reply OPS-1 We are **on it**", "Reply sent to the customer"),
        Typed("OPS-1 reply Done", "visible to the customer"),
        Typed("comment OPS-1 psst", "Internal note added"),
        Typed("log DEMO-2 1h 30m review", "Logged 1h 30m"),
        Typed("watch DEMO-3", "You're watching"),
        Typed("unwatch DEMO-3", "stopped watching"),
        Typed("vote DEMO-3", "Vote added"),
        Typed("unvote DEMO-3", "Vote removed"),
        Typed("assign DEMO-2 to Bob B", "Assigned to Bob B"),
        Typed("DEMO-2 assign me", "Assigned to you"),
        Typed("assign DEMO-2 automatic", "default assignee"),
        Typed("assign DEMO-2 to Nobody Known", "No one called"),
        Typed("unassign DEMO-2", "Unassigned"),
        Typed("move DEMO-2 to In Progress", "Moved to In Progress"),
        Typed("transition DEMO-2 stop progress", "Moved to To Do"),
        Typed("DEMO-2 in progress", "Moved to In Progress"),
        Typed("move DEMO-2 to To Do", "Moved to To Do"),
        Typed("link DEMO-2 blocks DEMO-4", "DEMO-2 blocks DEMO-4"),
        Typed("DEMO-2 link is blocked by DEMO-3", "DEMO-2 is blocked by DEMO-3"),
        Typed("link DEMO-2 blocks DEMO-5", "DEMO-2 blocks DEMO-5"),
        Typed("unlink DEMO-2 DEMO-5", "Link removed: DEMO-2 blocks DEMO-5"),
        Typed("unlink DEMO-2 DEMO-5", "has no link to DEMO-5"),
        Typed("unlink DEMO-2", "Enter two issues"),
        Typed("unlink", "Which issue?"),
        Typed("link DEMO-2 relates to DEMO-4", "DEMO-2 relates to DEMO-4"),
        Typed("unlink DEMO-2 from DEMO-4", "several links to DEMO-4"),
        Typed("unlink DEMO-2 blocks DEMO-4", "Link removed: DEMO-2 blocks DEMO-4"),
        Typed("DEMO-4 unlink DEMO-2", "Link removed: DEMO-4 relates to DEMO-2"),
        Typed("it", "Update the dependencies"),
        Typed("assign it me", "Assigned to you"),
    )
)

SURPLUS = Chapter(
    (
        Typed("unassign DEMO-2 bob", "DEMO-2 is assigned to Alice Example, not to “bob”"),
        Typed("unassign DEMO-4 from bob", "isn't assigned to anyone"),
        Typed("unassign DEMO-2 from me", "Unassigned"),
        Typed("assign DEMO-2 and DEMO-4 to bob", "**DEMO-4**: Assigned to Bob B."),
        Typed("unassign DEMO-2, DEMO-4", "**DEMO-4**: Unassigned."),
        Typed("watch DEMO-2 DEMO-3", "**DEMO-3**: You're watching"),
        Typed("watch DEMO-3 for Bob", "don't understand “for Bob”"),
        Typed("unwatch DEMO-2 and DEMO-3", "**DEMO-3**: You stopped watching"),
        Typed("vote DEMO-3 no", "don't understand “no”"),
        Typed("vote DEMO-3 DEMO-999", "**DEMO-999**: I can't find DEMO-999"),
        Typed("move DEMO-2 DEMO-4 in progress", "**DEMO-4**: Moved to In Progress"),
        Typed("move DEMO-2 DEMO-4 close", "**DEMO-4**: Jira asks for more"),
        Typed("show DEMO-2 tomorrow", "don't understand “tomorrow”"),
        Typed("whoami really", "don't understand “really”"),
        Typed("connect DEMO", "don't understand “DEMO”"),
        Typed("connect my account", "Jira is connected"),
        Typed("link DEMO-2 blocks DEMO-3 and DEMO-4", "don't understand “DEMO-3”"),
        Typed("issues DEMO-2 DEMO-3 foo", "don't understand “foo”"),
        Typed("invite everyone", "@mention a colleague"),
        Typed("assign DEMO-2 <at>Bob B</at> tomorrow", "don't understand “tomorrow”", mentions=(BOB,)),
        Typed("assign DEMO-2 <at>Bob B</at> and <at>Carol C</at>", "don't understand", mentions=(BOB, CAROL)),
        Typed("mine in DEMO", "mine in DEMO"),
        Typed("mine in OPS", "Nothing found"),
        Typed("mine qwertz", "don't understand “qwertz”"),
        Typed("reported by bob", "Export the report as PDF"),
        Typed("reported by Zoe", "can't find anyone called “Zoe”"),
        Typed("reported in OPS", "Nothing found"),
        Typed("recent bugs", "recent bugs"),
        Typed("watched bugs", "watched bugs"),
        Typed("list Bob's open issues", "Export the report as PDF"),
        Typed("list unassigned issues in DEMO", "Write the PDF template"),
        Typed("list", "Which issues?"),
        Typed("list blue bugs", "don't understand “blue”"),
    )
)

PLAIN = Chapter(
    (
        Typed("who is working on DEMO-2?", "Login fails after password reset"),
        Typed("is DEMO-2 done?", "Login fails after password reset"),
        Typed("tell me about DEMO-3", "Export the report as PDF"),
        Typed("start DEMO-2", "Moved to In Progress"),
        Typed("PROJ-12 done", "I can't find PROJ-12, or you may not see it."),
        Typed("put DEMO-2 in review", "Moved to In Review"),
        Typed("DEMO-2 done", "Moved to Done"),
        Typed("reopen DEMO-2", "Moved to To Do"),
        Typed("DEMO-2 inprogress", "Moved to In Progress"),
        Typed("close DEMO-2", "Close: DEMO-2"),
        Typed("schließe DEMO-2 nicht", "show DEMO-2"),
        Typed("don't close DEMO-2", "show DEMO-2"),
        Typed("should I close DEMO-2?", "In Progress"),
        Typed("give DEMO-2 to Bob", "Assigned to Bob B"),
        Typed("take Bob off DEMO-2", "Unassigned"),
        Typed("I'll take DEMO-2", "Assigned to you"),
        Typed("can you assign Bob to DEMO-2?", "Assigned to Bob B"),
        Typed("take it", "Assigned to you"),
        Typed("set priority of DEMO-2 to low", "Priority set to Low"),
        Typed("bump DEMO-2 to high", "Priority set to High"),
        Typed("rename DEMO-2 to Login is slow", "Login is slow"),
        Typed("label DEMO-2 with backend", "Labels changed"),
        Typed("remove label backend from DEMO-2", "Labels changed"),
        Typed("DEMO-2 is due 2030-05-01", "Due date set to"),
        Typed("clear the due date of DEMO-2", "Due date cleared"),
        Typed("add a comment to DEMO-2: looks good", "looks good"),
        Typed("I spent 30 minutes on DEMO-2", "Logged 30m."),
        Typed("I spent 30 minutes on DEMO-2 yesterday", "Logged 30m on"),
        Typed("log DEMO-2 1h yesterday", "Logged 1h on"),
        Typed("follow DEMO-3", "You're watching"),
        Typed("stop watching DEMO-3", "stopped watching"),
        Typed("DEMO-2 depends on DEMO-5", "DEMO-2 is blocked by DEMO-5"),
        Typed("remove the link between DEMO-2 and DEMO-5", "Link removed"),
        Typed("create a bug: login fails on Safari", "login fails on Safari"),
        Typed("file a bug in DEMO: login fails on Safari", "Created"),
        Typed("my open bugs", "Login is slow"),
        Typed("what's on my plate?", "Your open issues"),
        Typed("Bob's issues in this sprint", "Bob's issues in this sprint"),
        Typed("anything overdue in DEMO?", "overdue in DEMO"),
        Typed("what changed since yesterday?", "Login is slow"),
        Typed("bugs reported by Bob", "bugs reported by Bob"),
        Typed("are there any unassigned tasks in DEMO?", "Update the dependencies"),
        Typed("what is Bob working on?", "Export the report as PDF"),
        Typed("what can you do?", "What you can do"),
        Typed("search for PDF", "Export the report as PDF"),
        Typed("meine offenen Fehler", "Login is slow"),
        Typed("weise DEMO-2 Bob zu", "Assigned to Bob B"),
        Typed("kannst du DEMO-2 übernehmen?", "Assigned to you"),
        Typed("was liegt an?", "Your open issues"),
        Typed("zeig mir DEMO-3", "Export the report as PDF"),
    )
)

POLITE = Chapter(
    (
        Typed("hi, show DEMO-2", "Login fails after password reset"),
        Typed("Hello bot! please show DEMO-2", "Login fails after password reset"),
        Typed("DEMO-2 please", "Login fails after password reset"),
        Typed("DEMO-2 in progress, thanks!", "Moved to In Progress"),
        Typed("hi there", "What you can do"),
        Typed("Thanks!", "You're welcome"),
        Typed("vielen Dank", "You're welcome"),
        Typed("can you please watch DEMO-2?", "You're watching"),
        Typed("unwatch DEMO-2?", "unwatch DEMO-2"),
        Typed("DEMO-2 to do?", "In Progress"),
        Typed("move DEMO-2 to to do?", "move DEMO-2 to to do"),
        Typed("assign DEMO-2 to bob?", "assign DEMO-2 to bob"),
        Typed("edit DEMO-2 priority low?", "edit DEMO-2 priority low"),
        Typed("show DEMO-2", "In Progress"),
        Typed("comment DEMO-2 Is this done? Thanks", "Is this done? Thanks"),
        Typed("edit DEMO-2 summary Why does login fail?", "Why does login fail?"),
        Typed("could you assign DEMO-2 to bob, thanks", "Assigned to Bob B"),
        Typed("Guten Morgen, kannst du bitte DEMO-2 watch", "You're watching"),
        Typed("don't watch DEMO-2", "help"),
        Typed("DEMO-2 not done", "show DEMO-2"),
    )
)

COLLEAGUES = Chapter(
    (
        Typed("assign DEMO-2 <at>Bob B</at>", "Assigned to Bob B", CHANNEL, mentions=(BOB,)),
        Typed("comment DEMO-2 <at>Bob B</at> please look", "Comment added", CHANNEL, mentions=(BOB,)),
        Typed("invite <at>Carol C</at>", "Carol C", CHANNEL, mentions=(CAROL,)),
        Typed("assign DEMO-2 <at>Dora Unknown</at>", "No one called", CHANNEL, mentions=(STRANGER,)),
        Pressed("account.invite", "Invitation sent to Dora Unknown", chat=CHANNEL),
    )
)

BUTTONS = Chapter(
    (
        Typed("DEMO-2", "Login fails after password reset"),
        Pressed("issue.move", "Moved to In Progress", "Start progress"),
        Pressed("issue.unassign", "Unassigned"),
        Pressed("issue.assign", "Assigned to you", "Assign to me"),
        Pressed("issue.assign", "Assigned to Bob B", "Assign", {"assignee": "bob@example.com"}),
        Pressed("issue.comment", "Seen on staging", filled={"comment": "Seen on **staging**"}),
        Typed("OPS-1", "Reply to customer"),
        Pressed("issue.reply", "Reply sent", filled={"comment": "On its way"}),
        Typed("DEMO-2", "Login fails after password reset"),
        Pressed("issue.unwatch", "stopped watching"),
        Pressed("issue.watch", "You're watching"),
        Pressed("issue.log", "Logged 2h", filled={"time": "2h"}),
        Pressed("issue.edit", "Edit DEMO-2"),
        Pressed("issue.show", "Login fails after password reset", "Cancel"),
        Typed("DEMO-3", "Export the report as PDF"),
        Pressed("issue.vote", "Vote added", "Vote"),
        Pressed("issue.vote", "Vote removed", "Remove vote"),
        Pressed("issue.move", "Close: DEMO-3", "Close"),
        Pressed("form.submit", "Moved to Done", filled={"f_resolution": "10001", "f_comment": "Not now."}),
    )
)

CREATING = Chapter(
    (
        Typed("create bug DEMO The login page is **empty**\nSteps:\n- open it", "Created"),
        Typed("new task DEMO Water the plants", "Created"),
        Typed("create", "Project"),
        Pressed("form.start", "New issue in DEMO", filled={"f_project": "DEMO", "f_summary": "Printer on fire"}),
        Pressed("form.open", "Description", filled={"f_type": "10003"}),
        Pressed("form.submit", "Printer on fire", filled={"f_labels": "printer", "f_description": "*hot*"}),
        Typed("create DEMO Printer off", "New issue in DEMO"),
        Pressed("form.start", "Created", filled={"f_type": "10002"}),
        Typed("create incident OPS Mail is down", "Severity"),
        Pressed("form.cancel", "Nothing was created"),
    )
)

EDITING = Chapter(
    (
        Typed("edit DEMO-2 severity Major", "Severity set to Major"),
        Typed("set DEMO-2 severity Minor", "Severity set to Minor"),
        Typed("set DEMO-2 status to In Progress", "Moved to In Progress"),
        Typed("edit DEMO-2 status: to do", "Moved to To Do"),
        Typed("update DEMO-2 reporter Bob B", "Reporter"),
        Typed("edit DEMO-2", "Edit DEMO-2"),
        Pressed("form.submit", "Saved", filled={"f_summary": "Login still fails", "f_duedate": "2030-03-01"}),
        Typed("priority DEMO-2 Low", "Priority set to Low"),
        Typed("priority DEMO-2 hoch", "Priority set to High"),
        Typed("summary DEMO-2 A better summary", "A better summary"),
        Typed("description DEMO-2 Steps to **reproduce**", "Steps to reproduce"),
        Typed("labels DEMO-2 +urgent -login", "urgent"),
        Typed("label DEMO-2 none", "Labels cleared"),
        Typed("due DEMO-2 2030-04-05", "Due date set to"),
        Typed("due DEMO-2 none", "Due date cleared"),
        Typed("type DEMO-2 Task", "set to Task"),
        Typed("parent DEMO-2 none", "Parent cleared"),
        Typed("parent DEMO-2 DEMO-1", "Parent set to DEMO-1"),
        Typed("parent DEMO-2 {site}/browse/DEMO-1", "Parent set to DEMO-1"),
        Typed("sprint DEMO-3 1", "Sprint"),
        Typed("sprint DEMO-3 DEMO Sprint 1", "Sprint"),
        Typed("sprint DEMO-3 current", "Sprint DEMO Sprint 1"),
        Typed("fix version DEMO-2 2.0", "2.0"),
        Typed("fixversion DEMO-2 +1.0 -2.0", "1.0"),
        Typed("components DEMO-2 Backend", "Backend"),
        Typed("component DEMO-2 +Frontend", "Components changed"),
        Typed("story points DEMO-3 5", "set to 5"),
        Typed("points DEMO-3 8", "set to 8"),
        Typed("estimate DEMO-3 none", "cleared"),
        Typed("asign DEMO-2 me", "assign DEMO-2 me"),
    )
)

LISTS = Chapter(
    (
        *(Typed(f"create task DEMO Number {n}", f"Number {n}") for n in range(12)),
        Typed("mine", "Login fails after password reset"),
        Typed("my issues", "Login fails after password reset"),
        Typed("reported", "Number 11"),
        Typed("watched", "Number 11"),
        Typed("recent", "Recently viewed"),
        Typed("search password reset", "Login fails after password reset"),
        Typed("find PDF", "Export the report as PDF"),
        Typed("jql project = ", "Jira didn't accept that"),
        Typed("jql project = DEMO ORDER BY key", "JQL \\(18\\)"),
        Pressed("list.page", "Number 9"),
        Pressed("list.page", "Sign-in that people trust"),
        Pressed("issue.show", "Back to the list", "Open DEMO-"),
        Pressed("list.page", "JQL \\(18\\)", "Back"),
        Pressed("list.query", "⟪nonsense⟫", filled={"query": "project = DEMO nonsense"}),
        Pressed("list.query", "Export the report as PDF", filled={"query": "key = DEMO-3"}),
        Typed("edit DEMO-2", "Edit DEMO-2"),
        Sought("f_parent", "pdf", "Export the report as PDF"),
        Sought("f_parent", "{site}/browse/DEMO-3", "Export the report as PDF"),
        Typed("filter", "Open bugs"),
        Typed("filters", "Open bugs"),
        Typed("filter open b", "Login fails after password reset"),
        Typed("DEMO-2 DEMO-3", "Export the report as PDF"),
        Typed("issues DEMO-2 DEMO-3", "Export the report as PDF"),
    )
)

CHANNELS = Chapter(
    (
        Typed("subscribe NOPE", "NOPE doesn't exist", CHANNEL),
        Typed("subscribe DEMO created where priority = ", "The problem is here: priority = ⟪ ⟫", CHANNEL),
        Typed("jql project = DEMO ORDER BY key", "Sign-in that people trust", CHANNEL),
        Pressed("subscription.make", "updates here for all projects where project = DEMO", chat=CHANNEL),
        Typed("subscriptions", "all projects where project = DEMO", CHANNEL),
        Pressed("subscription.remove", "No subscriptions here", chat=CHANNEL),
        Typed("subscribe DEMO created, commented where priority = Medium", "You'll get updates here", CHANNEL),
        Typed("subscriptions", "priority = Medium", CHANNEL),
        Pressed("subscription.edit", "Subscription: DEMO", chat=CHANNEL),
        Pressed("subscription.show", "commented on, created", chat=CHANNEL),
        Pressed("subscription.edit", "Subscription: DEMO", chat=CHANNEL),
        Pressed("subscription.save", "⟪High⟫", filled={"f_jql": "priority High"}, chat=CHANNEL),
        Pressed("subscription.save", "Saved.", filled={"f_jql": "priority = Medium"}, chat=CHANNEL),
        Pressed("subscription.pause", "paused", chat=CHANNEL),
        Pressed("subscription.resume", "Pause", chat=CHANNEL),
        Happened("Printer on fire", "Printer on fire"),
        Typed("pause DEMO", "Paused", CHANNEL),
        Typed("resume DEMO", "Resumed", CHANNEL),
        Typed("unsubscribe DEMO", "Unsubscribed", CHANNEL),
        Typed("subscribe DEMO", "You'll get updates here", CHANNEL),
        Typed("subscriptions", "DEMO", CHANNEL),
        Pressed("subscription.remove", "No subscriptions here", chat=CHANNEL),
        Typed("subscribe DEMO", "You'll get updates here", CHANNEL),
        Typed("disconnect", "1 channel subscription", CHANNEL),
        Pressed("account.disconnect", "out of date", "Disconnect", chat=CHANNEL, user=BOB),
        Typed("disconnect", "1 channel subscription", CHANNEL),
        Pressed("account.disconnect", "paused", "Disconnect", chat=CHANNEL),
        Happened("After she left", "take over"),
        Pressed("subscription.takeover", "Bob B took over", chat=CHANNEL, user=BOB),
        Happened("Told on behalf of Bob", "Told on behalf of Bob"),
    ),
    (ALICE, BOB),
)

PERSONAL = Chapter(
    (
        Typed("notify", "Notifications"),
        Typed("notifications", "Quiet hours"),
        Typed("notify watched on", "Issues I'm watching"),
        Typed("notify digest 8:30", "8:30"),
        Typed("notify quiet 18:00-8:00", "18:00"),
        Pressed("notify.set", "Off", "Turn off"),
        Typed("subscribe DEMO", "works in channels"),
    )
)

MESSAGES = Chapter(
    (
        Begun(
            "createIssue",
            "<p>The <b>printer</b> is on fire</p>",
            "The printer is on fire The **printer** is on fire",
        ),
        Sent("createIssue", "form.start", "New issue in DEMO", {"f_project": "DEMO"}),
        Sent("createIssue", "form.start", "The printer is on fire", {"f_type": "10001"}),
        Begun("commentOnIssue", "<p>Me <i>too</i></p>", "Comment on an issue"),
        Sought("f_issue", "login", "DEMO-2", GROUP),
        Sent("commentOnIssue", "message.comment", "Choose an issue"),
        Sent("commentOnIssue", "message.comment", "Comment added to DEMO-2", {"f_issue": "DEMO-2"}),
        Begun("everything", "<p>Hello</p>", "Type “help”"),
    )
)

CHAPTERS: Mapping[str, Chapter] = {
    "an account": ACCOUNT,
    "an issue": ISSUE,
    "its buttons": BUTTONS,
    "surplus words": SURPLUS,
    "courtesy and questions": POLITE,
    "plain requests": PLAIN,
    "colleagues": COLLEAGUES,
    "creating": CREATING,
    "editing": EDITING,
    "lists": LISTS,
    "a channel": CHANNELS,
    "notifications": PERSONAL,
    "messages": MESSAGES,
    **NAME_CHAPTERS,
    **TEXT_CHAPTERS,
}
