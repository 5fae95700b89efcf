package door

import (
	"net/http"

	"involt/internal/core/inbox"
	"involt/internal/face/ui"
	"involt/internal/flow/tell"
	"involt/internal/kit/errs"
)

// ending is the page of the link that ends mails which nobody has to get.
type ending struct {
	plain  ui.PlainProps
	action string
	title  string
	text   string
	done   bool
	again  string // where somebody who signs in may turn them on again
}

// stopPage asks, and changes nothing: scanners follow links.
func (d *Door) stopPage(w http.ResponseWriter, r *http.Request) error {
	p, err := d.Tell.LookStop(r.Context(), r.PathValue("token"))
	return d.showStop(w, r, &p, err)
}

// stop ends them. The link in the address is the proof: neither a session nor a
// nonce is asked for, and the body does not matter.
func (d *Door) stop(w http.ResponseWriter, r *http.Request) error {
	p, err := d.Tell.Stop(r.Context(), r.PathValue("token"))
	return d.showStop(w, r, &p, err)
}

func (d *Door) showStop(w http.ResponseWriter, r *http.Request, p *tell.Stopping, err error) error {
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return ui.Render(w, r, http.StatusNotFound, message(plain(r, ""), stopNoneTitle.in(r.Context()), stopNoneText.in(r.Context()), nil))
	}
	if err != nil {
		return err
	}
	r = r.WithContext(ui.WithReader(r.Context(), reader(r, p.Language, nil)))
	ctx := r.Context()
	what := stopWhat[p.Class]
	e := ending{plain: plain(r, p.Operator.Name), action: here(r), title: what.title.in(ctx, p.Operator.Name), text: what.text.in(ctx), again: "/my/messages?w=" + p.Operator.Slug}
	if e.done = p.Off; e.done {
		e.title, e.text = stoppedTitle.in(ctx), what.done.in(ctx, p.Operator.Name)
	}
	return ui.Render(w, r, http.StatusOK, stopForm(e))
}

// stopWhat says what ends, by class.
var stopWhat = map[string]struct{ title, text, done text }{
	inbox.Approvals: {stopApprovals, stopApprovalsText, stoppedApprovals},
	inbox.News:      {stopNews, stopNewsText, stoppedNews},
}

// The sentences of the page.
var (
	stopApprovals     = text{"Stop mails about people who wait for approval at %s?", "Mails über Personen, die bei %s auf Freigabe warten, abbestellen?", "Mails over mensen die bij %s op goedkeuring wachten stopzetten?", "Ne plus recevoir de messages sur les personnes en attente chez %s ?", "¿Dejar de recibir mensajes sobre personas que esperan aprobación en %s?"}
	stopApprovalsText = text{"People who ask are still listed under Approvals, and in your messages.", "Wer anfragt, steht weiterhin unter den Freigaben und in Ihren Nachrichten.", "Wie een aanvraag doet, staat nog steeds bij de goedkeuringen en in uw berichten.", "Les demandes restent visibles dans les approbations et dans vos messages.", "Las solicitudes siguen en la lista de aprobaciones y en sus mensajes."}
	stopNews          = text{"Stop news from %s?", "Neuigkeiten von %s abbestellen?", "Nieuws van %s stopzetten?", "Ne plus recevoir les nouvelles de %s ?", "¿Dejar de recibir novedades de %s?"}
	stopNewsText      = text{"Mails about your access, your cards and your account come in any case.", "Mails zu Ihrem Zugang, Ihren Karten und Ihrem Konto kommen in jedem Fall.", "Mails over uw toegang, uw passen en uw account komen altijd.", "Les messages sur votre accès, vos cartes et votre compte arrivent dans tous les cas.", "Los correos sobre su acceso, sus tarjetas y su cuenta llegan siempre."}
	stopVerb          = text{"Stop these mails", "Abbestellen", "Stopzetten", "Ne plus les recevoir", "Dejar de recibirlos"}
	stoppedTitle      = text{"You no longer get these mails", "Sie bekommen diese Mails nicht mehr", "U krijgt deze mails niet meer", "Vous ne recevrez plus ces messages", "Ya no recibirá estos mensajes"}
	stoppedApprovals  = text{"No more mails about people who wait for approval at %s. You can turn them on again among your messages.", "Keine Mails mehr über Personen, die bei %s auf Freigabe warten. Bei Ihren Nachrichten können Sie sie wieder einschalten.", "Geen mails meer over mensen die bij %s op goedkeuring wachten. Bij uw berichten kunt u ze weer aanzetten.", "Plus de messages sur les personnes en attente chez %s. Vous pouvez les réactiver dans vos messages.", "No habrá más mensajes sobre personas que esperan aprobación en %s. Puede volver a activarlos en sus mensajes."}
	stoppedNews       = text{"No more news from %s by e-mail. You can turn them on again among your messages.", "Keine Neuigkeiten von %s mehr per E-Mail. Bei Ihren Nachrichten können Sie sie wieder einschalten.", "Geen nieuws van %s meer per e-mail. Bij uw berichten kunt u het weer aanzetten.", "Plus de nouvelles de %s par e-mail. Vous pouvez les réactiver dans vos messages.", "No habrá más novedades de %s por correo. Puede volver a activarlas en sus mensajes."}
	stopAgain         = text{"Open my messages", "Meine Nachrichten öffnen", "Mijn berichten openen", "Ouvrir mes messages", "Abrir mis mensajes"}
	stopNoneTitle     = text{"This link does not work", "Dieser Link funktioniert nicht", "Deze link werkt niet", "Ce lien ne fonctionne pas", "Este enlace no funciona"}
	stopNoneText      = text{"Open it from the mail again, the whole of it. Nothing was changed.", "Öffnen Sie ihn noch einmal ganz aus der Mail. Es wurde nichts geändert.", "Open hem opnieuw vanuit de mail, in zijn geheel. Er is niets veranderd.", "Ouvrez-le de nouveau depuis le message, en entier. Rien n’a été modifié.", "Ábralo de nuevo desde el mensaje, entero. No se ha cambiado nada."}
)
