package driver

import (
	"context"
	"fmt"

	"involt/internal/face/ui"
)

// text is one sentence in each language, in the order of langs.
type text [5]string

var langs = [5]string{"en", "de", "nl", "fr", "es"}

// in returns the sentence in the language of the page's reader.
func (t text) in(ctx context.Context, args ...any) string {
	s, lang := t[0], ui.ReaderOf(ctx).Lang
	for i, l := range langs {
		if len(lang) >= 2 && lang[:2] == l {
			s = t[i]
		}
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// The sentences of the pages.
var (
	homeTitle   = text{"My charging", "Mein Laden", "Mijn laden", "Mes recharges", "Mis cargas"}
	homeNav     = text{"Home", "Start", "Start", "Accueil", "Inicio"}
	sessionsNav = text{"Sessions", "Ladevorgänge", "Laadsessies", "Sessions", "Sesiones"}
	consoleOf   = text{"Console of %s", "Verwaltung von %s", "Beheer van %s", "Console de %s", "Consola de %s"}
	switchTo    = text{"Operator", "Betreiber", "Exploitant", "Opérateur", "Operador"}
	welcome     = text{"Welcome to %s.", "Willkommen bei %s.", "Welkom bij %s.", "Bienvenue chez %s.", "Le damos la bienvenida a %s."}

	endedTitle = text{"You cannot charge here at the moment", "Sie können hier zurzeit nicht laden", "U kunt hier op dit moment niet laden", "Vous ne pouvez pas recharger ici pour le moment", "Ahora mismo no puede cargar aquí"}
	endedText  = text{"%s has deactivated your access, so your cards do not start a session there. You can still see everything that was yours. If you think that this is a mistake, ask %[1]s.", "%s hat Ihren Zugang deaktiviert; Ihre Karten starten dort keinen Ladevorgang. Sie sehen weiterhin alles, was Ihres war. Wenn Sie das für ein Versehen halten, fragen Sie %[1]s.", "%s heeft uw toegang gedeactiveerd; uw passen starten daar geen laadsessie. U ziet nog alles wat van u was. Denkt u dat dit een vergissing is, vraag het dan aan %[1]s.", "%s a désactivé votre accès ; vos cartes n’y démarrent plus de session. Vous voyez toujours tout ce qui était à vous. Si vous pensez que c’est une erreur, adressez-vous à %[1]s.", "%s ha desactivado su acceso; sus tarjetas no inician ninguna sesión allí. Sigue viendo todo lo que era suyo. Si cree que es un error, pregunte a %[1]s."}

	cardsTitle = text{"My cards", "Meine Karten", "Mijn passen", "Mes cartes", "Mis tarjetas"}
	cardTitle  = text{"My card", "Meine Karte", "Mijn pas", "Ma carte", "Mi tarjeta"}
	cardHint   = text{"Hold it against the reader of the charger.", "Halten Sie sie an den Leser der Ladestation.", "Houd hem tegen de lezer van het laadstation.", "Présentez-la au lecteur de la borne.", "Acérquela al lector del cargador."}
	noCard     = text{"No card yet", "Noch keine Karte", "Nog geen pas", "Pas encore de carte", "Aún sin tarjeta"}
	noCardText = text{"%s has not given you a card yet. Ask there for one.", "%s hat Ihnen noch keine Karte gegeben. Fragen Sie dort danach.", "%s heeft u nog geen pas gegeven. Vraag daar om een pas.", "%s ne vous a pas encore remis de carte. Demandez-en une.", "%s aún no le ha dado una tarjeta. Pídala allí."}
	cardWorks  = text{"Ready to charge", "Bereit zum Laden", "Klaar om te laden", "Prête à recharger", "Lista para cargar"}
	cardEnded  = text{"Does not work now", "Geht zurzeit nicht", "Werkt nu niet", "Ne fonctionne pas", "Ahora no funciona"}
	validUntil = text{"Valid until %s", "Gültig bis %s", "Geldig tot %s", "Valable jusqu’au %s", "Válida hasta el %s"}

	nowTitle   = text{"Charging now", "Lädt gerade", "Laadt nu", "Recharge en cours", "Cargando ahora"}
	since      = text{"since %s", "seit %s", "sinds %s", "depuis %s", "desde %s"}
	power      = text{"Power", "Leistung", "Vermogen", "Puissance", "Potencia"}
	energy     = text{"Energy", "Energie", "Energie", "Énergie", "Energía"}
	duration   = text{"Duration", "Dauer", "Duur", "Durée", "Duración"}
	whereTitle = text{"Where I may charge", "Hier darf ich laden", "Hier mag ik laden", "Où je peux recharger", "Dónde puedo cargar"}
	allOf      = text{"%s chargers", "%s Ladestationen", "%s laadstations", "%s bornes", "%s cargadores"}
	oneOf      = text{"1 charger", "1 Ladestation", "1 laadstation", "1 borne", "1 cargador"}
	someOf     = text{"%s of %s chargers", "%s von %s Ladestationen", "%s van %s laadstations", "%s bornes sur %s", "%s de %s cargadores"}
	nowhere    = text{"Nowhere yet", "Noch nirgends", "Nog nergens", "Nulle part pour l’instant", "Aún en ningún sitio"}
	nowhereSay = text{"No location of %s is open to you. Ask there to be put into a user group.", "Kein Standort von %s ist für Sie offen. Bitten Sie dort um Aufnahme in eine Nutzergruppe.", "Geen locatie van %s staat voor u open. Vraag daar om in een gebruikersgroep te komen.", "Aucun site de %s ne vous est ouvert. Demandez à être ajouté·e à un groupe d’utilisateurs.", "Ninguna ubicación de %s está abierta para usted. Pida que le añadan a un grupo de usuarios."}
	lastTitle  = text{"My last sessions", "Meine letzten Ladevorgänge", "Mijn laatste laadsessies", "Mes dernières sessions", "Mis últimas sesiones"}
	allLink    = text{"All", "Alle", "Alle", "Toutes", "Todas"}
	none       = text{"No sessions yet", "Noch keine Ladevorgänge", "Nog geen laadsessies", "Pas encore de session", "Aún sin sesiones"}
	noneText   = text{"Your first one appears here as soon as you plug in.", "Der erste erscheint hier, sobald Sie einstecken.", "De eerste verschijnt hier zodra u inplugt.", "La première apparaît ici dès que vous vous branchez.", "La primera aparecerá aquí en cuanto se enchufe."}
	newer      = text{"Newer", "Neuere", "Nieuwer", "Plus récentes", "Más recientes"}
	older      = text{"Older", "Ältere", "Ouder", "Plus anciennes", "Más antiguas"}
	running    = text{"Charging", "Lädt", "Laadt", "En cours", "Cargando"}
)

// cardState names the states of a card that do not charge.
var cardState = map[string]text{
	"inactive": {"Inactive", "Inaktiv", "Niet actief", "Inactive", "Inactiva"}, "blocked": {"Blocked", "Gesperrt", "Geblokkeerd", "Bloquée", "Bloqueada"},
	"suspended": {"Suspended", "Ausgesetzt", "Opgeschort", "Suspendue", "Suspendida"}, "expired": {"Expired", "Abgelaufen", "Verlopen", "Expirée", "Caducada"},
}
