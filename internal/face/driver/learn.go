package driver

import (
	"net/http"
	"net/url"

	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/face/ui"
	"involt/internal/flow/teach"
	"involt/internal/kit/errs"
)

// learnPage lets somebody add a card by holding it to a charger.
type learnPage struct {
	page
	mine     teach.Mine
	chargers []site.Charger
	more     bool // there are others
	q        string
}

// waits reports whether a charger waits for the card.
func (p *learnPage) waits() bool { return p.mine.Lesson.Waits(p.mine.Now) }

func (a *App) learn(w http.ResponseWriter, r *http.Request) error {
	v, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	if err := a.Admit.Refresh(r.Context()); err != nil {
		return err
	}
	p := learnPage{page: a.page(r, v, s, learnTitle)}
	if p.mine, err = a.Teach.Mine(r.Context(), s.Actor); err != nil {
		return err
	}
	if !p.mine.May && !p.waits() && p.mine.Lesson.Card == "" {
		return errs.New(errs.Denied, "%s", learnRefused.in(r.Context(), s.Workspace.Name))
	}
	if p.mine.May && !p.waits() {
		p.q = r.URL.Query().Get("q")
		if p.chargers, p.more, err = a.Teach.Chargers(r.Context(), s.Actor, p.q); err != nil {
			return err
		}
	}
	return ui.Render(w, r, http.StatusOK, learnCard(p))
}

func (a *App) learnBegin(w http.ResponseWriter, r *http.Request) error {
	_, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	if err := a.Admit.Refresh(r.Context()); err != nil {
		return err
	}
	if _, err := a.Teach.BeginOwn(r.Context(), s.Actor, id.Charger(r.PostFormValue("charger"))); err != nil {
		if errs.KindOf(err) == errs.Denied {
			err = errs.New(errs.Denied, "%s", learnRefused.in(r.Context(), s.Workspace.Name))
		}
		return err
	}
	http.Redirect(w, r, at("/my/cards/learn", s.Workspace.Slug), http.StatusSeeOther)
	return nil
}

func (a *App) learnStop(w http.ResponseWriter, r *http.Request) error {
	_, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	if err := a.Teach.Cancel(r.Context(), s.Actor, id.Lesson(r.PostFormValue("lesson"))); err != nil {
		return err
	}
	http.Redirect(w, r, at("/my/cards/learn", s.Workspace.Slug), http.StatusSeeOther)
	return nil
}

// carAnswer takes what somebody says of a car that was seen with them.
func (a *App) carAnswer(w http.ResponseWriter, r *http.Request) error {
	_, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	who := r.PostFormValue("car")
	if who != "mine" && who != "not-mine" {
		return errs.New(errs.Invalid, "%s", carChoose.in(r.Context()))
	}
	if err := a.Teach.Answer(r.Context(), s.Actor, id.Car(r.PathValue("car")), who == "mine"); err != nil {
		return err
	}
	ui.RedirectDone(w, r, "/my?w="+url.QueryEscape(s.Workspace.Slug), "car-"+who, -1)
	return nil
}

