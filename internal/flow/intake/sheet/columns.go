// Package sheet is what files of people and cards say: whose export it is, what
// each column means, and what a row says about a person and a card.
package sheet

import (
	"strings"

	"involt/internal/core/person"
)

// Label is how people call a column.
func (c Column) Label() string { return labels[c] }

var labels = map[Column]string{
	Email: "E-mail", Phone: "Phone", FirstName: "First name", LastName: "Last name", FullName: "Name (first and last)", Language: "Language", ExternalID: "External id",
	Status: "Status", Groups: "User groups", Role: "Role", Account: "Account", CostCenter: "Cost center", Info1: "Info 1", Info2: "Info 2", CardUID: "Card number", CardPrinted: "Printed number",
	CardKind: "Kind of card", CardValidFrom: "Card valid from", CardValidTo: "Card valid to",
	VehiclePlate: "Licence plate", VehicleCountry: "Country of the plate", VehicleName: "Vehicle (make and model)", VehicleMake: "Make", VehicleModel: "Model",
	VehicleMAC: "MAC address (Autocharge)", VehicleBattery: "Battery (kWh)", ReimbursementRate: "Reimbursement rate", StartDate: "First day", EndDate: "Last day", Invite: "Invite",
}

// Readable are the columns that are read, in the order of the template.
func Readable() (list []Column) {
	for _, h := range headings {
		if h.read {
			list = append(list, h.column)
		}
	}
	return list
}

// Column is what a column of a sheet means, by its English name in the template.
type Column string

// The columns that are read.
const (
	Email         Column = "email"
	Phone         Column = "phone"
	FirstName     Column = "first_name"
	LastName      Column = "last_name"
	FullName      Column = "name"
	Language      Column = "language"
	ExternalID    Column = "external_id"
	Status        Column = "status"
	Groups        Column = "groups"
	Role          Column = "role"
	Account       Column = "account"
	CostCenter    Column = "cost_center"
	Info1         Column = "info_1"
	Info2         Column = "info_2"
	CardUID       Column = "card_uid"
	CardPrinted   Column = "card_printed"
	CardKind      Column = "card_kind"
	CardValidFrom Column = "card_valid_from"
	CardValidTo   Column = "card_valid_to"

	VehiclePlate   Column = "vehicle_plate"
	VehicleCountry Column = "vehicle_country"
	VehicleName    Column = "vehicle_name"
	VehicleMake    Column = "vehicle_make"
	VehicleModel   Column = "vehicle_model"
	VehicleMAC     Column = "vehicle_mac"
	VehicleBattery Column = "vehicle_battery"

	ReimbursementRate Column = "reimbursement_rate"
	StartDate         Column = "start_date"
	EndDate           Column = "end_date"
	Invite            Column = "invite"
)

