package letters

import (
	"fmt"
	"strings"
	"time"
)

// words is one language of the letter. %[1]s and %[2]s stand for what the
// comment beside a field says.
type words struct {
	lang        string
	title       string // workspace
	hello       string // name
	helloNobody string
	from        string // inviter, workspace
	fromNobody  string // workspace
	why         string
	card        string
	cards       string
	open        string
	code        string
	orScan      string
	step1       string // address
	step2       string
	step3       string
	until       string // date
	notMe       string // workspace
	layout      string // of a date: day, month, year
	months      string
}

func (w *words) day(t time.Time) string {
	return fmt.Sprintf(w.layout, t.Day(), strings.Fields(w.months)[t.Month()-1], t.Year())
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

var languages = []words{
	{
		lang:        "en",
		title:       "Your charging card of %[1]s: make it yours online",
		hello:       "This letter is for %[1]s.",
		helloNobody: "This letter is for whoever holds the card below.",
		from:        "%[1]s invites you to charge at %[2]s.",
		fromNobody:  "%[1]s invites you to charge.",
		why:         "The card works already. With the code of this letter you also see where you may charge and what you charged, and you can block the card if you lose it.",
		card:        "Card:",
		cards:       "Cards:",
		open:        "Open this address",
		code:        "Your code",
		orScan:      "Or scan the picture with your phone.",
		step1:       "Open %[1]s in your browser, or scan the picture.",
		step2:       "Type the code and your own e-mail address. A mail is sent there.",
		step3:       "Open the link in the mail and choose a password. That is all.",
		until:       "The code works once, until %[1]s. If you get a newer letter, only the newer code works.",
		notMe:       "Not for you? Then give this letter back to %[1]s, or destroy it. Do not pass the code on: whoever uses it first gets the card. If you do nothing, nothing changes.",
		layout:      "%[1]d %[2]s %[3]d",
		months:      "January February March April May June July August September October November December",
	},
	{
		lang:        "de",
		title:       "Ihre Ladekarte von %[1]s: machen Sie sie online zu Ihrer",
		hello:       "Dieser Brief ist für %[1]s.",
		helloNobody: "Dieser Brief ist für alle, die die unten genannte Karte haben.",
		from:        "%[1]s lädt Sie ein, bei %[2]s zu laden.",
		fromNobody:  "%[1]s lädt Sie zum Laden ein.",
		why:         "Die Karte funktioniert schon. Mit dem Code aus diesem Brief sehen Sie außerdem, wo Sie laden dürfen und was Sie geladen haben, und können die Karte sperren, wenn Sie sie verlieren.",
		card:        "Karte:",
		cards:       "Karten:",
		open:        "Öffnen Sie diese Adresse",
		code:        "Ihr Code",
		orScan:      "Oder scannen Sie das Bild mit Ihrem Telefon.",
		step1:       "Öffnen Sie %[1]s im Browser, oder scannen Sie das Bild.",
		step2:       "Geben Sie den Code und Ihre eigene E-Mail-Adresse ein. Dorthin geht eine Mail.",
		step3:       "Öffnen Sie den Link in der Mail und wählen Sie ein Passwort. Das ist alles.",
		until:       "Der Code gilt einmal, bis %[1]s. Wenn Sie einen neueren Brief bekommen, gilt nur noch dessen Code.",
		notMe:       "Nicht für Sie? Dann geben Sie diesen Brief an %[1]s zurück oder vernichten Sie ihn. Geben Sie den Code nicht weiter: Wer ihn zuerst benutzt, bekommt die Karte. Wenn Sie nichts tun, ändert sich nichts.",
		layout:      "%[1]d. %[2]s %[3]d",
		months:      "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
	},
	{
		lang:        "nl",
		title:       "Uw laadpas van %[1]s: maak hem online van u",
		hello:       "Deze brief is voor %[1]s.",
		helloNobody: "Deze brief is voor wie de pas hieronder heeft.",
		from:        "%[1]s nodigt u uit om te laden bij %[2]s.",
		fromNobody:  "%[1]s nodigt u uit om te laden.",
		why:         "De pas werkt al. Met de code uit deze brief ziet u ook waar u mag laden en wat u hebt geladen, en kunt u de pas blokkeren als u hem verliest.",
		card:        "Pas:",
		cards:       "Passen:",
		open:        "Open dit adres",
		code:        "Uw code",
		orScan:      "Of scan de afbeelding met uw telefoon.",
		step1:       "Open %[1]s in uw browser, of scan de afbeelding.",
		step2:       "Typ de code en uw eigen e-mailadres. Daar wordt een mail naartoe gestuurd.",
		step3:       "Open de link in de mail en kies een wachtwoord. Dat is alles.",
		until:       "De code werkt één keer, tot %[1]s. Krijgt u een nieuwere brief, dan werkt alleen de nieuwere code.",
		notMe:       "Niet voor u? Geef deze brief dan terug aan %[1]s of vernietig hem. Geef de code niet door: wie hem als eerste gebruikt, krijgt de pas. Doet u niets, dan verandert er niets.",
		layout:      "%[1]d %[2]s %[3]d",
		months:      "januari februari maart april mei juni juli augustus september oktober november december",
	},
	{
		lang:        "fr",
		title:       "Votre carte de recharge %[1]s : retrouvez-la en ligne",
		hello:       "Cette lettre est pour %[1]s.",
		helloNobody: "Cette lettre est pour la personne qui détient la carte ci-dessous.",
		from:        "%[1]s vous invite à recharger chez %[2]s.",
		fromNobody:  "%[1]s vous invite à recharger.",
		why:         "La carte fonctionne déjà. Avec le code de cette lettre, vous voyez aussi où vous pouvez recharger et ce que vous avez rechargé, et vous pouvez bloquer la carte si vous la perdez.",
		card:        "Carte :",
		cards:       "Cartes :",
		open:        "Ouvrez cette adresse",
		code:        "Votre code",
		orScan:      "Ou scannez l’image avec votre téléphone.",
		step1:       "Ouvrez %[1]s dans votre navigateur, ou scannez l’image.",
		step2:       "Saisissez le code et votre propre adresse e-mail. Un message y est envoyé.",
		step3:       "Ouvrez le lien du message et choisissez un mot de passe. C’est tout.",
		until:       "Le code fonctionne une seule fois, jusqu’au %[1]s. Si vous recevez une lettre plus récente, seul son code fonctionne.",
		notMe:       "Cette lettre n’est pas pour vous ? Rendez-la à %[1]s ou détruisez-la. Ne transmettez pas le code : la première personne qui l’utilise obtient la carte. Si vous ne faites rien, rien ne change.",
		layout:      "%[1]d %[2]s %[3]d",
		months:      "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
	},
	{
		lang:        "es",
		title:       "Su tarjeta de carga de %[1]s: hágala suya en línea",
		hello:       "Esta carta es para %[1]s.",
		helloNobody: "Esta carta es para quien tiene la tarjeta indicada abajo.",
		from:        "%[1]s le invita a cargar en %[2]s.",
		fromNobody:  "%[1]s le invita a cargar.",
		why:         "La tarjeta ya funciona. Con el código de esta carta verá además dónde puede cargar y lo que ha cargado, y podrá bloquear la tarjeta si la pierde.",
		card:        "Tarjeta:",
		cards:       "Tarjetas:",
		open:        "Abra esta dirección",
		code:        "Su código",
		orScan:      "O escanee la imagen con su teléfono.",
		step1:       "Abra %[1]s en su navegador, o escanee la imagen.",
		step2:       "Escriba el código y su propio correo electrónico. Allí se envía un mensaje.",
		step3:       "Abra el enlace del mensaje y elija una contraseña. Eso es todo.",
		until:       "El código funciona una sola vez, hasta el %[1]s. Si recibe una carta más reciente, solo funciona el código nuevo.",
		notMe:       "¿No es para usted? Devuelva esta carta a %[1]s o destrúyala. No comparta el código: quien lo use primero se queda con la tarjeta. Si no hace nada, nada cambia.",
		layout:      "%[1]d de %[2]s de %[3]d",
		months:      "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
	},
}
