package enter

import (
	"bytes"
	_ "embed" // the page of the mails
	"fmt"
	"html/template"
	"strings"
	"time"

	"involt/internal/kit/mail"
)

// letter is a mail about somebody's password or address.
type letter struct {
	To        string
	Workspace string // in whose name it comes
	Language  string // two letters
	Zone      *time.Location
	Link      string
	Until     time.Time // until when the link works, or when the password was changed
}

//go:embed letter.html
var letterText string

var letterHTML = template.Must(template.New("letter").Parse(letterText))

// letterWords are the sentences of the mails in one language.
type letterWords struct {
	resetSubject, resetTitle, resetText, resetButton, resetUntil, resetNotMe string
	changedSubject, changedTitle, changedText, changedButton                 string
	automatic, moment                                                        string
	movedSubject, movedText, movedNotMe                                      string
}

var letterIn = map[string]letterWords{
	"en": {
		"Set a new password", "Set a new password", "Somebody, most likely you, asked for a new password for %s. Choose it on this page:",
		"Choose a new password", "The link works once, until %s.", "If this was not you, do nothing: your password stays as it is, and nobody else gets this link.",
		"Your password was changed", "Your password was changed", "The password of %s was changed on %s. You are signed out everywhere else. If this was not you, set a new one at once and tell whoever runs the place where you charge.",
		"Set a new password", "This mail was sent by itself; nobody reads answers to it.", "2 January 2006, 15:04 MST",
		"Your e-mail address was changed", "Since %[3]s, %[1]s no longer uses the address %[2]s for you. Links that were sent here no longer work.", "If you did not expect this, tell whoever runs the place where you charge. If you never heard of it, do nothing.",
	},
	"de": {
		"Neues Passwort festlegen", "Neues Passwort festlegen", "Jemand, wahrscheinlich Sie selbst, möchte ein neues Passwort für %s. Wählen Sie es auf dieser Seite:",
		"Neues Passwort wählen", "Der Link gilt einmal, bis %s.", "Waren Sie das nicht, dann tun Sie nichts: Ihr Passwort bleibt, wie es ist, und niemand sonst bekommt diesen Link.",
		"Ihr Passwort wurde geändert", "Ihr Passwort wurde geändert", "Das Passwort von %s wurde am %s geändert. Überall sonst sind Sie abgemeldet. Waren Sie das nicht, dann legen Sie sofort ein neues fest und sagen Sie dem Betreiber Bescheid.",
		"Neues Passwort festlegen", "Diese Mail wurde automatisch verschickt; Antworten liest niemand.", "02.01.2006, 15:04 MST",
		"Ihre E-Mail-Adresse wurde geändert", "Seit %[3]s verwendet %[1]s die Adresse %[2]s nicht mehr für Sie. Links, die hierher geschickt wurden, gelten nicht mehr.", "Haben Sie das nicht erwartet, dann sagen Sie dem Betreiber Bescheid. Wenn Sie ihn nicht kennen, tun Sie nichts.",
	},
	"nl": {
		"Nieuw wachtwoord instellen", "Nieuw wachtwoord instellen", "Iemand, waarschijnlijk u, vroeg om een nieuw wachtwoord voor %s. Kies het op deze pagina:",
		"Nieuw wachtwoord kiezen", "De link werkt één keer, tot %s.", "Was u dit niet, doe dan niets: uw wachtwoord blijft zoals het is en niemand anders krijgt deze link.",
		"Uw wachtwoord is gewijzigd", "Uw wachtwoord is gewijzigd", "Het wachtwoord van %s is gewijzigd op %s. Overal elders bent u uitgelogd. Was u dit niet, stel dan meteen een nieuw in en vertel het aan de beheerder.",
		"Nieuw wachtwoord instellen", "Deze mail is automatisch verstuurd; antwoorden worden niet gelezen.", "02-01-2006, 15:04 MST",
		"Uw e-mailadres is gewijzigd", "Sinds %[3]s gebruikt %[1]s het adres %[2]s niet meer voor u. Links die hierheen zijn gestuurd, werken niet meer.", "Had u dit niet verwacht, vertel het dan aan de beheerder. Kent u die niet, doe dan niets.",
	},
	"fr": {
		"Définir un nouveau mot de passe", "Définir un nouveau mot de passe", "Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour %s. Choisissez-le sur cette page :",
		"Choisir un nouveau mot de passe", "Le lien fonctionne une fois, jusqu’au %s.", "Si ce n’était pas vous, ne faites rien : votre mot de passe reste le même et personne d’autre ne reçoit ce lien.",
		"Votre mot de passe a été modifié", "Votre mot de passe a été modifié", "Le mot de passe de %s a été modifié le %s. Vous êtes déconnecté·e partout ailleurs. Si ce n’était pas vous, définissez-en un nouveau tout de suite et prévenez l’exploitant.",
		"Définir un nouveau mot de passe", "Ce message est automatique ; les réponses ne sont pas lues.", "02/01/2006 15:04 MST",
		"Votre adresse e-mail a été modifiée", "Depuis le %[3]s, %[1]s n’utilise plus l’adresse %[2]s pour vous. Les liens envoyés ici ne fonctionnent plus.", "Si vous ne vous y attendiez pas, prévenez l’exploitant. Si vous ne le connaissez pas, ne faites rien.",
	},
	"es": {
		"Establecer una contraseña nueva", "Establecer una contraseña nueva", "Alguien, seguramente usted, ha pedido una contraseña nueva para %s. Elíjala en esta página:",
		"Elegir una contraseña nueva", "El enlace funciona una vez, hasta el %s.", "Si no fue usted, no haga nada: su contraseña sigue igual y nadie más recibe este enlace.",
		"Su contraseña ha cambiado", "Su contraseña ha cambiado", "La contraseña de %s se cambió el %s. Se ha cerrado su sesión en los demás sitios. Si no fue usted, establezca otra enseguida y avise a quien gestiona el servicio.",
		"Establecer una contraseña nueva", "Este mensaje es automático; nadie lee las respuestas.", "02/01/2006, 15:04 MST",
		"Su dirección de correo ha cambiado", "Desde el %[3]s, %[1]s ya no usa la dirección %[2]s para usted. Los enlaces enviados aquí ya no funcionan.", "Si no lo esperaba, avise a quien gestiona el servicio. Si no lo conoce, no haga nada.",
	},
}

