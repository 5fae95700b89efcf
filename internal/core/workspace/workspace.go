// Package workspace is one operator's world. Data of two workspaces never meet.
package workspace

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

// Workspace is one operator's world and its settings.
type Workspace struct {
	ID         id.Workspace
	Slug       string // in addresses: /w/{slug}
	Name       string
	AccessMode Mode
	Language   string // of mails to people whose language is unknown
	TimeZone   string // IANA name
	Info1Label string // what the operator calls "Info 1"
	Info2Label string
	InviteLife time.Duration // of drivers' invitations

	StaffInviteLife    time.Duration // of those that give a staff role
	CustomerInviteLife time.Duration // of those that make somebody an account's owner

	SelfRegistration bool   // whoever likes may ask to come in, at /r/{slug}
	Welcome          string // what the page for that says first; "" for a sentence of ours

	// How many sessions may run at once; 0 for any number.
	CardSessions int64 // of one card
	UserSessions int64 // of all cards of one user

	AutoApprove mail.Domains // whoever asks with an address in one of them needs no approval

	StopBlocked bool // a session that runs is stopped when its card is blocked, suspended or removed, or its user deactivated or deleted
	StopLost    bool // likewise when its user loses access to the place, or the account is closed

	DriverCards bool // drivers may add cards by holding them to a charger
	Autocharge  bool // drivers are asked whether a car that was seen with them is theirs

	LocalLists bool // chargers hold lists of cards that they let charge while they are offline, unless one says otherwise

	Look Look // of its mails

	Demo    bool // made by `involt demo`; shows the mail catcher
	Version int64
	Created time.Time
}

// Mode says how it is decided at which chargers an active user may charge.
type Mode string

// The access modes.
const (
	Everyone Mode = "everyone" // every active user everywhere, but for members-only locations
	ByGroup  Mode = "group"    // where the user's groups and grants say
)

// DefaultInviteLife is how long an invitation works unless the workspace says
// otherwise.
const DefaultInviteLife = 24 * time.Hour

var slugRE = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// CheckSlug says what is wrong with a workspace's short name, if anything is.
func CheckSlug(s string) error {
	if !slugRE.MatchString(s) {
		return errs.AtField("workspace", "The workspace's short name %q does not work in addresses. Use 1 to 40 small letters, digits and dashes, for instance: northgrid.", s)
	}
	return nil
}

// Languages are those that people are written to in, by their two letters.
var Languages = []string{"en", "de", "nl", "fr", "es"}

// The bounds of an invitation's life.
const (
	ShortestInvite = time.Hour
	LongestInvite  = 90 * 24 * time.Hour
)

// MostSessions bounds what a workspace may say of sessions at once.
const MostSessions = 1000

// Check says what is wrong with w's settings, at their fields.
func (w *Workspace) Check() error {
	var wrong errs.List
	if n := len([]rune(w.Name)); n == 0 || n > 100 {
		wrong.Add(errs.AtField("name", "Give the workspace a name of 1 to 100 characters."))
	}
	if w.AccessMode != Everyone && w.AccessMode != ByGroup {
		wrong.Add(errs.AtField("access_mode", "Choose who may charge where."))
	}
	if !slices.Contains(Languages, w.Language) {
		wrong.Add(errs.AtField("language", "Choose one of the languages of the list."))
	}
	if _, err := time.LoadLocation(w.TimeZone); err != nil || w.TimeZone == "" || w.TimeZone == "Local" {
		wrong.Add(errs.AtField("time_zone", "%q is not a time zone. Use a name like Europe/Berlin.", w.TimeZone))
	}
	for field, label := range map[string]string{"info_1": w.Info1Label, "info_2": w.Info2Label} {
		if n := len([]rune(label)); n == 0 || n > 40 {
			wrong.Add(errs.AtField(field, "Give this field a name of 1 to 40 characters."))
		}
	}
	for field, life := range map[string]time.Duration{"invite_life": w.InviteLife, "invite_life_staff": w.StaffInviteLife, "invite_life_customers": w.CustomerInviteLife} {
		if life < ShortestInvite || life > LongestInvite {
			wrong.Add(errs.AtField(field, "An invitation works for 1 hour to 90 days (2160 hours). Write the hours as a number."))
		}
	}
	if n := len([]rune(w.Welcome)); n > 500 {
		wrong.Add(errs.AtField("welcome", "The welcome has %d characters; at most 500 fit.", n))
	}
	for field, n := range map[string]int64{"card_sessions": w.CardSessions, "user_sessions": w.UserSessions} {
		if n < 0 || n > MostSessions {
			wrong.Add(errs.AtField(field, "Write a number from 0 to %d; 0 is for any number.", MostSessions))
		}
	}
	return wrong.Err()
}

const columns = `id, slug, name, access_mode, language, time_zone, info_1_label, info_2_label, invite_life, invite_life_staff, invite_life_customers, self_registration, welcome, auto_approve, mail_look, card_sessions, user_sessions, stop_blocked, stop_lost, driver_cards, autocharge, local_lists, demo, version, created_at`

