package join

import (
	"fmt"
	"strings"
)

// words is one language of the mails. %[1]s stands for the place that is joined;
// where a comment says so, for something else.
type words struct {
	lang                                                            string
	joinSubject, joinTitle, joinText, confirm                       string
	askText                                                         string // workspace
	hereTitle, hereText, joinVerb                                   string // hereTitle: workspace
	notMe                                                           string
	inSubject, inTitle, inText, inButton                            string
	noSubject, noTitle, noText                                      string // noText: workspace, place
	says, sentTo                                                    string // workspace; address
	digestOne, digestMany                                           string // workspace; number and workspace
	digestText, digestTextOne, digestButton, digestWho, digestLabel string
	digestMore, digestWhy                                           string // digestMore: number
}

func (w *words) say(format string, what ...any) string { return fmt.Sprintf(format, what...) }

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

var languages = []words{
	{
		lang:          "en",
		joinSubject:   "Join %[1]s",
		joinTitle:     "You have a code for %[1]s",
		joinText:      "Confirm that this is your mailbox and choose a password. Then you may charge at %[1]s.",
		askText:       "Confirm that this is your mailbox and choose a password. Then %[1]s gets your request and decides about it.",
		confirm:       "Confirm my address",
		hereTitle:     "You are a user of %[1]s already",
		hereText:      "Somebody, probably you, typed a joining code together with this address. You need not register again: sign in, and join %[1]s with one tap.",
		joinVerb:      "Join %[1]s",
		notMe:         "Was it not you? Then do nothing: nothing happens without a password that you choose yourself, and what was typed is deleted.",
		inSubject:     "You may charge at %[1]s",
		inTitle:       "You are in",
		inText:        "Your request was approved. You may charge at %[1]s from now on.",
		inButton:      "See where I may charge",
		noSubject:     "Your request for %[1]s was declined",
		noTitle:       "Your request was declined",
		noText:        "%[1]s has looked at your request for %[2]s and declined it. Nothing else has changed for you.",
		says:          "%[1]s writes:",
		sentTo:        "You get this mail because you entered a joining code. It was sent to %[1]s only.",
		digestOne:     "Somebody waits for approval at %[1]s",
		digestMany:    "%[1]d people wait for approval at %[2]s",
		digestText:    "They cannot charge until somebody decides.",
		digestTextOne: "They cannot charge until somebody decides.",
		digestButton:  "Open Approvals",
		digestWho:     "Who is waiting",
		digestLabel:   "To be approved",
		digestMore:    "and %[1]d more",
		digestWhy:     "You get this mail because your role lets you approve people. Requests of several minutes come in one mail.",
	},
	{
		lang:          "de",
		joinSubject:   "%[1]s beitreten",
		joinTitle:     "Sie haben einen Code für %[1]s",
		joinText:      "Bestätigen Sie, dass dies Ihr Postfach ist, und wählen Sie ein Passwort. Dann dürfen Sie bei %[1]s laden.",
		askText:       "Bestätigen Sie, dass dies Ihr Postfach ist, und wählen Sie ein Passwort. Dann bekommt %[1]s Ihre Anfrage und entscheidet darüber.",
		confirm:       "Adresse bestätigen",
		hereTitle:     "Sie sind schon Nutzer von %[1]s",
		hereText:      "Jemand, wahrscheinlich Sie, hat einen Beitrittscode zusammen mit dieser Adresse eingegeben. Sie müssen sich nicht noch einmal registrieren: Melden Sie sich an und treten Sie %[1]s mit einem Tippen bei.",
		joinVerb:      "%[1]s beitreten",
		notMe:         "Waren Sie das nicht? Dann tun Sie nichts: Ohne ein Passwort, das Sie selbst wählen, geschieht nichts, und die Eingaben werden gelöscht.",
		inSubject:     "Sie dürfen bei %[1]s laden",
		inTitle:       "Sie sind dabei",
		inText:        "Ihre Anfrage wurde freigegeben. Sie dürfen ab jetzt bei %[1]s laden.",
		inButton:      "Sehen, wo ich laden darf",
		noSubject:     "Ihre Anfrage für %[1]s wurde abgelehnt",
		noTitle:       "Ihre Anfrage wurde abgelehnt",
		noText:        "%[1]s hat Ihre Anfrage für %[2]s angesehen und abgelehnt. Sonst hat sich für Sie nichts geändert.",
		says:          "%[1]s schreibt:",
		sentTo:        "Sie bekommen diese Mail, weil Sie einen Beitrittscode eingegeben haben. Sie ging nur an %[1]s.",
		digestOne:     "Jemand wartet auf Freigabe bei %[1]s",
		digestMany:    "%[1]d Personen warten auf Freigabe bei %[2]s",
		digestText:    "Sie können nicht laden, bis jemand entscheidet.",
		digestTextOne: "Diese Person kann nicht laden, bis jemand entscheidet.",
		digestButton:  "Freigaben öffnen",
		digestWho:     "Wer wartet",
		digestLabel:   "Freizugeben",
		digestMore:    "und %[1]d weitere",
		digestWhy:     "Sie bekommen diese Mail, weil Ihre Rolle es Ihnen erlaubt, Personen freizugeben. Anfragen mehrerer Minuten kommen in einer Mail.",
	},
	{
		lang:          "nl",
		joinSubject:   "Deelnemen aan %[1]s",
		joinTitle:     "U hebt een code voor %[1]s",
		joinText:      "Bevestig dat dit uw mailbox is en kies een wachtwoord. Daarna mag u laden bij %[1]s.",
		askText:       "Bevestig dat dit uw mailbox is en kies een wachtwoord. Daarna krijgt %[1]s uw aanvraag en beslist erover.",
		confirm:       "Mijn adres bevestigen",
		hereTitle:     "U bent al gebruiker van %[1]s",
		hereText:      "Iemand, waarschijnlijk u, typte een deelnamecode samen met dit adres. U hoeft zich niet opnieuw te registreren: log in en neem met één tik deel aan %[1]s.",
		joinVerb:      "Deelnemen aan %[1]s",
		notMe:         "Was u dat niet? Doe dan niets: zonder een wachtwoord dat u zelf kiest gebeurt er niets, en wat getypt is wordt gewist.",
		inSubject:     "U mag laden bij %[1]s",
		inTitle:       "U doet mee",
		inText:        "Uw aanvraag is goedgekeurd. U mag vanaf nu laden bij %[1]s.",
		inButton:      "Bekijken waar ik mag laden",
		noSubject:     "Uw aanvraag voor %[1]s is afgewezen",
		noTitle:       "Uw aanvraag is afgewezen",
		noText:        "%[1]s heeft uw aanvraag voor %[2]s bekeken en afgewezen. Verder is er voor u niets veranderd.",
		says:          "%[1]s schrijft:",
		sentTo:        "U krijgt deze mail omdat u een deelnamecode hebt ingevoerd. Hij is alleen naar %[1]s gestuurd.",
		digestOne:     "Iemand wacht op goedkeuring bij %[1]s",
		digestMany:    "%[1]d mensen wachten op goedkeuring bij %[2]s",
		digestText:    "Zij kunnen niet laden tot iemand beslist.",
		digestTextOne: "Deze persoon kan niet laden tot iemand beslist.",
		digestButton:  "Goedkeuringen openen",
		digestWho:     "Wie er wacht",
		digestLabel:   "Goed te keuren",
		digestMore:    "en nog %[1]d",
		digestWhy:     "U krijgt deze mail omdat u met uw rol mensen mag goedkeuren. Aanvragen van enkele minuten komen in één mail.",
	},
	{
		lang:          "fr",
		joinSubject:   "Rejoindre %[1]s",
		joinTitle:     "Vous avez un code pour %[1]s",
		joinText:      "Confirmez que cette boîte est la vôtre et choisissez un mot de passe. Vous pourrez ensuite recharger à %[1]s.",
		askText:       "Confirmez que cette boîte est la vôtre et choisissez un mot de passe. %[1]s recevra ensuite votre demande et y répondra.",
		confirm:       "Confirmer mon adresse",
		hereTitle:     "Vous êtes déjà utilisateur de %[1]s",
		hereText:      "Quelqu’un, probablement vous, a saisi un code d’accès avec cette adresse. Inutile de vous inscrire à nouveau : connectez-vous et rejoignez %[1]s d’un geste.",
		joinVerb:      "Rejoindre %[1]s",
		notMe:         "Ce n’était pas vous ? Alors ne faites rien : rien ne se passe sans un mot de passe choisi par vous, et ce qui a été saisi est effacé.",
		inSubject:     "Vous pouvez recharger à %[1]s",
		inTitle:       "C’est fait",
		inText:        "Votre demande a été approuvée. Vous pouvez désormais recharger à %[1]s.",
		inButton:      "Voir où je peux recharger",
		noSubject:     "Votre demande pour %[1]s a été refusée",
		noTitle:       "Votre demande a été refusée",
		noText:        "%[1]s a examiné votre demande pour %[2]s et l’a refusée. Rien d’autre ne change pour vous.",
		says:          "%[1]s écrit :",
		sentTo:        "Vous recevez ce message parce que vous avez saisi un code d’accès. Il a été envoyé à %[1]s uniquement.",
		digestOne:     "Une personne attend une approbation chez %[1]s",
		digestMany:    "%[1]d personnes attendent une approbation chez %[2]s",
		digestText:    "Elles ne peuvent pas recharger avant une décision.",
		digestTextOne: "Cette personne ne peut pas recharger avant une décision.",
		digestButton:  "Ouvrir les approbations",
		digestWho:     "Qui attend",
		digestLabel:   "À approuver",
		digestMore:    "et %[1]d de plus",
		digestWhy:     "Vous recevez ce message parce que votre rôle vous permet d’approuver des personnes. Les demandes de plusieurs minutes arrivent en un seul message.",
	},
	{
		lang:          "es",
		joinSubject:   "Unirse a %[1]s",
		joinTitle:     "Tiene un código para %[1]s",
		joinText:      "Confirme que este buzón es suyo y elija una contraseña. Después podrá cargar en %[1]s.",
		askText:       "Confirme que este buzón es suyo y elija una contraseña. Después %[1]s recibirá su solicitud y decidirá.",
		confirm:       "Confirmar mi dirección",
		hereTitle:     "Ya es usuario de %[1]s",
		hereText:      "Alguien, probablemente usted, escribió un código de acceso junto con esta dirección. No hace falta que se registre otra vez: inicie sesión y únase a %[1]s con un toque.",
		joinVerb:      "Unirse a %[1]s",
		notMe:         "¿No fue usted? Entonces no haga nada: sin una contraseña elegida por usted no ocurre nada, y lo escrito se borra.",
		inSubject:     "Puede cargar en %[1]s",
		inTitle:       "Ya está dentro",
		inText:        "Su solicitud ha sido aprobada. Desde ahora puede cargar en %[1]s.",
		inButton:      "Ver dónde puedo cargar",
		noSubject:     "Su solicitud para %[1]s ha sido rechazada",
		noTitle:       "Su solicitud ha sido rechazada",
		noText:        "%[1]s ha revisado su solicitud para %[2]s y la ha rechazado. Por lo demás no cambia nada para usted.",
		says:          "%[1]s escribe:",
		sentTo:        "Recibe este mensaje porque introdujo un código de acceso. Solo se envió a %[1]s.",
		digestOne:     "Alguien espera aprobación en %[1]s",
		digestMany:    "%[1]d personas esperan aprobación en %[2]s",
		digestText:    "No pueden cargar hasta que alguien decida.",
		digestTextOne: "Esta persona no puede cargar hasta que alguien decida.",
		digestButton:  "Abrir aprobaciones",
		digestWho:     "Quién espera",
		digestLabel:   "Por aprobar",
		digestMore:    "y %[1]d más",
		digestWhy:     "Recibe este mensaje porque su función le permite aprobar a personas. Las solicitudes de varios minutos llegan en un solo mensaje.",
	},
}
