// Package wording is what the mails say to people who ask to come in, in every
// language.
package wording

import "strings"

// Coming is one language of the mails to people who ask to come in. %[1]s stands
// for the workspace, or in the …NotMe for the address.
type Coming struct {
	Lang                                                                      string
	ConfirmSubject, ConfirmTitle, ConfirmText, ConfirmButton, ConfirmNotMe    string
	HereSubject, HereTitle, HereText, InvitedText, SignIn, HereNotMe          string
	WaitTitle, WaitText, EndedTitle, EndedText                                string
	MergeSubject, MergeTitle, MergeText                                       string
	ApprovedSubject, ApprovedTitle, ApprovedText, ApprovedButton, AnswerNotMe string
	DeclinedSubject, DeclinedTitle, DeclinedText                              string
}

// ComingOf returns the words of a language, or English.
func ComingOf(language string) *Coming {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	for i := range comings {
		if comings[i].Lang == language {
			return &comings[i]
		}
	}
	return &comings[0]
}

var comings = []Coming{
	{
		Lang:            "en",
		ConfirmSubject:  "Confirm your e-mail address for %[1]s",
		ConfirmTitle:    "You asked to charge at %[1]s",
		ConfirmText:     "Confirm that this is your mailbox and choose a password. Then %[1]s gets your request and decides about it.",
		ConfirmButton:   "Confirm my address",
		ConfirmNotMe:    "Was it not you? Then do nothing: without a password that you choose yourself the request is never sent, and what was typed is deleted. This mail was sent to %[1]s only.",
		HereSubject:     "You asked to charge at %[1]s",
		HereTitle:       "You are a user of %[1]s already",
		HereText:        "Somebody, probably you, asked for access to %[1]s with this address. You have it already: sign in with your password. If you no longer know it, ask the staff of %[1]s.",
		InvitedText:     "Somebody, probably you, asked for access to %[1]s with this address. You have been invited already. Ask the staff of %[1]s to send your invitation again.",
		SignIn:          "Sign in",
		HereNotMe:       "Was it not you? Then do nothing: nothing was changed. This mail was sent to %[1]s only.",
		WaitTitle:       "Your request to %[1]s is waiting",
		WaitText:        "You asked for access to %[1]s before, and your request has not been answered yet. You need not ask again; %[1]s will write to you.",
		EndedTitle:      "Your access to %[1]s has ended",
		EndedText:       "Somebody, probably you, asked for access to %[1]s with this address. It belongs to a user whose access was ended. Ask the staff of %[1]s whether they will open it again.",
		MergeSubject:    "Your card and %[1]s",
		MergeTitle:      "You are a user of %[1]s already",
		MergeText:       "Somebody, probably you, typed the code of a printed letter together with this address. You are a user of %[1]s already, so nothing was changed. Ask the staff of %[1]s to merge the card of the letter with you.",
		ApprovedSubject: "You are in: charge at %[1]s",
		ApprovedTitle:   "You are in",
		ApprovedText:    "%[1]s has approved your request. You may charge from now on.",
		ApprovedButton:  "See where I may charge",
		AnswerNotMe:     "You get this mail because somebody who could read this mailbox asked for access. It was sent to %[1]s only.",
		DeclinedSubject: "%[1]s has declined your request",
		DeclinedTitle:   "Your request was declined",
		DeclinedText:    "%[1]s has looked at your request and declined it. What you told us is erased after 30 days. If something has changed, you may ask again.",
	},
	{
		Lang:            "de",
		ConfirmSubject:  "Bestätigen Sie Ihre E-Mail-Adresse für %[1]s",
		ConfirmTitle:    "Sie möchten bei %[1]s laden",
		ConfirmText:     "Bestätigen Sie, dass dies Ihr Postfach ist, und wählen Sie ein Passwort. Dann bekommt %[1]s Ihre Anfrage und entscheidet darüber.",
		ConfirmButton:   "Adresse bestätigen",
		ConfirmNotMe:    "Waren Sie das nicht? Dann tun Sie einfach nichts: Ohne ein Passwort, das Sie selbst wählen, wird die Anfrage nie gestellt, und die Angaben werden gelöscht. Diese Mail ging nur an %[1]s.",
		HereSubject:     "Ihre Anfrage bei %[1]s",
		HereTitle:       "Sie sind schon Nutzer von %[1]s",
		HereText:        "Jemand, wahrscheinlich Sie, hat mit dieser Adresse um Zugang zu %[1]s gebeten. Sie haben ihn schon: Melden Sie sich mit Ihrem Passwort an. Wenn Sie es nicht mehr wissen, wenden Sie sich an %[1]s.",
		InvitedText:     "Jemand, wahrscheinlich Sie, hat mit dieser Adresse um Zugang zu %[1]s gebeten. Sie sind schon eingeladen. Bitten Sie %[1]s, Ihnen die Einladung noch einmal zu schicken.",
		SignIn:          "Anmelden",
		HereNotMe:       "Waren Sie das nicht? Dann tun Sie einfach nichts: Es wurde nichts geändert. Diese Mail ging nur an %[1]s.",
		WaitTitle:       "Ihre Anfrage bei %[1]s wartet",
		WaitText:        "Sie haben schon um Zugang zu %[1]s gebeten; die Anfrage ist noch nicht beantwortet. Sie brauchen nicht noch einmal zu fragen, %[1]s schreibt Ihnen.",
		EndedTitle:      "Ihr Zugang zu %[1]s wurde beendet",
		EndedText:       "Jemand, wahrscheinlich Sie, hat mit dieser Adresse um Zugang zu %[1]s gebeten. Sie gehört zu einem Nutzer, dessen Zugang beendet wurde. Fragen Sie %[1]s, ob er wieder geöffnet wird.",
		MergeSubject:    "Ihre Karte und %[1]s",
		MergeTitle:      "Sie sind schon Nutzer von %[1]s",
		MergeText:       "Jemand, wahrscheinlich Sie, hat den Code eines gedruckten Briefes zusammen mit dieser Adresse eingegeben. Sie sind schon Nutzer von %[1]s, deshalb wurde nichts geändert. Bitten Sie %[1]s, die Karte aus dem Brief mit Ihnen zusammenzuführen.",
		ApprovedSubject: "Sie sind dabei: Laden bei %[1]s",
		ApprovedTitle:   "Sie sind dabei",
		ApprovedText:    "%[1]s hat Ihrer Anfrage zugestimmt. Sie dürfen ab jetzt laden.",
		ApprovedButton:  "Zeigen, wo ich laden darf",
		AnswerNotMe:     "Sie bekommen diese Mail, weil jemand, der dieses Postfach lesen kann, um Zugang gebeten hat. Sie ging nur an %[1]s.",
		DeclinedSubject: "%[1]s hat Ihre Anfrage abgelehnt",
		DeclinedTitle:   "Ihre Anfrage wurde abgelehnt",
		DeclinedText:    "%[1]s hat Ihre Anfrage geprüft und abgelehnt. Ihre Angaben werden nach 30 Tagen gelöscht. Wenn sich etwas geändert hat, dürfen Sie noch einmal fragen.",
	},
	{
		Lang:            "nl",
		ConfirmSubject:  "Bevestig uw e-mailadres voor %[1]s",
		ConfirmTitle:    "U wilt laden bij %[1]s",
		ConfirmText:     "Bevestig dat dit uw mailbox is en kies een wachtwoord. Dan krijgt %[1]s uw aanvraag en beslist erover.",
		ConfirmButton:   "Mijn adres bevestigen",
		ConfirmNotMe:    "Was u dit niet? Doe dan niets: zonder een wachtwoord dat u zelf kiest wordt de aanvraag nooit verstuurd en worden de gegevens gewist. Deze mail is alleen aan %[1]s gestuurd.",
		HereSubject:     "Uw aanvraag bij %[1]s",
		HereTitle:       "U bent al gebruiker van %[1]s",
		HereText:        "Iemand, waarschijnlijk u, heeft met dit adres om toegang tot %[1]s gevraagd. U hebt die al: log in met uw wachtwoord. Weet u het niet meer, vraag het dan aan %[1]s.",
		InvitedText:     "Iemand, waarschijnlijk u, heeft met dit adres om toegang tot %[1]s gevraagd. U bent al uitgenodigd. Vraag %[1]s om de uitnodiging opnieuw te sturen.",
		SignIn:          "Inloggen",
		HereNotMe:       "Was u dit niet? Doe dan niets: er is niets veranderd. Deze mail is alleen aan %[1]s gestuurd.",
		WaitTitle:       "Uw aanvraag bij %[1]s wacht",
		WaitText:        "U hebt al eerder om toegang tot %[1]s gevraagd; die aanvraag is nog niet beantwoord. U hoeft het niet nog eens te vragen, %[1]s schrijft u.",
		EndedTitle:      "Uw toegang tot %[1]s is beëindigd",
		EndedText:       "Iemand, waarschijnlijk u, heeft met dit adres om toegang tot %[1]s gevraagd. Het hoort bij een gebruiker van wie de toegang is beëindigd. Vraag %[1]s of die weer wordt geopend.",
		MergeSubject:    "Uw pas en %[1]s",
		MergeTitle:      "U bent al gebruiker van %[1]s",
		MergeText:       "Iemand, waarschijnlijk u, heeft de code van een gedrukte brief samen met dit adres ingevoerd. U bent al gebruiker van %[1]s, daarom is er niets veranderd. Vraag %[1]s om de pas uit de brief met u samen te voegen.",
		ApprovedSubject: "U bent binnen: laden bij %[1]s",
		ApprovedTitle:   "U bent binnen",
		ApprovedText:    "%[1]s heeft uw aanvraag goedgekeurd. U mag vanaf nu laden.",
		ApprovedButton:  "Tonen waar ik mag laden",
		AnswerNotMe:     "U krijgt deze mail omdat iemand die deze mailbox kan lezen om toegang heeft gevraagd. Hij is alleen aan %[1]s gestuurd.",
		DeclinedSubject: "%[1]s heeft uw aanvraag afgewezen",
		DeclinedTitle:   "Uw aanvraag is afgewezen",
		DeclinedText:    "%[1]s heeft uw aanvraag bekeken en afgewezen. Uw gegevens worden na 30 dagen gewist. Is er iets veranderd, dan mag u het opnieuw vragen.",
	},
	{
		Lang:            "fr",
		ConfirmSubject:  "Confirmez votre adresse e-mail pour %[1]s",
		ConfirmTitle:    "Vous souhaitez recharger chez %[1]s",
		ConfirmText:     "Confirmez que cette boîte est la vôtre et choisissez un mot de passe. %[1]s recevra alors votre demande et y répondra.",
		ConfirmButton:   "Confirmer mon adresse",
		ConfirmNotMe:    "Ce n’était pas vous ? Ne faites rien : sans un mot de passe que vous choisissez, la demande n’est jamais transmise et les données saisies sont effacées. Ce message a été envoyé uniquement à %[1]s.",
		HereSubject:     "Votre demande auprès de %[1]s",
		HereTitle:       "Vous êtes déjà utilisateur de %[1]s",
		HereText:        "Quelqu’un, sans doute vous, a demandé un accès à %[1]s avec cette adresse. Vous l’avez déjà : connectez-vous avec votre mot de passe. Si vous l’avez oublié, adressez-vous à %[1]s.",
		InvitedText:     "Quelqu’un, sans doute vous, a demandé un accès à %[1]s avec cette adresse. Vous êtes déjà invité·e. Demandez à %[1]s de vous renvoyer l’invitation.",
		SignIn:          "Se connecter",
		HereNotMe:       "Ce n’était pas vous ? Ne faites rien : rien n’a été modifié. Ce message a été envoyé uniquement à %[1]s.",
		WaitTitle:       "Votre demande à %[1]s est en attente",
		WaitText:        "Vous avez déjà demandé un accès à %[1]s ; il n’y a pas encore de réponse. Inutile de redemander, %[1]s vous écrira.",
		EndedTitle:      "Votre accès à %[1]s a pris fin",
		EndedText:       "Quelqu’un, sans doute vous, a demandé un accès à %[1]s avec cette adresse. Elle appartient à un utilisateur dont l’accès a pris fin. Demandez à %[1]s s’il peut être rouvert.",
		MergeSubject:    "Votre carte et %[1]s",
		MergeTitle:      "Vous êtes déjà utilisateur de %[1]s",
		MergeText:       "Quelqu’un, sans doute vous, a saisi le code d’une lettre imprimée avec cette adresse. Vous êtes déjà utilisateur de %[1]s ; rien n’a donc été modifié. Demandez à %[1]s de réunir la carte de la lettre et votre compte.",
		ApprovedSubject: "C’est fait : rechargez chez %[1]s",
		ApprovedTitle:   "Votre accès est ouvert",
		ApprovedText:    "%[1]s a accepté votre demande. Vous pouvez recharger dès maintenant.",
		ApprovedButton:  "Voir où je peux recharger",
		AnswerNotMe:     "Vous recevez ce message parce qu’une personne ayant accès à cette boîte a demandé un accès. Il a été envoyé uniquement à %[1]s.",
		DeclinedSubject: "%[1]s a refusé votre demande",
		DeclinedTitle:   "Votre demande a été refusée",
		DeclinedText:    "%[1]s a examiné votre demande et l’a refusée. Vos données sont effacées au bout de 30 jours. Si la situation a changé, vous pouvez refaire une demande.",
	},
	{
		Lang:            "es",
		ConfirmSubject:  "Confirme su correo electrónico para %[1]s",
		ConfirmTitle:    "Ha pedido cargar en %[1]s",
		ConfirmText:     "Confirme que este buzón es suyo y elija una contraseña. Entonces %[1]s recibirá su solicitud y decidirá.",
		ConfirmButton:   "Confirmar mi dirección",
		ConfirmNotMe:    "¿No ha sido usted? No haga nada: sin una contraseña elegida por usted la solicitud nunca se envía y los datos se borran. Este mensaje se ha enviado solo a %[1]s.",
		HereSubject:     "Su solicitud a %[1]s",
		HereTitle:       "Ya es usuario de %[1]s",
		HereText:        "Alguien, probablemente usted, ha pedido acceso a %[1]s con esta dirección. Ya lo tiene: inicie sesión con su contraseña. Si no la recuerda, pregunte a %[1]s.",
		InvitedText:     "Alguien, probablemente usted, ha pedido acceso a %[1]s con esta dirección. Ya está invitado. Pida a %[1]s que le envíe de nuevo la invitación.",
		SignIn:          "Iniciar sesión",
		HereNotMe:       "¿No ha sido usted? No haga nada: no se ha cambiado nada. Este mensaje se ha enviado solo a %[1]s.",
		WaitTitle:       "Su solicitud a %[1]s está en espera",
		WaitText:        "Ya pidió acceso a %[1]s y su solicitud aún no tiene respuesta. No hace falta que la repita; %[1]s le escribirá.",
		EndedTitle:      "Su acceso a %[1]s ha terminado",
		EndedText:       "Alguien, probablemente usted, ha pedido acceso a %[1]s con esta dirección. Pertenece a un usuario cuyo acceso ha terminado. Pregunte a %[1]s si se puede volver a abrir.",
		MergeSubject:    "Su tarjeta y %[1]s",
		MergeTitle:      "Ya es usuario de %[1]s",
		MergeText:       "Alguien, probablemente usted, ha escrito el código de una carta impresa junto con esta dirección. Ya es usuario de %[1]s, por eso no se ha cambiado nada. Pida a %[1]s que una la tarjeta de la carta con su cuenta.",
		ApprovedSubject: "Ya puede cargar en %[1]s",
		ApprovedTitle:   "Su acceso está abierto",
		ApprovedText:    "%[1]s ha aprobado su solicitud. Puede cargar desde ahora.",
		ApprovedButton:  "Ver dónde puedo cargar",
		AnswerNotMe:     "Recibe este mensaje porque alguien que puede leer este buzón pidió acceso. Se ha enviado solo a %[1]s.",
		DeclinedSubject: "%[1]s ha rechazado su solicitud",
		DeclinedTitle:   "Su solicitud ha sido rechazada",
		DeclinedText:    "%[1]s ha estudiado su solicitud y la ha rechazado. Sus datos se borran a los 30 días. Si algo ha cambiado, puede volver a pedirlo.",
	},
}