func scan(row db.Scanner) (w Workspace, err error) {
	var life, staff, customers, created int64
	var auto, look string
	err = row.Scan(&w.ID, &w.Slug, &w.Name, &w.AccessMode, &w.Language, &w.TimeZone, &w.Info1Label, &w.Info2Label, &life, &staff, &customers, &w.SelfRegistration, &w.Welcome, &auto, &look, &w.CardSessions, &w.UserSessions, &w.StopBlocked, &w.StopLost, &w.DriverCards, &w.Autocharge, &w.LocalLists, &w.Demo, &w.Version, &created)
	w.InviteLife, w.StaffInviteLife, w.CustomerInviteLife = time.Duration(life)*time.Millisecond, time.Duration(staff)*time.Millisecond, time.Duration(customers)*time.Millisecond
	w.Created = time.UnixMilli(created).UTC()
	w.AutoApprove = strings.Fields(auto)
	return w, errs.Or(err, w.readLook(look))
}

// New returns a workspace with the usual settings, not yet stored.
func New(slug, name string) Workspace {
	if name == "" {
		name = strings.ToUpper(slug[:1]) + slug[1:]
	}
	return Workspace{
		Slug: slug, Name: name, AccessMode: Everyone, Language: "en", TimeZone: "Europe/Berlin",
		Info1Label: "Info 1", Info2Label: "Info 2", InviteLife: DefaultInviteLife, StaffInviteLife: DefaultInviteLife, CustomerInviteLife: DefaultInviteLife,
		CardSessions: 1, StopBlocked: true, Autocharge: true,
	}
}

// Insert adds w and sets its ID, Version and Created. A second workspace of the
// same slug is an errs.Conflict.
func Insert(tx *db.Tx, w *Workspace) error {
	if err := CheckSlug(w.Slug); err != nil {
		return err
	}
	w.ID, w.Version, w.Created = id.New[id.Workspace](), 1, tx.Now
	_, err := tx.Exec(`INSERT INTO workspace (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		w.ID, w.Slug, w.Name, w.AccessMode, w.Language, w.TimeZone, w.Info1Label, w.Info2Label,
		w.InviteLife.Milliseconds(), w.StaffInviteLife.Milliseconds(), w.CustomerInviteLife.Milliseconds(), w.SelfRegistration, w.Welcome, w.AutoApprove.String(), w.CardSessions, w.UserSessions, w.StopBlocked, w.StopLost, w.DriverCards, w.Autocharge, w.LocalLists, w.Demo, w.Version, tx.NowMS())
	return err
}

// Save writes w's settings back, after [Workspace.Check]. If someone else wrote them since w was read,
// that is an errs.Conflict.
func Save(tx *db.Tx, w *Workspace) error {
	if err := w.Check(); err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE workspace SET name = ?, access_mode = ?, language = ?, time_zone = ?, info_1_label = ?, info_2_label = ?,
		invite_life = ?, invite_life_staff = ?, invite_life_customers = ?, self_registration = ?, welcome = ?, auto_approve = ?, card_sessions = ?, user_sessions = ?, stop_blocked = ?, stop_lost = ?, driver_cards = ?, autocharge = ?, local_lists = ?, version = version + 1 WHERE id = ? AND version = ?`,
		w.Name, w.AccessMode, w.Language, w.TimeZone, w.Info1Label, w.Info2Label,
		w.InviteLife.Milliseconds(), w.StaffInviteLife.Milliseconds(), w.CustomerInviteLife.Milliseconds(), w.SelfRegistration, w.Welcome, w.AutoApprove.String(), w.CardSessions, w.UserSessions, w.StopBlocked, w.StopLost, w.DriverCards, w.Autocharge, w.LocalLists, w.ID, w.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed these settings. Load them again and repeat your change.")
	}
	if err == nil {
		w.Version++
	}
	return err
}

// Lock lets no other transaction past its own Lock of the workspace until tx
// ends, for rules that count over many rows.
func Lock(tx *db.Tx, ws id.Workspace) error {
	var same id.Workspace
	return tx.Row(`SELECT id FROM workspace WHERE id = ?`+tx.ForUpdate(), []any{ws}, &same)
}

// ByID returns one workspace.
func ByID(tx *db.Tx, ws id.Workspace) (Workspace, error) { return one(tx, `WHERE id = ?`, ws) }

// BySlug returns the workspace of that short name.
func BySlug(tx *db.Tx, slug string) (Workspace, error) { return one(tx, `WHERE slug = ?`, slug) }

// All returns every workspace by name, for the server's own work.
func All(tx *db.Tx) ([]Workspace, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM workspace ORDER BY name, id`)
}

func one(tx *db.Tx, where string, args ...any) (Workspace, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM workspace `+where, args...)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such workspace. Check its short name.")
	}
	if err != nil {
		return Workspace{}, err
	}
	return all[0], nil
}
