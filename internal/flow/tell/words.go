package tell

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"involt/internal/core/inbox"
)

// said is a sentence in each language, in the order of langs. %[1]s is the
// operator, %[2]s the card, or how many.
type said [5]string

var langs = [5]string{"en", "de", "nl", "fr", "es"}

func (t said) in(language, operator, what string) string {
	s := t[0]
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	for i, l := range langs {
		if l == language {
			s = t[i]
		}
	}
	// Both are always given, whether a sentence wants them or not.
	return fmt.Sprintf(s+"%.0[1]s%.0[2]s", operator, what)
}

var titles = map[inbox.Kind]said{
	inbox.Invited:     {"You are invited", "Sie sind eingeladen", "U bent uitgenodigd", "Vous êtes invité·e", "Tiene una invitación"},
	inbox.Approved:    {"You are in", "Sie sind dabei", "U bent toegelaten", "C’est accepté", "Solicitud aceptada"},
	inbox.CardBlocked: {"Your card %[2]s is blocked", "Ihre Karte %[2]s ist gesperrt", "Uw pas %[2]s is geblokkeerd", "Votre carte %[2]s est bloquée", "Su tarjeta %[2]s está bloqueada"},
	inbox.Doubted:     {"Was this you? Your card %[2]s was used in two places", "Waren Sie das? Ihre Karte %[2]s wurde an zwei Orten benutzt", "Was u dit? Uw pas %[2]s is op twee plekken gebruikt", "Était-ce vous ? Votre carte %[2]s a servi en deux lieux", "¿Fue usted? Su tarjeta %[2]s se usó en dos lugares"},
	inbox.Proposed:    {"Is this your car?", "Ist das Ihr Auto?", "Is dit uw auto?", "Est-ce votre voiture ?", "¿Es este su coche?"},
	inbox.Review:      {"Who still needs access by “%[2]s”?", "Wer braucht den Zugang durch „%[2]s“ noch?", "Wie heeft de toegang via ‘%[2]s’ nog nodig?", "Qui a encore besoin de l’accès par « %[2]s » ?", "¿Quién necesita aún el acceso por «%[2]s»?"},
	inbox.Copied:      {"Card %[2]s was used in two places", "Karte %[2]s wurde an zwei Orten benutzt", "Pas %[2]s is op twee plekken gebruikt", "La carte %[2]s a servi en deux lieux", "La tarjeta %[2]s se usó en dos lugares"},
	inbox.Access:      {"Where you may charge has changed", "Wo Sie laden dürfen, hat sich geändert", "Waar u mag laden is veranderd", "Vos lieux de recharge ont changé", "Ha cambiado dónde puede cargar"},
	inbox.Ended:       {"Your access was ended", "Ihr Zugang wurde beendet", "Uw toegang is beëindigd", "Votre accès a été désactivé", "Su acceso ha terminado"},
	inbox.Requests:    {"%[2]s people wait for approval", "%[2]s Personen warten auf Freigabe", "%[2]s mensen wachten op goedkeuring", "%[2]s personnes attendent une approbation", "%[2]s personas esperan aprobación"},
	inbox.Back:        {"Your access is open again", "Ihr Zugang ist wieder offen", "Uw toegang is weer open", "Votre accès est rétabli", "Su acceso vuelve a estar abierto"},
}

