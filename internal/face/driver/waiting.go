package driver

import "involt/internal/core/person"

// reason is why somebody cannot charge, as they read it.
type reason struct{ title, say text }

// why says why the person cannot charge who still may look.
func (p *page) why() reason {
	switch p.seat.Person.Status {
	case person.ToBeApproved:
		return reason{waitTitle, waitText}
	case person.Declined:
		return reason{declinedTitle, declinedText}
	default:
		return reason{endedTitle, endedText}
	}
}

var (
	asked         = text{"Your request is with %s.", "Ihre Anfrage ist bei %s.", "Uw aanvraag ligt bij %s.", "Votre demande est chez %s.", "Su solicitud está en %s."}
	waitTitle     = text{"Waiting for approval", "Wartet auf Freigabe", "Wacht op goedkeuring", "En attente d’approbation", "A la espera de aprobación"}
	waitText      = text{"%s has your request and decides about it. You get a mail as soon as it is decided; until then you cannot charge there.", "%s hat Ihre Anfrage und entscheidet darüber. Sie bekommen eine Mail, sobald entschieden ist; bis dahin können Sie dort nicht laden.", "%s heeft uw aanvraag en beslist erover. U krijgt een mail zodra er is beslist; tot die tijd kunt u daar niet laden.", "%s a reçu votre demande et va y répondre. Vous recevrez un message dès que ce sera fait ; d’ici là, vous ne pouvez pas y recharger.", "%s tiene su solicitud y decidirá. Recibirá un mensaje en cuanto haya una decisión; hasta entonces no puede cargar allí."}
	declinedTitle = text{"Your request was declined", "Ihre Anfrage wurde abgelehnt", "Uw aanvraag is afgewezen", "Votre demande a été refusée", "Su solicitud ha sido rechazada"}
	declinedText  = text{"%s has declined your request; the mail about it says more. What you told them is erased after 30 days. You may ask again.", "%s hat Ihre Anfrage abgelehnt; mehr steht in der Mail dazu. Ihre Angaben werden nach 30 Tagen gelöscht. Sie dürfen noch einmal fragen.", "%s heeft uw aanvraag afgewezen; in de mail staat meer. Uw gegevens worden na 30 dagen gewist. U mag het opnieuw vragen.", "%s a refusé votre demande ; le message à ce sujet en dit plus. Vos données sont effacées au bout de 30 jours. Vous pouvez refaire une demande.", "%s ha rechazado su solicitud; el mensaje dice más. Sus datos se borran a los 30 días. Puede volver a pedirlo."}
)
