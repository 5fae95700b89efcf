package frame

import (
	"fmt"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/person"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
)

// Told is an entry of the journal as people read it.
type Told struct {
	Text   string // "Invited"
	Detail string // what exactly changed; may be empty
	Icon   string
	Tone   ui.Tone
	Href   string // the page of what it happened to; "" for none
}

// Telling is how the entries of each name are told. A name that is not here is
// told as it is written.
var Telling = map[string]Told{
	"workspace.created":          {Text: "Workspace made", Icon: "building-2"},
	"server.outage-ended":        {Text: "The database was away", Icon: "database", Tone: ui.Warn},
	"settings.changed":           {Text: "Settings changed", Icon: "settings"},
	"person.imported":            {Text: "Imported from a file", Icon: "import"},
	"person.created":             {Text: "User added", Icon: "user-plus"},
	"person.invited":             {Text: "Invited", Icon: "send", Tone: ui.Info},
	"person.activated":           {Text: "Came in and is active", Icon: "user-check", Tone: ui.Good},
	"person.approved":            {Text: "Approved", Icon: "badge-check", Tone: ui.Good},
	"person.declined":            {Text: "Declined", Icon: "user-x", Tone: ui.Bad},
	"person.deactivated":         {Text: "Deactivated", Icon: "user-x", Tone: ui.Bad},
	"person.reactivated":         {Text: "Reactivated", Icon: "user-check", Tone: ui.Good},
	"person.updated":             {Text: "Changed", Icon: "pencil"},
	"person.deleted":             {Text: "Deleted", Icon: "trash-2", Tone: ui.Bad},
	"person.role-given":          {Text: "Given a staff role", Icon: "shield-check"},
	"person.role-taken":          {Text: "A staff role was taken away", Icon: "shield", Tone: ui.Warn},
	"person.password-changed":    {Text: "Set a new password", Icon: "key-round"},
	"role.created":               {Text: "Role made", Icon: "shield-check"},
	"role.changed":               {Text: "Role changed", Icon: "shield-check"},
	"role.removed":               {Text: "Role deleted", Icon: "shield", Tone: ui.Warn},
	"group.created":              {Text: "Group added", Icon: "layers"},
	"group.member-added":         {Text: "Added to a group", Icon: "users"},
	"group.member-removed":       {Text: "Removed from a group", Icon: "users"},
	"card.assigned":              {Text: "Card given", Icon: "credit-card"},
	"card.blocked":               {Text: "Card blocked", Icon: "ban", Tone: ui.Bad},
	"card.unblocked":             {Text: "Card unblocked", Icon: "lock-open", Tone: ui.Good},
	"card.suspended":             {Text: "Card suspended", Icon: "pause", Tone: ui.Warn},
	"card.doubted":               {Text: "Card used in two places", Icon: "triangle-alert", Tone: ui.Warn},
	"card.confirmed":             {Text: "Said that it was them", Icon: "user-check"},
	"card.proposed":              {Text: "Car seen with its driver, who is asked", Icon: "circle-help"},
	"review.planned":             {Text: "Access reviews planned", Icon: "calendar"},
	"review.begun":               {Text: "Access review begun", Icon: "badge-check", Tone: ui.Info},
	"review.answered":            {Text: "Answered in an access review", Icon: "badge-check"},
	"review.kept-rest":           {Text: "All others kept in an access review", Icon: "badge-check"},
	"review.finished":            {Text: "Access review done", Icon: "badge-check", Tone: ui.Good},
	"guest.invited":              {Text: "Guest access made", Icon: "user-plus", Tone: ui.Info},
	"charger.opened":             {Text: "Charger opened to anyone", Icon: "lock-open", Tone: ui.Warn},
	"charger.closed":             {Text: "Charger no longer open to anyone", Icon: "ban"},
	"charger.updated":            {Text: "Charger's options changed", Icon: "settings"},
	"charger.learning":           {Text: "Charger waits for a card", Icon: "credit-card"},
	"charger.learning-ended":     {Text: "Charger no longer waits for a card", Icon: "credit-card"},
	"card.updated":               {Text: "Card changed", Icon: "credit-card"},
	"card.removed":               {Text: "Card removed", Icon: "trash-2"},
	"grant.created":              {Text: "May charge at one more place", Icon: "map-pin"},
	"grant.removed":              {Text: "A place to charge was taken away", Icon: "map-pin"},
	"location.created":           {Text: "Location added", Icon: "map-pin"},
	"charger.created":            {Text: "Charger added", Icon: "plug-zap"},
	"charger.blocked":            {Text: "Charger reconnected too often: blocked for an hour", Icon: "ban", Tone: ui.Bad},
	"charger.unblocked":          {Text: "Charger let in again", Icon: "lock-open", Tone: ui.Good},
	"charger.two-networks":       {Text: "Charger came from two networks at once", Icon: "triangle-alert", Tone: ui.Warn},
	"charger.networks-seen":      {Text: "Saw to a charger in two networks", Icon: "check"},
	"charger.list-changed":       {Text: "Local list of a charger switched", Icon: "list"},
	"charger.key-changed":        {Text: "Charger's key renewed", Icon: "key-round"},
	"command.asked":              {Text: "Charger asked by remote", Icon: "terminal"},
	"command.ended":              {Text: "Charger answered", Icon: "terminal"},
	"session.started":            {Text: "Began to charge", Icon: "zap", Tone: ui.Info},
	"session.ended":              {Text: "Finished charging", Icon: "zap"},
	"api-key.created":            {Text: "API key made", Icon: "key-round"},
	"api-key.revoked":            {Text: "API key revoked", Icon: "key-round", Tone: ui.Warn},
	"invitation.sent":            {Text: "Invitation mail accepted by the mail server", Icon: "mail-check", Tone: ui.Good},
	"invitation.bounced":         {Text: "Invitation mail came back", Icon: "mail", Tone: ui.Bad},
	"address.suppressed":         {Text: "Address gets no more mail", Icon: "mail", Tone: ui.Warn},
	"address.released":           {Text: "Address gets mail again", Icon: "mail-check", Tone: ui.Good},
	"workspace.mails-changed":    {Text: "How mails look or what they say was changed", Icon: "mail"},
	"mail.bounced":               {Text: "Mail came back", Icon: "mail", Tone: ui.Bad},
	"session.identified":         {Text: "Known who is charging", Icon: "zap"},
	"session.corrected":          {Text: "Session corrected", Icon: "zap", Tone: ui.Warn},
	"job.retried":                {Text: "Background work tried again", Icon: "refresh-cw"},
	"job.discarded":              {Text: "Background work given up", Icon: "trash-2"},
	"invitation.extended":        {Text: "Invitation's link works longer", Icon: "clock"},
	"invitation.declined":        {Text: "Declined the invitation", Icon: "user-x", Tone: ui.Warn},
	"invitation.lapsed":          {Text: "Came in with less than was offered: the inviter may no longer give it", Icon: "user-x", Tone: ui.Warn},
	"invitation.revoked":         {Text: "Invitation withdrawn", Icon: "mail", Tone: ui.Warn},
	"person.restored":            {Text: "Deletion taken back", Icon: "undo-2", Tone: ui.Good},
	"person.erased":              {Text: "Data erased for good", Icon: "trash-2"},
	"person.merged":              {Text: "Two records of one user merged", Icon: "users-round"},
	"person.departure-planned":   {Text: "Leaves on a day that was planned", Icon: "calendar", Tone: ui.Warn},
	"person.begun":               {Text: "Begins at once, and not on a day to come", Icon: "user-check", Tone: ui.Good},
	"person.departure-cancelled": {Text: "Stays: the planned leaving was cancelled", Icon: "calendar", Tone: ui.Good},
	"person.left":                {Text: "Left, as planned", Icon: "log-out", Tone: ui.Bad},
	"application.received":       {Text: "Asked to join", Icon: "user-plus", Tone: ui.Info},
	"claim.made":                 {Text: "Letter with a code made", Icon: "file-text"},
	"claim.used":                 {Text: "Came in with a printed code", Icon: "user-check", Tone: ui.Good},
	"vehicle.added":              {Text: "Vehicle added", Icon: "car"},
	"vehicle.changed":            {Text: "Vehicle changed", Icon: "car"},
	"vehicle.removed":            {Text: "Vehicle removed", Icon: "car", Tone: ui.Warn},
	"group.updated":              {Text: "Group changed", Icon: "layers"},
	"group.deleted":              {Text: "Group deleted", Icon: "trash-2", Tone: ui.Bad},
	"group.moved":                {Text: "Group moved in the order", Icon: "layers"},
	"grant.changed":              {Text: "A rule of where to charge was changed", Icon: "map-pin"},
	"view.saved":                 {Text: "List saved as a view", Icon: "star"},
	"view.removed":               {Text: "Saved view removed", Icon: "star"},
	"bulk.started":               {Text: "Work on many users started", Icon: "list", Tone: ui.Info},
	"bulk.undone":                {Text: "Work on many users undone", Icon: "undo-2", Tone: ui.Warn},
	"import.stopped":             {Text: "Import stopped", Icon: "import", Tone: ui.Warn},
	"import.undone":              {Text: "Import undone", Icon: "undo-2", Tone: ui.Warn},
	"person.removed":             {Text: "Taken out again: the import was undone", Icon: "undo-2", Tone: ui.Warn},
	"card.unknown-hidden":        {Text: "Unknown card hidden", Icon: "eye-off"},
	"card.unknown-shown":         {Text: "Unknown card shown again", Icon: "eye"},
	"card.imported":              {Text: "Card imported", Icon: "credit-card"},
	"location.updated":           {Text: "Location changed", Icon: "map-pin"},
	"joining-code.created":       {Text: "Joining code made", Icon: "ticket"},
	"joining-code.updated":       {Text: "Joining code changed", Icon: "ticket"},
	"joining-code.rotated":       {Text: "New joining code made; the old one ended", Icon: "ticket", Tone: ui.Warn},
	"zone.joined":                {Text: "Joined a zone by code", Icon: "user-check", Tone: ui.Good},
	"zone.requested":             {Text: "Entered a joining code and waits", Icon: "user-plus", Tone: ui.Info},
	"zone.approved":              {Text: "Let into a zone", Icon: "badge-check", Tone: ui.Good},
	"zone.declined":              {Text: "Not let into a zone", Icon: "user-x", Tone: ui.Bad},
	"zone.left":                  {Text: "Left a zone", Icon: "log-out"},
	"zone.member-removed":        {Text: "Removed from a zone", Icon: "trash-2", Tone: ui.Bad},
	"account.created":            {Text: "Account made", Icon: "building-2"},
	"account.removed":            {Text: "Account taken back with its import", Icon: "undo-2", Tone: ui.Warn},
	"account.updated":            {Text: "Account changed", Icon: "building-2"},
	"account.vat-confirmed":      {Text: "VAT id confirmed by VIES", Icon: "badge-check", Tone: ui.Good},
	"account.vat-unknown":        {Text: "VAT id not found in VIES", Icon: "building-2", Tone: ui.Warn},
	"account.closed":             {Text: "Account closed", Icon: "lock", Tone: ui.Bad},
	"account.reopened":           {Text: "Account reopened", Icon: "lock-open", Tone: ui.Good},
	"reimbursement.rate-set":     {Text: "Reimbursement rate agreed", Icon: "receipt"},
	"reimbursement.rate-dropped": {Text: "Reimbursement rate taken back", Icon: "receipt", Tone: ui.Warn},
	"reimbursement.changed":      {Text: "Reimbursement changed", Icon: "receipt"},
	"export.scheduled":           {Text: "Export scheduled", Icon: "calendar"},
	"export.changed":             {Text: "Scheduled export changed", Icon: "calendar"},
	"export.paused":              {Text: "Scheduled export paused, or let go on", Icon: "pause"},
	"export.removed":             {Text: "Scheduled export removed", Icon: "trash-2", Tone: ui.Warn},
	"export.delivered":           {Text: "Scheduled export sent", Icon: "download", Tone: ui.Good},
	"export.failed":              {Text: "Scheduled export failed", Icon: "download", Tone: ui.Bad},
	"import.applied":             {Text: "Import applied", Icon: "import", Tone: ui.Good},
}

