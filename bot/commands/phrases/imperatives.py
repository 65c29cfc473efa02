"""The verbs with which people ask for changes, by themselves, and not in a table of phrases."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

from bot.commands.phrases.expansion import word_set

_ENGLISH = (
    "move mark flag set change put transition update send push shift drag bring switch return pull close finish "
    "complete resolve wrap shut tick reopen re-open open start begin assign reassign give hand pass delegate transfer "
    "take grab claim pick unassign remove clear delete drop unset reset kick raise lower bump increase decrease "
    "escalate make add attach label tag link connect relate tie unlink postpone delay reschedule extend estimate turn "
    "convert watch follow unfollow unwatch stop mute unmute pause resume vote upvote keep show enter record adjust "
    "correct edit place advance book track"
)
_GERMAN = (
    "setz setze stell stelle änder ändere mach mache verschieb verschiebe schieb schiebe zieh ziehe pack packe nimm "
    "schließ schließe schliess schliesse beende erledige gib weis weise ordne teil teile füg füge häng hänge entfern "
    "entferne lösch lösche streich streiche öffne eröffne verlink verlinke verknüpf verknüpfe verbinde trag trage buch "
    "buche stuf stufe erhöh erhöhe senk senke übergib plan plane markier markiere starte beobachte wandel wandle pass "
    "passe aktualisiere erfasse verbuche logge schalt schalte zeig zeige"
)
_INFINITIVES = (
    "schließen schliessen zumachen abschließen erledigen beenden öffnen aufmachen wiedereröffnen verlinken "
    "verknüpfen verbinden eintragen buchen verbuchen erfassen loggen setzen ändern anpassen aktualisieren "
    "umstellen stellen verschieben schieben ziehen nehmen einplanen rausnehmen entfernen streichen zuweisen "
    "geben übergeben weitergeben stummschalten pausieren muten hinzufügen ergänzen dranhängen nachtragen hochsetzen hochstufen runterstufen runtersetzen senken erhöhen markieren "
    "beobachten abschliessen"
)
VERBS = word_set(f"{_ENGLISH} {_GERMAN}")
"""The first words of what asks for something."""
INFINITIVES = word_set(_INFINITIVES)
"""The last words of what asks for something in German: `bitte eintragen`."""
