package onboard_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"involt/internal/core/invite"
	"involt/internal/core/notice"
	"involt/internal/core/suppress"
	"involt/internal/core/workspace"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/mail"
)

// gated is the desk with the gates that every mail goes past on a server.
func (k *desk) gated() {
	k.svc.Outbox.Guard, k.svc.Outbox.Limits = tell.Guard{}, notice.UsualLimits
}

// bar puts an address on the list of those that get no mail, or takes it off.
func (k *desk) bar(email string, on bool) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		if !on {
			return suppress.Remove(tx, k.ws.ID, email)
		}
		_, err := suppress.Add(tx, &suppress.Entry{Workspace: k.ws.ID, Email: email, Reason: suppress.Staff, AddedBy: "test"})
		return err
	})
}

// fill sends a mailbox as many mails as it gets in an hour.
func (k *desk) fill(email string) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		for i := range notice.UsualLimits.Hour {
			if _, err := k.svc.Outbox.Limits.Reserve(tx, []notice.Slot{{Mailbox: k.svc.Keys.KeyedHash("mailbox", email), Message: fmt.Sprint("earlier", i)}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// direct are the mails that somebody without a row has sent: each is asked for
// with the same answer, whatever becomes of it.
var direct = map[string]func(k *desk, email string) (ask func() error){
	"the confirmation of a registration": func(k *desk, email string) func() error {
		k.register(true)
		return func() error { return k.svc.Apply(k.t.Context(), "northgrid", asking(email), "one client") }
	},
	"to somebody who registers and is here": func(k *desk, email string) func() error {
		k.register(true)
		_, token := k.invite(email, invite.Offer{})
		k.mustActivate(token)
		return func() error { return k.svc.Apply(k.t.Context(), "northgrid", asking(email), "one client") }
	},
	"to somebody who is invited and registers": func(k *desk, email string) func() error {
		k.register(true)
		k.invite(email, invite.Offer{})
		return func() error { return k.svc.Apply(k.t.Context(), "northgrid", asking(email), "one client") }
	},
	"after a link that was used": func(k *desk, email string) func() error {
		_, token := k.invite(email, invite.Offer{})
		k.mustActivate(token)
		return func() error { return k.svc.SendAgain(k.t.Context(), token, "client") }
	},
	"after a link that has expired": func(k *desk, email string) func() error {
		_, token := k.invite(email, invite.Offer{})
		k.later(25 * time.Hour)
		return func() error { return k.svc.SendAgain(k.t.Context(), token, "client") }
	},
	"of a printed code": func(k *desk, email string) func() error {
		car, _ := k.poolCar("04A29F1B")
		l := k.letter(car.ID)
		return func() error { return k.claim(l.Code, email) }
	},
	"of a printed code, to another user": func(k *desk, email string) func() error {
		_, token := k.invite(email, invite.Offer{})
		k.mustActivate(token)
		car, _ := k.poolCar("04A29F1B")
		l := k.letter(car.ID)
		return func() error { return k.claim(l.Code, email) }
	},
}

// No mail that a stranger can have sent goes past the list of addresses that get
// none, nor past what a mailbox gets in an hour; and whoever asked is told nothing
// of either.
func TestThreatR19MailsThatStrangersAskForKeepToTheGates(t *testing.T) {
	const email = "lena@example.com"
	for name, begin := range direct {
		t.Run(name, func(t *testing.T) {
			t.Run("barred", func(t *testing.T) {
				each(t, func(t *testing.T, k *desk) {
					k.gated()
					ask := begin(k, email)
					k.later(2 * time.Hour) // what the mailbox has had does not matter here
					before := len(k.mailsTo(email))
					k.bar(email, true)
					if err := ask(); err != nil {
						t.Errorf("whoever asked was told: %v", err)
					}
					k.runJobs()
					if n := len(k.mailsTo(email)) - before; n != 0 {
						t.Errorf("%d mails to an address that gets none", n)
					}
					k.bar(email, false)
					if err := ask(); err != nil {
						t.Fatal(err)
					}
					k.runJobs()
					want := 1
					if name == "after a link that has expired" {
						want = 0 // the link was renewed, and so the old one is nobody's any more
					}
					if n := len(k.mailsTo(email)) - before; n != want {
						t.Errorf("%d mails once it gets some again", n)
					}
				})
			})
			t.Run("full", func(t *testing.T) {
				each(t, func(t *testing.T, k *desk) {
					k.gated()
					ask := begin(k, email)
					k.later(2 * time.Hour)
					before := len(k.mailsTo(email))
					k.fill(email)
					if err := ask(); err != nil {
						t.Errorf("whoever asked was told: %v", err)
					}
					k.runJobs()
					if n := len(k.mailsTo(email)) - before; n != 0 {
						t.Errorf("%d mails to a mailbox that has had enough", n)
					}
					k.later(61 * time.Minute)
					k.runJobs()
					if n := len(k.mailsTo(email)) - before; n != 1 {
						t.Errorf("%d mails once there is room", n)
					}
				})
			})
		})
	}
}

// A confirmation that waited for room in the mailbox brings a link that lives as
// long as any, and one that is refused puts the address on the list.
func TestAConfirmationThatWaitedIsWholeAndOneThatIsRefusedIsTheLast(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.gated()
		k.register(true)
		k.fill("lena@example.com")
		if err := k.svc.Apply(t.Context(), "northgrid", asking("lena@example.com"), "one client"); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		k.later(61 * time.Minute)
		k.runJobs()
		k.later(23*time.Hour + 30*time.Minute)
		if _, _, err := k.confirm(k.askToken("lena@example.com")); err != nil {
			t.Errorf("the link of a mail that waited: %v", err)
		}

		k.post.say = []error{&mail.Refused{Code: 550, Reply: "550 5.1.1 no such mailbox", Address: true}}
		for range 2 {
			if err := k.svc.Apply(t.Context(), "northgrid", asking("nobody@example.com"), "one client"); err != nil {
				t.Errorf("whoever asked was told: %v", err)
			}
			k.runJobs()
		}
		if n := len(k.mailsTo("nobody@example.com")); n != 1 {
			t.Errorf("%d mails to an address that takes none", n)
		}
		k.update(func(tx *db.Tx) error {
			got, err := suppress.Among(tx, k.ws.ID, []string{"nobody@example.com"})
			if got["nobody@example.com"].Reason != suppress.Bounce {
				t.Errorf("the list: %+v", got)
			}
			return err
		})
	})
}

// In no language does a mail to an applicant show how it was made.
func TestMailsToApplicantsAreWholeInEachLanguage(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		for _, lang := range workspace.Languages {
			apply := func(email string) {
				t.Helper()
				in := asking(email)
				in.Language = lang
				if err := k.svc.Apply(t.Context(), "northgrid", in, email); err != nil {
					t.Fatal(err)
				}
				k.runJobs()
			}
			for i, decide := range []func() error{
				nil,
				func() error {
					return k.svc.Approve(t.Context(), k.admin, k.find(lang+"1@example.com").ID, "Welcome")
				},
				func() error {
					return k.svc.Decline(t.Context(), k.admin, k.find(lang+"2@example.com").ID, "No room")
				},
			} {
				email := fmt.Sprint(lang, i, "@example.com")
				apply(email)
				if _, _, err := k.confirm(k.askToken(email)); err != nil {
					t.Fatal(err)
				}
				if decide != nil {
					if err := decide(); err != nil {
						t.Fatal(err)
					}
				}
				k.runJobs()
				if i < 2 {
					apply(email) // they wait, or are in
				}
				want := 3
				if i == 0 || i == 2 {
					want = 2
				}
				list := k.mailsTo(email)
				if len(list) != want {
					t.Errorf("%s: %d mails, want %d", email, len(list), want)
				}
				for _, m := range list {
					for _, part := range []string{m.Subject, m.Text, m.HTML} {
						if strings.Contains(part, "%!") || strings.Contains(part, "%[") {
							t.Errorf("%s: %q\n%s", email, m.Subject, m.Text)
							break
						}
					}
				}
			}
		}
	})
}
