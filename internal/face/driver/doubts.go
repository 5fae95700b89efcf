package driver

import (
	"context"
	"net/http"
	"net/url"

	"involt/internal/core/id"
	"involt/internal/face/ui"
	"involt/internal/flow/guard"
	"involt/internal/kit/errs"
)

// doubt takes the answer of the holder of a card that was used in two places.
func (a *App) doubt(w http.ResponseWriter, r *http.Request) error {
	_, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	who := r.PostFormValue("who")
	if who != "me" && who != "stranger" {
		return errs.New(errs.Invalid, "%s", doubtChoose.in(r.Context()))
	}
	if err := a.Guard.Answer(r.Context(), s.Actor, id.Doubt(r.PathValue("doubt")), who == "me"); err != nil {
		return err
	}
	done := "mine"
	if who == "stranger" {
		done = "stranger"
	}
	ui.RedirectDone(w, r, "/my?w="+url.QueryEscape(s.Workspace.Slug), done, -1)
	return nil
}

// where says where a card was used.
func where(ctx context.Context, p guard.Place) string {
	switch {
	case p.Charger == "":
		return doubtGone.in(ctx)
	case p.Location == "":
		return p.Charger
	}
	return p.Location + ", " + p.Charger
}

// The sentences of the question.
var (
	doubtTitle = text{"Was this you?", "Waren Sie das?", "Was u dit?", "Était-ce vous ?", "¿Fue usted?"}
	doubtText  = text{
		"Your card %s was used in two places:", "Ihre Karte %s wurde an zwei Orten benutzt:", "Uw pas %s is op twee plekken gebruikt:",
		"Votre carte %s a servi en deux lieux :", "Su tarjeta %s se usó en dos lugares:",
	}
	doubtHeld = text{
		"Nobody gets from one to the other in that time, so the card is on hold until you answer.", "In dieser Zeit kommt niemand von einem zum anderen, darum ist die Karte angehalten, bis Sie antworten.",
		"Niemand komt in die tijd van de ene naar de andere, daarom is de pas aangehouden tot u antwoordt.", "Personne ne va de l’un à l’autre en si peu de temps : la carte est retenue jusqu’à votre réponse.",
		"Nadie va de uno a otro en ese tiempo; la tarjeta queda retenida hasta que responda.",
	}
	doubtOnce = text{
		"It was charging at the first one while it was held to the second, and was refused there.", "Sie lud am ersten, während sie an den zweiten gehalten wurde, und wurde dort abgelehnt.",
		"Hij laadde bij de eerste terwijl hij bij de tweede werd aangeboden, en werd daar geweigerd.", "Elle chargeait au premier pendant qu’on la présentait au second, où elle a été refusée.",
		"Estaba cargando en el primero mientras la acercaban al segundo, y allí se rechazó.",
	}
	doubtYes      = text{"Yes, that was me", "Ja, das war ich", "Ja, dat was ik", "Oui, c’était moi", "Sí, fui yo"}
	doubtNo       = text{"No, block the card", "Nein, Karte sperren", "Nee, blokkeer de pas", "Non, bloquer la carte", "No, bloquear la tarjeta"}
	doubtMine     = text{"Thank you. Your card works.", "Danke. Ihre Karte funktioniert.", "Dank u. Uw pas werkt.", "Merci. Votre carte fonctionne.", "Gracias. Su tarjeta funciona."}
	doubtStranger = text{
		"Your card is blocked. %s gives you a new one.", "Ihre Karte ist gesperrt. Eine neue gibt Ihnen %s.", "Uw pas is geblokkeerd. %s geeft u een nieuwe.",
		"Votre carte est bloquée. %s vous en donne une nouvelle.", "Su tarjeta está bloqueada. %s le da una nueva.",
	}
	doubtGone   = text{"a charger that is gone", "eine Ladesäule, die es nicht mehr gibt", "een laadpaal die er niet meer is", "une borne disparue", "un cargador que ya no está"}
	doubtChoose = text{
		"Say whether it was you.", "Sagen Sie, ob Sie es waren.", "Zeg of u het was.", "Dites si c’était vous.", "Diga si fue usted.",
	}
)
