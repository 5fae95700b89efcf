package bounce

import (
	"encoding/json"
	"errors"
	"io"
	"net/mail"
	"strings"
)

// errShape says that a webhook's body has none of the known shapes.
var errShape = errors.New("this is no report in a shape that is known here; see the manual's page on mail")

// ReadHook reads the body of a webhook: one report or a list of them, in the
// shape of Postmark, SendGrid, Mailgun, Amazon SES (as it comes or by SNS), or in
// ours:
//
//	{"event": "failed", "message_id": "…", "recipient": "…", "status": "5.1.1", "reply": "…"}
//
// Events that nobody has to act on are left out.
func ReadHook(r io.Reader) ([]Report, error) {
	b, err := limited(r)
	if err != nil {
		return nil, err
	}
	return read(b, 0)
}

func read(b []byte, depth int) ([]Report, error) {
	if depth > 3 {
		return nil, errShape
	}
	if len(b) > 0 && b[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(b, &list); err != nil {
			return nil, errShape
		}
		var all []Report
		for _, one := range list {
			some, err := read(one, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	}
	var e event
	if err := json.Unmarshal(b, &e); err != nil {
		return nil, errShape
	}
	switch {
	case e.Type == "Notification" && e.SNSMessage != "": // Amazon SNS
		return read([]byte(e.SNSMessage), depth+1)
	case e.Type == "SubscriptionConfirmation":
		return nil, nil // for the operator to confirm
	case e.NotificationType != "" || e.SESEvent != "":
		return e.ses(), nil
	case e.Mailgun != nil:
		return e.mailgun(), nil
	case e.RecordType != "":
		return e.postmark(), nil
	case e.SendGridID != "" || e.SGMessageID != "":
		return e.sendgrid(), nil
	case e.Event != "":
		return e.ours(), nil
	}
	return nil, errShape
}

// event is every shape at once: their keys do not collide.
type event struct {
	// Ours, and SendGrid's.
	Event     string `json:"event"`
	MessageID string `json:"message_id"`
	Recipient string `json:"recipient"`
	Status    string `json:"status"`
	Reply     string `json:"reply"`

	// SendGrid: the Message-ID, and what it calls the mail itself.
	SendGridID  string `json:"smtp-id"`
	SGMessageID string `json:"sg_message_id"`
	Email       string `json:"email"`
	Reason      string `json:"reason"`
	BounceType  string `json:"type"`

	// Postmark. Type is SNS's too.
	RecordType  string            `json:"RecordType"`
	Type        string            `json:"Type"`
	PMEmail     string            `json:"Email"`
	Description string            `json:"Description"`
	Details     string            `json:"Details"`
	Metadata    map[string]string `json:"Metadata"`
	Inactive    bool              `json:"Inactive"`

	// Mailgun.
	Mailgun *struct {
		Event     string `json:"event"`
		Severity  string `json:"severity"`
		Recipient string `json:"recipient"`
		Message   struct {
			Headers struct {
				MessageID string `json:"message-id"`
			} `json:"headers"`
		} `json:"message"`
		Status struct {
			Code        json.Number `json:"code"`
			Enhanced    string      `json:"enhanced-code"`
			Message     string      `json:"message"`
			Description string      `json:"description"`
		} `json:"delivery-status"`
	} `json:"event-data"`

	// Amazon SES, and SNS around it.
	SNSMessage       string `json:"Message"`
	NotificationType string `json:"notificationType"`
	SESEvent         string `json:"eventType"`
	Bounce           struct {
		Type       string         `json:"bounceType"`
		Recipients []sesRecipient `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		Recipients []sesRecipient `json:"complainedRecipients"`
	} `json:"complaint"`
	Mail struct {
		Common struct {
			MessageID string `json:"messageId"`
		} `json:"commonHeaders"`
		Headers []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"headers"`
	} `json:"mail"`
}

type sesRecipient struct {
	Email      string `json:"emailAddress"`
	Status     string `json:"status"`
	Diagnostic string `json:"diagnosticCode"`
}

func report(k Kind, messageID, recipient, status, said string) []Report {
	if a, err := mail.ParseAddress(recipient); err == nil {
		recipient = a.Address
	}
	return []Report{{Kind: k, MessageID: bare(messageID), Recipient: strings.ToLower(strings.TrimSpace(recipient)), Status: oneLine(status), Words: oneLine(said)}}
}

func (e *event) ours() []Report {
	switch e.Event {
	case "failed", "bounced", "bounce":
		return report(Failed, e.MessageID, e.Recipient, e.Status, e.Reply)
	case "complaint", "complained", "spam":
		return report(Complaint, e.MessageID, e.Recipient, e.Status, e.Reply)
	}
	return nil
}

func (e *event) sendgrid() []Report {
	switch e.Event {
	case "bounce":
		if e.BounceType != "blocked" { // which is for now
			return report(Failed, e.SendGridID, e.Email, e.Status, e.Reason)
		}
	case "dropped":
		return report(Failed, e.SendGridID, e.Email, e.Status, e.Reason)
	case "spamreport":
		return report(Complaint, e.SendGridID, e.Email, "", "")
	}
	return nil
}

// postmark knows our Message-ID from the metadata only.
func (e *event) postmark() []Report {
	id, said := e.Metadata["message-id"], e.Details
	if said == "" {
		said = e.Description
	}
	// encoding/json takes either key for a field that has only one of the cases.
	email := e.PMEmail + e.Email
	switch {
	case e.RecordType == "Bounce" && (e.Inactive || e.Type == "HardBounce" || e.Type == "BadEmailAddress" || e.Type == "Blocked"):
		return report(Failed, id, email, "", said)
	case e.RecordType == "SpamComplaint":
		return report(Complaint, id, email, "", said)
	}
	return nil
}

func (e *event) mailgun() []Report {
	m := e.Mailgun
	said := m.Status.Message
	if said == "" {
		said = m.Status.Description
	}
	if code := m.Status.Code.String(); code != "" && !strings.HasPrefix(said, code) {
		said = strings.TrimSpace(code + " " + said)
	}
	switch {
	case m.Event == "failed" && m.Severity == "permanent":
		return report(Failed, m.Message.Headers.MessageID, m.Recipient, m.Status.Enhanced, said)
	case m.Event == "complained":
		return report(Complaint, m.Message.Headers.MessageID, m.Recipient, "", "")
	}
	return nil
}

func (e *event) ses() (list []Report) {
	id := e.Mail.Common.MessageID
	for _, h := range e.Mail.Headers {
		if strings.EqualFold(h.Name, "Message-ID") {
			id = h.Value
		}
	}
	switch e.NotificationType + e.SESEvent {
	case "Bounce":
		if e.Bounce.Type != "Permanent" {
			return nil
		}
		for _, r := range e.Bounce.Recipients {
			said := r.Diagnostic
			if _, text, ok := strings.Cut(said, ";"); ok {
				said = text
			}
			list = append(list, report(Failed, id, r.Email, r.Status, said)...)
		}
	case "Complaint":
		for _, r := range e.Complaint.Recipients {
			list = append(list, report(Complaint, id, r.Email, "", "")...)
		}
	}
	return list
}
