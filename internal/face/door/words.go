package door

import "involt/internal/face/ui"

// The sentences of the pages.
var (
	signInTitle  = text{"Sign in", "Anmelden", "Inloggen", "Se connecter", "Iniciar sesión"}
	signInVerb   = text{"Sign in", "Anmelden", "Inloggen", "Se connecter", "Iniciar sesión"}
	signedOut    = text{"You are signed out.", "Sie sind abgemeldet.", "U bent uitgelogd.", "Vous êtes déconnecté·e.", "Ha cerrado la sesión."}
	emailLabel   = text{"E-mail address", "E-Mail-Adresse", "E-mailadres", "Adresse e-mail", "Correo electrónico"}
	passLabel    = text{"Password", "Passwort", "Wachtwoord", "Mot de passe", "Contraseña"}
	firstLabel   = text{"First name", "Vorname", "Voornaam", "Prénom", "Nombre"}
	lastLabel    = text{"Last name", "Nachname", "Achternaam", "Nom", "Apellidos"}
	noAccessYet  = text{"Invited, but not in yet? Open the link in your invitation mail, or type its code.", "Eingeladen, aber noch nicht dabei? Öffnen Sie den Link in Ihrer Einladung oder geben Sie deren Code ein.", "Uitgenodigd, maar nog niet binnen? Open de link in uw uitnodiging of typ de code.", "Invité·e, mais pas encore inscrit·e ? Ouvrez le lien de votre invitation ou saisissez son code.", "¿Invitado, pero aún sin acceso? Abra el enlace de su invitación o escriba su código."}
	haveCode     = text{"I have a code", "Ich habe einen Code", "Ik heb een code", "J’ai un code", "Tengo un código"}
	chooseTitle  = text{"Where to?", "Wohin?", "Waarheen?", "Où aller ?", "¿Adónde?"}
	chooseText   = text{"You belong to more than one place here.", "Sie gehören hier an mehrere Stellen.", "U hoort hier op meer dan één plek.", "Vous avez accès à plusieurs espaces.", "Tiene acceso a varios espacios."}
	consoleOf    = text{"Console of %s", "Verwaltung von %s", "Beheer van %s", "Console de %s", "Consola de %s"}
	myCharging   = text{"My charging", "Mein Laden", "Mijn laden", "Mes recharges", "Mis cargas"}
	linkTitle    = text{"Sign in with this link", "Mit diesem Link anmelden", "Inloggen met deze link", "Se connecter avec ce lien", "Iniciar sesión con este enlace"}
	linkText     = text{"The link works once.", "Der Link gilt einmal.", "De link werkt één keer.", "Le lien fonctionne une seule fois.", "El enlace funciona una sola vez."}
	linkGone     = text{"This sign-in link no longer works", "Dieser Anmeldelink gilt nicht mehr", "Deze inloglink werkt niet meer", "Ce lien de connexion ne fonctionne plus", "Este enlace de acceso ya no funciona"}
	linkGoneText = text{"It was used already, or is too old. Sign in with your password, or start the program again for a new link.", "Er wurde schon benutzt oder ist zu alt. Melden Sie sich mit Ihrem Passwort an, oder starten Sie das Programm neu, um einen neuen Link zu bekommen.", "Hij is al gebruikt of te oud. Log in met uw wachtwoord of start het programma opnieuw voor een nieuwe link.", "Il a déjà été utilisé ou est trop ancien. Connectez-vous avec votre mot de passe ou relancez le programme pour obtenir un nouveau lien.", "Ya se usó o es demasiado antiguo. Inicie sesión con su contraseña o reinicie el programa para obtener otro."}

	codeTitle = text{"Type the code of your invitation", "Code Ihrer Einladung eingeben", "Typ de code van uw uitnodiging", "Saisissez le code de votre invitation", "Escriba el código de su invitación"}
	codeText  = text{"It is in the mail that invites you, below the link.", "Er steht in der Einladungsmail, unter dem Link.", "Hij staat in de uitnodigingsmail, onder de link.", "Il se trouve dans le message d’invitation, sous le lien.", "Está en el mensaje de invitación, debajo del enlace."}
	codeLabel = text{"Code", "Code", "Code", "Code", "Código"}
	codeHint  = text{"Eight letters and digits, such as AB12-CD34.", "Acht Buchstaben und Ziffern, zum Beispiel AB12-CD34.", "Acht letters en cijfers, bijvoorbeeld AB12-CD34.", "Huit lettres et chiffres, par exemple AB12-CD34.", "Ocho letras y cifras, por ejemplo AB12-CD34."}
	goOn      = text{"Continue", "Weiter", "Verder", "Continuer", "Continuar"}

	charge       = text{"Charge at %s", "Laden bei %s", "Laden bij %s", "Rechargez chez %s", "Cargue en %s"}
	work         = text{"Help run %s", "%s mitverwalten", "Meewerken aan het beheer van %s", "Gérer %s", "Ayude a gestionar %s"}
	invitedBy    = text{"%s invites you. The invitation is for %s and ends on %s.", "%s lädt Sie ein. Die Einladung ist für %s und endet am %s.", "%s nodigt u uit. De uitnodiging is voor %s en eindigt op %s.", "%s vous invite. L’invitation est pour %s et prend fin le %s.", "%s le invita. La invitación es para %s y termina el %s."}
	getsTitle    = text{"What you get", "Das bekommen Sie", "Dit krijgt u", "Ce que vous recevez", "Lo que recibe"}
	whereLabel   = text{"Where you may charge", "Hier dürfen Sie laden", "Hier mag u laden", "Où vous pouvez recharger", "Dónde puede cargar"}
	everywhere   = text{"Every location that is open to all users", "Alle Standorte, die allen Nutzern offenstehen", "Alle locaties die openstaan voor alle gebruikers", "Tous les sites ouverts à tous les utilisateurs", "Todas las ubicaciones abiertas a todos los usuarios"}
	byGroups     = text{"Wherever your user groups may", "Überall, wo Ihre Nutzergruppen laden dürfen", "Overal waar uw gebruikersgroepen mogen laden", "Partout où vos groupes le peuvent", "Donde puedan cargar sus grupos"}
	groupsLabel  = text{"User groups", "Nutzergruppen", "Gebruikersgroepen", "Groupes d’utilisateurs", "Grupos de usuarios"}
	cardsLabel   = text{"Your charging cards", "Ihre Ladekarten", "Uw laadpassen", "Vos cartes de recharge", "Sus tarjetas de carga"}
	accountLabel = text{"Account", "Konto", "Account", "Compte", "Cuenta"}
	rateLabel    = text{"Reimbursement for private charging", "Erstattung für privates Laden", "Vergoeding voor privé laden", "Remboursement des recharges privées", "Reembolso de la carga privada"}
	rolesLabel   = text{"Role", "Rolle", "Rol", "Rôle", "Función"}
	setUpTitle   = text{"Set up your access", "Zugang einrichten", "Uw toegang instellen", "Activez votre accès", "Active su acceso"}
	newPassLabel = text{"Choose a password", "Passwort wählen", "Kies een wachtwoord", "Choisissez un mot de passe", "Elija una contraseña"}
	newPassHint  = text{"8 or more characters. Three or four words make a good one.", "8 oder mehr Zeichen. Drei oder vier Wörter sind ein gutes Passwort.", "8 of meer tekens. Drie of vier woorden zijn een goed wachtwoord.", "8 caractères ou plus. Trois ou quatre mots font un bon mot de passe.", "8 caracteres o más. Tres o cuatro palabras son una buena contraseña."}
	activateVerb = text{"Set up my access", "Zugang einrichten", "Mijn toegang instellen", "Activer mon accès", "Activar mi acceso"}
	acceptVerb   = text{"Accept the invitation", "Einladung annehmen", "Uitnodiging aannemen", "Accepter l’invitation", "Aceptar la invitación"}
	loginTitle   = text{"You have a login already", "Sie haben schon einen Zugang", "U hebt al een account", "Vous avez déjà un compte", "Ya tiene una cuenta"}
	loginText    = text{"Sign in as %s; then you can accept the invitation.", "Melden Sie sich als %s an; dann können Sie die Einladung annehmen.", "Log in als %s; daarna kunt u de uitnodiging aannemen.", "Connectez-vous en tant que %s ; vous pourrez ensuite accepter l’invitation.", "Inicie sesión como %s; después podrá aceptar la invitación."}
	asYouText    = text{"You are signed in as %s.", "Sie sind als %s angemeldet.", "U bent ingelogd als %s.", "Vous êtes connecté·e en tant que %s.", "Ha iniciado sesión como %s."}
	otherTitle   = text{"You are signed in as somebody else", "Sie sind als jemand anderes angemeldet", "U bent als iemand anders ingelogd", "Vous êtes connecté·e avec un autre compte", "Ha iniciado sesión con otra cuenta"}
	otherText    = text{"This invitation is for %s, and you are signed in as %s. Sign out to accept it.", "Diese Einladung ist für %s, und Sie sind als %s angemeldet. Melden Sie sich ab, um sie anzunehmen.", "Deze uitnodiging is voor %s en u bent ingelogd als %s. Log uit om haar aan te nemen.", "Cette invitation est pour %s et vous êtes connecté·e en tant que %s. Déconnectez-vous pour l’accepter.", "Esta invitación es para %s y ha iniciado sesión como %s. Cierre la sesión para aceptarla."}
	signOutVerb  = text{"Sign out", "Abmelden", "Uitloggen", "Se déconnecter", "Cerrar sesión"}

	expiredTitle = text{"This link has expired", "Dieser Link ist abgelaufen", "Deze link is verlopen", "Ce lien a expiré", "Este enlace ha caducado"}
	expiredText  = text{"It worked until %s. We can send you a new one, to the address of the invitation.", "Er galt bis %s. Wir können Ihnen einen neuen schicken, an die Adresse der Einladung.", "Hij werkte tot %s. We kunnen u een nieuwe sturen, naar het adres van de uitnodiging.", "Il était valable jusqu’au %s. Nous pouvons vous en envoyer un nouveau, à l’adresse de l’invitation.", "Era válido hasta el %s. Podemos enviarle otro a la dirección de la invitación."}
	againVerb    = text{"Send me a new link", "Neuen Link schicken", "Stuur mij een nieuwe link", "M’envoyer un nouveau lien", "Enviarme un enlace nuevo"}
	sentTitle    = text{"A new link is on its way", "Ein neuer Link ist unterwegs", "Een nieuwe link is onderweg", "Un nouveau lien est en route", "Un enlace nuevo está en camino"}
	sentText     = text{"Look into the mailbox that the invitation was sent to. It may take a few minutes; look among the spam, too. Older links no longer work.", "Sehen Sie in das Postfach, an das die Einladung ging. Es kann ein paar Minuten dauern; sehen Sie auch im Spam nach. Ältere Links gelten nicht mehr.", "Kijk in de mailbox waar de uitnodiging heen ging. Het kan een paar minuten duren; kijk ook bij de spam. Oudere links werken niet meer.", "Consultez la boîte où l’invitation a été envoyée. Cela peut prendre quelques minutes ; regardez aussi dans les indésirables. Les anciens liens ne fonctionnent plus.", "Mire en el buzón al que se envió la invitación. Puede tardar unos minutos; mire también en el correo no deseado. Los enlaces anteriores ya no funcionan."}
	usedTitle    = text{"This invitation was accepted already", "Diese Einladung wurde schon angenommen", "Deze uitnodiging is al aangenomen", "Cette invitation a déjà été acceptée", "Esta invitación ya se ha aceptado"}
	usedText     = text{"If that was you, sign in with the password you chose. If it was not, tell whoever invited you.", "Waren Sie das, dann melden Sie sich mit Ihrem Passwort an. Wenn nicht, sagen Sie es der Person, die Sie eingeladen hat.", "Was u dat, log dan in met uw wachtwoord. Zo niet, vertel het aan wie u uitnodigde.", "Si c’était vous, connectez-vous avec votre mot de passe. Sinon, prévenez la personne qui vous a invité·e.", "Si fue usted, inicie sesión con su contraseña. Si no, avise a quien le invitó."}
	usedOffer    = text{"If you cannot get in, we can write to the address of the invitation how to.", "Wenn Sie nicht hineinkommen, schreiben wir an die Adresse der Einladung, wie es geht.", "Komt u er niet in, dan schrijven wij naar het adres van de uitnodiging hoe het moet.", "Si vous n’arrivez pas à entrer, nous pouvons écrire à l’adresse de l’invitation comment faire.", "Si no consigue entrar, podemos escribir a la dirección de la invitación cómo hacerlo."}
	usedVerb     = text{"Send me a mail", "Mail schicken", "Stuur mij een mail", "M’envoyer un message", "Enviarme un mensaje"}
	revokedTitle = text{"This invitation was withdrawn", "Diese Einladung wurde zurückgezogen", "Deze uitnodiging is ingetrokken", "Cette invitation a été retirée", "Esta invitación se ha retirado"}
	revokedText  = text{"Ask %s if you think that this is a mistake.", "Fragen Sie %s, wenn Sie das für ein Versehen halten.", "Vraag het %s als u denkt dat dit een vergissing is.", "Adressez-vous à %s si vous pensez que c’est une erreur.", "Pregunte a %s si cree que es un error."}
	unknownTitle = text{"We do not know this link", "Diesen Link kennen wir nicht", "Deze link kennen wij niet", "Nous ne connaissons pas ce lien", "No conocemos este enlace"}
	unknownText  = text{"Perhaps a part of it is missing, or a newer invitation has replaced it. Open the newest mail, or type the code in it.", "Vielleicht fehlt ein Teil, oder eine neuere Einladung hat ihn ersetzt. Öffnen Sie die neueste Mail oder geben Sie ihren Code ein.", "Misschien ontbreekt er een deel, of is hij vervangen door een nieuwere uitnodiging. Open de nieuwste mail of typ de code.", "Il en manque peut-être une partie, ou une invitation plus récente l’a remplacé. Ouvrez le dernier message ou saisissez son code.", "Quizá falte una parte o lo haya sustituido una invitación más reciente. Abra el último mensaje o escriba su código."}
	staleForm    = text{"This page was open for too long. Nothing was done; please try again.", "Diese Seite war zu lange offen. Es ist nichts geschehen; bitte versuchen Sie es noch einmal.", "Deze pagina stond te lang open. Er is niets gebeurd; probeer het nog eens.", "Cette page est restée ouverte trop longtemps. Rien n’a été fait ; veuillez réessayer.", "Esta página estuvo abierta demasiado tiempo. No se ha hecho nada; inténtelo de nuevo."}
	emailWrong   = text{"", "Bitte prüfen Sie die E-Mail-Adresse.", "Controleer het e-mailadres.", "Vérifiez l’adresse e-mail.", "Revise la dirección de correo."}
)

