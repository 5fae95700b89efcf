package door

// The sentences of the pages about a forgotten password.
var (
	forgottenVerb  = text{"Forgotten password", "Passwort vergessen", "Wachtwoord vergeten", "Mot de passe oublié", "Contraseña olvidada"}
	forgottenTitle = text{"Forgotten password", "Passwort vergessen", "Wachtwoord vergeten", "Mot de passe oublié", "Contraseña olvidada"}
	forgottenText  = text{"Type your e-mail address. We send you a link to choose a new password.", "Geben Sie Ihre E-Mail-Adresse ein. Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen.", "Typ uw e-mailadres. Wij sturen u een link om een nieuw wachtwoord te kiezen.", "Saisissez votre adresse e-mail. Nous vous envoyons un lien pour choisir un nouveau mot de passe.", "Escriba su correo electrónico. Le enviaremos un enlace para elegir una contraseña nueva."}
	mailVerb       = text{"Send me a link", "Link schicken", "Stuur mij een link", "M’envoyer un lien", "Enviarme un enlace"}
	backToSignIn   = text{"Back to signing in", "Zurück zur Anmeldung", "Terug naar inloggen", "Retour à la connexion", "Volver al inicio de sesión"}
	mailedTitle    = text{"Look into your mailbox", "Sehen Sie in Ihr Postfach", "Kijk in uw mailbox", "Consultez votre boîte mail", "Mire en su buzón"}
	mailedText     = text{"If this address has a login here, a link is on its way. It works for an hour. It may take a few minutes; look among the spam, too.", "Wenn es zu dieser Adresse hier einen Zugang gibt, ist ein Link unterwegs. Er gilt eine Stunde. Es kann ein paar Minuten dauern; sehen Sie auch im Spam nach.", "Als dit adres hier een account heeft, is er een link onderweg. Hij werkt een uur. Het kan een paar minuten duren; kijk ook bij de spam.", "Si cette adresse a un compte ici, un lien est en route. Il fonctionne pendant une heure. Cela peut prendre quelques minutes ; regardez aussi dans les indésirables.", "Si esta dirección tiene una cuenta aquí, hay un enlace en camino. Funciona durante una hora. Puede tardar unos minutos; mire también en el correo no deseado."}
	resetTitle     = text{"Choose a new password", "Neues Passwort wählen", "Kies een nieuw wachtwoord", "Choisissez un nouveau mot de passe", "Elija una contraseña nueva"}
	resetText      = text{"For %s. You are signed out everywhere else.", "Für %s. Überall sonst werden Sie abgemeldet.", "Voor %s. Overal elders wordt u uitgelogd.", "Pour %s. Vous serez déconnecté·e partout ailleurs.", "Para %s. Se cerrará su sesión en los demás sitios."}
	resetVerb      = text{"Set new password", "Neues Passwort festlegen", "Nieuw wachtwoord instellen", "Définir le mot de passe", "Establecer la contraseña"}
	resetGoneTitle = text{"This link no longer works", "Dieser Link gilt nicht mehr", "Deze link werkt niet meer", "Ce lien ne fonctionne plus", "Este enlace ya no funciona"}
	resetGoneText  = text{"It was used already, or is too old, or a newer one has replaced it. Ask for another one.", "Er wurde schon benutzt, ist zu alt, oder ein neuerer hat ihn ersetzt. Fordern Sie einen neuen an.", "Hij is al gebruikt, te oud, of vervangen door een nieuwere. Vraag een andere aan.", "Il a déjà été utilisé, est trop ancien ou a été remplacé par un plus récent. Demandez-en un autre.", "Ya se usó, es demasiado antiguo o lo ha sustituido otro más reciente. Pida otro."}
)
