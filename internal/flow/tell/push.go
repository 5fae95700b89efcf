package tell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"involt/internal/core/device"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"

	webpush "github.com/SherClockHolmes/webpush-go"
)

// Subscription is what a browser says when its reader allows messages.
type Subscription struct {
	Endpoint string
	P256dh   string // the browser's public key
	Auth     string // a secret that it shares with us
	Agent    string // the browser's name for itself
}

// PushKey is the public key that a browser is asked to take messages by.
func (s *Service) PushKey(ctx context.Context) (public string, err error) {
	defer errs.Wrap(&err, "tell.PushKey")
	k, err := s.pushKey(ctx)
	return k.Public, err
}

// pushKey is made at the first start that asks for it, and never changes: browsers
// are bound to it.
func (s *Service) pushKey(ctx context.Context) (k device.Key, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		k, err = device.TheKey(tx, s.Keys, nil)
		return err
	})
	if errs.KindOf(err) != errs.NotFound || err == nil {
		return k, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		k, err = device.TheKey(tx, s.Keys, func() (k device.Key, err error) {
			k.Private, k.Public, err = webpush.GenerateVAPIDKeys()
			return k, err
		})
		return err
	})
	return k, err
}

// Allow notes that a person wants messages on the browser that they use.
func (s *Service) Allow(ctx context.Context, ws id.Workspace, who id.Person, sub Subscription) (err error) {
	defer errs.Wrap(&err, "tell.Allow")
	u, err := url.Parse(sub.Endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(sub.Endpoint) > 2000 || len(sub.P256dh) > 200 || len(sub.Auth) > 100 || sub.P256dh == "" || sub.Auth == "" {
		return errs.New(errs.Invalid, "This is no subscription of a browser. Load the page again and repeat it.")
	}
	d := device.Device{Workspace: ws, Person: who, Mark: s.mark(sub.Endpoint), Label: browserOf(sub.Agent)}
	address, err := json.Marshal(webpush.Subscription{Endpoint: sub.Endpoint, Keys: webpush.Keys{P256dh: sub.P256dh, Auth: sub.Auth}})
	if err != nil {
		return fmt.Errorf("subscription: %w", err)
	}
	d.Address = string(address)
	return s.DB.Update(ctx, func(tx *db.Tx) error { return device.Save(tx, s.Keys, &d) })
}

// Refuse takes that back.
func (s *Service) Refuse(ctx context.Context, ws id.Workspace, who id.Person, endpoint string) (err error) {
	defer errs.Wrap(&err, "tell.Refuse")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := device.RemoveOf(tx, ws, who, s.mark(endpoint))
		return err
	})
}

func (s *Service) mark(endpoint string) string { return s.Keys.KeyedHash("device", endpoint) }

// browserOf names a browser in a few words, from what it says of itself.
func browserOf(agent string) string {
	name := "Browser"
	for _, b := range [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, b[0]) {
			name = b[1]
			break
		}
	}
	for _, o := range [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Mac OS", "Mac"}, {"Windows", "Windows"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, o[0]) {
			return name + ", " + o[1]
		}
	}
	return name
}

var push = job.Define[pushing]("tell.push")

// pushing is one message to one browser.
type pushing struct {
	Workspace id.Workspace
	Device    id.Device
	Notice    id.Notice
	Person    id.Person
	Kind      inbox.Kind
	About     map[string]string
}

// queuePush sends messages to the browsers of those of the people who have any,
// once tx has committed.
func (s *Service) queuePush(tx *db.Tx, ws id.Workspace, items []*inbox.Item) error {
	of := map[id.Person]*inbox.Item{}
	who := make([]id.Person, 0, len(items))
	for _, m := range items {
		of[m.Person] = m
		who = append(who, m.Person)
	}
	devices, err := device.Of(tx, s.Keys, ws, who...)
	if err != nil {
		return err
	}
	for i := range devices {
		d, m := &devices[i], of[devices[i].Person]
		n := notice.Notice{Workspace: ws, Person: d.Person, Channel: "push", Kind: string(m.Kind), Recipient: d.Label}
		if err := notice.Insert(tx, &n); err != nil {
			return err
		}
		if err := push.Add(tx, pushing{ws, d.ID, n.ID, d.Person, m.Kind, m.About}, job.For(ws)); err != nil {
			return err
		}
	}
	return nil
}