// met are the sentences of the inner rooms that these pages meet.
var met = []text{
	{"The e-mail address or the password is not right. Check both and try again.", "Die E-Mail-Adresse oder das Passwort stimmt nicht. Prüfen Sie beides und versuchen Sie es noch einmal.", "Het e-mailadres of het wachtwoord klopt niet. Controleer beide en probeer het opnieuw.", "L’adresse e-mail ou le mot de passe est incorrect. Vérifiez les deux et réessayez.", "El correo o la contraseña no son correctos. Revise ambos e inténtelo de nuevo."},
	{"Type your password.", "Geben Sie Ihr Passwort ein.", "Typ uw wachtwoord.", "Saisissez votre mot de passe.", "Escriba su contraseña."},
	{"Use 8 or more characters. Three or four words make a good password.", "Nehmen Sie 8 oder mehr Zeichen. Drei oder vier Wörter sind ein gutes Passwort.", "Gebruik 8 of meer tekens. Drie of vier woorden zijn een goed wachtwoord.", "Utilisez au moins 8 caractères. Trois ou quatre mots font un bon mot de passe.", "Use 8 caracteres o más. Tres o cuatro palabras son una buena contraseña."},
	{"Use at most 256 characters.", "Nehmen Sie höchstens 256 Zeichen.", "Gebruik hoogstens 256 tekens.", "Utilisez au plus 256 caractères.", "Use como máximo 256 caracteres."},
	{"This password is among the first that anyone would try. Choose another one; three or four words make a good password.", "Dieses Passwort würde jeder zuerst versuchen. Wählen Sie ein anderes; drei oder vier Wörter sind ein gutes Passwort.", "Dit wachtwoord probeert iedereen als eerste. Kies een ander; drie of vier woorden zijn een goed wachtwoord.", "Ce mot de passe serait parmi les premiers essayés. Choisissez-en un autre ; trois ou quatre mots en font un bon.", "Esta contraseña sería de las primeras que se probarían. Elija otra; tres o cuatro palabras son una buena contraseña."},
	{"Please tell us your name.", "Bitte sagen Sie uns Ihren Namen.", "Vul uw naam in.", "Indiquez votre nom.", "Díganos su nombre."},
	{"That address and code do not fit together. Check both, or open the link in the mail.", "Adresse und Code passen nicht zusammen. Prüfen Sie beides, oder öffnen Sie den Link in der Mail.", "Adres en code horen niet bij elkaar. Controleer beide, of open de link in de mail.", "L’adresse et le code ne correspondent pas. Vérifiez les deux ou ouvrez le lien du message.", "La dirección y el código no corresponden. Revise ambos o abra el enlace del mensaje."},
	{"This code does not work. Check it with your letter; if it is older than 90 days, was used, or a newer letter came, ask for another one.", "Dieser Code gilt nicht. Vergleichen Sie ihn mit Ihrem Brief; ist er älter als 90 Tage, schon benutzt oder durch einen neueren Brief ersetzt, bitten Sie um einen anderen.", "Deze code werkt niet. Vergelijk hem met uw brief; is hij ouder dan 90 dagen, al gebruikt of door een nieuwere brief vervangen, vraag dan om een andere.", "Ce code ne fonctionne pas. Vérifiez-le avec votre lettre ; s’il a plus de 90 jours, a été utilisé ou remplacé par une lettre plus récente, demandez-en un autre.", "Este código no funciona. Compárelo con su carta; si tiene más de 90 días, ya se usó o lo sustituyó una carta más reciente, pida otro."},
	{"There is another user with your address already. Ask the staff to merge the two; nothing was changed.", "Es gibt schon einen anderen Nutzer mit Ihrer Adresse. Bitten Sie das Personal, die beiden zusammenzuführen; es wurde nichts geändert.", "Er is al een andere gebruiker met uw adres. Vraag het personeel om de twee samen te voegen; er is niets veranderd.", "Il existe déjà un autre utilisateur avec votre adresse. Demandez au personnel de réunir les deux ; rien n’a été modifié.", "Ya hay otro usuario con su dirección. Pida al personal que una los dos; no se ha cambiado nada."},
	{"Please answer this question.", "Bitte beantworten Sie diese Frage.", "Beantwoord deze vraag.", "Veuillez répondre à cette question.", "Responda a esta pregunta."},
	{"This answer is too long. Please use at most 300 characters.", "Diese Antwort ist zu lang. Bitte nehmen Sie höchstens 300 Zeichen.", "Dit antwoord is te lang. Gebruik hoogstens 300 tekens.", "Cette réponse est trop longue. Utilisez au plus 300 caractères.", "Esta respuesta es demasiado larga. Use como máximo 300 caracteres."},
	{"This answer holds characters that cannot be shown. Please type it again.", "Diese Antwort enthält Zeichen, die nicht gezeigt werden können. Bitte geben Sie sie noch einmal ein.", "Dit antwoord bevat tekens die niet getoond kunnen worden. Typ het opnieuw.", "Cette réponse contient des caractères qui ne peuvent pas être affichés. Saisissez-la à nouveau.", "Esta respuesta contiene caracteres que no se pueden mostrar. Escríbala de nuevo."},
	{"Too many tries. Please wait a minute and try again.", "Zu viele Versuche. Bitte warten Sie eine Minute und versuchen Sie es noch einmal.", "Te veel pogingen. Wacht een minuut en probeer het opnieuw.", "Trop de tentatives. Patientez une minute et réessayez.", "Demasiados intentos. Espere un minuto e inténtelo de nuevo."},
	{"Too many tries. Please wait some minutes and try again.", "Zu viele Versuche. Bitte warten Sie einige Minuten und versuchen Sie es noch einmal.", "Te veel pogingen. Wacht enkele minuten en probeer het opnieuw.", "Trop de tentatives. Patientez quelques minutes et réessayez.", "Demasiados intentos. Espere unos minutos e inténtelo de nuevo."},
}

