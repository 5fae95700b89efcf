// Package mailbox reads the mails that have come into a mailbox, by IMAP.
package mailbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Box is one mailbox.
type Box struct {
	host, port     string
	user, password string
	folder         string
	clear          bool // no TLS: on this machine only
	tls            *tls.Config
}

// atOnce is how many mails one visit reads, and dialTime how long it waits for
// the server to be reached; visitTime bounds the whole visit.
const (
	atOnce    = 200
	dialTime  = 10 * time.Second
	visitTime = 2 * time.Minute
)

// New returns the mailbox of an address such as
//
//	imaps://user:password@mail.example.com/INBOX
//
// The connection is encrypted from the first byte and the server's certificate is
// checked. imap:// is taken on this machine only. The server is not called yet.
func New(address string) (*Box, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User == nil || u.Scheme != "imaps" && u.Scheme != "imap" || u.RawQuery != "" {
		return nil, errors.New("the mailbox must be given as imaps://user:password@host/INBOX")
	}
	b := &Box{host: u.Hostname(), port: u.Port(), user: u.User.Username(), folder: strings.Trim(u.Path, "/"), clear: u.Scheme == "imap"}
	b.password, _ = u.User.Password()
	b.tls = &tls.Config{ServerName: b.host, MinVersion: tls.VersionTLS12}
	if b.folder == "" {
		b.folder = "INBOX"
	}
	ip, err := netip.ParseAddr(b.host)
	if local := b.host == "localhost" || err == nil && ip.IsLoopback(); b.clear && !local {
		return nil, errors.New("imap:// would send the mailbox's password in the clear; use imaps://")
	}
	if b.port == "" {
		b.port = "993"
		if b.clear {
			b.port = "143"
		}
	}
	return b, nil
}

// Read hands every mail that has not been read yet to take, and marks those as
// read for which it returns nil. Nothing is deleted.
func (b *Box) Read(ctx context.Context, take func(raw []byte) error) (n int, err error) {
	c, err := b.dial(ctx)
	if err != nil {
		return 0, fmt.Errorf("the mailbox cannot be reached: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer func() {
		stop()
		_ = c.Close()
		if err != nil {
			err = fmt.Errorf("the mailbox cannot be read: %w", err)
		}
	}()
	if err := c.Login(b.user, b.password).Wait(); err != nil {
		return 0, err
	}
	if _, err := c.Select(b.folder, nil).Wait(); err != nil {
		return 0, err
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, nil).Wait()
	if err != nil {
		return 0, err
	}
	list := found.AllUIDs()
	for _, uid := range list[:min(len(list), atOnce)] {
		// One at a time: what was taken is marked before the next may fail.
		set := imap.UIDSetNum(uid)
		got, err := c.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
		if err != nil {
			return n, err
		}
		for _, m := range got {
			if len(m.BodySection) == 0 {
				continue
			}
			if err := take(bytes.Clone(m.BodySection[0].Bytes)); err != nil {
				return n, err
			}
			n++
		}
		if err := c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close(); err != nil {
			return n, err
		}
	}
	return n, c.Logout().Wait()
}

func (b *Box) dial(ctx context.Context) (*imapclient.Client, error) {
	d := &net.Dialer{Timeout: dialTime}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(b.host, b.port))
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(visitTime)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if !b.clear {
		talk := tls.Client(conn, b.tls)
		if err := talk.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		conn = talk
	}
	return imapclient.New(conn, nil), nil
}
