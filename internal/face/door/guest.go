package door

import (
	"context"
	"net/http"
	"strconv"

	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/face/ui"
	"involt/internal/flow/guests"
	"involt/internal/kit/errs"
)

// visiting is a guest's page.
type visiting struct {
	guests.Visit
	Action string
	Nonce  string
	Links  []ui.LanguageLink
	Errors ui.Errors
}

// guestPage shows a guest where they may charge and what they have used. It changes
// nothing, whoever opens the link: messengers look at it before the guest does.
func (d *Door) guestPage(w http.ResponseWriter, r *http.Request) error {
	return d.showGuest(w, r, http.StatusOK, nil)
}

func (d *Door) showGuest(w http.ResponseWriter, r *http.Request, status int, wrong ui.Errors) error {
	token := r.PathValue("token")
	v, err := d.Guests.Look(r.Context(), token)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return ui.Render(w, r, http.StatusNotFound, message(plain(r, ""), guestUnknown.in(r.Context()), guestUnknownText.in(r.Context()), nil))
	}
	if err != nil {
		return err
	}
	r = r.WithContext(ui.WithReader(r.Context(), reader(r, "", v.Workspace.Zone())))
	p := visiting{Visit: v, Action: here(r), Nonce: d.nonce("guest:" + token), Links: languages(r), Errors: wrong}
	if status == http.StatusOK && (v.State == guest.Over || v.State == guest.Revoked) {
		status = http.StatusGone
	}
	return ui.Render(w, r, status, guestDoc(p))
}

// guestDo takes what the page's buttons send.
func (d *Door) guestDo(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	token := r.PathValue("token")
	if !d.fresh(r, "guest:"+token) {
		return d.showGuest(w, r, http.StatusUnprocessableEntity, ui.Errors{"": staleForm.in(r.Context())})
	}
	var err error
	switch r.PostFormValue("do") {
	case "start":
		evse, bad := strconv.ParseInt(r.PostFormValue("evse"), 10, 32)
		if bad != nil {
			return d.showGuest(w, r, http.StatusUnprocessableEntity, ui.Errors{"": guestRefused.in(r.Context())})
		}
		err = d.Guests.Start(r.Context(), token, id.Charger(r.PostFormValue("charger")), evse)
	case "stop":
		err = d.Guests.Stop(r.Context(), token, id.Charge(r.PostFormValue("session")))
	default:
		return d.showGuest(w, r, http.StatusUnprocessableEntity, ui.Errors{"": guestRefused.in(r.Context())})
	}
	switch kind := errs.KindOf(err); {
	case err == nil:
		http.Redirect(w, r, here(r), http.StatusSeeOther) //nolint:gosec // the page itself
		return nil
	case kind == errs.Invalid, kind == errs.Gone, kind == errs.Conflict, kind == errs.NotFound:
		return d.showGuest(w, r, http.StatusUnprocessableEntity, ui.Errors{"": guestRefused.in(r.Context())})
	}
	return err
}

// used says what of a budget is used: "3.2 of 20 kWh".
func (v *visiting) used(ctx context.Context) string {
	rd := ui.ReaderOf(ctx)
	if v.Wh == 0 {
		return rd.Decimal(v.Used.Wh, 3, 1) + " kWh"
	}
	return guestOf.in(ctx, rd.Decimal(v.Used.Wh, 3, 1), rd.Decimal(v.Wh, 3, 0)+" kWh")
}

func (v *visiting) times(ctx context.Context) string {
	rd := ui.ReaderOf(ctx)
	if v.Charges == 0 {
		return rd.Int(v.Used.Charges)
	}
	return guestOf.in(ctx, rd.Int(v.Used.Charges), rd.Int(v.Charges))
}

// stands is the sentence for an access that does not hold; "" if it does.
func (v *visiting) stands(ctx context.Context) string {
	switch v.State {
	case guest.Ahead:
		return guestAhead.in(ctx, ui.ReaderOf(ctx).DateTime(v.Begins))
	case guest.Spent:
		return guestSpent.in(ctx)
	case guest.Over:
		return guestOver.in(ctx, v.Workspace.Name)
	case guest.Revoked:
		return guestRevoked.in(ctx, v.Workspace.Name)
	case guest.Open:
		return ""
	}
	return ""
}

// spotName names a place to charge: the charger, with its EVSE if it has several.
func spotName(ctx context.Context, s guests.Spot) string {
	if !s.Several {
		return s.Name
	}
	return guestSpot.in(ctx, s.Name, ui.ReaderOf(ctx).Int(s.EVSE))
}

// taken reports whether a spot cannot begin now.
func taken(s guests.Spot) bool {
	switch s.Status {
	case "", "Available", "Preparing", "Occupied", "Finishing":
		return !s.Online
	}
	return true
}

// lasted is how long one of the sessions that run has lasted.
func (v *visiting) lasted(ctx context.Context, i int) string {
	return ui.ReaderOf(ctx).Duration(v.Running[i].Duration(v.Now))
}

