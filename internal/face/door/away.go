package door

import (
	"net/http"

	"involt/internal/face/ui"
	"involt/internal/kit/errs"
)

var (
	awayTitle = text{
		"Back in a moment", "Gleich wieder da", "Zo weer terug", "De retour dans un instant", "Volvemos enseguida",
	}
	awayText = text{
		"This page cannot be made right now, since the database does not answer. Nothing you have saved is lost, and chargers go on. Please try again in a minute.",
		"Diese Seite kann gerade nicht erstellt werden, weil die Datenbank nicht antwortet. Nichts Gespeichertes ist verloren, und das Laden geht weiter. Bitte versuchen Sie es in einer Minute noch einmal.",
		"Deze pagina kan nu niet worden gemaakt, omdat de database niet antwoordt. Niets wat is opgeslagen is verloren, en het laden gaat door. Probeer het over een minuut opnieuw.",
		"Cette page ne peut pas être affichée pour le moment, car la base de données ne répond pas. Rien de ce qui est enregistré n’est perdu et la recharge continue. Réessayez dans une minute.",
		"Esta página no se puede mostrar ahora porque la base de datos no responde. Nada de lo guardado se ha perdido y la carga continúa. Inténtelo de nuevo en un minuto.",
	}
)

// Away is what every page is while the database is away: a calm one that says so,
// with 503.
func Away() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(ui.WithReader(r.Context(), reader(r, "", nil)))
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Retry-After", "10")
		props := ui.ErrorProps{Status: http.StatusServiceUnavailable, Title: awayTitle.in(r.Context()), Text: awayText.in(r.Context())}
		page := ui.PlainError(props)
		if ui.IsFragment(r) {
			page = ui.ErrorBody(props)
		}
		if err := ui.Render(w, r, props.Status, page); err != nil {
			http.Error(w, errs.Text(err), props.Status)
		}
	})
}
