package door_test

import (
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
)

// Whoever read the mails of an address until now learns that it is no longer used, in
// their language, and nothing of the new one; its link is dead.
func TestTheOldAddressIsToldAndLearnsNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		staff := &people.Service{DB: h.d}
		for lang, want := range map[string]string{
			"": "Your e-mail address was changed", "en": "Your e-mail address was changed", "de": "Ihre E-Mail-Adresse wurde geändert", "nl": "Uw e-mailadres is gewijzigd",
			"fr": "Votre adresse e-mail a été modifiée", "es": "Su dirección de correo ha cambiado",
		} {
			old := "old-" + lang + "@example.com"
			link := h.invite(old, invite.Offer{})
			var p person.Person
			h.update(func(tx *db.Tx) (err error) {
				if p, err = person.ByEmail(tx, h.ws.ID, old); err != nil {
					return err
				}
				p.Language = lang
				return person.Save(tx, &p)
			})
			if _, err := staff.CorrectEmail(t.Context(), access.System(h.ws.ID, "test"), p.ID, p.Version, "secret-"+lang+"@elsewhere.example"); err != nil {
				t.Fatal(err)
			}
			if _, err := h.pool.RunDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.mu.Lock()
			m := h.mails[len(h.mails)-1]
			h.mu.Unlock()
			if m.To != old || m.Subject != want || !strings.Contains(m.Text, old) || !strings.Contains(m.Text, "Northgrid") || !strings.Contains(m.HTML, "Northgrid") {
				t.Errorf("%q: to %s, %q:\n%s", lang, m.To, m.Subject, m.Text)
			}
			if all := m.Text + m.HTML; strings.Contains(all, "elsewhere.example") || strings.Contains(all, "/i/") || strings.Contains(m.HTML, `href=""`) {
				t.Errorf("%q: the mail tells too much, or has an empty link:\n%s", lang, m.Text)
			}
			(&surfer{h: h, lang: "en"}).get(link).want(t, 410, "withdrawn")
		}
	})
}
