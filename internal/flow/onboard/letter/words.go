package letter

import (
	"fmt"
	"strings"
	"time"
)

// Words is one language of the invitation mail. %[1]s and %[2]s stand for what
// the comment beside a field says.
type Words struct {
	Lang         string
	Subject      string // workspace
	SubjectStaff string // workspace
	Title        string // workspace
	TitleStaff   string // workspace
	From         string // inviter, workspace
	FromStaff    string // inviter, workspace
	FromNobody   string // workspace; where no person invites
	StaffNobody  string // workspace
	Hello        string // name
	HelloNobody  string
	Says         string // inviter
	SaysNobody   string
	Gets         string
	Where        string
	Everywhere   string // workspace
	ByGroup      string
	Groups       string
	Cards        string
	Roles        string
	Account      string
	Rate         string
	Button       string
	Until        string // date
	Plain        string
	Code         string // where the code is typed
	NotMe        string // address
	Automatic    string // workspace
	Stop         string // the words of the link that ends mails like the one it stands in
	Date         func(time.Time) string
}

// WordsOf returns the words of a language, or English.
func WordsOf(language string) *Words {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	for i := range Languages {
		if Languages[i].Lang == language {
			return &Languages[i]
		}
	}
	return &Languages[0]
}

// dated spells a moment as a layout with the weekday and month of a language.
// Layout takes weekday, day, month, year and time.
func dated(layout, weekdays, months string) func(time.Time) string {
	days, names := strings.Fields(weekdays), strings.Fields(months)
	return func(t time.Time) string {
		return fmt.Sprintf(layout, days[t.Weekday()], t.Day(), names[t.Month()-1], t.Year(), t.Format("15:04"))
	}
}

