// Package printing is what the console's papers have in common, letters and
// posters: fonts, QR codes, lines that fit, and names of every script.
package printing

import (
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"github.com/go-fonts/dejavu/dejavusansmonobold"
	"github.com/skip2/go-qrcode"
)

// New begins a PDF of pages of a size, such as "A4", with our fonts: "sans",
// "sans" bold, and "mono" bold. now is the date that it says it was made on.
func New(size string, now time.Time) *fpdf.Fpdf { return dress(fpdf.New("P", "mm", size, ""), now) }

// NewSized begins a PDF of pages of w × h millimetres.
func NewSized(w, h float64, now time.Time) *fpdf.Fpdf {
	return dress(fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: w, Ht: h}}), now)
}

func dress(pdf *fpdf.Fpdf, now time.Time) *fpdf.Fpdf {
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCellMargin(0)
	pdf.SetCreationDate(now)
	pdf.SetModificationDate(now)
	pdf.SetProducer("Involt", false)
	pdf.AddUTF8FontFromBytes("sans", "", dejavusans.TTF)
	pdf.AddUTF8FontFromBytes("sans", "B", dejavusansbold.TTF)
	pdf.AddUTF8FontFromBytes("mono", "B", dejavusansmonobold.TTF)
	return pdf
}

// QR draws a QR code of so many millimetres as squares, which printers keep sharp
// at any size, with the quiet zone around it.
func QR(pdf *fpdf.Fpdf, link string, x, y, size float64) error {
	bits, err := squares(link)
	if err != nil {
		return err
	}
	side := size / float64(len(bits))
	pdf.SetFillColor(255, 255, 255)
	pdf.Rect(x, y, size, size, "F")
	pdf.SetFillColor(0, 0, 0)
	runs(bits, func(row, from, to int) { // neighbours as one piece, without seams
		pdf.Rect(x+float64(from)*side, y+float64(row)*side, float64(to-from)*side, side+0.01, "F")
	})
	return nil
}

// QRSVG is a QR code as an SVG picture, black on white in either theme. label is
// what it is to those who cannot see it.
func QRSVG(link, label string) (string, error) {
	bits, err := squares(link)
	if err != nil {
		return "", err
	}
	var path strings.Builder
	runs(bits, func(row, from, to int) { fmt.Fprintf(&path, "M%d %dh%dv1H%dz", from, row, to-from, from) })
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="%[1]s" viewBox="0 0 %[2]d %[2]d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%[2]dv%[2]dH0z"/><path fill="#000" d="%[3]s"/></svg>`,
		attribute.Replace(label), len(bits), path.String()), nil
}

var attribute = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;")

func squares(link string) ([][]bool, error) {
	q, err := qrcode.New(link, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return q.Bitmap(), nil // with the quiet zone around it
}

// runs calls draw for every row of neighbouring black squares.
func runs(bits [][]bool, draw func(row, from, to int)) {
	for row, line := range bits {
		for from := 0; from < len(line); from++ {
			to := from
			for to < len(line) && line[to] {
				to++
			}
			if to > from {
				draw(row, from, to)
				from = to
			}
		}
	}
}

// Bare is an address as people type it.
func Bare(address string) string { return strings.TrimPrefix(address, "https://") }

// OneLine makes one line of words that people chose, short enough for a
// sentence.
func OneLine(s string) string {
	s = strings.Join(strings.Fields(Printable(s)), " ")
	if rs := []rune(s); len(rs) > 80 {
		return string(rs[:79]) + "…"
	}
	return s
}

// mostLines is how far one paragraph may run: a name of thousands of letters
// must not push the code off the page.
const mostLines = 5

// Wrap breaks text at spaces and, where a word is wider than the column, in the
// word.
func Wrap(pdf *fpdf.Fpdf, text string, w float64) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		try := strings.TrimSpace(line + " " + word)
		if pdf.GetStringWidth(try) <= w {
			line = try
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for pdf.GetStringWidth(word) > w && len(lines) <= mostLines {
			rs := []rune(word)
			n := len(rs)
			for n > 1 && pdf.GetStringWidth(string(rs[:n])) > w {
				n = min(n-1, max(1, n/2+int(float64(n)*w/pdf.GetStringWidth(string(rs[:n]))/2)))
			}
			lines, word = append(lines, string(rs[:n])), string(rs[n:])
		}
		line = word
		if len(lines) > mostLines {
			break
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > mostLines {
		lines = append(lines[:mostLines-1], lines[mostLines-1]+" …")
	}
	return lines
}
