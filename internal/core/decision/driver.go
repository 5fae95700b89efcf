package decision

// lines say a refusal to the driver, at the charger, in one short line.
var lines = map[string]map[Reason]string{
	"en": {
		UnknownCard: "This card is not known here.", CardInactive: "This card is not activated.", CardBlocked: "This card is blocked.", CardSuspended: "This card is suspended.",
		CardExpired: "This card has expired.", CardNotYetValid: "This card is not valid yet.", UserNotActive: "Please activate your account first.", UserDeactivated: "Your access has ended.",
		AccountClosed: "Your account is closed.", AccountEnded: "Your account has ended.", AccountPlace: "Your account does not cover this place.",
		NotThisPlace: "You have no access here.", NotThisTime: "You have no access at this time.", Concurrent: "Your card is charging elsewhere.", NoCredit: "Your budget is used up.",
	},
	"de": {
		UnknownCard: "Diese Karte ist hier nicht bekannt.", CardInactive: "Diese Karte ist nicht aktiviert.", CardBlocked: "Diese Karte ist gesperrt.", CardSuspended: "Diese Karte ist vorläufig gesperrt.",
		CardExpired: "Diese Karte ist abgelaufen.", CardNotYetValid: "Diese Karte gilt noch nicht.", UserNotActive: "Bitte aktivieren Sie zuerst Ihren Zugang.", UserDeactivated: "Ihr Zugang ist beendet.",
		AccountClosed: "Ihr Konto ist geschlossen.", AccountEnded: "Ihr Konto ist ausgelaufen.", AccountPlace: "Ihr Konto gilt nicht an diesem Ort.",
		NotThisPlace: "Sie haben hier keinen Zugang.", NotThisTime: "Sie haben um diese Zeit keinen Zugang.", Concurrent: "Ihre Karte lädt bereits woanders.", NoCredit: "Ihr Budget ist aufgebraucht.",
	},
	"nl": {
		UnknownCard: "Deze pas is hier niet bekend.", CardInactive: "Deze pas is niet geactiveerd.", CardBlocked: "Deze pas is geblokkeerd.", CardSuspended: "Deze pas is tijdelijk geblokkeerd.",
		CardExpired: "Deze pas is verlopen.", CardNotYetValid: "Deze pas is nog niet geldig.", UserNotActive: "Activeer eerst uw toegang.", UserDeactivated: "Uw toegang is beëindigd.",
		AccountClosed: "Uw account is gesloten.", AccountEnded: "Uw account is afgelopen.", AccountPlace: "Uw account geldt niet op deze plek.",
		NotThisPlace: "U heeft hier geen toegang.", NotThisTime: "U heeft op dit moment geen toegang.", Concurrent: "Uw pas laadt al ergens anders.", NoCredit: "Uw budget is op.",
	},
	"fr": {
		UnknownCard: "Cette carte n’est pas connue ici.", CardInactive: "Cette carte n’est pas activée.", CardBlocked: "Cette carte est bloquée.", CardSuspended: "Cette carte est suspendue.",
		CardExpired: "Cette carte a expiré.", CardNotYetValid: "Cette carte n’est pas encore valable.", UserNotActive: "Activez d’abord votre accès.", UserDeactivated: "Votre accès a pris fin.",
		AccountClosed: "Votre compte est fermé.", AccountEnded: "Votre compte a pris fin.", AccountPlace: "Votre compte ne couvre pas ce lieu.",
		NotThisPlace: "Vous n’avez pas accès ici.", NotThisTime: "Vous n’avez pas accès à cette heure.", Concurrent: "Votre carte est déjà en charge ailleurs.", NoCredit: "Votre budget est épuisé.",
	},
	"es": {
		UnknownCard: "Esta tarjeta no se conoce aquí.", CardInactive: "Esta tarjeta no está activada.", CardBlocked: "Esta tarjeta está bloqueada.", CardSuspended: "Esta tarjeta está suspendida.",
		CardExpired: "Esta tarjeta ha caducado.", CardNotYetValid: "Esta tarjeta aún no es válida.", UserNotActive: "Active primero su acceso.", UserDeactivated: "Su acceso ha terminado.",
		AccountClosed: "Su cuenta está cerrada.", AccountEnded: "Su cuenta ha terminado.", AccountPlace: "Su cuenta no cubre este lugar.",
		NotThisPlace: "No tiene acceso aquí.", NotThisTime: "No tiene acceso a esta hora.", Concurrent: "Su tarjeta ya está cargando en otro lugar.", NoCredit: "Su presupuesto está agotado.",
	},
}

// Line says a refusal to the driver in one short line of a language, English if
// there is none in it; "" for [Allowed].
func (r Reason) Line(language string) string {
	if of, ok := lines[language]; ok {
		return of[r]
	}
	return lines["en"][r]
}