// headings says how each column is headed in English, German, Dutch, French
// and Spanish, in the form that headingKey gives. The first is the template's.
// read says whether the column is read yet; the others are known and reported.
var headings = []struct {
	column Column
	read   bool
	names  string
}{
	{Email, true, "email emailaddress mail mailaddress username useremail emailadresse mailadresse eposta emailadres mailadres courriel adresseemail adressemail adresseelectronique correo correoelectronico direccioncorreo direcciondecorreo"},
	{Phone, true, "phone phonenumber telephone mobile mobilephone cell telefon telefonnummer handy handynummer mobilnummer mobil telefoon telefoonnummer mobiel gsm telephonenumero numerodetelephone portable tel telefono movil numerodetelefono"},
	{FirstName, true, "firstname givenname forename vorname rufname voornaam prenom nombre nombredepila"},
	{LastName, true, "lastname surname familyname nachname familienname achternaam familienaam nom nomdefamille apellido apellidos"},
	{FullName, true, "name fullname displayname person driver user holder cardholder vollername vorundnachname fahrer nutzer inhaber volledigenaam bestuurder nomcomplet nometprenom conducteur titulaire nombrecompleto nombreyapellidos conductor titular"},
	{Language, true, "language lang locale sprache taal langue idioma lengua"},
	{ExternalID, true, "externalid employeeid employeenumber personnelnumber staffnumber customernumber memberid personalnummer mitarbeiternummer kundennummer externeid personeelsnummer medewerkernummer klantnummer externid matricule numeroemploye numeroclient idexterne identifiantexterne numeroempleado numerodeempleado numerodecliente idexterno"},
	{Status, true, "status state userstatus zustand toestand statut etat estado"},
	{Groups, true, "groups group usergroup usergroups gruppe gruppen benutzergruppe benutzergruppen nutzergruppe groep groepen gebruikersgroep gebruikersgroepen groupe groupes groupeutilisateurs grupo grupos grupodeusuarios"},
	{Role, true, "role roles userrole rolle rollen rol ruolo fonction roleutilisateur perfil"},
	{Account, true, "account company firma konto unternehmen bedrijf rekening compte societe entreprise cuenta empresa"},
	{CostCenter, true, "costcenter costcentre kostenstelle kostenplaats centredecout centredecouts centrodecoste centrodecostes centrodecosto"},
	{Info1, true, "info1 information1 custom1 zusatz1 zusatzinfo1 extra1 infosupplementaire1 informacion1"},
	{Info2, true, "info2 information2 custom2 zusatz2 zusatzinfo2 extra2 infosupplementaire2 informacion2"},
	{CardUID, true, "carduid card cardnumber cardno uid rfid rfiduid rfidnumber rfidcard rfidtag tag tagid idtag token tokenuid karte kartennummer rfidkarte rfidnummer ladekarte ladekartennummer kartenuid kaart kaartnummer laadpas laadpasnummer pasnummer rfidkaart carte numerodecarte numerocarte badge numerobadge numerodebadge uidcarte tarjeta numerodetarjeta numerotarjeta uidtarjeta tarjetarfid"},
	{CardPrinted, true, "cardprinted printednumber visualnumber visualid printed aufdruck kartenaufdruck aufgedrucktenummer gedrucktenummer opdruk gedruktnummer zichtbaarnummer numeroimprime numerovisuel numeroimpreso numerovisible contractid"},
	{CardKind, true, "cardkind cardtype tokentype kartenart kartentyp kaartsoort kaarttype typedecarte typecarte typedebadge tipodetarjeta tipotarjeta"},
	{CardValidFrom, true, "cardvalidfrom validfrom gueltigab kartegueltigab geldigvanaf kaartgeldigvanaf valableapartirde valabledepuis cartevalabledepuis validodesde validadesde"},
	{CardValidTo, true, "cardvalidto validto validuntil expires expirydate gueltigbis kartegueltigbis geldigtot kaartgeldigtot valablejusquau validejusquau expiration validohasta validahasta caducidad"},

	{VehiclePlate, true, "vehicleplate licenseplate licenceplate plate numberplate kennzeichen kfzkennzeichen kenteken immatriculation plaque plaquedimmatriculation matricula"},
	{VehicleCountry, true, "vehiclecountry platecountry countryofplate kennzeichenland landdeskennzeichens landkenteken kentekenland paysplaque paysdelaplaque paismatricula paisdelamatricula"},
	{VehicleName, true, "vehiclename vehicle car fahrzeug voertuig vehicule vehiculo coche"},
	{VehicleMake, true, "vehiclemake make brand carmake marke fahrzeugmarke hersteller merk automerk marque marquevehicule constructeur marca marcadelvehiculo fabricante"},
	{VehicleModel, true, "vehiclemodel model carmodel modell fahrzeugmodell automodel modele modelevehicule modelo modelodelvehiculo"},
	{VehicleMAC, true, "vehiclemac mac macaddress autocharge macadresse macadres adressemac direccionmac evccid"},
	{VehicleBattery, true, "vehiclebattery battery batterykwh batterycapacity batterie batteriekwh batteriekapazitaet accu accukwh accucapaciteit batterij capacitebatterie capacitedelabatterie bateria bateriakwh capacidaddelabateria"},
	{"tariff", false, "tariff rate price tarif tarief tarifa"},
	{ReimbursementRate, true, "reimbursementrate reimbursement erstattungssatz erstattung vergoeding vergoedingstarief tauxderemboursement remboursement tasadereembolso reembolso"},
	{"iban", false, "iban bankaccount bankkonto bankrekening comptebancaire cuentabancaria"},
	{StartDate, true, "startdate firstday accessfrom entrydate startdatum beginn zugangab erstertag eintritt eintrittsdatum datumindienst eerstedag toegangvanaf datededebut premierjour datedentree accesdepuis fechadeinicio primerdia fechadealta accesodesde"},
	{EndDate, true, "enddate lastday accessuntil exitdate leavingdate enddatum ende zugangbis letztertag austritt austrittsdatum einddatum datumuitdienst laatstedag toegangtot datedefin dernierjour datedesortie accesjusquau fechadefin ultimodia fechadebaja accesohasta"},
	{Invite, true, "invite sendinvitation einladen uitnodigen inviter invitar"},
}

var byHeading = func() map[string]int {
	m := make(map[string]int)
	for i, h := range headings {
		m[headingKey(string(h.column))] = i
		for _, name := range strings.Fields(h.names) {
			m[strings.ToLower(name)] = i
		}
	}
	return m
}()

// headingKey is the form in which headings are compared: letters and digits,
// without case and accents.
func headingKey(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, person.Fold(umlauts.Replace(s)))
}

// umlauts writes German letters as they are written where a keyboard lacks
// them, which is how the table above has them.
var umlauts = strings.NewReplacer("ü", "ue", "Ü", "ue", "ö", "oe", "Ö", "oe", "ä", "ae", "Ä", "ae")

// Names lists columns in a sentence.
func Names(list []Column) string {
	texts := make([]string, len(list))
	for i, c := range list {
		texts[i] = string(c)
	}
	return strings.Join(texts, ", ")
}
