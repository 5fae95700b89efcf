package onboard

import (
	"fmt"
	"strings"
	"time"
)

// words is one language of the invitation mail. %[1]s and %[2]s stand for what
// the comment beside a field says.
type words struct {
	lang         string
	subject      string // workspace
	subjectStaff string // workspace
	title        string // workspace
	titleStaff   string // workspace
	from         string // inviter, workspace
	fromStaff    string // inviter, workspace
	fromNobody   string // workspace; where no person invites
	staffNobody  string // workspace
	hello        string // name
	helloNobody  string
	says         string // inviter
	saysNobody   string
	gets         string
	where        string
	everywhere   string // workspace
	byGroup      string
	groups       string
	cards        string
	roles        string
	account      string
	rate         string
	button       string
	until        string // date
	plain        string
	code         string // where the code is typed
	notMe        string // address
	automatic    string // workspace
	date         func(time.Time) string
}

// wordsOf returns the words of a language, or English.
func wordsOf(language string) *words {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	for i := range languages {
		if languages[i].lang == language {
			return &languages[i]
		}
	}
	return &languages[0]
}

// dated spells a moment as a layout with the weekday and month of a language.
// Layout takes weekday, day, month, year and time.
func dated(layout, weekdays, months string) func(time.Time) string {
	days, names := strings.Fields(weekdays), strings.Fields(months)
	return func(t time.Time) string {
		return fmt.Sprintf(layout, days[t.Weekday()], t.Day(), names[t.Month()-1], t.Year(), t.Format("15:04"))
	}
}

