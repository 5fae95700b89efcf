package bounce_test

import (
	"reflect"
	"strings"
	"testing"

	"involt/internal/wire/bounce"
)

// postfix is a report as Postfix writes it.
const postfix = `Return-Path: <>
Delivered-To: bounces+verp.name@charge.example
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: bounces+verp.name@charge.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
X-Postfix-Sender: rfc822; bounces@charge.example

Final-Recipient: rfc822; Lena@Example.com
Original-Recipient: rfc822;lena@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.com
Diagnostic-Code: smtp; 550 5.1.1 <lena@example.com>: Recipient address
    rejected: User unknown

Final-Recipient: rfc822; later@example.com
Action: delayed
Status: 4.4.1

--B1
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Received: by mx.example
Message-ID: <01abc.02def@charge.example>
Subject: You are invited

--B1--
`

func TestReports(t *testing.T) {
	exchange := strings.NewReplacer(
		"text/rfc822-headers", "message/rfc822", "Original-Recipient: rfc822;lena@example.com\n", "", "Diagnostic-Code: smtp; 550 5.1.1 <lena@example.com>: Recipient address\n    rejected: User unknown\n", "Diagnostic-Code: x-exchange;\n",
	).Replace(postfix)
	quoteless, _, _ := strings.Cut(postfix, "--B1\nContent-Description: Undelivered")
	words := "550 5.1.1 <lena@example.com>: Recipient address rejected: User unknown"
	for name, c := range map[string]struct {
		mail string
		want []bounce.Report
	}{
		"Postfix":            {postfix, []bounce.Report{{Kind: bounce.Failed, MessageID: "01abc.02def@charge.example", Recipient: "lena@example.com", Status: "5.1.1", Words: words}}},
		"Exchange":           {exchange, []bounce.Report{{Kind: bounce.Failed, MessageID: "01abc.02def@charge.example", Recipient: "lena@example.com", Status: "5.1.1", Words: "5.1.1"}}},
		"by its address":     {quoteless + "--B1--\n", []bounce.Report{{Kind: bounce.Failed, MessageID: "verp.name", Recipient: "lena@example.com", Status: "5.1.1", Words: words}}},
		"cut off":            {quoteless + "--B1\nContent-", []bounce.Report{{Kind: bounce.Failed, MessageID: "verp.name", Recipient: "lena@example.com", Status: "5.1.1", Words: words}}},
		"a delay":            {strings.ReplaceAll(postfix, "Action: failed", "Action: delayed"), nil},
		"somebody's answer":  {"From: lena@example.com\nSubject: Re: invitation\nContent-Type: text/plain\n\nThank you!\n", nil},
		"a read receipt":     {strings.ReplaceAll(postfix, "report-type=delivery-status", "report-type=disposition-notification"), nil},
		"without any header": {"\n\n", nil},
	} {
		got, err := bounce.ReadMail(strings.NewReader(strings.ReplaceAll(c.mail, "\n", "\r\n")))
		if !reflect.DeepEqual(got, c.want) || (c.want == nil) != bounce.IsNone(err) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := bounce.ReadMail(strings.NewReader("no mail at all")); err == nil || bounce.IsNone(err) {
		t.Errorf("what is no mail: %v", err)
	}
}

func TestHooks(t *testing.T) {
	failed := bounce.Report{Kind: bounce.Failed, MessageID: "01abc.02def@charge.example", Recipient: "lena@example.com", Status: "5.1.1", Words: "550 5.1.1 no such user"}
	anonymous := failed
	anonymous.MessageID, anonymous.Status = "", ""
	for name, c := range map[string]struct {
		body string
		want []bounce.Report
	}{
		"ours": {`{"event":"failed","message_id":"<01abc.02def@charge.example>","recipient":"Lena@example.com","status":"5.1.1","reply":"550 5.1.1 no such user"}`, []bounce.Report{failed}},
		"ours, a complaint": {
			`[{"event":"complaint","recipient":"lena@example.com"},{"event":"delivered"}]`,
			[]bounce.Report{{Kind: bounce.Complaint, Recipient: "lena@example.com"}},
		},
		"SendGrid": {`[{"email":"lena@example.com","event":"bounce","type":"bounce","smtp-id":"<01abc.02def@charge.example>","sg_message_id":"x","status":"5.1.1","reason":"550 5.1.1 no such user"},
			{"email":"b@example.com","event":"bounce","type":"blocked","sg_message_id":"y"},{"email":"c@example.com","event":"delivered","sg_message_id":"z"}]`, []bounce.Report{failed}},
		"Mailgun": {`{"signature":{"token":"x"},"event-data":{"event":"failed","severity":"permanent","recipient":"lena@example.com","message":{"headers":{"message-id":"01abc.02def@charge.example"}},
			"delivery-status":{"code":550,"enhanced-code":"5.1.1","message":"5.1.1 no such user"}}}`, []bounce.Report{failed}},
		"Mailgun, for now":  {`{"event-data":{"event":"failed","severity":"temporary","recipient":"lena@example.com"}}`, nil},
		"Postmark":          {`{"RecordType":"Bounce","Type":"HardBounce","MessageID":"883953f4","Email":"lena@example.com","Details":"550 5.1.1 no such user","Inactive":true}`, []bounce.Report{anonymous}},
		"Postmark, for now": {`{"RecordType":"Bounce","Type":"Transient","Email":"lena@example.com"}`, nil},
		"SES by SNS": {
			`{"Type":"Notification","Message":"{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Permanent\",\"bouncedRecipients\":[{\"emailAddress\":\"lena@example.com\",\"status\":\"5.1.1\",\"diagnosticCode\":\"smtp; 550 5.1.1 no such user\"}]},\"mail\":{\"headers\":[{\"name\":\"Message-ID\",\"value\":\"<01abc.02def@charge.example>\"}]}}"}`,
			[]bounce.Report{failed},
		},
		"SES, for now":      {`{"eventType":"Bounce","bounce":{"bounceType":"Transient","bouncedRecipients":[{"emailAddress":"lena@example.com"}]}}`, nil},
		"SNS wants to know": {`{"Type":"SubscriptionConfirmation","SubscribeURL":"https://example.com"}`, nil},
	} {
		if got, err := bounce.ReadHook(strings.NewReader(c.body)); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "{}", "null", "[", `"x"`, `[[[[[{"event":"failed"}]]]]]`, `{"hello":"world"}`} {
		if got, err := bounce.ReadHook(strings.NewReader(bad)); err == nil {
			t.Errorf("%s was read as %+v", bad, got)
		}
	}
}

func FuzzReadMail(f *testing.F) {
	f.Add(postfix)
	f.Fuzz(func(t *testing.T, raw string) {
		list, _ := bounce.ReadMail(strings.NewReader(raw))
		for _, r := range list {
			if r.Kind != bounce.Failed || strings.ContainsAny(r.Words, "\r\n") {
				t.Errorf("%+v", r)
			}
		}
	})
}

func FuzzReadHook(f *testing.F) {
	f.Add(`{"event":"failed"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		list, _ := bounce.ReadHook(strings.NewReader(raw))
		for _, r := range list {
			if strings.ContainsAny(r.Words+r.Status, "\r\n") {
				t.Errorf("%+v", r)
			}
		}
	})
}
