package zones

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/face/admin/printing"
	"involt/internal/flow/join"
	"involt/internal/kit/errs"

	"codeberg.org/go-pdf/fpdf"
)

// qrOf is the QR code of a link as SVG.
func qrOf(link, place string) (string, error) { return printing.QRSVG(link, "QR code to join "+place) }

// qr hands out the QR code as a picture.
func (c *Pages) qr(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.one(r, v, id.JoinCode(r.PathValue("code")))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Disposition", `attachment; filename="joining-code.svg"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, p.qr) // whoever is gone asks again
	return nil
}

// poster hands out the code for print: on a page, or on a sticker.
func (c *Pages) poster(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.one(r, v, id.JoinCode(r.PathValue("code")))
	if err != nil {
		return err
	}
	language := r.URL.Query().Get("lang")
	if !slices.Contains(workspace.Languages, language) {
		language = p.o.Workspace.Language
	}
	name, draw := "poster.pdf", Poster
	switch r.URL.Query().Get("size") {
	case "", "a4":
	case "sticker":
		name, draw = "sticker.pdf", Sticker
	default:
		return errs.New(errs.Invalid, "There is a poster of A4 and a sticker. Choose one of them.")
	}
	var b bytes.Buffer
	if err := draw(&b, Print{Offer: p.o, Link: p.link, Enter: p.enter, Language: language, Now: c.Now()}); err != nil {
		return fmt.Errorf("printing a joining code: %w", err)
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // whoever is gone asks again
	return nil
}

// Print is what stands on a poster or a sticker.
type Print struct {
	join.Offer
	Link     string // in the QR code
	Enter    string // where the code is typed
	Language string
	Now      time.Time
}

// posterWords is one language of what is printed. %[1]s is the operator in
// approval, else the address where the code is typed.
type posterWords struct{ lang, charge, scan, or, code, waits string }

var posters = []posterWords{
	{"en", "Charge here", "Scan the code with your phone.", "Or open %[1]s and type:", "Joining code", "%[1]s decides about each request."},
	{"de", "Hier laden", "Scannen Sie den Code mit dem Telefon.", "Oder öffnen Sie %[1]s und geben Sie ein:", "Beitrittscode", "%[1]s entscheidet über jede Anfrage."},
	{"nl", "Hier laden", "Scan de code met uw telefoon.", "Of open %[1]s en typ:", "Deelnamecode", "%[1]s beslist over elke aanvraag."},
	{"fr", "Rechargez ici", "Scannez le code avec votre téléphone.", "Ou ouvrez %[1]s et saisissez :", "Code d’accès", "%[1]s décide de chaque demande."},
	{"es", "Cargue aquí", "Escanee el código con su teléfono.", "O abra %[1]s y escriba:", "Código de acceso", "%[1]s decide sobre cada solicitud."},
}

func postersIn(language string) posterWords {
	for _, w := range posters {
		if w.lang == language {
			return w
		}
	}
	return posters[0]
}

// sheet is a page that is being written on, of lines that stand in the middle.
type sheet struct {
	pdf *fpdf.Fpdf
	w   float64 // of the sheet, millimetres
	pad float64
	y   float64
}

func (p *sheet) ink(r, g, b int) { p.pdf.SetTextColor(r, g, b) }

// centred writes lines in the middle and moves below them. Words that do not
// fit the column at that size are made smaller, down to half of it.
func (p *sheet) centred(family, style string, size, lead float64, most int, text string) {
	text = strings.Join(strings.Fields(printing.Printable(text)), " ")
	width := p.w - 2*p.pad
	p.pdf.SetFont(family, style, size)
	lines := printing.Wrap(p.pdf, text, width)
	for smaller := size; len(lines) > most && smaller > size/2; {
		smaller *= 0.92
		p.pdf.SetFont(family, style, smaller)
		lines = printing.Wrap(p.pdf, text, width)
		lead *= 0.92
	}
	for i, line := range lines {
		if i == most-1 && len(lines) > most {
			line += " …"
		}
		if i == most {
			break
		}
		p.pdf.SetXY(p.pad, p.y)
		p.pdf.CellFormat(width, lead, printing.Visual(line), "", 0, "C", false, 0, "")
		p.y += lead
	}
}

// Poster writes the code on a page of A4, to be read from some metres away.
func Poster(w io.Writer, in Print) error {
	words := postersIn(in.Language)
	pdf := printing.New("A4", in.Now)
	pdf.SetLang(words.lang)
	pdf.SetTitle(printing.OneLine(words.charge+": "+in.Place()), true)
	pdf.AddPage()
	const height, qr = 297.0, 104.0
	p := &sheet{pdf: pdf, w: 210, pad: 20}
	pdf.SetFillColor(10, 122, 75)
	pdf.Rect(0, 0, p.w, 74, "F")
	p.ink(255, 255, 255)
	p.y = 17
	p.centred("sans", "B", 44, 19, 1, words.charge)
	p.y = 42
	p.centred("sans", "", 24, 11, 2, in.Place())
	if err := printing.QR(pdf, in.Link, (p.w-qr)/2, 84, qr); err != nil {
		return err
	}
	p.ink(18, 24, 28)
	p.y = 192
	p.centred("sans", "B", 18, 8.5, 2, words.scan)
	p.y += 2
	p.centred("sans", "", 14, 7, 2, fmt.Sprintf(words.or, printing.Bare(in.Enter)))
	p.y += 4
	pdf.SetDrawColor(10, 122, 75)
	pdf.SetLineWidth(0.7)
	pdf.Rect(40, p.y, p.w-80, 27, "D")
	p.y += 4.5
	p.centred("mono", "B", 48, 18, 1, joincode.Grouped(in.Secret))
	p.ink(86, 97, 105)
	p.y = height - 34
	if in.Code.Approval {
		p.centred("sans", "", 11, 5.5, 2, fmt.Sprintf(words.waits, in.Workspace.Name))
	}
	p.y = height - 20
	p.centred("sans", "B", 12, 6, 1, in.Workspace.Name)
	if pdf.Error() != nil {
		return fmt.Errorf("poster: %w", pdf.Error())
	}
	return pdf.Output(w)
}

// Sticker writes the code on a label of 74 × 105 millimetres, to stand on a
// charger.
func Sticker(w io.Writer, in Print) error {
	words := postersIn(in.Language)
	pdf := printing.NewSized(74, 105, in.Now)
	pdf.SetLang(words.lang)
	pdf.SetTitle(printing.OneLine(words.charge+": "+in.Place()), true)
	pdf.AddPage()
	const qr = 46.0
	p := &sheet{pdf: pdf, w: 74, pad: 5}
	pdf.SetFillColor(10, 122, 75)
	pdf.Rect(0, 0, p.w, 24, "F")
	p.ink(255, 255, 255)
	p.y = 3.5
	p.centred("sans", "B", 17, 8, 1, words.charge)
	p.y = 12.5
	p.centred("sans", "", 9.5, 4.6, 2, in.Place())
	if err := printing.QR(pdf, in.Link, (p.w-qr)/2, 26, qr); err != nil {
		return err
	}
	p.ink(18, 24, 28)
	p.y = 73.5
	p.centred("sans", "", 7.5, 3.8, 2, fmt.Sprintf(words.or, printing.Bare(in.Enter)))
	p.y += 1
	p.centred("mono", "B", 22, 9, 1, joincode.Grouped(in.Secret))
	p.ink(86, 97, 105)
	p.y = 98
	p.centred("sans", "B", 7, 3.6, 1, in.Workspace.Name)
	if pdf.Error() != nil {
		return fmt.Errorf("sticker: %w", pdf.Error())
	}
	return pdf.Output(w)
}