// Sentence says what entries of a name say.
func Sentence(what string) string {
	if t, ok := Telling[what]; ok {
		return t.Text
	}
	return Upper(strings.NewReplacer(".", " ", "-", " ").Replace(what))
}

// activations say how a card came to work that was not blocked before.
var activations = map[card.State]string{card.Inactive: "Card made active", card.Suspended: "Card resumed", card.Expired: "Card made valid again"}

// Tell puts an entry of the journal into words.
func Tell(a browse.Activity, v *Visit) Told {
	t, ok := Telling[a.What]
	if !ok {
		t = Told{Text: Sentence(a.What), Icon: "circle-dot"}
	}
	if from, _ := a.Value["from"].(string); a.What == "card.unblocked" && activations[card.State(from)] != "" {
		t.Text, t.Icon = activations[card.State(from)], "circle-check"
	}
	if a.About > 1 && strings.HasPrefix(a.What, "person.") {
		t.Detail = fmt.Sprintf("%d users", a.About)
	}
	if d := detail(a, v); d != "" {
		t.Detail = d
	}
	if a.Erased {
		t.Detail = "The details were erased with the user's data."
	}
	noun, of, _ := strings.Cut(a.Subject, ":")
	if a.Gone {
		return t
	}
	if page, ok := map[string]string{"person": "/users/", "account": "/accounts/", "group": "/groups/", "card": "/cards/", "location": "/locations/", "charger": "/chargers/", "session": "/sessions/", "bulk": "/bulk/"}[noun]; ok {
		t.Href = v.To(page + of)
	}
	return t
}