var texts = map[inbox.Kind]said{
	inbox.Invited: {
		"%[1]s has sent you an invitation by e-mail. Open it there.", "%[1]s hat Ihnen eine Einladung per E-Mail geschickt. Öffnen Sie sie dort.",
		"%[1]s heeft u per e-mail een uitnodiging gestuurd. Open die daar.", "%[1]s vous a envoyé une invitation par e-mail. Ouvrez-la dans votre messagerie.",
		"%[1]s le ha enviado una invitación por correo. Ábrala allí.",
	},
	inbox.Approved: {
		"%[1]s has approved your request. You may charge from now on.", "%[1]s hat Ihre Anfrage angenommen. Sie dürfen ab jetzt laden.",
		"%[1]s heeft uw aanvraag goedgekeurd. U mag vanaf nu laden.", "%[1]s a accepté votre demande. Vous pouvez recharger dès maintenant.",
		"%[1]s ha aceptado su solicitud. Ya puede cargar.",
	},
	inbox.CardBlocked: {
		"It does not start a session at %[1]s any more. If you did not ask for that, ask %[1]s.", "Sie startet bei %[1]s keinen Ladevorgang mehr. Wenn Sie das nicht wollten, fragen Sie %[1]s.",
		"Hij start geen laadsessie meer bij %[1]s. Hebt u daar niet om gevraagd, vraag het dan aan %[1]s.", "Elle ne démarre plus de session chez %[1]s. Si vous ne l’avez pas demandé, adressez-vous à %[1]s.",
		"Ya no inicia sesiones en %[1]s. Si no lo ha pedido usted, pregunte a %[1]s.",
	},
	inbox.Doubted: {
		"Say in the app of %[1]s whether it was you. If it was not, the card stays blocked.", "Sagen Sie in der App von %[1]s, ob Sie es waren. Wenn nicht, bleibt die Karte gesperrt.",
		"Zeg in de app van %[1]s of u het was. Zo niet, dan blijft de pas geblokkeerd.", "Dites dans l’app de %[1]s si c’était vous. Sinon, la carte reste bloquée.",
		"Diga en la app de %[1]s si fue usted. Si no, la tarjeta sigue bloqueada.",
	},
	inbox.Proposed: {
		"A car was seen at %[1]s just before you charged. Say in the app whether it is yours, and it charges without a card.", "Bei %[1]s wurde kurz vor Ihrem Laden ein Auto erkannt. Sagen Sie in der App, ob es Ihres ist; dann lädt es ohne Karte.",
		"Bij %[1]s is vlak voor u laadde een auto herkend. Zeg in de app of hij van u is; dan laadt hij zonder pas.", "Une voiture a été reconnue chez %[1]s juste avant votre recharge. Dites dans l’app si c’est la vôtre : elle rechargera sans carte.",
		"En %[1]s se reconoció un coche justo antes de su carga. Diga en la app si es suyo y cargará sin tarjeta.",
	},
	inbox.Review: {
		"The review of this group at %[1]s waits: keep or remove each member, in the console under Groups.", "Die Prüfung dieser Gruppe bei %[1]s wartet: Behalten oder entfernen Sie jedes Mitglied, in der Verwaltung unter „Groups“.",
		"De controle van deze groep bij %[1]s wacht: behoud of verwijder elk lid, in het beheer onder ‘Groups’.", "La revue de ce groupe chez %[1]s attend : gardez ou retirez chaque membre, dans la console sous « Groups ».",
		"La revisión de este grupo en %[1]s está pendiente: conserve o quite a cada miembro, en la consola, en «Groups».",
	},
	inbox.Copied: {
		"Perhaps it was copied. Its holder was asked; see “Cards in two places” in the console of %[1]s.", "Vielleicht wurde sie kopiert. Wem sie gehört, wurde gefragt; siehe „Cards in two places“ in der Verwaltung von %[1]s.",
		"Misschien is hij gekopieerd. De houder is gevraagd; zie ‘Cards in two places’ in het beheer van %[1]s.", "Elle a peut-être été copiée. Son titulaire a été interrogé ; voir « Cards in two places » dans la console de %[1]s.",
		"Quizá la hayan copiado. Se ha preguntado a su titular; vea «Cards in two places» en la consola de %[1]s.",
	},
	inbox.Access: {
		"Look at the places of %[1]s that are open to you now.", "Sehen Sie nach, welche Orte von %[1]s jetzt für Sie offen sind.",
		"Bekijk welke plaatsen van %[1]s nu voor u openstaan.", "Voyez quels lieux de %[1]s vous sont ouverts maintenant.",
		"Vea qué lugares de %[1]s están abiertos para usted ahora.",
	},
	inbox.Ended: {
		"You cannot charge at %[1]s at the moment. You still see everything that was yours.", "Sie können bei %[1]s zurzeit nicht laden. Sie sehen weiterhin alles, was Ihres war.",
		"U kunt nu niet laden bij %[1]s. U ziet nog alles wat van u was.", "Vous ne pouvez pas recharger chez %[1]s pour le moment. Vous voyez toujours tout ce qui était à vous.",
		"Ahora mismo no puede cargar en %[1]s. Sigue viendo todo lo que era suyo.",
	},
	inbox.Requests: {
		"They cannot charge at %[1]s until somebody decides.", "Sie können bei %[1]s nicht laden, bis jemand entscheidet.",
		"Zij kunnen niet laden bij %[1]s tot iemand beslist.", "Elles ne peuvent pas recharger chez %[1]s avant une décision.",
		"No pueden cargar en %[1]s hasta que alguien decida.",
	},
	inbox.Back: {
		"You may charge at %[1]s again.", "Sie dürfen bei %[1]s wieder laden.", "U mag weer laden bij %[1]s.", "Vous pouvez de nouveau recharger chez %[1]s.", "Puede volver a cargar en %[1]s.",
	},
}

// one is what messages of a kind say that are about one person and not many:
// title and text.
var one = map[inbox.Kind][2]said{
	inbox.Requests: {
		{"Somebody waits for approval", "Jemand wartet auf Freigabe", "Iemand wacht op goedkeuring", "Une personne attend une approbation", "Alguien espera aprobación"},
		{
			"They cannot charge at %[1]s until somebody decides.", "Diese Person kann bei %[1]s nicht laden, bis jemand entscheidet.",
			"Deze persoon kan niet laden bij %[1]s tot iemand beslist.", "Cette personne ne peut pas recharger chez %[1]s avant une décision.",
			"Esta persona no puede cargar en %[1]s hasta que alguien decida.",
		},
	},
}

// Words is what a message says, in a language or in English.
func Words(k inbox.Kind, language, operator string, about map[string]string) (title, text string) {
	what := cmp.Or(about["card"], about["count"], about["name"])
	if w, ok := one[k]; ok && about["count"] == "1" {
		return w[0].in(language, operator, what), w[1].in(language, operator, what)
	}
	return titles[k].in(language, operator, what), texts[k].in(language, operator, what)
}

// Leads is the page on which a reader of the workspace's can do something about
// a message.
func Leads(k inbox.Kind, slug string) string {
	switch k {
	case inbox.Copied:
		return "/w/" + url.PathEscape(slug) + "/cards/doubts"
	case inbox.Doubted, inbox.Proposed:
		return "/my?w=" + url.QueryEscape(slug)
	case inbox.Review:
		return "/w/" + url.PathEscape(slug) + "/groups"
	case inbox.Requests:
		return "/w/" + url.PathEscape(slug) + "/approvals"
	default:
		return "/my/messages?w=" + url.QueryEscape(slug)
	}
}
