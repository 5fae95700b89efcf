package intake

import (
	"strings"

	"involt/internal/core/person"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// Column is what a column of a sheet means, by its English name in the template.
type Column string

// The columns that are read.
const (
	Email         Column = "email"
	Phone         Column = "phone"
	FirstName     Column = "first_name"
	LastName      Column = "last_name"
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

	{"vehicle_plate", false, "vehicleplate licenseplate licenceplate plate numberplate kennzeichen kfzkennzeichen kenteken immatriculation plaque matricula"},
	{"vehicle_name", false, "vehiclename vehicle car fahrzeug voertuig vehicule vehiculo coche"},
	{"tariff", false, "tariff rate price tarif tarief tarifa"},
	{"reimbursement_rate", false, "reimbursementrate reimbursement erstattungssatz erstattung vergoeding vergoedingstarief tauxderemboursement remboursement tasadereembolso reembolso"},
	{"iban", false, "iban bankaccount bankkonto bankrekening comptebancaire cuentabancaria"},
	{"start_date", false, "startdate startdatum datededebut fechadeinicio"},
	{"end_date", false, "enddate enddatum einddatum datedefin fechadefin"},
	{"invite", false, "invite sendinvitation einladen uitnodigen inviter invitar"},
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

// Heading is one column of the sheet and what is made of it.
type Heading struct {
	Text   string `json:"text"`   // as in the file
	Column Column `json:"column"` // "" if unknown
	Read   bool   `json:"read"`   // false: the column is passed over
	Note   string `json:"note,omitempty"`
}

// header is the columns of one file.
type header struct {
	line  int
	list  []Heading
	at    map[Column]int
	width int
}

// has reports whether the file has a column.
func (h *header) has(c Column) bool { _, ok := h.at[c]; return ok }

// cell returns a cell of the row without what spreadsheets and our own exports
// put around it.
func (h *header) cell(row table.Row, c Column) string {
	i, ok := h.at[c]
	if !ok {
		return ""
	}
	return strings.TrimSpace(table.Unguard(strings.TrimSpace(row.Cell(i))))
}

// recognise reads a row as the header. ok is false if it names nothing by
// which a person could be known.
func recognise(row table.Row) (h header, ok bool) {
	h = header{line: row.Line, at: map[Column]int{}, width: len(row.Cells)}
	for i, text := range row.Cells {
		text = strings.TrimSpace(text)
		heading := Heading{Text: text}
		switch n, known := byHeading[headingKey(text)]; {
		case text == "":
			heading.Note = "has no heading and is not read"
		case !known:
			heading.Note = "is not known and is not read"
		case !headings[n].read:
			heading.Column, heading.Note = headings[n].column, "is known, but not read by this version"
		case h.has(headings[n].column):
			heading.Note = "means " + string(headings[n].column) + ", as an earlier column does, and is not read"
		default:
			heading.Column, heading.Read = headings[n].column, true
			h.at[heading.Column] = i
		}
		h.list = append(h.list, heading)
	}
	return h, h.has(Email) || h.has(ExternalID) || h.has(CardUID)
}

// titleRows is how many rows may stand above the header.
const titleRows = 5

// findHeader reads up to the header.
func findHeader(r *table.Reader) (header, error) {
	var first []string
	for range titleRows {
		row, err := r.Next()
		if err != nil {
			break // what is wrong with the line matters less than that there is no header
		}
		if h, ok := recognise(row); ok {
			return h, nil
		}
		if first == nil {
			first = append([]string{}, row.Cells...)
		}
	}
	found := strings.Join(first, ", ")
	if len(found) > 200 {
		found = strings.ToValidUTF8(found[:200], "") + "…"
	}
	return header{}, errs.New(errs.Invalid,
		"The file has no line of headings with email, external_id or card_uid in it. It begins with: %s. Download the template to see the headings.", found)
}