var languages = []words{
	{
		lang:         "en",
		subject:      "%[1]s invites you to charge",
		subjectStaff: "%[1]s invites you to its console",
		title:        "Charge your car at %[1]s",
		titleStaff:   "Help run %[1]s",
		from:         "%[1]s invites you to charge at %[2]s.",
		fromStaff:    "%[1]s invites you to work in the console of %[2]s.",
		fromNobody:   "%[1]s invites you to charge.",
		staffNobody:  "You are invited to work in the console of %[1]s.",
		hello:        "Hello %[1]s,",
		helloNobody:  "Hello,",
		says:         "%[1]s writes:",
		saysNobody:   "A message for you:",
		gets:         "What you get",
		where:        "Where you may charge",
		everywhere:   "Every location that is open to all users of %[1]s",
		byGroup:      "Wherever your user groups may",
		groups:       "User groups",
		cards:        "Your charging cards",
		roles:        "Role",
		account:      "Account",
		rate:         "Reimbursement for private charging",
		button:       "Set up my access",
		until:        "This link works once, until %[1]s.",
		plain:        "If the button does not work, copy this address into your browser:",
		code:         "Reading this on another device? Open %[1]s there and type your e-mail address and this code:",
		notMe:        "Not expected? Then do nothing: no access is set up unless you choose a password yourself, and the link ends by itself. This mail was sent to %[1]s only.",
		automatic:    "Sent by Involt for %[1]s.",
		date: dated("%[1]s %[2]d %[3]s %[4]d, %[5]s", "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
			"January February March April May June July August September October November December"),
	},
	{
		lang:         "de",
		subject:      "%[1]s lädt Sie zum Laden ein",
		subjectStaff: "%[1]s lädt Sie in die Verwaltung ein",
		title:        "Laden bei %[1]s",
		titleStaff:   "%[1]s mitverwalten",
		from:         "%[1]s lädt Sie ein, bei %[2]s zu laden.",
		fromStaff:    "%[1]s lädt Sie ein, in der Verwaltung von %[2]s mitzuarbeiten.",
		fromNobody:   "%[1]s lädt Sie zum Laden ein.",
		staffNobody:  "Sie sind eingeladen, in der Verwaltung von %[1]s mitzuarbeiten.",
		hello:        "Guten Tag %[1]s,",
		helloNobody:  "Guten Tag,",
		says:         "%[1]s schreibt:",
		saysNobody:   "Eine Nachricht für Sie:",
		gets:         "Das bekommen Sie",
		where:        "Hier dürfen Sie laden",
		everywhere:   "Alle Standorte, die allen Nutzern von %[1]s offenstehen",
		byGroup:      "Überall, wo Ihre Nutzergruppen laden dürfen",
		groups:       "Nutzergruppen",
		cards:        "Ihre Ladekarten",
		roles:        "Rolle",
		account:      "Konto",
		rate:         "Erstattung für privates Laden",
		button:       "Zugang einrichten",
		until:        "Der Link gilt einmal, bis %[1]s.",
		plain:        "Falls die Schaltfläche nicht geht, kopieren Sie diese Adresse in Ihren Browser:",
		code:         "Sie lesen das auf einem anderen Gerät? Öffnen Sie dort %[1]s und geben Sie Ihre E-Mail-Adresse und diesen Code ein:",
		notMe:        "Nicht erwartet? Dann tun Sie einfach nichts: Ohne ein Passwort, das Sie selbst wählen, wird kein Zugang eingerichtet, und der Link verfällt von selbst. Diese Mail ging nur an %[1]s.",
		automatic:    "Gesendet von Involt für %[1]s.",
		date: dated("%[1]s, %[2]d. %[3]s %[4]d, %[5]s", "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
			"Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
	},
	{
		lang:         "nl",
		subject:      "%[1]s nodigt u uit om te laden",
		subjectStaff: "%[1]s nodigt u uit voor het beheer",
		title:        "Laden bij %[1]s",
		titleStaff:   "Meewerken aan het beheer van %[1]s",
		from:         "%[1]s nodigt u uit om te laden bij %[2]s.",
		fromStaff:    "%[1]s nodigt u uit om mee te werken in het beheer van %[2]s.",
		fromNobody:   "%[1]s nodigt u uit om te laden.",
		staffNobody:  "U bent uitgenodigd om mee te werken in het beheer van %[1]s.",
		hello:        "Hallo %[1]s,",
		helloNobody:  "Hallo,",
		says:         "%[1]s schrijft:",
		saysNobody:   "Een bericht voor u:",
		gets:         "Dit krijgt u",
		where:        "Hier mag u laden",
		everywhere:   "Alle locaties die openstaan voor alle gebruikers van %[1]s",
		byGroup:      "Overal waar uw gebruikersgroepen mogen laden",
		groups:       "Gebruikersgroepen",
		cards:        "Uw laadpassen",
		roles:        "Rol",
		account:      "Account",
		rate:         "Vergoeding voor privé laden",
		button:       "Mijn toegang instellen",
		until:        "Deze link werkt één keer, tot %[1]s.",
		plain:        "Werkt de knop niet? Kopieer dan dit adres naar uw browser:",
		code:         "Leest u dit op een ander apparaat? Open daar %[1]s en typ uw e-mailadres en deze code:",
		notMe:        "Niet verwacht? Doe dan niets: zonder een wachtwoord dat u zelf kiest wordt er geen toegang gemaakt, en de link vervalt vanzelf. Deze mail is alleen aan %[1]s gestuurd.",
		automatic:    "Verstuurd door Involt voor %[1]s.",
		date: dated("%[1]s %[2]d %[3]s %[4]d, %[5]s", "zondag maandag dinsdag woensdag donderdag vrijdag zaterdag",
			"januari februari maart april mei juni juli augustus september oktober november december"),
	},
	{
		lang:         "fr",
		subject:      "%[1]s vous invite à recharger",
		subjectStaff: "%[1]s vous invite dans sa console",
		title:        "Rechargez chez %[1]s",
		titleStaff:   "Gérer %[1]s",
		from:         "%[1]s vous invite à recharger chez %[2]s.",
		fromStaff:    "%[1]s vous invite à travailler dans la console de %[2]s.",
		fromNobody:   "%[1]s vous invite à recharger.",
		staffNobody:  "Vous êtes invité·e à travailler dans la console de %[1]s.",
		hello:        "Bonjour %[1]s,",
		helloNobody:  "Bonjour,",
		says:         "%[1]s vous écrit :",
		saysNobody:   "Un message pour vous :",
		gets:         "Ce que vous recevez",
		where:        "Où vous pouvez recharger",
		everywhere:   "Tous les sites ouverts à tous les utilisateurs de %[1]s",
		byGroup:      "Partout où vos groupes d’utilisateurs le peuvent",
		groups:       "Groupes d’utilisateurs",
		cards:        "Vos cartes de recharge",
		roles:        "Rôle",
		account:      "Compte",
		rate:         "Remboursement des recharges privées",
		button:       "Activer mon accès",
		until:        "Ce lien fonctionne une seule fois, jusqu’au %[1]s.",
		plain:        "Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :",
		code:         "Vous lisez ceci sur un autre appareil ? Ouvrez-y %[1]s et saisissez votre adresse e-mail et ce code :",
		notMe:        "Vous ne vous y attendiez pas ? Ne faites rien : aucun accès n’est créé tant que vous ne choisissez pas un mot de passe, et le lien expire de lui-même. Ce message a été envoyé uniquement à %[1]s.",
		automatic:    "Envoyé par Involt pour %[1]s.",
		date: dated("%[1]s %[2]d %[3]s %[4]d, %[5]s", "dimanche lundi mardi mercredi jeudi vendredi samedi",
			"janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
	},
	{
		lang:         "es",
		subject:      "%[1]s le invita a cargar",
		subjectStaff: "%[1]s le invita a su consola",
		title:        "Cargue su coche en %[1]s",
		titleStaff:   "Ayude a gestionar %[1]s",
		from:         "%[1]s le invita a cargar en %[2]s.",
		fromStaff:    "%[1]s le invita a trabajar en la consola de %[2]s.",
		fromNobody:   "%[1]s le invita a cargar.",
		staffNobody:  "Está invitado a trabajar en la consola de %[1]s.",
		hello:        "Hola, %[1]s:",
		helloNobody:  "Hola:",
		says:         "%[1]s escribe:",
		saysNobody:   "Un mensaje para usted:",
		gets:         "Lo que recibe",
		where:        "Dónde puede cargar",
		everywhere:   "Todas las ubicaciones abiertas a todos los usuarios de %[1]s",
		byGroup:      "Donde puedan cargar sus grupos de usuarios",
		groups:       "Grupos de usuarios",
		cards:        "Sus tarjetas de carga",
		roles:        "Función",
		account:      "Cuenta",
		rate:         "Reembolso de la carga privada",
		button:       "Activar mi acceso",
		until:        "Este enlace funciona una sola vez, hasta el %[1]s.",
		plain:        "Si el botón no funciona, copie esta dirección en su navegador:",
		code:         "¿Lee esto en otro dispositivo? Abra allí %[1]s y escriba su dirección de correo y este código:",
		notMe:        "¿No lo esperaba? No haga nada: no se crea ningún acceso si usted no elige una contraseña, y el enlace caduca por sí solo. Este mensaje se ha enviado solo a %[1]s.",
		automatic:    "Enviado por Involt para %[1]s.",
		date: dated("%[1]s, %[2]d de %[3]s de %[4]d, %[5]s", "domingo lunes martes miércoles jueves viernes sábado",
			"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
	},
}
