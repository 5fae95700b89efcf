package driver

// The sentences of the page of messages.
var (
	messagesTitle  = text{"Messages", "Nachrichten", "Berichten", "Messages", "Mensajes"}
	noMessages     = text{"No messages yet", "Noch keine Nachrichten", "Nog geen berichten", "Pas encore de message", "Aún sin mensajes"}
	noMessagesText = text{"What %s has to tell you appears here: when your request is answered, a card is blocked, or your places change.", "Was %s Ihnen zu sagen hat, erscheint hier: wenn Ihre Anfrage beantwortet, eine Karte gesperrt oder ein Ort geändert wird.", "Wat %s u te melden heeft, verschijnt hier: als uw aanvraag is beantwoord, een pas is geblokkeerd of uw plaatsen veranderen.", "Ce que %s a à vous dire apparaît ici : une réponse à votre demande, une carte bloquée, un lieu qui change.", "Lo que %s tenga que decirle aparece aquí: cuando se responda a su solicitud, se bloquee una tarjeta o cambien sus lugares."}
	markRead       = text{"Mark all as read", "Alle als gelesen markieren", "Alles als gelezen markeren", "Tout marquer comme lu", "Marcar todo como leído"}
	unreadWord     = text{"New", "Neu", "Nieuw", "Nouveau", "Nuevo"}
	savedText      = text{"Saved.", "Gespeichert.", "Opgeslagen.", "Enregistré.", "Guardado."}
	saveVerb       = text{"Save", "Speichern", "Opslaan", "Enregistrer", "Guardar"}
	toApprovals    = text{"Open Approvals", "Freigaben öffnen", "Goedkeuringen openen", "Ouvrir les approbations", "Abrir aprobaciones"}
	approvalsLabel = text{"Who waits for approval at %s, by e-mail", "Wer bei %s auf Freigabe wartet, per E-Mail", "Wie bij %s op goedkeuring wacht, per e-mail", "Qui attend une approbation chez %s, par e-mail", "Quién espera aprobación en %s, por correo"}
	approvalsHint  = text{"One mail for all who ask within some minutes.", "Eine Mail für alle, die innerhalb einiger Minuten anfragen.", "Eén mail voor iedereen die binnen enkele minuten een aanvraag doet.", "Un seul message pour toutes les demandes de quelques minutes.", "Un solo mensaje para todas las solicitudes de unos minutos."}
	newsLabel      = text{"News from %s by e-mail", "Neuigkeiten von %s per E-Mail", "Nieuws van %s per e-mail", "Nouvelles de %s par e-mail", "Novedades de %s por correo"}
	newsHint       = text{"Mails about your access, your cards and your account come in any case.", "Mails zu Ihrem Zugang, Ihren Karten und Ihrem Konto kommen in jedem Fall.", "Mails over uw toegang, uw passen en uw account komen altijd.", "Les messages sur votre accès, vos cartes et votre compte arrivent dans tous les cas.", "Los correos sobre su acceso, sus tarjetas y su cuenta llegan siempre."}

	pushTitle  = text{"Messages on this device", "Nachrichten auf diesem Gerät", "Berichten op dit apparaat", "Messages sur cet appareil", "Mensajes en este dispositivo"}
	pushText   = text{"Be told at once when a card is blocked or your request is answered, even while this app is closed.", "Erfahren Sie sofort, wenn eine Karte gesperrt oder Ihre Anfrage beantwortet wird, auch wenn die App geschlossen ist.", "Hoor het meteen als een pas wordt geblokkeerd of uw aanvraag is beantwoord, ook als deze app dicht is.", "Soyez averti·e aussitôt si une carte est bloquée ou si votre demande a une réponse, même application fermée.", "Entérese al momento si se bloquea una tarjeta o se responde a su solicitud, aunque la aplicación esté cerrada."}
	pushOn     = text{"Turn on", "Einschalten", "Aanzetten", "Activer", "Activar"}
	pushOff    = text{"Turn off", "Ausschalten", "Uitzetten", "Désactiver", "Desactivar"}
	pushDenied = text{"Your browser does not allow it. Change that in its settings for this page.", "Ihr Browser erlaubt es nicht. Ändern Sie das in seinen Einstellungen für diese Seite.", "Uw browser staat het niet toe. Wijzig dat in de instellingen voor deze pagina.", "Votre navigateur ne l’autorise pas. Modifiez ce réglage pour cette page.", "Su navegador no lo permite. Cámbielo en sus ajustes para esta página."}
	pushFailed = text{"That did not work. Try again in a moment.", "Das hat nicht geklappt. Versuchen Sie es gleich noch einmal.", "Dat lukte niet. Probeer het zo nog eens.", "Cela n’a pas fonctionné. Réessayez dans un instant.", "No ha funcionado. Inténtelo de nuevo en un momento."}
	pushDone   = text{"On.", "Eingeschaltet.", "Aan.", "Activé.", "Activado."}
)