// pushTTL is how long a push service keeps a message for a browser that is not
// there, in seconds: a day. RFC 8030 §5.2.
const pushTTL = 24 * 60 * 60

// sendPush hands one message to a browser's push service.
func (s *Service) sendPush(ctx context.Context, p pushing) (err error) {
	defer errs.Wrap(&err, "tell.sendPush")
	var d device.Device
	var title string
	var body []byte
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if d, err = device.ByID(tx, s.Keys, p.Workspace, p.Device); err != nil {
			return err
		}
		who, err := person.ByID(tx, p.Workspace, p.Person)
		if err != nil {
			return err
		}
		ws, err := workspace.ByID(tx, p.Workspace)
		if err != nil {
			return err
		}
		language := who.Language
		if language == "" {
			language = ws.Language
		}
		var text string
		title, text = Words(p.Kind, language, ws.Name, p.About)
		body, err = json.Marshal(map[string]string{"title": title, "body": text, "tag": string(p.Kind), "url": Leads(p.Kind, ws.Slug)})
		return err
	})
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return s.pushed(ctx, p, notice.Dropped, "the browser is known no more", title, false)
	}
	if err != nil {
		return err
	}
	status, err := s.call(ctx, &d, body)
	switch {
	case err != nil:
		return errors.Join(s.pushed(ctx, p, notice.Retrying, err.Error(), title, false), err)
	case status == http.StatusNotFound || status == http.StatusGone: // RFC 8030 §7.3
		return s.pushed(ctx, p, notice.Bounced, "the browser takes no messages any more", title, true)
	case status >= 200 && status < 300:
		return s.pushed(ctx, p, notice.Sent, "", title, false)
	case status == http.StatusTooManyRequests || status >= 500:
		err := fmt.Errorf("the push service answered %d", status)
		return errors.Join(s.pushed(ctx, p, notice.Retrying, err.Error(), title, false), err)
	default: // a redirect too: nothing is followed
		return s.pushed(ctx, p, notice.Bounced, fmt.Sprintf("the push service answered %d", status), title, false)
	}
}

// call asks a push service. RFC 8030 §5, RFC 8291, RFC 8292.
func (s *Service) call(ctx context.Context, d *device.Device, body []byte) (status int, err error) {
	var sub webpush.Subscription
	if err := json.Unmarshal([]byte(d.Address), &sub); err != nil {
		return 0, job.Stop(err)
	}
	key, err := s.pushKey(ctx)
	if err != nil {
		return 0, err
	}
	res, err := webpush.SendNotificationWithContext(ctx, body, &sub, &webpush.Options{
		HTTPClient: s.Web, Subscriber: s.Contact, TTL: pushTTL, Urgency: webpush.UrgencyNormal, VAPIDPublicKey: key.Public, VAPIDPrivateKey: key.Private,
	})
	if named, ok := errors.AsType[*url.Error](err); ok {
		err = named.Err // the endpoint is nobody's to read
	}
	if err != nil {
		return 0, fmt.Errorf("the push service cannot be reached: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 16<<10)) // so that the connection can be used again
	return res.StatusCode, nil
}

// pushed writes down what became of a message. gone forgets the browser.
func (s *Service) pushed(ctx context.Context, p pushing, state notice.State, reply, title string, gone bool) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := notice.Became(tx, p.Workspace, p.Notice, state, reply, title); err != nil {
			return err
		}
		switch {
		case gone:
			return device.Remove(tx, p.Workspace, p.Device)
		case state == notice.Sent:
			return device.Took(tx, p.Workspace, p.Device)
		}
		return nil
	})
}