func (l *letter) words() letterWords {
	if w, ok := letterIn[l.Language]; ok {
		return w
	}
	return letterIn["en"]
}

// sheet is what stands in a mail.
type sheet struct {
	Lang, Title, Text, Button, Link, Until, NotMe, Workspace, Automatic string
}

// reset is the mail with the link for a new password.
func (l *letter) reset() (mail.Message, error) {
	w := l.words()
	return l.compose(w.resetSubject, &sheet{
		Title: w.resetTitle, Text: fmt.Sprintf(w.resetText, l.To), Button: w.resetButton,
		Until: fmt.Sprintf(w.resetUntil, l.Until.In(l.Zone).Format(w.moment)), NotMe: w.resetNotMe, Automatic: w.automatic,
	})
}

// changed is the mail that says that the password was changed.
func (l *letter) changed() (mail.Message, error) {
	w := l.words()
	return l.compose(w.changedSubject, &sheet{
		Title: w.changedTitle, Text: fmt.Sprintf(w.changedText, l.To, l.Until.In(l.Zone).Format(w.moment)), Button: w.changedButton, Automatic: w.automatic,
	})
}

// readdressed is the mail to an address that is somebody's no longer. It does not say
// which one they have now: who reads this may be anybody.
func (l *letter) readdressed() (mail.Message, error) {
	w := l.words()
	return l.compose(w.movedSubject, &sheet{
		Title: w.movedSubject, Text: fmt.Sprintf(w.movedText, l.Workspace, l.To, l.Until.In(l.Zone).Format(w.moment)), NotMe: w.movedNotMe, Automatic: w.automatic,
	})
}

func (l *letter) compose(subject string, s *sheet) (mail.Message, error) {
	s.Lang, s.Link, s.Workspace = l.Language, l.Link, l.Workspace
	m := mail.Message{To: l.To, From: l.Workspace, Subject: subject}
	var parts []string
	for _, p := range []string{s.Title, s.Text, s.Link, s.Until, s.NotMe, s.Workspace + "\n" + s.Automatic} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	m.Text = strings.Join(parts, "\n\n") + "\n"
	var b bytes.Buffer
	if err := letterHTML.Execute(&b, s); err != nil {
		return m, fmt.Errorf("rendering a mail about a password: %w", err)
	}
	m.HTML = b.String()
	return m, nil
}
