package ocpp_test

import (
	"bufio"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
)

func basic(user, pass string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+pass))
}

// rawCharger connects without a WebSocket library, so that it can misbehave.
func (r *rig) rawCharger(id string) net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(r.http.URL, "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = c.Write([]byte("GET /ocpp/acme/" + id + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ocpp1.6\r\n" +
		"Authorization: " + basic(id, key) + "\r\n\r\n"))
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(c, 16), nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		r.t.Fatalf("%v %v", res, err)
	}
	r.waitFor("connected " + id)
	return c
}

// masked is a text frame as a client sends it, with a mask of zeros.
func masked(s string) []byte {
	b := []byte{0x81, 0x80 | byte(len(s)), 0, 0, 0, 0}
	return append(b, s...)
}
