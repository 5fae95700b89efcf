package letters

import (
	"fmt"
	"io"
	"strings"
	"time"

	"involt/internal/face/admin/printing"
	"involt/internal/flow/onboard"

	"codeberg.org/go-pdf/fpdf"
)

// Millimetres on an A4 page.
const (
	pageWidth = 210.0
	left      = 25.0
	width     = pageWidth - 2*left
	qrSide    = 42.0
	boxPad    = 7.0
)

// sheet is the paper that is being written on; y is where.
type sheet struct {
	pdf *fpdf.Fpdf
	y   float64
}

// Print writes the letters as one PDF, one A4 page each. now is the date that
// stands on them. The PDF holds the codes: it is nobody's but the printer's.
func Print(w io.Writer, list []onboard.ClaimLetter, now time.Time) error {
	pdf := printing.New("A4", now)
	pdf.SetMargins(left, left, left)
	if len(list) == 1 {
		pdf.SetLang(list[0].Language)
		pdf.SetTitle(printing.Printable(fmt.Sprintf(wordsOf(list[0].Language).title, list[0].Workspace)), true)
	}
	s := &sheet{pdf: pdf}
	for i := range list {
		if err := s.letter(&list[i], now); err != nil {
			return err
		}
	}
	return pdf.Output(w)
}

func (s *sheet) letter(l *onboard.ClaimLetter, now time.Time) error {
	w := wordsOf(l.Language)
	operator, inviter, name := printing.OneLine(l.Workspace), printing.OneLine(l.Inviter), printing.OneLine(l.Name)
	s.pdf.AddPage()

	s.y = 30
	s.ink(18, 24, 28)
	s.line("sans", "B", 12, operator, "L")
	s.y -= 6
	s.line("sans", "", 9, w.day(now.In(l.Zone)), "R")
	s.y = 52
	s.paragraph("B", 17, 8, fmt.Sprintf(w.title, operator))
	s.y += 5
	if name == "" {
		s.paragraph("", 10.5, 5.6, w.helloNobody)
	} else {
		s.paragraph("", 10.5, 5.6, fmt.Sprintf(w.hello, name))
	}
	s.y += 2
	if inviter == "" {
		s.paragraph("", 10.5, 5.6, fmt.Sprintf(w.fromNobody, operator))
	} else {
		s.paragraph("", 10.5, 5.6, fmt.Sprintf(w.from, inviter, operator))
	}
	s.y += 2
	s.paragraph("", 10.5, 5.6, w.why)
	s.facts(w, l)
	s.y += 4
	if err := s.box(w, l); err != nil {
		return err
	}
	s.y += 8
	for i, step := range []string{fmt.Sprintf(w.step1, printing.Bare(l.Address)), w.step2, w.step3} {
		s.step(i+1, step)
	}
	s.y += 3
	s.paragraph("", 10.5, 5.6, fmt.Sprintf(w.until, w.day(l.Expires.In(l.Zone))))
	s.ink(86, 97, 105)
	s.pdf.SetDrawColor(211, 217, 221)
	s.y = max(s.y+6, 255)
	s.pdf.Line(left, s.y, left+width, s.y)
	s.y += 4
	s.paragraph("", 9, 4.8, fmt.Sprintf(w.notMe, operator))
	return s.pdf.Error()
}

// facts are what tells one letter from another for who hands them out.
func (s *sheet) facts(w *words, l *onboard.ClaimLetter) {
	if len(l.Cards) == 0 {
		return
	}
	list := l.Cards
	const most = 4
	more := ""
	if len(list) > most {
		list, more = list[:most], fmt.Sprintf(" +%d", len(l.Cards)-most)
	}
	label := w.card
	if len(l.Cards) > 1 {
		label = w.cards
	}
	s.y += 2
	s.paragraph("B", 10.5, 5.6, label+" "+printing.OneLine(strings.Join(list, ", "))+more)
}

// box holds what is typed: the address and the code, and both as a picture for
// a phone.
func (s *sheet) box(w *words, l *onboard.ClaimLetter) error {
	const height = qrSide + 2*boxPad
	s.pdf.SetDrawColor(10, 122, 75)
	s.pdf.SetLineWidth(0.5)
	s.pdf.SetFillColor(246, 248, 249)
	s.pdf.Rect(left, s.y, width, height, "FD")
	s.pdf.SetLineWidth(0.2)
	top, text := s.y, width-qrSide-3*boxPad
	s.y = top + boxPad
	s.within(left+boxPad, text, "sans", "", 9, 4.6, w.open)
	s.within(left+boxPad, text, "sans", "B", 11, 5.6, printing.Bare(l.Address))
	s.y += 4
	s.within(left+boxPad, text, "sans", "", 9, 4.6, w.code)
	s.y += 1
	s.within(left+boxPad, text, "mono", "B", 22, 10, l.Code)
	s.y += 2
	s.within(left+boxPad, text, "sans", "", 9, 4.6, w.orScan)
	if err := printing.QR(s.pdf, l.Link, left+width-boxPad-qrSide, top+boxPad, qrSide); err != nil {
		return err
	}
	s.y = top + height
	return nil
}

func (s *sheet) step(n int, text string) {
	y := s.y
	s.within(left, 8, "sans", "B", 10.5, 5.6, fmt.Sprintf("%d.", n))
	s.y = y
	s.within(left+8, width-8, "sans", "", 10.5, 5.6, text)
	s.y += 1
}

func (s *sheet) ink(r, g, b int) { s.pdf.SetTextColor(r, g, b) }

// line writes one line, cut off where it would leave the page.
func (s *sheet) line(family, style string, size float64, text, align string) {
	s.pdf.SetFont(family, style, size)
	text = printing.Printable(text)
	for rs := []rune(text); s.pdf.GetStringWidth(text) > width-40 && len(rs) > 1; {
		rs = rs[:len(rs)-1]
		text = string(rs) + "…"
	}
	s.pdf.SetXY(left, s.y)
	s.pdf.CellFormat(width, 6, printing.Visual(text), "", 0, align, false, 0, "")
	s.y += 6
}

func (s *sheet) paragraph(style string, size, lead float64, text string) {
	s.within(left, width, "sans", style, size, lead, text)
}

// within writes a paragraph into a column and moves s.y below it.
func (s *sheet) within(x, w float64, family, style string, size, lead float64, text string) {
	s.pdf.SetFont(family, style, size)
	for _, line := range printing.Wrap(s.pdf, printing.Printable(text), w) {
		s.pdf.SetXY(x, s.y)
		s.pdf.CellFormat(w, lead, printing.Visual(line), "", 0, "L", false, 0, "")
		s.y += lead
	}
}