// The sentences of learning cards and cars.
var (
	learnTitle = text{"Add a card", "Karte hinzufügen", "Pas toevoegen", "Ajouter une carte", "Añadir una tarjeta"}
	learnHow   = text{
		"Go to a charger with the card. Choose the charger here, then hold the card to it within two minutes: it becomes yours.", "Gehen Sie mit der Karte zu einer Ladestation. Wählen Sie sie hier und halten Sie die Karte innerhalb von zwei Minuten davor: Dann ist es Ihre.",
		"Ga met de pas naar een laadstation. Kies het hier en houd de pas er binnen twee minuten voor: dan is hij van u.", "Allez à une borne avec la carte. Choisissez la borne ici, puis présentez la carte dans les deux minutes : elle devient la vôtre.",
		"Vaya a un cargador con la tarjeta. Elíjalo aquí y acérquela en menos de dos minutos: pasará a ser suya.",
	}
	learnAt     = text{"I am at %s", "Ich bin bei %s", "Ik ben bij %s", "Je suis à %s", "Estoy en %s"}
	learnFind   = text{"Find the charger", "Ladestation suchen", "Laadstation zoeken", "Trouver la borne", "Buscar el cargador"}
	learnFindAs = text{"A part of its name or number.", "Ein Teil des Namens oder der Nummer.", "Een deel van de naam of het nummer.", "Une partie de son nom ou de son numéro.", "Una parte de su nombre o número."}
	learnLost   = text{"No charger has that in its name.", "Keine Ladestation heißt so.", "Geen laadstation heet zo.", "Aucune borne ne porte ce nom.", "Ningún cargador se llama así."}
	learnNow    = text{"Hold your card to %s now", "Halten Sie Ihre Karte jetzt an %s", "Houd uw pas nu voor %s", "Présentez maintenant votre carte à %s", "Acerque ahora su tarjeta a %s"}
	learnShows  = text{
		"The charger shows a refusal this once. Waits for %s more seconds.", "Die Ladestation zeigt dieses eine Mal eine Ablehnung. Wartet noch %s Sekunden.", "Het laadstation toont deze ene keer een weigering. Wacht nog %s seconden.",
		"La borne affiche un refus, cette fois seulement. Encore %s secondes.", "El cargador mostrará un rechazo solo esta vez. Espera %s segundos más.",
	}
	learnCancel = text{"Stop", "Abbrechen", "Stoppen", "Arrêter", "Parar"}
	learnAgain  = text{"Look again", "Neu laden", "Opnieuw kijken", "Actualiser", "Actualizar"}
	learned     = text{"Card %s is yours now", "Die Karte %s ist jetzt Ihre", "Pas %s is nu van u", "La carte %s est à vous", "La tarjeta %s ya es suya"}
	learnedHow  = text{"Hold it to the charger once more to charge.", "Halten Sie sie noch einmal davor, um zu laden.", "Houd hem er nog eens voor om te laden.", "Présentez-la encore une fois pour recharger.", "Acérquela otra vez para cargar."}
	learnNone   = text{
		"No card was added. Nobody held one to it in time, or the card is somebody's already.", "Es wurde keine Karte hinzugefügt. Rechtzeitig wurde keine vorgehalten, oder sie gehört schon jemandem.", "Er is geen pas toegevoegd. Er werd er geen op tijd voorgehouden, of hij is al van iemand.",
		"Aucune carte ajoutée. Aucune n’a été présentée à temps, ou elle est déjà à quelqu’un.", "No se añadió ninguna tarjeta. No se acercó ninguna a tiempo, o ya es de alguien.",
	}
	learnRefused = text{
		"Cards are added by %s. Ask there for one.", "Karten fügt %s hinzu. Fragen Sie dort danach.", "Passen worden toegevoegd door %s. Vraag daar om een pas.", "Les cartes sont ajoutées par %s. Demandez-en une.", "Las tarjetas las añade %s. Pida una allí.",
	}

	carTitle = text{"Is this your car?", "Ist das Ihr Auto?", "Is dit uw auto?", "Est-ce votre voiture ?", "¿Es este su coche?"}
	carText  = text{
		"A charger recognised the car %s just before you charged. If it is yours, it can charge without a card from now on, on your account.", "Eine Ladestation hat das Auto %s erkannt, kurz bevor Sie luden. Wenn es Ihres ist, kann es ab jetzt ohne Karte laden, auf Ihre Rechnung.",
		"Een laadstation herkende de auto %s vlak voordat u laadde. Als hij van u is, kan hij voortaan zonder pas laden, op uw rekening.", "Une borne a reconnu la voiture %s juste avant votre recharge. Si c’est la vôtre, elle pourra recharger sans carte, à votre compte.",
		"Un cargador reconoció el coche %s justo antes de su carga. Si es suyo, podrá cargar sin tarjeta desde ahora, a su cuenta.",
	}
	carYes     = text{"Yes, it is mine", "Ja, es ist meins", "Ja, hij is van mij", "Oui, c’est la mienne", "Sí, es mío"}
	carNo      = text{"No, it is not mine", "Nein, nicht meins", "Nee, niet van mij", "Non, pas la mienne", "No, no es mío"}
	carMine    = text{"Your car charges without a card from now on.", "Ihr Auto lädt ab jetzt ohne Karte.", "Uw auto laadt voortaan zonder pas.", "Votre voiture recharge désormais sans carte.", "Su coche carga desde ahora sin tarjeta."}
	carNotMine = text{"Thank you. That car does not charge on your account.", "Danke. Dieses Auto lädt nicht auf Ihre Rechnung.", "Dank u. Die auto laadt niet op uw rekening.", "Merci. Cette voiture ne recharge pas à votre compte.", "Gracias. Ese coche no carga a su cuenta."}
	carChoose  = text{"Say whether the car is yours.", "Sagen Sie, ob es Ihr Auto ist.", "Zeg of de auto van u is.", "Dites si la voiture est la vôtre.", "Diga si el coche es suyo."}
)
