"""Plain requests in German that show, list or search issues, in the notation of `patterns`."""

# ruff: noqa: E501 - a pattern is one line

from __future__ import annotations

PATTERNS: tuple[tuple[str, str], ...] = (
    # Anzeigen und Listen
    ("(<zeig>) [mir|uns] [mal] {key} [an|auf|her]", "show {key}"),
    ("[mir] {key} (zeigen|anzeigen|öffnen)", "show {key}"),
    ("was (liegt|steht) [bei mir|für mich|auf meinem tisch] [noch|gerade|alles] [an|heute an]", "mine"),
    ("was (muss|soll|kann) ich [heute|jetzt|als nächstes|morgen|diese woche|nächste woche] [noch|alles] (tun|machen|erledigen|schaffen)", "mine"),
    ("was habe ich [noch|gerade|heute] [alles] (zu tun|offen|zu erledigen|auf dem tisch|auf dem zettel)", "mine"),
    ("was (ist|gibt es|wäre) [heute|morgen|diese woche|nächste woche] [für mich] [noch|alles] zu (tun|erledigen|machen)", "mine"),
    ("was (steht|liegt) [heute|morgen|diese woche|nächste woche] [bei mir|für mich] [heute|morgen|diese woche|nächste woche] [noch|alles] [so] an", "mine"),
    ("wie läuft (der|unser) sprint", "list issues in this sprint"),
    ("(gibt es|gibt's|was gibt's) [etwas|was] neues (zu|bei|von) {key}", "show {key}"),
    ("(was ist mit|wie steht es um|wie sieht es aus mit|status von|details zu|infos zu|info zu) {key} [aus]", "show {key}"),
    ("{key} (status|stand|details|infos)", "show {key}"),
    ("(mach|mache|zeig|zeige|öffne|starte|nimm|führe|lade|ruf|rufe) [mir|uns] [den|meinen|unseren] [gespeicherten] filter {text} (auf|an|aus)", "filter {text}"),
    ("(zeig|zeige|öffne|starte|nimm|lade|gib|nutze) [mir|uns] [den|meinen|unseren] [gespeicherten|favorisierten] filter [namens] {text}", "filter {text}"),
    ("(den|meinen|unseren|mein|gespeicherter|der) [gespeicherten|gespeicherter|favorisierten] filter [namens] {text}", "filter {text}"),
    ("filter {text} (öffnen|anzeigen|zeigen|ausführen|starten)", "filter {text}"),
    ("(vorgänge|tickets|ergebnisse|alles) (aus|von|im|in|des) [dem|meinem] filter {text}", "filter {text}"),
    ("welche [gespeicherten] filter (gibt es|habe ich|haben wir)", "filter"),
    ("(zeig|zeige) [mir] [alle] (meine|unsere) [gespeicherten] filter", "filter"),
    ("(meine|unsere) [gespeicherten] filter", "filter"),
    ("(kann|darf) (ich|man) {key} (sehen|haben)", "show {key}"),
    ("was ist neu [in {project}]", "list newest issues [in {project}]"),
    ("(suche|such|finde) [nach|alles|etwas] [ein|einem|tickets|ticket|vorgängen|vorgänge|bugs] (zum thema|zu|zum|zur|über|mit|wegen) {text}", "search {text}"),
    ("(suche|such|finde) [nach] {text}", "search {text}"),
    ("(gibt es|haben wir|gibt's) [schon|bereits] [<ein>] (etwas|was|vorgänge|vorgang|tickets|ticket|bug|bugs|fehler) (zum thema|zu|zum|zur|über|wegen|für) {text}", "search {text}"),
)  # fmt: skip