// The sentences of the guest's page.
var (
	guestTitle       = text{"Charging at %s", "Laden bei %s", "Laden bij %s", "Recharger chez %s", "Cargar en %s"}
	guestHello       = text{"For %s, until %s.", "Für %s, bis %s.", "Voor %s, tot %s.", "Pour %s, jusqu’au %s.", "Para %s, hasta el %s."}
	guestStart       = text{"Start at %s", "Starten an %s", "Starten bij %s", "Démarrer à %s", "Iniciar en %s"}
	guestStop        = text{"Stop charging", "Laden beenden", "Laden stoppen", "Arrêter la recharge", "Detener la carga"}
	guestNow         = text{"Charging now", "Lädt gerade", "Laadt nu", "Recharge en cours", "Cargando ahora"}
	guestAsked       = text{"The charger was asked to begin. Plug in, if you have not yet.", "Die Ladestation wurde gebeten zu beginnen. Stecken Sie ein, falls noch nicht geschehen.", "Het laadstation is gevraagd te beginnen. Sluit de kabel aan als dat nog niet is gebeurd.", "La borne a reçu la demande. Branchez-vous, si ce n’est pas fait.", "Se ha pedido al cargador que empiece. Enchufe el coche si aún no lo ha hecho."}
	guestPlug        = text{"Plug in first, then press Start.", "Erst einstecken, dann starten.", "Sluit eerst de kabel aan en druk dan op Starten.", "Branchez-vous d’abord, puis démarrez.", "Enchufe primero y después inicie."}
	guestCode        = text{"Or type this code at the charger, where it has keys:", "Oder geben Sie diesen Code an der Ladestation ein, wo sie Tasten hat:", "Of toets deze code in op het laadstation, als het toetsen heeft:", "Ou saisissez ce code à la borne, si elle a un clavier :", "O teclee este código en el cargador, si tiene teclas:"}
	guestUsed        = text{"Energy used", "Verbrauchte Energie", "Verbruikte energie", "Énergie utilisée", "Energía usada"}
	guestTimes       = text{"Sessions", "Ladevorgänge", "Laadsessies", "Sessions", "Sesiones"}
	guestOf          = text{"%s of %s", "%s von %s", "%s van %s", "%s sur %s", "%s de %s"}
	guestSpot        = text{"%s, socket %s", "%s, Anschluss %s", "%s, aansluiting %s", "%s, prise %s", "%s, toma %s"}
	guestBusy        = text{"Not free now", "Gerade nicht frei", "Nu niet vrij", "Pas libre", "No está libre"}
	guestNone        = text{"No charger is open to you at this time.", "Zurzeit ist keine Ladestation für Sie offen.", "Op dit moment staat geen laadstation voor u open.", "Aucune borne ne vous est ouverte en ce moment.", "Ahora mismo ningún cargador está abierto para usted."}
	guestAgain       = text{"Look again", "Neu laden", "Opnieuw kijken", "Actualiser", "Actualizar"}
	guestAhead       = text{"It begins on %s.", "Es beginnt am %s.", "Het begint op %s.", "Cela commence le %s.", "Empieza el %s."}
	guestSpent       = text{"What you were given is used up.", "Was Ihnen gegeben wurde, ist aufgebraucht.", "Wat u kreeg is opgebruikt.", "Ce qui vous était accordé est épuisé.", "Se ha agotado lo que se le concedió."}
	guestOver        = text{"Your time is over. Ask %s for more.", "Ihre Zeit ist um. Fragen Sie %s nach mehr.", "Uw tijd is om. Vraag %s om meer.", "Votre temps est écoulé. Demandez-en à %s.", "Su tiempo ha terminado. Pida más a %s."}
	guestRevoked     = text{"%s has ended this access.", "%s hat diesen Zugang beendet.", "%s heeft deze toegang beëindigd.", "%s a mis fin à cet accès.", "%s ha puesto fin a este acceso."}
	guestRefused     = text{"That did not work: the charger may be taken, or was asked already. Look at the page again.", "Das hat nicht geklappt: Die Ladestation ist vielleicht belegt oder schon gefragt. Sehen Sie die Seite neu an.", "Dat lukte niet: het laadstation is misschien bezet of al gevraagd. Bekijk de pagina opnieuw.", "Cela n’a pas fonctionné : la borne est peut-être prise ou déjà sollicitée. Actualisez la page.", "No ha funcionado: quizá el cargador esté ocupado o ya se le haya pedido. Actualice la página."}
	guestUnknown     = text{"We do not know this link", "Diesen Link kennen wir nicht", "Deze link kennen wij niet", "Nous ne connaissons pas ce lien", "No conocemos este enlace"}
	guestUnknownText = text{"Perhaps a part of it is missing. Copy the whole address, or ask for it again.", "Vielleicht fehlt ein Teil. Kopieren Sie die ganze Adresse, oder fragen Sie noch einmal danach.", "Misschien ontbreekt er een deel. Kopieer het hele adres, of vraag er opnieuw om.", "Il en manque peut-être une partie. Copiez l’adresse entière, ou redemandez-la.", "Quizá falte una parte. Copie la dirección entera o pídala de nuevo."}
)
