package notice

import "time"

// Text is what a message to one person says, in their language. Whoever sends it
// puts it into the form of its channel.
type Text struct {
	To       string // the address
	Name     string // of the reader; "" if unknown
	Language string // two letters
	Subject  string
	Title    string
	Text     string // the sentences under the title
	Says     string // who wrote Message: "Anna Berg writes:"
	Message  string // somebody's own words, "" for none
	Gets     string // the heading of Lists
	Lists    []List
	Button   string
	Link     string    // where Button leads
	Expires  time.Time // when Link stops working; zero: it does not
	Code     string    // the short code of Link, to be typed on another device; "" for none
	NotMe    string    // what to do if the mail was not meant for its reader
	Stop     string    // the address that ends mails like this one; "" for one that its reader gets in any case
}

// List is some things under a label: "Where you may charge".
type List struct {
	Label string
	What  []string
}