// Languages are all that there are; the first one stands in for the others.
var Languages = []Words{
	{
		Lang:         "en",
		Subject:      "%[1]s invites you to charge",
		SubjectStaff: "%[1]s invites you to its console",
		Title:        "Charge your car at %[1]s",
		TitleStaff:   "Help run %[1]s",
		From:         "%[1]s invites you to charge at %[2]s.",
		FromStaff:    "%[1]s invites you to work in the console of %[2]s.",
		FromNobody:   "%[1]s invites you to charge.",
		StaffNobody:  "You are invited to work in the console of %[1]s.",
		Hello:        "Hello %[1]s,",
		HelloNobody:  "Hello,",
		Says:         "%[1]s writes:",
		SaysNobody:   "A message for you:",
		Gets:         "What you get",
		Where:        "Where you may charge",
		Everywhere:   "Every location that is open to all users of %[1]s",
		ByGroup:      "Wherever your user groups may",
		Groups:       "User groups",
		Cards:        "Your charging cards",
		Roles:        "Role",
		Account:      "Account",
		Rate:         "Reimbursement for private charging",
		Button:       "Set up my access",
		Until:        "This link works once, until %[1]s.",
		Plain:        "If the button does not work, copy this address into your browser:",
		Code:         "Reading this on another device? Open %[1]s there and type your e-mail address and this code:",
		NotMe:        "Not expected? Then do nothing: no access is set up unless you choose a password yourself, and the link ends by itself. This mail was sent to %[1]s only.",
		Automatic:    "Sent by Involt for %[1]s.",
		Stop:         "Stop these mails",
		Date: dated("%[1]s %[2]d %[3]s %[4]d, %[5]s", "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
			"January February March April May June July August September October November December"),
	},
	{
		Lang:         "de",
		Subject:      "%[1]s lädt Sie zum Laden ein",
		SubjectStaff: "%[1]s lädt Sie in die Verwaltung ein",
		Title:        "Laden bei %[1]s",
		TitleStaff:   "%[1]s mitverwalten",
		From:         "%[1]s lädt Sie ein, bei %[2]s zu laden.",
		FromStaff:    "%[1]s lädt Sie ein, in der Verwaltung von %[2]s mitzuarbeiten.",
		FromNobody:   "%[1]s lädt Sie zum Laden ein.",
		StaffNobody:  "Sie sind eingeladen, in der Verwaltung von %[1]s mitzuarbeiten.",
		Hello:        "Guten Tag %[1]s,",
		HelloNobody:  "Guten Tag,",
		Says:         "%[1]s schreibt:",
		SaysNobody:   "Eine Nachricht für Sie:",
		Gets:         "Das bekommen Sie",
		Where:        "Hier dürfen Sie laden",
		Everywhere:   "Alle Standorte, die allen Nutzern von %[1]s offenstehen",
		ByGroup:      "Überall, wo Ihre Nutzergruppen laden dürfen",
		Groups:       "Nutzergruppen",
		Cards:        "Ihre Ladekarten",
		Roles:        "Rolle",
		Account:      "Konto",
		Rate:         "Erstattung für privates Laden",
		Button:       "Zugang einrichten",
		Until:        "Der Link gilt einmal, bis %[1]s.",
		Plain:        "Falls die Schaltfläche nicht geht, kopieren Sie diese Adresse in Ihren Browser:",
		Code:         "Sie lesen das auf einem anderen Gerät? Öffnen Sie dort %[1]s und geben Sie Ihre E-Mail-Adresse und diesen Code ein:",
		NotMe:        "Nicht erwartet? Dann tun Sie einfach nichts: Ohne ein Passwort, das Sie selbst wählen, wird kein Zugang eingerichtet, und der Link verfällt von selbst. Diese Mail ging nur an %[1]s.",
		Automatic:    "Gesendet von Involt für %[1]s.",
		Stop:         "Diese Mails abbestellen",
		Date: dated("%[1]s, %[2]d. %[3]s %[4]d, %[5]s", "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
			"Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
	},
	{
		Lang:         "nl",
		Subject:      "%[1]s nodigt u uit om te laden",
		SubjectStaff: "%[1]s nodigt u uit voor het beheer",
		Title:        "Laden bij %[1]s",
		TitleStaff:   "Meewerken aan het beheer van %[1]s",
		From:         "%[1]s nodigt u uit om te laden bij %[2]s.",
		FromStaff:    "%[1]s nodigt u uit om mee te werken in het beheer van %[2]s.",
		FromNobody:   "%[1]s nodigt u uit om te laden.",
		StaffNobody:  "U bent uitgenodigd om mee te werken in het beheer van %[1]s.",
		Hello:        "Hallo %[1]s,",
		HelloNobody:  "Hallo,",
		Says:         "%[1]s schrijft:",
		SaysNobody:   "Een bericht voor u:",
		Gets:         "Dit krijgt u",
		Where:        "Hier mag u laden",
		Everywhere:   "Alle locaties die openstaan voor alle gebruikers van %[1]s",
		ByGroup:      "Overal waar uw gebruikersgroepen mogen laden",
		Groups:       "Gebruikersgroepen",
		Cards:        "Uw laadpassen",
		Roles:        "Rol",
		Account:      "Account",
		Rate:         "Vergoeding voor privé laden",
		Button:       "Mijn toegang instellen",
		Until:        "Deze link werkt één keer, tot %[1]s.",
		Plain:        "Werkt de knop niet? Kopieer dan dit adres naar uw browser:",
		Code:         "Leest u dit op een ander apparaat? Open daar %[1]s en typ uw e-mailadres en deze code:",
		NotMe:        "Niet verwacht? Doe dan niets: zonder een wachtwoord dat u zelf kiest wordt er geen toegang gemaakt, en de link vervalt vanzelf. Deze mail is alleen aan %[1]s gestuurd.",
		Automatic:    "Verstuurd door Involt voor %[1]s.",
		Stop:         "Deze mails stopzetten",
		Date: dated("%[1]s %[2]d %[3]s %[4]d, %[5]s", "zondag maandag dinsdag woensdag donderdag vrijdag zaterdag",
			"januari februari maart april mei juni juli augustus september oktober november december"),
	},
	{
		Lang:         "fr",
		Subject:      "%[1]s vous invite à recharger",
		SubjectStaff: "%[1]s vous invite dans sa console",
		Title:        "Rechargez chez %[1]s",
		TitleStaff:   "Gérer %[1]s",
		From:         "%[1]s vous invite à recharger chez %[2]s.",
		FromStaff:    "%[1]s vous invite à travailler dans la console de %[2]s.",
		FromNobody:   "%[1]s vous invite à recharger.",
		StaffNobody:  "Vous êtes invité·e à travailler dans la console de %[1]s.",
		Hello:        "Bonjour %[1]s,",
		HelloNobody:  "Bonjour,",
		Says:         "%[1]s vous écrit :",
		SaysNobody:   "Un message pour vous :",
		Gets:         "Ce que vous recevez",
		Where:        "Où vous pouvez recharger",
		Everywhere:   "Tous les sites ouverts à tous les utilisateurs de %[1]s",
		ByGroup:      "Partout où vos groupes d’utilisateurs le peuvent",
		Groups:       "Groupes d’utilisateurs",
		Cards:        "Vos cartes de recharge",
		Roles:        "Rôle",
		Account:      "Compte",
		Rate:         "Remboursement des recharges privées",
		Button:       "Activer mon accès",
		Until:        "Ce lien fonctionne une seule fois, jusqu’au %[1]s.",
		Plain:        "Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :",
		Code:         "Vous lisez ceci sur un autre appareil ? Ouvrez-y %[1]s et saisissez votre adresse e-mail et ce code :",
		NotMe:        "Vous ne vous y attendiez pas ? Ne faites rien : aucun accès n’est créé tant que vous ne choisissez pas un mot de passe, et le lien expire de lui-même. Ce message a été envoyé uniquement à %[1]s.",
		Automatic:    "Envoyé par Involt pour %[1]s.",
		Stop:         "Ne plus recevoir ces messages",
		Date: dated("%[1]s %[2]d %[3]s %[4]d, %[5]s", "dimanche lundi mardi mercredi jeudi vendredi samedi",
			"janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
	},
	{
		Lang:         "es",
		Subject:      "%[1]s le invita a cargar",
		SubjectStaff: "%[1]s le invita a su consola",
		Title:        "Cargue su coche en %[1]s",
		TitleStaff:   "Ayude a gestionar %[1]s",
		From:         "%[1]s le invita a cargar en %[2]s.",
		FromStaff:    "%[1]s le invita a trabajar en la consola de %[2]s.",
		FromNobody:   "%[1]s le invita a cargar.",
		StaffNobody:  "Está invitado a trabajar en la consola de %[1]s.",
		Hello:        "Hola, %[1]s:",
		HelloNobody:  "Hola:",
		Says:         "%[1]s escribe:",
		SaysNobody:   "Un mensaje para usted:",
		Gets:         "Lo que recibe",
		Where:        "Dónde puede cargar",
		Everywhere:   "Todas las ubicaciones abiertas a todos los usuarios de %[1]s",
		ByGroup:      "Donde puedan cargar sus grupos de usuarios",
		Groups:       "Grupos de usuarios",
		Cards:        "Sus tarjetas de carga",
		Roles:        "Función",
		Account:      "Cuenta",
		Rate:         "Reembolso de la carga privada",
		Button:       "Activar mi acceso",
		Until:        "Este enlace funciona una sola vez, hasta el %[1]s.",
		Plain:        "Si el botón no funciona, copie esta dirección en su navegador:",
		Code:         "¿Lee esto en otro dispositivo? Abra allí %[1]s y escriba su dirección de correo y este código:",
		NotMe:        "¿No lo esperaba? No haga nada: no se crea ningún acceso si usted no elige una contraseña, y el enlace caduca por sí solo. Este mensaje se ha enviado solo a %[1]s.",
		Automatic:    "Enviado por Involt para %[1]s.",
		Stop:         "No recibir más estos mensajes",
		Date: dated("%[1]s, %[2]d de %[3]s de %[4]d, %[5]s", "domingo lunes martes miércoles jueves viernes sábado",
			"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
	},
}
