package driver

// The sentences of the page about where one is signed in.
var (
	signInsTitle  = text{"Where you are signed in", "Wo Sie angemeldet sind", "Waar u bent ingelogd", "Où vous êtes connecté·e", "Dónde ha iniciado sesión"}
	signInsSay    = text{"If you do not know one of these, sign out there and set a new password.", "Wenn Sie eines davon nicht kennen, melden Sie sich dort ab und legen Sie ein neues Passwort fest.", "Kent u een hiervan niet, log daar dan uit en stel een nieuw wachtwoord in.", "Si vous ne reconnaissez pas l’un d’eux, déconnectez-le et définissez un nouveau mot de passe.", "Si no reconoce alguno, cierre esa sesión y establezca una contraseña nueva."}
	thisOne       = text{"This browser", "Dieser Browser", "Deze browser", "Ce navigateur", "Este navegador"}
	lastUsed      = text{"Last used", "Zuletzt benutzt", "Laatst gebruikt", "Dernière utilisation", "Último uso"}
	signOutThere  = text{"Sign out there", "Dort abmelden", "Daar uitloggen", "Déconnecter", "Cerrar esa sesión"}
	signOutOthers = text{"Sign out everywhere else", "Überall sonst abmelden", "Overal elders uitloggen", "Déconnecter partout ailleurs", "Cerrar las demás sesiones"}
	endedSay      = text{"Signed out there.", "Dort abgemeldet.", "Daar uitgelogd.", "Déconnecté.", "Sesión cerrada."}
	unknownDevice = text{"A browser", "Ein Browser", "Een browser", "Un navigateur", "Un navegador"}
)
