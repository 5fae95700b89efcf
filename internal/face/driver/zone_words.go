package driver

// The sentences of the pages about zones.
var (
	zonesTitle   = text{"My zones", "Meine Zonen", "Mijn zones", "Mes zones", "Mis zonas"}
	zonesNav     = text{"Zones", "Zonen", "Zones", "Zones", "Zonas"}
	noZone       = text{"No zone joined yet", "Noch keiner Zone beigetreten", "Nog bij geen zone", "Aucune zone rejointe", "Aún no está en ninguna zona"}
	noZoneText   = text{"Have you been given a joining code, or seen one on a charger? Enter it, and you may charge there.", "Haben Sie einen Beitrittscode bekommen oder an einer Ladestation gesehen? Geben Sie ihn ein, dann dürfen Sie dort laden.", "Hebt u een deelnamecode gekregen of op een laadstation gezien? Voer hem in, dan mag u daar laden.", "Vous avez reçu un code d’accès, ou en avez vu un sur une borne ? Saisissez-le et vous pourrez y recharger.", "¿Le han dado un código de acceso o ha visto uno en un cargador? Introdúzcalo y podrá cargar allí."}
	enterCode    = text{"Enter a joining code", "Beitrittscode eingeben", "Deelnamecode invoeren", "Saisir un code d’accès", "Introducir un código"}
	zoneJoined   = text{"You are in: you may charge at %s.", "Sie sind dabei: Sie dürfen bei %s laden.", "U bent binnen: u mag laden bij %s.", "C’est fait : vous pouvez recharger à %s.", "Ya está dentro: puede cargar en %s."}
	zoneLeft     = text{"You have left the zone.", "Sie haben die Zone verlassen.", "U hebt de zone verlaten.", "Vous avez quitté la zone.", "Ha salido de la zona."}
	zoneSince    = text{"Joined on %s", "Dabei seit %s", "Lid sinds %s", "Membre depuis le %s", "Desde el %s"}
	zoneUntil    = text{"Until %s", "Bis %s", "Tot en met %s", "Jusqu’au %s", "Hasta el %s"}
	zoneFrom     = text{"From %s", "Ab %s", "Vanaf %s", "À partir du %s", "Desde el %s"}
	zoneOver     = text{"Ended on %s", "Beendet am %s", "Beëindigd op %s", "Terminé le %s", "Terminó el %s"}
	zoneWaits    = text{"Waiting for approval", "Wartet auf Freigabe", "Wacht op goedkeuring", "En attente d’approbation", "A la espera de aprobación"}
	leaveTitle   = text{"Leave a zone", "Zone verlassen", "Zone verlaten", "Quitter une zone", "Salir de una zona"}
	leaveVerb    = text{"Leave", "Verlassen", "Verlaten", "Quitter", "Salir"}
	leaveOne     = text{"Leave %s", "%s verlassen", "%s verlaten", "Quitter %s", "Salir de %s"}
	leaveAsk     = text{"Leave %s?", "%s verlassen?", "%s verlaten?", "Quitter %s ?", "¿Salir de %s?"}
	leaveText    = text{"Chargers there stop taking your cards at once, unless something else lets you charge there. You keep your account with %s and all your sessions. To come back you need a code again.", "Die Ladestationen dort nehmen Ihre Karten sofort nicht mehr an, außer etwas anderes erlaubt Ihnen das Laden dort. Ihren Zugang bei %s und alle Ladevorgänge behalten Sie. Um zurückzukommen, brauchen Sie wieder einen Code.", "Laadstations daar accepteren uw passen meteen niet meer, tenzij iets anders u daar laat laden. U houdt uw account bij %s en al uw laadsessies. Om terug te komen hebt u weer een code nodig.", "Les bornes n’y acceptent plus vos cartes aussitôt, sauf si autre chose vous y autorise. Vous gardez votre compte chez %s et toutes vos sessions. Pour revenir, il vous faudra de nouveau un code.", "Los cargadores de allí dejan de aceptar sus tarjetas enseguida, salvo que otra cosa le permita cargar. Conserva su cuenta en %s y todas sus sesiones. Para volver necesitará otra vez un código."}
	leaveWaiting = text{"Your request is withdrawn.", "Ihre Anfrage wird zurückgezogen.", "Uw aanvraag wordt ingetrokken.", "Votre demande est retirée.", "Su solicitud se retira."}
	leaveDo      = text{"Leave this zone", "Diese Zone verlassen", "Deze zone verlaten", "Quitter cette zone", "Salir de esta zona"}
	stay         = text{"Stay", "Bleiben", "Blijven", "Rester", "Quedarme"}
)
