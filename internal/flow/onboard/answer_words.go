package onboard

import "strings"

// coming is one language of the mails to people who ask to come in. %[1]s stands
// for the workspace, or in the …NotMe for the address.
type coming struct {
	lang                                                                      string
	confirmSubject, confirmTitle, confirmText, confirmButton, confirmNotMe    string
	hereSubject, hereTitle, hereText, invitedText, signIn, hereNotMe          string
	waitTitle, waitText, endedTitle, endedText                                string
	mergeSubject, mergeTitle, mergeText                                       string
	approvedSubject, approvedTitle, approvedText, approvedButton, answerNotMe string
	declinedSubject, declinedTitle, declinedText                              string
}

// comingOf returns the words of a language, or English.
func comingOf(language string) *coming {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	for i := range comings {
		if comings[i].lang == language {
			return &comings[i]
		}
	}
	return &comings[0]
}

var comings = []coming{
	{
		lang:            "en",
		confirmSubject:  "Confirm your e-mail address for %[1]s",
		confirmTitle:    "You asked to charge at %[1]s",
		confirmText:     "Confirm that this is your mailbox and choose a password. Then %[1]s gets your request and decides about it.",
		confirmButton:   "Confirm my address",
		confirmNotMe:    "Was it not you? Then do nothing: without a password that you choose yourself the request is never sent, and what was typed is deleted. This mail was sent to %[1]s only.",
		hereSubject:     "You asked to charge at %[1]s",
		hereTitle:       "You are a user of %[1]s already",
		hereText:        "Somebody, probably you, asked for access to %[1]s with this address. You have it already: sign in with your password. If you no longer know it, ask the staff of %[1]s.",
		invitedText:     "Somebody, probably you, asked for access to %[1]s with this address. You have been invited already. Ask the staff of %[1]s to send your invitation again.",
		signIn:          "Sign in",
		hereNotMe:       "Was it not you? Then do nothing: nothing was changed. This mail was sent to %[1]s only.",
		waitTitle:       "Your request to %[1]s is waiting",
		waitText:        "You asked for access to %[1]s before, and your request has not been answered yet. You need not ask again; %[1]s will write to you.",
		endedTitle:      "Your access to %[1]s has ended",
		endedText:       "Somebody, probably you, asked for access to %[1]s with this address. It belongs to a user whose access was ended. Ask the staff of %[1]s whether they will open it again.",
		mergeSubject:    "Your card and %[1]s",
		mergeTitle:      "You are a user of %[1]s already",
		mergeText:       "Somebody, probably you, typed the code of a printed letter together with this address. You are a user of %[1]s already, so nothing was changed. Ask the staff of %[1]s to merge the card of the letter with you.",
		approvedSubject: "You are in: charge at %[1]s",
		approvedTitle:   "You are in",
		approvedText:    "%[1]s has approved your request. You may charge from now on.",
		approvedButton:  "See where I may charge",
		answerNotMe:     "You get this mail because somebody who could read this mailbox asked for access. It was sent to %[1]s only.",
		declinedSubject: "%[1]s has declined your request",
		declinedTitle:   "Your request was declined",
		declinedText:    "%[1]s has looked at your request and declined it. What you told us is erased after 30 days. If something has changed, you may ask again.",
	},
	{
		lang:            "de",
		confirmSubject:  "Bestätigen Sie Ihre E-Mail-Adresse für %[1]s",
		confirmTitle:    "Sie möchten bei %[1]s laden",
		confirmText:     "Bestätigen Sie, dass dies Ihr Postfach ist, und wählen Sie ein Passwort. Dann bekommt %[1]s Ihre Anfrage und entscheidet darüber.",
		confirmButton:   "Adresse bestätigen",
		confirmNotMe:    "Waren Sie das nicht? Dann tun Sie einfach nichts: Ohne ein Passwort, das Sie selbst wählen, wird die Anfrage nie gestellt, und die Angaben werden gelöscht. Diese Mail ging nur an %[1]s.",
		hereSubject:     "Ihre Anfrage bei %[1]s",
		hereTitle:       "Sie sind schon Nutzer von %[1]s",
		hereText:        "Jemand, wahrscheinlich Sie, hat mit dieser Adresse um Zugang zu %[1]s gebeten. Sie haben ihn schon: Melden Sie sich mit Ihrem Passwort an. Wenn Sie es nicht mehr wissen, wenden Sie sich an %[1]s.",
		invitedText:     "Jemand, wahrscheinlich Sie, hat mit dieser Adresse um Zugang zu %[1]s gebeten. Sie sind schon eingeladen. Bitten Sie %[1]s, Ihnen die Einladung noch einmal zu schicken.",
		signIn:          "Anmelden",
		hereNotMe:       "Waren Sie das nicht? Dann tun Sie einfach nichts: Es wurde nichts geändert. Diese Mail ging nur an %[1]s.",
		waitTitle:       "Ihre Anfrage bei %[1]s wartet",
		waitText:        "Sie haben schon um Zugang zu %[1]s gebeten; die Anfrage ist noch nicht beantwortet. Sie brauchen nicht noch einmal zu fragen, %[1]s schreibt Ihnen.",
		endedTitle:      "Ihr Zugang zu %[1]s wurde beendet",
		endedText:       "Jemand, wahrscheinlich Sie, hat mit dieser Adresse um Zugang zu %[1]s gebeten. Sie gehört zu einem Nutzer, dessen Zugang beendet wurde. Fragen Sie %[1]s, ob er wieder geöffnet wird.",
		mergeSubject:    "Ihre Karte und %[1]s",
		mergeTitle:      "Sie sind schon Nutzer von %[1]s",
		mergeText:       "Jemand, wahrscheinlich Sie, hat den Code eines gedruckten Briefes zusammen mit dieser Adresse eingegeben. Sie sind schon Nutzer von %[1]s, deshalb wurde nichts geändert. Bitten Sie %[1]s, die Karte aus dem Brief mit Ihnen zusammenzuführen.",
		approvedSubject: "Sie sind dabei: Laden bei %[1]s",
		approvedTitle:   "Sie sind dabei",
		approvedText:    "%[1]s hat Ihrer Anfrage zugestimmt. Sie dürfen ab jetzt laden.",
		approvedButton:  "Zeigen, wo ich laden darf",
		answerNotMe:     "Sie bekommen diese Mail, weil jemand, der dieses Postfach lesen kann, um Zugang gebeten hat. Sie ging nur an %[1]s.",
		declinedSubject: "%[1]s hat Ihre Anfrage abgelehnt",
		declinedTitle:   "Ihre Anfrage wurde abgelehnt",
		declinedText:    "%[1]s hat Ihre Anfrage geprüft und abgelehnt. Ihre Angaben werden nach 30 Tagen gelöscht. Wenn sich etwas geändert hat, dürfen Sie noch einmal fragen.",
	},
	{
		lang:            "nl",
		confirmSubject:  "Bevestig uw e-mailadres voor %[1]s",
		confirmTitle:    "U wilt laden bij %[1]s",
		confirmText:     "Bevestig dat dit uw mailbox is en kies een wachtwoord. Dan krijgt %[1]s uw aanvraag en beslist erover.",
		confirmButton:   "Mijn adres bevestigen",
		confirmNotMe:    "Was u dit niet? Doe dan niets: zonder een wachtwoord dat u zelf kiest wordt de aanvraag nooit verstuurd en worden de gegevens gewist. Deze mail is alleen aan %[1]s gestuurd.",
		hereSubject:     "Uw aanvraag bij %[1]s",
		hereTitle:       "U bent al gebruiker van %[1]s",
		hereText:        "Iemand, waarschijnlijk u, heeft met dit adres om toegang tot %[1]s gevraagd. U hebt die al: log in met uw wachtwoord. Weet u het niet meer, vraag het dan aan %[1]s.",
		invitedText:     "Iemand, waarschijnlijk u, heeft met dit adres om toegang tot %[1]s gevraagd. U bent al uitgenodigd. Vraag %[1]s om de uitnodiging opnieuw te sturen.",
		signIn:          "Inloggen",
		hereNotMe:       "Was u dit niet? Doe dan niets: er is niets veranderd. Deze mail is alleen aan %[1]s gestuurd.",
		waitTitle:       "Uw aanvraag bij %[1]s wacht",
		waitText:        "U hebt al eerder om toegang tot %[1]s gevraagd; die aanvraag is nog niet beantwoord. U hoeft het niet nog eens te vragen, %[1]s schrijft u.",
		endedTitle:      "Uw toegang tot %[1]s is beëindigd",
		endedText:       "Iemand, waarschijnlijk u, heeft met dit adres om toegang tot %[1]s gevraagd. Het hoort bij een gebruiker van wie de toegang is beëindigd. Vraag %[1]s of die weer wordt geopend.",
		mergeSubject:    "Uw pas en %[1]s",
		mergeTitle:      "U bent al gebruiker van %[1]s",
		mergeText:       "Iemand, waarschijnlijk u, heeft de code van een gedrukte brief samen met dit adres ingevoerd. U bent al gebruiker van %[1]s, daarom is er niets veranderd. Vraag %[1]s om de pas uit de brief met u samen te voegen.",
		approvedSubject: "U bent binnen: laden bij %[1]s",
		approvedTitle:   "U bent binnen",
		approvedText:    "%[1]s heeft uw aanvraag goedgekeurd. U mag vanaf nu laden.",
		approvedButton:  "Tonen waar ik mag laden",
		answerNotMe:     "U krijgt deze mail omdat iemand die deze mailbox kan lezen om toegang heeft gevraagd. Hij is alleen aan %[1]s gestuurd.",
		declinedSubject: "%[1]s heeft uw aanvraag afgewezen",
		declinedTitle:   "Uw aanvraag is afgewezen",
		declinedText:    "%[1]s heeft uw aanvraag bekeken en afgewezen. Uw gegevens worden na 30 dagen gewist. Is er iets veranderd, dan mag u het opnieuw vragen.",
	},
	{
		lang:            "fr",
		confirmSubject:  "Confirmez votre adresse e-mail pour %[1]s",
		confirmTitle:    "Vous souhaitez recharger chez %[1]s",
		confirmText:     "Confirmez que cette boîte est la vôtre et choisissez un mot de passe. %[1]s recevra alors votre demande et y répondra.",
		confirmButton:   "Confirmer mon adresse",
		confirmNotMe:    "Ce n’était pas vous ? Ne faites rien : sans un mot de passe que vous choisissez, la demande n’est jamais transmise et les données saisies sont effacées. Ce message a été envoyé uniquement à %[1]s.",
		hereSubject:     "Votre demande auprès de %[1]s",
		hereTitle:       "Vous êtes déjà utilisateur de %[1]s",
		hereText:        "Quelqu’un, sans doute vous, a demandé un accès à %[1]s avec cette adresse. Vous l’avez déjà : connectez-vous avec votre mot de passe. Si vous l’avez oublié, adressez-vous à %[1]s.",
		invitedText:     "Quelqu’un, sans doute vous, a demandé un accès à %[1]s avec cette adresse. Vous êtes déjà invité·e. Demandez à %[1]s de vous renvoyer l’invitation.",
		signIn:          "Se connecter",
		hereNotMe:       "Ce n’était pas vous ? Ne faites rien : rien n’a été modifié. Ce message a été envoyé uniquement à %[1]s.",
		waitTitle:       "Votre demande à %[1]s est en attente",
		waitText:        "Vous avez déjà demandé un accès à %[1]s ; il n’y a pas encore de réponse. Inutile de redemander, %[1]s vous écrira.",
		endedTitle:      "Votre accès à %[1]s a pris fin",
		endedText:       "Quelqu’un, sans doute vous, a demandé un accès à %[1]s avec cette adresse. Elle appartient à un utilisateur dont l’accès a pris fin. Demandez à %[1]s s’il peut être rouvert.",
		mergeSubject:    "Votre carte et %[1]s",
		mergeTitle:      "Vous êtes déjà utilisateur de %[1]s",
		mergeText:       "Quelqu’un, sans doute vous, a saisi le code d’une lettre imprimée avec cette adresse. Vous êtes déjà utilisateur de %[1]s ; rien n’a donc été modifié. Demandez à %[1]s de réunir la carte de la lettre et votre compte.",
		approvedSubject: "C’est fait : rechargez chez %[1]s",
		approvedTitle:   "Votre accès est ouvert",
		approvedText:    "%[1]s a accepté votre demande. Vous pouvez recharger dès maintenant.",
		approvedButton:  "Voir où je peux recharger",
		answerNotMe:     "Vous recevez ce message parce qu’une personne ayant accès à cette boîte a demandé un accès. Il a été envoyé uniquement à %[1]s.",
		declinedSubject: "%[1]s a refusé votre demande",
		declinedTitle:   "Votre demande a été refusée",
		declinedText:    "%[1]s a examiné votre demande et l’a refusée. Vos données sont effacées au bout de 30 jours. Si la situation a changé, vous pouvez refaire une demande.",
	},
	{
		lang:            "es",
		confirmSubject:  "Confirme su correo electrónico para %[1]s",
		confirmTitle:    "Ha pedido cargar en %[1]s",
		confirmText:     "Confirme que este buzón es suyo y elija una contraseña. Entonces %[1]s recibirá su solicitud y decidirá.",
		confirmButton:   "Confirmar mi dirección",
		confirmNotMe:    "¿No ha sido usted? No haga nada: sin una contraseña elegida por usted la solicitud nunca se envía y los datos se borran. Este mensaje se ha enviado solo a %[1]s.",
		hereSubject:     "Su solicitud a %[1]s",
		hereTitle:       "Ya es usuario de %[1]s",
		hereText:        "Alguien, probablemente usted, ha pedido acceso a %[1]s con esta dirección. Ya lo tiene: inicie sesión con su contraseña. Si no la recuerda, pregunte a %[1]s.",
		invitedText:     "Alguien, probablemente usted, ha pedido acceso a %[1]s con esta dirección. Ya está invitado. Pida a %[1]s que le envíe de nuevo la invitación.",
		signIn:          "Iniciar sesión",
		hereNotMe:       "¿No ha sido usted? No haga nada: no se ha cambiado nada. Este mensaje se ha enviado solo a %[1]s.",
		waitTitle:       "Su solicitud a %[1]s está en espera",
		waitText:        "Ya pidió acceso a %[1]s y su solicitud aún no tiene respuesta. No hace falta que la repita; %[1]s le escribirá.",
		endedTitle:      "Su acceso a %[1]s ha terminado",
		endedText:       "Alguien, probablemente usted, ha pedido acceso a %[1]s con esta dirección. Pertenece a un usuario cuyo acceso ha terminado. Pregunte a %[1]s si se puede volver a abrir.",
		mergeSubject:    "Su tarjeta y %[1]s",
		mergeTitle:      "Ya es usuario de %[1]s",
		mergeText:       "Alguien, probablemente usted, ha escrito el código de una carta impresa junto con esta dirección. Ya es usuario de %[1]s, por eso no se ha cambiado nada. Pida a %[1]s que una la tarjeta de la carta con su cuenta.",
		approvedSubject: "Ya puede cargar en %[1]s",
		approvedTitle:   "Su acceso está abierto",
		approvedText:    "%[1]s ha aprobado su solicitud. Puede cargar desde ahora.",
		approvedButton:  "Ver dónde puedo cargar",
		answerNotMe:     "Recibe este mensaje porque alguien que puede leer este buzón pidió acceso. Se ha enviado solo a %[1]s.",
		declinedSubject: "%[1]s ha rechazado su solicitud",
		declinedTitle:   "Su solicitud ha sido rechazada",
		declinedText:    "%[1]s ha estudiado su solicitud y la ha rechazado. Sus datos se borran a los 30 días. Si algo ha cambiado, puede volver a pedirlo.",
	},
}