// detail says what exactly changed, from the entry's values.
func detail(a browse.Activity, v *Visit) string {
	text := func(key string) string {
		s, _ := a.Value[key].(string)
		return s
	}
	switch a.What {
	case "person.invited":
		to := "by e-mail"
		if text("email") != "" {
			to += " to " + text("email")
		}
		if a.About > 1 {
			to = fmt.Sprintf("%d users, by e-mail", a.About)
		}
		if text("by") == "console" {
			to = "with a link printed by the server, for " + text("email")
		}
		if again, _ := a.Value["again"].(bool); again {
			to += "; the older link stopped working"
		}
		return Upper(to)
	case "person.deactivated":
		return text("reason")
	case "person.updated":
		return changes(a, v)
	case "person.role-given", "person.role-taken":
		name := text("label")
		if r, ok := access.RoleByKey(text("role")); ok {
			name = r.Label
		}
		if where := text("where"); where != "" && name != "" {
			name += ", for " + where
		}
		return name
	case "person.activated":
		if from := person.Status(text("from")); from.Label() != "" {
			return "Was " + from.Label()
		}
	case "invitation.bounced", "mail.bounced":
		return text("to") + ": " + text("reply")
	case "invitation.sent":
		if a.About > 1 {
			return fmt.Sprintf("%d mails", a.About)
		}
		return text("to")
	case "card.assigned", "card.blocked", "card.unblocked", "card.suspended", "card.doubted", "card.proposed", "card.confirmed", "card.updated", "card.removed", "card.unknown-hidden", "card.unknown-shown":
		if reason := text("reason"); reason != "" {
			return text("uid") + ": " + reason
		}
		return text("uid")
	case "account.created":
		return text("name")
	case "account.vat-confirmed", "account.vat-unknown":
		return text("vat_id")
	case "account.closed", "account.reopened":
		return closedDetail(a)
	case "reimbursement.rate-set":
		return changes(a, v) + ", from " + text("from")
	case "group.created", "group.deleted", "group.member-added", "location.created", "api-key.created":
		return text("name")
	case "charger.created":
		return text("identity")
	}
	if said := changes(a, v); said != "" {
		return said
	}
	return facts(a, v)
}

// closedDetail says how many accounts were closed or reopened, and why.
func closedDetail(a browse.Activity) string {
	text, _ := a.Value["reason"].(string)
	if a.About > 0 {
		also := fmt.Sprintf("With %d below it", a.About)
		if text == "" {
			return also
		}
		return also + ": " + text
	}
	return text
}