// wordsOf returns what components say of their own, in one of our languages.
func wordsOf(lang string) *ui.Words {
	w := *ui.WordsOf(lang)
	switch lang {
	case "nl":
		w.Months = [12]string{"jan.", "feb.", "mrt.", "apr.", "mei", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "dec."}
		w.Show, w.Hide, w.Optional, w.ErrorsTitle, w.ErrorPrefix = "Wachtwoord tonen", "Wachtwoord verbergen", "niet verplicht", "Er klopt iets niet", "Fout:"
		w.Theme, w.ThemeLight, w.ThemeDark, w.ThemeSystem, w.SignOut, w.PersonMenu = "Weergave", "Licht", "Donker", "Zoals het systeem", "Uitloggen", "Uw menu, %s"
		w.Just, w.Yest, w.MinAgo, w.HourAgo, w.DayAgo, w.Never, w.Back, w.Working = "zojuist", "gisteren", "%d min geleden", "%d uur geleden", "%d dagen geleden", "nooit", "Terug", "Even geduld …"
		w.SkipToContent, w.MainMenu, w.Close, w.Switch = "Naar de inhoud", "Hoofdmenu", "Sluiten", "Van werkruimte wisselen"
		w.Fault = "Er ging bij ons iets mis. Het is genoteerd. Probeer het nog eens."
	case "fr":
		w.Months = [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}
		w.Show, w.Hide, w.Optional, w.ErrorsTitle, w.ErrorPrefix = "Afficher le mot de passe", "Masquer le mot de passe", "facultatif", "Il y a un problème", "Erreur :"
		w.Theme, w.ThemeLight, w.ThemeDark, w.ThemeSystem, w.SignOut, w.PersonMenu = "Apparence", "Clair", "Sombre", "Comme le système", "Se déconnecter", "Votre menu, %s"
		w.Just, w.Yest, w.MinAgo, w.HourAgo, w.DayAgo, w.Never, w.Back, w.Working = "à l’instant", "hier", "il y a %d min", "il y a %d h", "il y a %d jours", "jamais", "Retour", "Un instant …"
		w.SkipToContent, w.MainMenu, w.Close, w.Switch = "Aller au contenu", "Menu principal", "Fermer", "Changer d’espace"
		w.Fault = "Une erreur s’est produite de notre côté. Elle a été notée. Veuillez réessayer."
	case "es":
		w.Months = [12]string{"ene.", "feb.", "mar.", "abr.", "may.", "jun.", "jul.", "ago.", "sept.", "oct.", "nov.", "dic."}
		w.Show, w.Hide, w.Optional, w.ErrorsTitle, w.ErrorPrefix = "Mostrar la contraseña", "Ocultar la contraseña", "opcional", "Hay un problema", "Error:"
		w.Theme, w.ThemeLight, w.ThemeDark, w.ThemeSystem, w.SignOut, w.PersonMenu = "Aspecto", "Claro", "Oscuro", "Como el sistema", "Cerrar sesión", "Su menú, %s"
		w.Just, w.Yest, w.MinAgo, w.HourAgo, w.DayAgo, w.Never, w.Back, w.Working = "ahora mismo", "ayer", "hace %d min", "hace %d h", "hace %d días", "nunca", "Volver", "Un momento …"
		w.SkipToContent, w.MainMenu, w.Close, w.Switch = "Ir al contenido", "Menú principal", "Cerrar", "Cambiar de espacio"
		w.Fault = "Algo ha fallado por nuestra parte. Queda anotado. Inténtelo de nuevo."
	}
	return &w
}
