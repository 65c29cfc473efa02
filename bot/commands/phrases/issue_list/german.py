"""The words of lists in German: rows of patterns, in the notation of `expansion.py`, and what they stand for."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.phrases.issue_list import jql_conditions

SYNONYMS: Mapping[str, str] = {
    "noch": "noch|noch immer|immer noch|aktuell|derzeit|momentan|gerade|grade|weiterhin|bisher|bislang|schon|bereits",
    "ohne": "ohne|kein|keine|keinen|keiner|keinem|mit keinem|mit keiner|noch ohne|fehlende|fehlender|fehlendem|fehlendes|mit fehlendem|mit fehlender",
    "der": "der|die|das|dem|den|des|ein|eine|einen|einem|einer|eines|unser|unserem|unseren|unserer|unseres|diesem|diesen|diese|dieser|dieses|meinem|meinen|meiner",
    "aktuell": "aktuelle|aktuellen|aktueller|laufende|laufenden|laufender|jetzigen|jetzige|derzeitigen|aktiven",
    "in": "in|im|aus|für|fürs|vom|zum|beim|des|innerhalb des|während des",
    "sortiert": "gruppiert nach|sortiert nach|nach|geordnet nach|sortiere nach|sortier nach|in der reihenfolge|absteigend nach|aufsteigend nach",
}
STATUSES: tuple[tuple[str, str], ...] = (
    (
        "[<noch>] (offen*|unerledigt*|ungelöst*|unfertig*), [noch] zu tun, [noch] übrig, fehlt [noch], fehlen [noch], [noch] ausstehend*, [noch] anstehend*, [noch] nicht durch, noch anliegt, anliegend*, "
        "[noch] (erledigt|gemacht|abgeschlossen|bearbeitet|fertig) werden (muss|müssen|soll|sollen), offen sind, [noch] zu (machen|bearbeiten)",
        jql_conditions.OPEN,
    ),
    (
        "erledigt*, fertig*, fertiggestellt*, geschlossen*, abgeschlossen*, gelöst*, behoben*, beendet*, gefixt*, gefixed, durch",
        jql_conditions.DONE,
    ),
    (
        "in (arbeit|bearbeitung|umsetzung|entwicklung), begonnen*, angefangen*, laufend*, gestartet*, in der mache, [gerade] bearbeitet werden, [gerade] bearbeitet wird, läuft, laufen, wer (arbeitet|sitzt) (woran|an was), wer macht was",
        jql_conditions.IN_PROGRESS,
    ),
    (
        "unbearbeitet*, zu erledigen*, nicht (begonnen*|gestartet*|angefangen*), (noch|noch gar) nicht (angefangen*|begonnen*|gestartet*)",
        jql_conditions.TO_DO,
    ),
    (
        "[wartend*|warten|wartet] (im|in|auf|aufs|in der|auf die|auf ein|auf einen) (review|prüfung|code review|code-review|überprüfung|reviews), im (code review|code-review)",
        'status = "In Review"',
    ),
    (
        "(wartet|warten|wartend*) auf [den|die] (kunde|kunden|kundin|rückmeldung|rückmeldung vom kunden|antwort|antwort vom kunden), "
        "auf [den|die|eine|eine antwort vom|eine rückmeldung vom] (kunden|kundin|rückmeldung|antwort) (wartet|warten|wartend*)",
        'status = "Waiting for customer"',
    ),
    ("(wartet|warten|wartend*) auf [die|eine] (freigabe|genehmigung)", 'status = "Waiting for approval"'),
    ("pausiert*, zurückgestellt*, on hold, auf eis, auf halde", 'status = "On Hold"'),
    ("im (test|testen|testing), in qa, in der qa", 'status = "In Testing"'),
    ("(wieder geöffnet*|wiedereröffnet*)", 'status = "Reopened"'),
    (
        "(alle|aller|allen|sämtliche|sämtlichen|sämtlicher|jede|jedes), egal welcher status, (offen|offene) und (erledigt|erledigte|geschlossene), auch (erledigte|geschlossene)",
        jql_conditions.ANY_STATUS,
    ),
)
TYPES: tuple[tuple[str, str], ...] = (
    ("fehler, fehlern, fehlers, defekte, bugs, bug-tickets, fehlertickets, bugtickets, fehlermeldungen", "Bug"),
    ("aufgabe, aufgaben, tasks", "Task"),
    ("storys, userstorys, userstories, user-stories, user-storys, user storys", "Story"),
    ("epics", "Epic"),
    ("störung, störungen, vorfälle, vorfall, vorfällen, incidents", "Incident"),
    ("verbesserung, verbesserungen", "Improvement"),
    ("feature, features, neue features, funktion, funktionen", "New Feature"),
)
SUBTASKS = (
    "unteraufgabe, unteraufgaben, untervorgang, untervorgänge, untervorgängen, teilaufgaben, teilaufgabe, subtasks"
)
NOUNS = (
    "kundenanfragen, kundentickets, alles, vorgang, vorgänge, vorgängen, vorgangs, untertickets, kinder, kind, sachen, sache, dinge, dingen, arbeit, ticket, tickets, themen, thema, zeug, todos, anfragen, "
    "[support] (anfrage|anfragen), supporttickets, support-tickets, supportanfragen, kram, arbeiten, posten, punkte, karten, meldungen, serviceanfragen, issues, storys"
)
CONDITIONS: tuple[tuple[str, str], ...] = (
    (
        "mein*, mir [<noch>] zugewiesen*, für mich, habe ich, ich habe, hab ich, ich hab, auf (meinem|dem) (tisch|zettel|schreibtisch|teller|stapel), bei mir, mir, an mir, an mich [zugewiesen*], "
        "(ist|sind|bin) mir zugewiesen, mir zugeteilt*, mir gehören, mir zugewiesen sind, mir zugewiesen wurden, mich",
        jql_conditions.MINE,
    ),
    ("(bin ich|ich bin) [der|die] (bearbeiter|bearbeiterin|zuständige|zuständig)", jql_conditions.MINE),
    ("(bin ich|ich bin) [der|die] (melder|melderin|autor|autorin)", jql_conditions.REPORTED_BY_ME),
    ("mein* gemeldet*, mein* erstellt*", jql_conditions.REPORTED_BY_ME),
    (
        "[mein*] beobachtet*, auf meiner (beobachtungsliste|watchlist), von mir (beobachtet*|verfolgt*)",
        jql_conditions.WATCHED,
    ),
    (
        "[mein*] (zuletzt|kürzlich|neulich) (angesehen*|angeschaut*|geöffnet*|besucht*|aufgerufen*|betrachtet*|gesehen*)",
        jql_conditions.VIEWED,
    ),
    (
        "[<noch>] nicht (zugewiesen*|vergeben*|zugeteilt*), [<noch>] (unzugewiesen*|herrenlos*|verwaist*|niemandem zugewiesen*|keinem zugewiesen*|unvergeben*), [noch] frei*, [noch] zu haben, "
        "(noch|bisher|bislang) (niemandem|keinem|niemand) (zugewiesen*|zugeteilt*), ohne (zugewiesene person|jemanden)",
        jql_conditions.UNASSIGNED,
    ),
    (
        "[<noch>] (überfällig*|verspätet*|verzögert*|verfristet*), in verzug, im verzug, zu spät, (deadline|frist|fälligkeit) (verpasst*|überschritten*|abgelaufen*), "
        "über (die|der) (deadline|frist|zeit), mit (abgelaufener|überschrittener) (frist|deadline|fälligkeit)",
        f"due < startOfDay() AND {jql_conditions.OPEN}",
    ),
    (
        "vergessen*, liegengeblieben*, liegen geblieben*, verstaubt*, eingeschlafen*, inaktiv*, (keiner|niemand) mehr (anfasst|anschaut|bearbeitet|anrührt), seit (langem|ewigkeiten|langer zeit|ewig) (nicht|nichts|nix) [mehr] (angefasst*|bearbeitet*|passiert*|geändert*) [ist|wurde|wurden]",
        f"updated <= -30d AND {jql_conditions.OPEN}",
    ),
    ("[die] (letzte|letzten|neueste|neuesten) (änderungen|aktualisierungen|updates)", "updated >= -7d"),
    ("ungelabelt*, unbeschriftet*", "labels IS EMPTY"),
    ("ungeschätzt*, [noch] nicht geschätzt*", '"Story Points" IS EMPTY'),
    ("ungeplant*, nicht eingeplant*, nicht im sprint, in keinem sprint", jql_conditions.IN_BACKLOG),
    (
        "[<in>] [<der>] [<aktuell>] sprint, [<in>] [<der>] [<aktuell>] sprints, [<in>] [<der>] [<aktuell>] (sprint-backlog|sprintbacklog|sprint backlog)",
        jql_conditions.IN_SPRINT,
    ),
    (
        "[<in>] [<der>] (nächster|nächsten|kommender|kommenden|folgenden) sprint, [<in>] [<der>] (nächsten|kommenden) sprints",
        "sprint in futureSprints()",
    ),
    ("[<in>] [<der>] backlog, aus dem backlog, backlogs", jql_conditions.IN_BACKLOG),
    (
        "dringend*, wichtig*, eilig*, hochprior*, hochpriorisiert*, hoch (priorisiert*|prior*), [mit|der|von] (hoher|hohe|hohen) (priorität|prio), (prio|priorität) (hoch|high), "
        "high prio, dringendste, dringendsten, wichtigste, wichtigsten, eiligste, eiligsten, (kritische|kritischen|höchste|höchsten) (und|oder) (hohe|hohen), (hohe|hohen) (und|oder) (kritische|kritischen|höchste|höchsten), (mit|von) (hoher|höchster) (und|oder) (hoher|höchster) (priorität|prio)",
        "priority in (Highest, High)",
    ),
    (
        "kritisch*, [mit|der|von] (höchster|höchste|höchsten|oberster|oberste|obersten) (priorität|prio), blocker, blockern, showstopper, (prio|priorität) (eins|1|höchste)",
        "priority = Highest",
    ),
    (
        "[mit|von] (mittlerer|mittlere|mittleren|normaler) (priorität|prio), (prio|priorität) mittel",
        "priority = Medium",
    ),
    (
        "unwichtig*, [mit|von] (niedriger|niedrige|niedrigen|geringer|geringe) (priorität|prio), (prio|priorität) niedrig, unkritisch*",
        "priority in (Low, Lowest)",
    ),
    (
        "blockiert*, (blockiert|geblockt) (ist|sind|wird|werden), geblockt*, ausgebremst*",
        f'issueLinkType = "is blocked by" AND {jql_conditions.OPEN}',
    ),
    ("als (nächstes|nächste) fällig*", f"due >= startOfDay() AND {jql_conditions.OPEN}"),
    ("blockierend*", f'issueLinkType = "blocks" AND {jql_conditions.OPEN}'),
)
EVENTS: tuple[tuple[str, str], ...] = (
    (
        "erstellt*, neu*, angelegt*, gemeldet*, eröffnet*, aufgemacht*, hinzugekommen*, dazugekommen*, reingekommen*, hereingekommen*, eingegangen*, hinzugefügt*, erfasst*, "
        "aufgetaucht*, aufgelaufen*, eingetroffen*, eingereicht*, kam, kamen, kam rein, kamen rein, kam dazu, reinkam, reinkamen, eingingen, einging, dazukamen, hinzukamen, aufkamen, neu (erstellt*|angelegt*|reingekommen*|dazugekommen*|eingegangen*|hinzugekommen*|gemeldet*)",
        "created",
    ),
    (
        "geändert*, aktualisiert*, bearbeitet*, passiert*, verändert*, angefasst*, geupdatet*, bewegt*, getan, änderungen, aktivität, zuletzt (bearbeitet*|geändert*|aktualisiert*)",
        "updated",
    ),
    (
        "erledigt*, gelöst*, geschlossen*, abgeschlossen*, fertig geworden*, fertig*, behoben*, fertiggestellt*, beendet*, gefixt*, geschafft*, abgearbeitet*, umgesetzt*, ausgeliefert*, zugemacht*, weggearbeitet",
        "resolved",
    ),
    (
        "fällig*, (wird|werden|sind|ist) fällig, fällig (wird|werden|sind|ist), (mit|mit einer|mit einem|haben) (deadline|frist|fälligkeit|fälligkeitsdatum|termin), deadline, frist, (läuft|laufen) ab, ablaufen, "
        "(zu|fertig zu) (erledigen|machen|sein|stellen), (fertig|erledigt|abgeschlossen|gemacht) (sein|werden) (muss|müssen|soll|sollen), (muss|müssen|soll|sollen) (fertig|erledigt|gemacht|abgeschlossen) (sein|werden), "
        "(fertig|erledigt|gemacht|abgeschlossen) (sein|werden), geplant*, eingeplant*, abgeben, deadlines, fristen, fälligkeiten, termine, fällige termine",
        "due",
    ),
)
ORDERS: tuple[tuple[str, str], ...] = (
    ("ganz (oben|vorne)", "Rank ASC"),
    ("alt*", "created ASC"),
    ("neuest*, jüngste, jüngsten, letzte, letzten, neueste zuerst, neuste, neusten, die neuesten", "created DESC"),
    ("(kürzlich|zuletzt) (geändert*|aktualisiert*|bearbeitet*) [zuerst]", "updated DESC"),
    ("(kürzlich|zuletzt) (erledigt*|geschlossen*|gelöst*|abgeschlossen*) [zuerst]", "resolved DESC"),
    (
        "ältest*, (die ältesten|älteste|das älteste|ältestes|alte|alten) (zuerst|zuoberst|oben|als erstes|vorne)",
        "created ASC",
    ),
    (
        "(die neuesten|neueste|neuste|das neueste|neuestes|neue|jüngste) (zuerst|zuoberst|oben|als erstes|vorne)",
        "created DESC",
    ),
    (
        "(die wichtigsten|wichtigste|das wichtigste|wichtigstes|wichtige|dringendste|die dringendsten|dringendes|dringende|höchste prio|höchste priorität|hohe prio) (zuerst|zuoberst|oben|als erstes|vorne)",
        "priority DESC",
    ),
    (
        "(am frühesten fällige|früheste fälligkeit|bald fällige|die fälligen|früheste|nächste deadline) (zuerst|zuoberst|oben|als erstes)",
        "due ASC",
    ),
)
ORDER_FIELDS: tuple[tuple[str, str], ...] = (
    ("priorität, prio, wichtigkeit, dringlichkeit, prioritäten", "priority DESC"),
    ("fälligkeit, fälligkeitsdatum, deadline, frist, termin", "due ASC"),
    ("datum, erstelldatum, erstellungsdatum, erstellung, eingang, neuesten", "created DESC"),
    ("alter", "created ASC"),
    (
        "änderungsdatum, änderung, letzter änderung, aktualisierung, letzter aktualisierung, aktualität",
        "updated DESC",
    ),
    ("status", "status ASC"),
    ("bearbeiter, person, zuständigkeit, zuständigem", "assignee ASC"),
    ("typ, vorgangstyp", "issuetype ASC"),
    ("nummer, schlüssel", "key ASC"),
    ("rang", "Rank ASC"),
    ("projekt, projekten", "project ASC"),
    ("aufwand, schätzung, größe, storypoints", '"Story Points" DESC'),
    ("titel, name", "summary ASC"),
)
FIELDS: tuple[tuple[str, str], ...] = (
    ("fälligkeitsdatum, fälligkeit, termin, frist, deadline, enddatum, fälligkeitstermin", "due"),
    (
        "bearbeiter, bearbeiterin, zuständigen, zuständige, zuständigem, verantwortlichen, verantwortliche, zuweisung, besitzer, zuständigkeit",
        "assignee",
    ),
    ("melder, autor, ersteller", "reporter"),
    (
        "schätzung, schätzungen, punkte, storypoints, story-points, aufwandsschätzung, aufwand, story points",
        '"Story Points"',
    ),
    ("label, labels, stichwort, stichwörter, schlagwort, schlagwörter, tag, tags, labeln", "labels"),
    ("beschreibung, beschreibungen", "description"),
    ("komponente, komponenten", "component"),
    ("version, versionen, lösungsversion, zielversion, release, releases, fixversion, fix-version", "fixVersion"),
    ("sprint", "sprint"),
    ("epic, epos, elternvorgang, übergeordneten vorgang", "parent"),
    ("priorität, prio", "priority"),
    ("lösung", "resolution"),
    ("status, spalte", "status"),
    ("typ, vorgangstyp", "issuetype"),
    ("anhang, anhänge, anhängen, dateianhang", "attachments"),
    ("umgebung", "environment"),
)
FILLERS = (
    "wer (arbeitet|sitzt|ist) an, wer kümmert sich um, wer bearbeitet, wem, wessen, sortiere, sortier, ordne, [aktueller] stand, fortschritt, "
    "denen, an denen, bei denen, für die, deren, geplant*, eingeplant*, sieht, aus, aussehen, wie sieht, wie steht, um, dran, "
    "der, die, das, den, dem, des, ein, eine, einen, einem, einer, und, sind, ist, war, waren, noch, gerade, grade, grad, aktuell*, mit, es, gibt, gibts, gibt's, sie, wer, bitte, wir, unser*, wurde, wurden, worden, hat, haben, hatte, "
    "sich, werden, wird, irgendwelche, irgendwas, irgendwo, woran, worauf, wofür, irgendetwas, etwas, alles, was, welch*, wo, denn, mal, eigentlich, so, auch, schon, bereits, jetzt, momentan, derzeit, zurzeit, zur zeit, im moment, insgesamt, "
    "bei uns, im team, fürs team, für (uns|unser team|das team|das ganze team|alle|das projekt), uns, nur, bloß, doch, halt, eben, immer noch, immer, wie viele, wieviele, anzahl [der|von|an], "
    "[komplette|kurze] (liste|übersicht|überblick|auflistung|aufstellung) [über|von|der|aller|aller|mit|zu|über alle|aller offenen], steht, stehen, liegt, liegen, hängt, hängen, steckt, stecken, fest, an, rein, "
    "kommt, kommen, zeigen, anzeigen, nochmal, auflisten, sehen, nennen, finden, haben, zeig, zeige, diese, dieser, dieses, diejenigen, ganze, ganzen, aber, sowie, dazu, davon, da, vor, hier, heraus, raus, geht, gehört, gehören, "
    "zu, zum, zur, los, ihr, man, einmal, bei, soll, sollen, muss, müssen, kann, könnte, ganz, eure, euch, ja, wartet, warten, vorhanden, auf, dort, auf (seinem|ihrem|deren) (tisch|zettel|schreibtisch), rum, herum, vorhin, nochmals, projekt, unter, mir mal"
)
VERSIONS = "gefunden in, gefunden in version, entdeckt in, aufgetreten in, gemeldet in, betreffen, betrifft, die in, vorkommen in"
BEFORE_VERSION = "bevor wir, vor [dem release von|der version|dem release], bis [zum release|zur version], (geplant|eingeplant|vorgesehen) (für|in), kommt in"
FOUND = (
    "(gefunden|gemeldet|entdeckt|aufgetreten|festgestellt) [wurden|wurde|worden sind|sind], auftreten, vorkommen"
)
WITHOUT = "(<ohne>) [ein|eine|einen|eines|gesetzte|gesetztes|gesetzten]"
EXCEPT = "außer [den|der|die|dem|von|bei|denen|denjenigen], ausgenommen [die|den], ohne [die|den|das|der|dem], bis auf [die|den], aber keine, keine, nicht, noch nicht, aber nicht, nicht die, nicht mehr, noch gar nicht, nie"
UNSET = "gesetzt, haben, hat, drin, dran, zugewiesen, eingetragen, vorhanden, vergeben, hinterlegt, gepflegt, angegeben"
IS_UNSET = "[ist|sind] [noch] (leer|nicht gesetzt|fehlt|fehlen|nicht gepflegt|nicht eingetragen|nicht angegeben)"
ABOUT = "über, (suche|such|suchen) nach, bezüglich, zum thema, zu den themen, mit dem (wort|text|titel|begriff|stichwort im titel), mit den wörtern, in denen (es um|von), (wo|in denen|worin) es um, (wo|in denen) jemand, betreffend, namens, rund um, in sachen"
