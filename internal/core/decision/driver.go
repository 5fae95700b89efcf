package decision

import "slices"

// lineLanguages are those of the lines, in their order.
var lineLanguages = []string{"en", "de", "nl", "fr", "es"}

// lines say a refusal to the driver, at the charger, in one short line.
var lines = map[Reason][5]string{
	UnknownCard:     {"This card is not known here.", "Diese Karte ist hier nicht bekannt.", "Deze pas is hier niet bekend.", "Cette carte n’est pas connue ici.", "Esta tarjeta no se conoce aquí."},
	CardInactive:    {"This card is not activated.", "Diese Karte ist nicht aktiviert.", "Deze pas is niet geactiveerd.", "Cette carte n’est pas activée.", "Esta tarjeta no está activada."},
	CardBlocked:     {"This card is blocked.", "Diese Karte ist gesperrt.", "Deze pas is geblokkeerd.", "Cette carte est bloquée.", "Esta tarjeta está bloqueada."},
	CardSuspended:   {"This card is suspended.", "Diese Karte ist vorläufig gesperrt.", "Deze pas is tijdelijk geblokkeerd.", "Cette carte est suspendue.", "Esta tarjeta está suspendida."},
	CardExpired:     {"This card has expired.", "Diese Karte ist abgelaufen.", "Deze pas is verlopen.", "Cette carte a expiré.", "Esta tarjeta ha caducado."},
	CardNotYetValid: {"This card is not valid yet.", "Diese Karte gilt noch nicht.", "Deze pas is nog niet geldig.", "Cette carte n’est pas encore valable.", "Esta tarjeta aún no es válida."},
	UserNotActive:   {"Please activate your account first.", "Bitte aktivieren Sie zuerst Ihren Zugang.", "Activeer eerst uw toegang.", "Activez d’abord votre accès.", "Active primero su acceso."},
	UserDeactivated: {"Your access has ended.", "Ihr Zugang ist beendet.", "Uw toegang is beëindigd.", "Votre accès a pris fin.", "Su acceso ha terminado."},
	UserNotYet:      {"Your access has not begun yet.", "Ihr Zugang hat noch nicht begonnen.", "Uw toegang is nog niet begonnen.", "Votre accès n’a pas encore commencé.", "Su acceso aún no ha comenzado."},
	AccountClosed:   {"Your account is closed.", "Ihr Konto ist geschlossen.", "Uw account is gesloten.", "Votre compte est fermé.", "Su cuenta está cerrada."},
	AccountEnded:    {"Your account has ended.", "Ihr Konto ist ausgelaufen.", "Uw account is afgelopen.", "Votre compte a pris fin.", "Su cuenta ha terminado."},
	AccountPlace:    {"Your account does not cover this place.", "Ihr Konto gilt nicht an diesem Ort.", "Uw account geldt niet op deze plek.", "Votre compte ne couvre pas ce lieu.", "Su cuenta no cubre este lugar."},
	NotThisPlace:    {"You have no access here.", "Sie haben hier keinen Zugang.", "U heeft hier geen toegang.", "Vous n’avez pas accès ici.", "No tiene acceso aquí."},
	NotThisTime:     {"You have no access at this time.", "Sie haben um diese Zeit keinen Zugang.", "U heeft op dit moment geen toegang.", "Vous n’avez pas accès à cette heure.", "No tiene acceso a esta hora."},
	CardDoubted:     {"Card on hold: was that you? See your app.", "Karte angehalten: Waren Sie das? Siehe App.", "Pas aangehouden: was u dat? Zie uw app.", "Carte retenue : était-ce vous ? Voir l’app.", "Tarjeta retenida: ¿fue usted? Vea la app."},
	Concurrent:      {"Your card is charging elsewhere.", "Ihre Karte lädt bereits woanders.", "Uw pas laadt al ergens anders.", "Votre carte est déjà en charge ailleurs.", "Su tarjeta ya está cargando en otro lugar."},
	NoCredit:        {"Your budget is used up.", "Ihr Budget ist aufgebraucht.", "Uw budget is op.", "Votre budget est épuisé.", "Su presupuesto está agotado."},
	Away:            {"Not possible right now. Please try later.", "Zurzeit nicht möglich. Bitte später versuchen.", "Nu niet mogelijk. Probeer het later.", "Impossible pour le moment. Réessayez plus tard.", "No es posible ahora. Inténtelo más tarde."},
	CardLearned:     {"Card learned. Hold it there once more.", "Karte gelernt. Bitte noch einmal vorhalten.", "Pas geleerd. Houd hem er nog eens voor.", "Carte apprise. Présentez-la encore une fois.", "Tarjeta aprendida. Acérquela otra vez."},
	// The words for an unknown card: whoever guesses learns nothing.
	TooManyTries: {"This card is not known here.", "Diese Karte ist hier nicht bekannt.", "Deze pas is hier niet bekend.", "Cette carte n’est pas connue ici.", "Esta tarjeta no se conoce aquí."},
}

// Line says a refusal to the driver in one short line of a language, English if
// there is none in it; "" for [Allowed].
func (r Reason) Line(language string) string {
	return lines[r][max(0, slices.Index(lineLanguages, language))]
}
