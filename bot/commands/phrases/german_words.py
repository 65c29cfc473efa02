"""The words of plain requests in German: what stands for the same, and what questions and lists begin with."""

# ruff: noqa: E501 - alternatives are one line

from __future__ import annotations

from collections.abc import Mapping

SYNONYMS: Mapping[str, str] = {
    "erstelle": "erstelle|erstell|erzeuge|lege|leg|mach|mache|öffne|melde|eröffne|schreibe|schreib|leg mir|lege mir",
    "möglich": "kann ich|kann man|können wir|könnte ich|darf ich|ist es möglich,",
    "meldungen": "updates|änderungen|neuigkeiten|benachrichtigungen|nachrichten|meldungen|mails|hinweise",
    "hier": "hier im kanal|hier im channel|hier im chat|hier in diesem kanal|hier in den kanal|hier in den channel|in diesem channel|in diesen channel|im channel|in den channel|in unserem kanal|in unserem channel|in dieser gruppe|bei uns|für uns|hier bei uns|hier|hierher|hier rein|in diesen kanal|in diesem kanal|in den kanal|im kanal|in diesen chat|in diesem chat",
    "ein": "ein|eine|einen|nen|n|ne|einem|einer",
    "neu": "neue|neuen|neues|neuer",
    "namens": " an:| auf:| an| namens| mit dem titel| mit titel| dass| über| zu| für| wegen|:",
    "ich": "ich habe|hab|ich hab|habe|wir haben",
    "gearbeitet": "gearbeitet|gebucht|erfasst|geloggt|eingetragen|verbracht|gebraucht|gesessen|investiert|aufgewendet",
    "an": "an|für|mit|auf|in|bei|zu",
    "buche": "buche|buch|erfasse|logge|log|trage|trag|verbuche|schreibe|schreib|notiere",
    "buchen": "buchen|erfassen|loggen|eintragen|verbuchen",
    "setze": "setze|setz|ändere|änder|stelle|stell|mach|mache|pass|passe|leg|lege",
    "ändern": "setzen|ändern|stellen|machen|umstellen|anpassen|hochsetzen|runtersetzen|anheben|verschieben|legen",
    "verschiebe": "verschiebe|verschieb|setze|setz|stelle|stell|ändere|markiere|bewege|schiebe|schieb|zieh|ziehe|pack|packe|nimm",
    "nach": "auf|nach|ins|in den|in die|in das|in|als|zum|zur|zu|zurück auf|zurück nach|zurück in",
    "schließe": "schließe|schließ|schliesse|schliess|beende|erledige|löse|schließ|mach|mache",
    "schließen": "schließen|schliessen|schliesen|closen|dichtmachen|fertigmachen|abschließen|erledigen|beenden|lösen|zumachen|fertigstellen",
    "fertig": "fertig|erledigt|geschlossen|abgeschlossen|gelöst|behoben|gemacht|durch|fertiggestellt|beendet",
    "zeig": "zeig|zeige|öffne|such|suche|hol|hole|gib|ruf|rufe",
    "gib": "gib|übergib|überlasse|reich|reiche|leite",
    "weise": "ordne|weise|weis|teile|teil",
    "zuweisen": "zuweisen|geben|übergeben|überlassen|zuteilen|assignen|zuordnen|übertragen|rüberschieben|weitergeben|weiterreichen|abgeben|weiterleiten",
    "machen": "machen|übernehmen|bearbeiten|erledigen|anschauen|prüfen|testen|reviewen",
    "füge": "füge|füg|gib|setze|setz|hänge|häng",
    "benachrichtige": "benachrichtige mich|sag mir bescheid|gib mir bescheid|informiere mich|sag bescheid",
    "wissen_wollen": "sag uns bescheid|sagt uns bescheid|gib uns bescheid|sag uns hier bescheid|gib uns hier bescheid|sag hier bescheid|gib hier bescheid|sag bescheid|informiere uns|informier uns|benachrichtige uns|melde uns|melde dich|meld dich|wir wollen mitkriegen|wir wollen hier mitkriegen|wir wollen hier mitbekommen|wir wollen mitbekommen|wir möchten hier mitbekommen|wir möchten mitbekommen|wir wollen wissen|wir wollen hier wissen|wir möchten wissen|wir möchten hier wissen|wir wollen hier sehen|wir möchten hier sehen|wir wollen informiert werden|wir möchten informiert werden|wir wollen hier informiert werden|wir möchten hier informiert werden|wir wollen benachrichtigt werden|wir möchten hier benachrichtigt werden|poste hier|schreib hier|schreib hier rein|schreibe hier rein|melde hier|schick hier eine nachricht|schick uns eine nachricht|lass uns wissen|lass diesen kanal wissen",
    "entsteht": "angelegt wird|erstellt wird|aufgemacht wird|gemeldet wird|eröffnet wird|reinkommt|rein kommt|auftaucht|aufschlägt|dazukommt|kommt|entsteht|eingeht|erfasst wird|auftritt|eingestellt wird|gefunden wird",
    "sag_mir": "sag mir bescheid|gib mir bescheid|benachrichtige mich|informiere mich|informier mich|sag bescheid|gib bescheid|melde dich|meld dich|melde dich bei mir|schreib mir|schreib mir eine nachricht|schick mir eine nachricht|ping mich|ping mich an|pinge mich an|ich will wissen|ich möchte wissen|ich will informiert werden|ich möchte informiert werden|ich möchte benachrichtigt werden|ich will benachrichtigt werden|ich möchte eine nachricht|ich will eine nachricht|ich will bescheid bekommen|lass mich wissen|lass es mich wissen",
    "täglich": "jeden morgen|jeden tag|täglich|jeden werktag|jeden arbeitstag|morgens|werktags|immer morgens|tagtäglich|immer",
    "übersicht": "übersicht|zusammenfassung|liste|digest|tagesübersicht|erinnerung|aufstellung|überblick|report|bericht",
    "ruhe": "nicht stören|nicht stören bitte|keine nachrichten|keine benachrichtigungen|keine meldungen|bitte nicht stören|ruhe|bitte ruhe|ruhe bitte|will ich meine ruhe haben|will ich meine ruhe|möchte ich meine ruhe haben|will ich ruhe|will ich nicht gestört werden|möchte ich nicht gestört werden|will ich keine nachrichten|will ich keine benachrichtigungen|möchte ich keine nachrichten|möchte ich keine benachrichtigungen|keine nachrichten bitte|keine benachrichtigungen bitte|nichts schicken|bitte nichts schicken|nicht anpingen|bitte nicht anpingen|stumm|bitte stumm|bin ich nicht da",
    "ruhe_geben": "stör mich|störe mich|stören sie mich|ping mich|pinge mich|schreib mir|schick mir nichts|schick mir|benachrichtige mich|lass mich|ich will|ich möchte|bitte",
    "stören": "nicht stören|in ruhe|nicht an|nicht anpingen|meine ruhe|meine ruhe haben|nicht gestört werden|keine nachrichten|keine benachrichtigungen|keine meldungen|nicht|nichts|ruhe|ruhe haben|keine nachrichten bekommen",
    "entferne": "entferne|entfern|lösche|lösch|nimm|streiche|streich|zieh|ziehe|wirf|schmeiß",
}


QUESTION_WORDS = frozenset(
    {
        "wer",
        "wen",
        "wem",
        "was",
        "wann",
        "wo",
        "warum",
        "weshalb",
        "wieso",
        "wie",
        "welche",
        "welcher",
        "welches",
        "ist",
        "sind",
        "war",
        "hat",
        "hatte",
        "wurde",
        "soll",
        "sollte",
        "darf",
        "kann",
        "muss",
        "woran",
        "wofür",
    }
)
LIST_LEADS = (
    "(zeig|zeige|liste|nenne|gib|such|suche|finde|hol|suche nach|ich suche|such nach) [mir|uns] [mal|bitte] [alle] ",
    "(was|welche) [ist|sind] ",
    "gibt es [noch] ",
    "(wie viele|wieviele) ",
    "(haben wir|habe ich) [noch] ",
    "wer (hat|macht) [denn|gerade|aktuell] ",
    "(irgendwelche|irgendwas) ",
)
