package door_test

import (
	"net/http"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/kit/db"
)

func TestAnInvitationIsDeclinedOnItsPage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link := h.invite("lena@example.com", invite.Offer{})
		b := &surfer{h: h}
		to := b.get(link).Find("link", "Decline the invitation").Attr("href")
		if to != link+"/decline" {
			t.Fatalf("leads to %s", to)
		}
		asks := b.get(to)
		asks.want(t, 200, "Decline the invitation?", "lena@example.com", "Northgrid")
		before := h.tables()
		a := b.send(asks, "Continue", nil) // neither is chosen beforehand
		a.want(t, 422, "Choose one of the two")
		b.send(asks, "Continue", map[string]string{"answer": "keep"}).wantTo(t, link)
		b.send(asks, "Continue", map[string]string{"answer": "decline", "nonce": "forged"}).want(t, 422, "Nothing was done")
		if h.tables() != before {
			t.Error("something changed before they said yes")
		}
		for range 2 {
			b.send(asks, "Continue", map[string]string{"answer": "decline"}).wantTo(t, link)
		}
		gone := b.get(link)
		gone.want(t, 410, "This invitation was declined", "Nothing was set up for you at Northgrid")
		b.get(to).want(t, 410, "This invitation was declined")
		h.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, h.ws.ID, "lena@example.com")
			if p.Status != person.Imported {
				t.Errorf("they are %s", p.Status)
			}
			return err
		})
		// They change their mind.
		a = b.send(b.get(to), "Send me a new link", nil)
		a.wantTo(t, link+"?done=sent")
		b.get(a.To).want(t, 200, "A new link is on its way")
		again := h.link("lena@example.com")
		if again == link || len(h.mails) != 2 {
			t.Fatalf("%d mails", len(h.mails))
		}
		b.get(link).want(t, 410, "This invitation was declined")
		b.send(b.get(again), "Set up my access", lena).wantTo(t, "/my?done=welcome&w=northgrid")
		// What was accepted is not declined by a page that stayed open.
		b.send(asks, "Continue", map[string]string{"answer": "decline"}).wantTo(t, link)
		other := &surfer{h: h}
		late := other.get(again + "/decline")
		late.want(t, 410, "accepted already")
	})
}

// Whoever declines while the other tab accepts, or the other way round, sees what
// happened first.
func TestDecliningTooLateShowsWhatHappened(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link := h.invite("lena@example.com", invite.Offer{})
		b := &surfer{h: h}
		asks, fill := b.get(link+"/decline"), b.get(link)
		b.send(fill, "Set up my access", lena).wantTo(t, "/my?done=welcome&w=northgrid")
		b.send(asks, "Continue", map[string]string{"answer": "decline"}).wantTo(t, link)
		b.get(link).want(t, 410, "accepted already")

		link = h.invite("ben@example.com", invite.Offer{})
		b = &surfer{h: h}
		asks, fill = b.get(link+"/decline"), b.get(link)
		b.send(asks, "Continue", map[string]string{"answer": "decline"}).wantTo(t, link)
		a := b.send(fill, "Set up my access", map[string]string{"first_name": "Ben", "last_name": "B", "password": good})
		a.want(t, 410, "This invitation was declined")
		if b.cookie != "" {
			t.Error("let in after declining")
		}
	})
}

func TestDecliningSpeaksFiveLanguages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for lang, say := range map[string][5]string{
			"en": {"Continue", "Decline the invitation", "No, keep it", "Choose one of the two.", "This invitation was declined"},
			"de": {"Weiter", "Einladung ablehnen", "Nein, behalten", "Wählen Sie eines von beiden.", "Diese Einladung wurde abgelehnt"},
			"nl": {"Verder", "Uitnodiging afwijzen", "Nee, bewaren", "Kies een van de twee.", "Deze uitnodiging is afgewezen"},
			"fr": {"Continuer", "Refuser l’invitation", "Non, la garder", "Choisissez l’une des deux réponses.", "Cette invitation a été refusée"},
			"es": {"Continuar", "Rechazar la invitación", "No, conservarla", "Elija una de las dos.", "Esta invitación se ha rechazado"},
		} {
			link := h.invite(lang+"@example.com", invite.Offer{Roles: access.Give("support")})
			b := &surfer{h: h, lang: lang}
			to := b.get(link).Find("link", say[1]).Attr("href")
			asks := b.get(to)
			asks.want(t, http.StatusOK, say[2])
			f := asks.Form(say[0])
			b.do("POST", f.Action(), f.Values()).want(t, http.StatusUnprocessableEntity, say[3])
			v := f.Values()
			v.Set("answer", "decline")
			b.do("POST", f.Action(), v).wantTo(t, link)
			b.get(link).want(t, http.StatusGone, say[4])
		}
		// The language of the address stays on the way.
		link := h.invite("last@example.com", invite.Offer{})
		b := &surfer{h: h}
		if to := b.get(link+"?lang=fr").Find("link", "Refuser l’invitation").Attr("href"); to != link+"/decline?lang=fr" {
			t.Errorf("leads to %s", to)
		}
	})
}
