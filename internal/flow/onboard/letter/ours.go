package letter

import (
	"fmt"

	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/wording"
)

// OurWords is what a kind of mail says in a language where the workspace says
// nothing of its own: with the words in braces that may be used there.
func OurWords(kind, language string) workspace.MailText {
	w, c := WordsOf(language), wording.ComingOf(language)
	const operator, inviter = "{operator}", "{inviter}"
	of := func(subject, title, text string) workspace.MailText {
		return workspace.MailText{Subject: fmt.Sprintf(subject, operator), Title: fmt.Sprintf(title, operator), Text: fmt.Sprintf(text, operator)}
	}
	switch kind {
	case workspace.MailStaff:
		t := of(w.SubjectStaff, w.TitleStaff, w.StaffNobody)
		t.Text = fmt.Sprintf(w.FromStaff, inviter, operator)
		return t
	case workspace.MailConfirm:
		return of(c.ConfirmSubject, c.ConfirmTitle, c.ConfirmText)
	case workspace.MailApproved:
		return of(c.ApprovedSubject, wholeOf(c.ApprovedTitle), c.ApprovedText)
	case workspace.MailDeclined:
		return of(c.DeclinedSubject, wholeOf(c.DeclinedTitle), c.DeclinedText)
	}
	t := of(w.Subject, w.Title, w.FromNobody)
	t.Text = fmt.Sprintf(w.From, inviter, operator)
	return t
}

// wholeOf lets a sentence without a place for the operator's name go through the
// same hands as the others.
func wholeOf(s string) string { return s + "%.0[1]s" }
