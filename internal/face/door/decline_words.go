package door

// The sentences about declining an invitation.
var (
	declineLead     = text{"Not for you, or not wanted?", "Nicht für Sie, oder nicht gewünscht?", "Niet voor u, of niet gewenst?", "Ce n’est pas pour vous, ou vous n’en voulez pas ?", "¿No es para usted o no la desea?"}
	declineVerb     = text{"Decline the invitation", "Einladung ablehnen", "Uitnodiging afwijzen", "Refuser l’invitation", "Rechazar la invitación"}
	declineTitle    = text{"Decline the invitation?", "Einladung ablehnen?", "Uitnodiging afwijzen?", "Refuser l’invitation ?", "¿Rechazar la invitación?"}
	declineText     = text{"It is for %s, to %s.", "Sie ist für %s, zu %s.", "Zij is voor %s, bij %s.", "Elle est pour %s, chez %s.", "Es para %s, en %s."}
	declineKeep     = text{"No, keep it", "Nein, behalten", "Nee, bewaren", "Non, la garder", "No, conservarla"}
	declineKeepHint = text{"You can accept it until %s.", "Sie können sie bis %s annehmen.", "U kunt haar aannemen tot %s.", "Vous pouvez l’accepter jusqu’au %s.", "Puede aceptarla hasta el %s."}
	declineYes      = text{"Yes, decline it", "Ja, ablehnen", "Ja, afwijzen", "Oui, la refuser", "Sí, rechazarla"}
	declineYesHint  = text{"The link stops working, and %s sees that you declined.", "Der Link gilt dann nicht mehr, und %s sieht, dass Sie abgelehnt haben.", "De link werkt dan niet meer en %s ziet dat u hebt afgewezen.", "Le lien ne fonctionnera plus et %s verra que vous avez refusé.", "El enlace dejará de funcionar y %s verá que la ha rechazado."}
	declineChoose   = text{"Choose one of the two.", "Wählen Sie eines von beiden.", "Kies een van de twee.", "Choisissez l’une des deux réponses.", "Elija una de las dos."}

	declinedTitle = text{"This invitation was declined", "Diese Einladung wurde abgelehnt", "Deze uitnodiging is afgewezen", "Cette invitation a été refusée", "Esta invitación se ha rechazado"}
	declinedText  = text{"Nothing was set up for you at %s, and you need do nothing more.", "Bei %s wurde nichts für Sie eingerichtet, und Sie brauchen nichts weiter zu tun.", "Er is bij %s niets voor u ingesteld en u hoeft niets meer te doen.", "Rien n’a été créé pour vous chez %s et vous n’avez plus rien à faire.", "No se ha creado nada para usted en %s y no tiene que hacer nada más."}
	declinedOffer = text{"Have you changed your mind, or was it not you? We can send a new link to the address of the invitation.", "Haben Sie es sich anders überlegt, oder waren Sie es nicht? Wir können einen neuen Link an die Adresse der Einladung schicken.", "Bent u van gedachten veranderd, of was u het niet? Wij kunnen een nieuwe link sturen naar het adres van de uitnodiging.", "Vous avez changé d’avis, ou ce n’était pas vous ? Nous pouvons envoyer un nouveau lien à l’adresse de l’invitation.", "¿Ha cambiado de opinión o no fue usted? Podemos enviar un enlace nuevo a la dirección de la invitación."}
)
