// Package vies asks the European Union's register of VAT ids, VIES, whether
// somebody has a VAT id, by its REST interface.
//
// Source: European Commission, VIES, https://ec.europa.eu/taxation_customs/vies
// ("Technical information", check of one number).
package vies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Public is where the European Commission answers.
const Public = "https://ec.europa.eu/taxation_customs/vies/rest-api"

// Client asks the register.
type Client struct {
	Base string       // Public, or an address that answers as it does; without a slash at the end
	HTTP *http.Client // nil for one that waits patience
}

// patience is how long an answer is waited for: the register asks a member state
// first, and gives up itself after about that time.
const patience = 30 * time.Second

var usual = &http.Client{Timeout: patience}

// Answer is what the register says about a VAT id.
type Answer struct {
	Valid bool   // it is registered for trade within the Union today
	Name  string // as whom; "" where the member state does not tell, such as Germany and Spain
}

// ErrNoAnswer is in the chain of an error that says nothing about the VAT id: the
// register or a member state's could not be reached, or was asked too much.
var ErrNoAnswer = errors.New("no answer from the register of VAT ids")

// longest is how much of an answer is read, in bytes. They have some hundred.
const longest = 64 << 10

// Check asks about a VAT id as it is kept: a country's two letters, Greece's being
// EL, and its number. Any error has ErrNoAnswer in its chain, or is ctx's.
func (c *Client) Check(ctx context.Context, vatID string) (a Answer, err error) {
	if len(vatID) < 3 {
		return a, fmt.Errorf("%w: %q has no number", ErrNoAnswer, vatID)
	}
	at := c.Base + "/ms/" + url.PathEscape(vatID[:2]) + "/vat/" + url.PathEscape(vatID[2:])
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	req.Header.Set("Accept", "application/json")
	web := c.HTTP
	if web == nil {
		web = usual
	}
	res, err := web.Do(req)
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, longest))
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	return read(res.StatusCode, body)
}

// read is one answer. Failures come with status 200 too, and then say "not valid"
// beside the word for what failed.
func read(status int, body []byte) (a Answer, err error) {
	var v struct {
		IsValid   *bool  `json:"isValid"`
		UserError string `json:"userError"`
		Name      string `json:"name"`
		Errors    []struct {
			Error string `json:"error"`
		} `json:"errorWrappers"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return a, fmt.Errorf("%w: status %d, and no JSON", ErrNoAnswer, status)
	}
	word := strings.ToUpper(v.UserError)
	if len(v.Errors) > 0 {
		word = strings.ToUpper(v.Errors[0].Error)
	}
	switch {
	case status == http.StatusOK && v.IsValid != nil && *v.IsValid:
		a.Valid, a.Name = true, plain(v.Name)
		return a, nil
	case v.IsValid != nil && !*v.IsValid && word == "INVALID", word == "INVALID_INPUT":
		return a, nil
	}
	if word == "" {
		word = fmt.Sprintf("status %d", status)
	}
	return a, fmt.Errorf("%w: %.60s", ErrNoAnswer, word)
}

// mostName is how long a registered name may be, in characters.
const mostName = 200

// plain is a name on one line; dashes stand for none.
func plain(name string) string {
	name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " ")
	if strings.Trim(name, "- ") == "" {
		return ""
	}
	if r := []rune(name); len(r) > mostName {
		name = string(r[:mostName])
	}
	return name
}
