package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// requests are, for every operation of the table, what to ask in a town, and
// with whose things. A line that is missing fails the test: so must a new
// operation get one.
func requests(of *town) map[string][]struct {
	path string
	body any
} {
	type list = []struct {
		path string
		body any
	}
	p, user, c := prefix, string(of.user), string(of.card)
	return map[string]list{
		"list-users":      {{p + "/users", nil}, {p + "/users?group=" + string(of.group), nil}, {p + "/users?external_id=" + of.mark + "-E1", nil}, {p + "/users?q=" + of.mark, nil}},
		"create-user":     {{p + "/users", map[string]any{"external_id": "POOL-7", "cost_center": "Pool", "card_number": "04:0F:00:00:00:00:07"}}},
		"invite-users":    {{p + "/users/invite", map[string]any{"user_ids": []string{string(of.imported)}}}},
		"read-user":       {{p + "/users/" + user, nil}},
		"change-user":     {{p + "/users/" + user, map[string]any{"cost_center": "Moved"}}},
		"deactivate-user": {{p + "/users/" + user + "/deactivate", map[string]any{"reason": "Left"}}},
		"reactivate-user": {{p + "/users/" + user + "/reactivate", nil}},

		"approve-user":       {{p + "/users/" + string(of.waiting[0]) + "/approve", map[string]any{"message": "Welcome"}}},
		"decline-user":       {{p + "/users/" + string(of.waiting[1]) + "/decline", nil}},
		"add-to-group":       {{p + "/users/" + user + "/groups/" + string(of.other), nil}},
		"remove-from-group":  {{p + "/users/" + user + "/groups/" + string(of.other), nil}},
		"read-departure":     {{p + "/users/" + user + "/departure", nil}},
		"plan-departure":     {{p + "/users/" + user + "/departure", map[string]any{"at": time.Now().Add(48 * time.Hour).Format(time.RFC3339), "reason": "Contract ends"}}},
		"cancel-departure":   {{p + "/users/" + user + "/departure", nil}},
		"preview-merge":      {{p + "/users/" + user + "/merge?gone=" + string(of.spare), nil}},
		"merge-users":        {{p + "/users/" + user + "/merge", map[string]any{"gone": string(of.spare), "choices": map[string]string{"phone": "gone"}}}},
		"delete-user":        {{p + "/users/" + user, nil}},
		"restore-user":       {{p + "/users/" + user + "/restore", nil}},
		"list-vehicles":      {{p + "/users/" + user + "/vehicles", nil}},
		"create-vehicle":     {{p + "/users/" + user + "/vehicles", map[string]any{"make": "Renault", "model": "Zoe", "mac": "00:7D:FA:01:2B:3C"}}},
		"read-vehicle":       {{p + "/vehicles/" + string(of.vehicle), nil}},
		"change-vehicle":     {{p + "/vehicles/" + string(of.vehicle), map[string]any{"model": "Two"}}},
		"remove-vehicle":     {{p + "/vehicles/" + string(of.vehicle), nil}},
		"start-bulk":         {{p + "/bulk", map[string]any{"action": "cost-center", "users": []string{user}, "args": map[string]any{"cost_center": "Pool"}}}, {p + "/bulk", map[string]any{"action": "reactivate", "filter": map[string]any{"everyone": true}}}},
		"read-bulk":          {{p + "/bulk/" + string(of.bulk), nil}},
		"list-bulk-outcomes": {{p + "/bulk/" + string(of.bulk) + "/outcomes", nil}, {p + "/bulk/" + string(of.bulk) + "/outcomes?failed=true", nil}},
		"undo-bulk":          {{p + "/bulk/" + string(of.bulk) + "/undo", nil}},

		"list-imports":           {{p + "/imports", nil}},
		"create-import":          {{p + "/imports", map[string]any{"file_name": "new.csv", "text": "email\nnew@alder.example\n"}}, {p + "/imports", map[string]any{"file_name": "large.csv", "size": 100}}},
		"send-file":              {{p + "/imports/" + string(of.uploading) + "/file", "email\nsent@x.example\n"}},
		"complete-import":        {{p + "/imports/" + string(of.uploading) + "/complete", nil}},
		"read-import":            {{p + "/imports/" + string(of.imports[0]), nil}},
		"list-import-rows":       {{p + "/imports/" + string(of.imports[0]) + "/rows", nil}, {p + "/imports/" + string(of.imports[0]) + "/rows?kind=add", nil}},
		"answer-import":          {{p + "/imports/" + string(of.imports[0]) + "/answers", map[string]any{"overwrite": true}}},
		"apply-import":           {{p + "/imports/" + string(of.imports[1]) + "/apply", map[string]any{}}},
		"stop-import":            {{p + "/imports/" + string(of.imports[1]) + "/stop", nil}},
		"undo-import":            {{p + "/imports/" + string(of.imports[2]) + "/undo", map[string]any{}}},
		"discard-import":         {{p + "/imports/" + string(of.imports[3]), nil}},
		"list-accounts":          {{p + "/accounts", nil}, {p + "/accounts?kind=customer&state=open", nil}, {p + "/accounts?q=" + of.mark, nil}},
		"create-account":         {{p + "/accounts", map[string]any{"email": "vera@voltwerk.example", "name": "Voltwerk", "billing": "consumer"}}},
		"read-account":           {{p + "/accounts/" + string(of.account), nil}},
		"change-account":         {{p + "/accounts/" + string(of.account), map[string]any{"name": "Works", "user_limit": 20, "location_ids": []string{string(of.location)}}}},
		"create-sub-account":     {{p + "/accounts/" + string(of.account) + "/sub-accounts", map[string]any{"kind": "employee", "name": "Emma", "email": "emma@voltwerk.example", "billing": "consumer", "rate": "0.25"}}},
		"add-end-user":           {{p + "/accounts/" + string(of.account) + "/end-users", map[string]any{"email": "dirk@voltwerk.example"}}},
		"set-reimbursement-rate": {{p + "/accounts/" + string(of.part) + "/rates", map[string]any{"rate": "0.2875"}}},
		"close-account":          {{p + "/accounts/" + string(of.account) + "/close", map[string]any{"reason": "Ended"}}},
		"reopen-account":         {{p + "/accounts/" + string(of.shut) + "/reopen", nil}},
		"set-account":            {{p + "/users/" + user + "/account", map[string]any{"account_id": ""}}},

		"list-system-users":  {{p + "/system-users", nil}},
		"invite-system-user": {{p + "/system-users", map[string]any{"email": "tom@staff.example", "roles": []map[string]any{{"role": "viewer"}}}}},
		"list-roles":         {{p + "/roles", nil}},

		"list-cards":           {{p + "/cards", nil}, {p + "/cards?user=" + user, nil}, {p + "/cards?q=" + of.uid, nil}},
		"create-card":          {{p + "/cards", map[string]any{"number": "04112233445566", "user_id": user}}},
		"read-card":            {{p + "/cards/" + c, nil}},
		"block-card":           {{p + "/cards/" + c + "/block", map[string]any{"reason": "Lost"}}},
		"unblock-card":         {{p + "/cards/" + c + "/unblock", nil}},
		"suspend-card":         {{p + "/cards/" + c + "/suspend", map[string]any{"reason": "Under investigation"}}},
		"change-card":          {{p + "/cards/" + c, map[string]any{"printed": "NG-1", "business": true}}},
		"remove-card":          {{p + "/cards/" + c, nil}},
		"list-locations":       {{p + "/locations", nil}, {p + "/locations?q=" + of.mark, nil}},
		"list-chargers":        {{p + "/chargers", nil}, {p + "/chargers?location=" + string(of.location), nil}, {p + "/chargers?q=" + of.mark, nil}},
		"read-charger":         {{p + "/chargers/" + string(of.charger), nil}},
		"ask-charger":          {{p + "/chargers/" + string(of.charger) + "/commands", map[string]any{"kind": "unlock", "evse": 2}}, {p + "/chargers/" + string(of.charger) + "/commands", map[string]any{"kind": "reset", "option": "soft"}}},
		"learn-card":           {{p + "/chargers/" + string(of.charger) + "/lessons", map[string]any{"user_id": user}}},
		"read-lesson":          {{p + "/lessons/" + string(of.lesson), nil}},
		"stop-lesson":          {{p + "/lessons/" + string(of.lesson) + "/stop", nil}},
		"list-guests":          {{p + "/guests", nil}},
		"create-guest":         {{p + "/guests", map[string]any{"name": "Visitor", "location_ids": []string{string(of.location)}, "from": "2027-03-01T08:00:00Z", "until": "2027-03-02T18:00:00Z", "kwh": 30, "code": true}}},
		"read-guest":           {{p + "/guests/" + string(of.guest), nil}},
		"revoke-guest":         {{p + "/guests/" + string(of.guest) + "/revoke", nil}},
		"read-local-list":      {{p + "/chargers/" + string(of.charger) + "/local-list", nil}},
		"list-commands":        {{p + "/chargers/" + string(of.charger) + "/commands", nil}, {p + "/chargers/" + string(of.charger) + "/commands?limit=1", nil}},
		"read-command":         {{p + "/commands/" + string(of.command), nil}},
		"stop-session":         {{p + "/sessions/" + string(of.session) + "/stop", nil}},
		"read-revocation":      {{p + "/cards/" + c + "/revocation", nil}},
		"list-joining-codes":   {{p + "/joining-codes", nil}, {p + "/joining-codes?location=" + string(of.location), nil}},
		"create-joining-code":  {{p + "/joining-codes", map[string]any{"location_id": string(of.location), "note": "Gate", "domains": []string{"north.example"}, "max_uses": 5}}},
		"read-joining-code":    {{p + "/joining-codes/" + string(of.code), nil}},
		"change-joining-code":  {{p + "/joining-codes/" + string(of.code), map[string]any{"max_uses": 20}}},
		"rotate-joining-code":  {{p + "/joining-codes/" + string(of.code) + "/rotate", nil}},
		"list-zone-members":    {{p + "/locations/" + string(of.location) + "/members", nil}},
		"remove-zone-member":   {{p + "/locations/" + string(of.location) + "/members/" + string(of.waiting[0]), nil}},
		"list-zone-requests":   {{p + "/zone-requests", nil}},
		"approve-zone-request": {{p + "/zone-requests/" + string(of.requests[0]) + "/approve", map[string]any{"message": "Welcome"}}},
		"decline-zone-request": {{p + "/zone-requests/" + string(of.requests[1]) + "/decline", nil}},

		"list-groups":        {{p + "/groups", nil}},
		"order-groups":       {{p + "/groups/order", map[string]any{"group_ids": []string{string(of.other), string(of.group)}}}},
		"create-group":       {{p + "/groups", map[string]any{"name": "Night shift"}}},
		"read-group":         {{p + "/groups/" + string(of.group), nil}},
		"change-group":       {{p + "/groups/" + string(of.group), map[string]any{"description": "Everyone"}}},
		"delete-group":       {{p + "/groups/" + string(of.other), nil}},
		"list-rules":         {{p + "/groups/" + string(of.group) + "/rules", nil}},
		"create-rule":        {{p + "/groups/" + string(of.group) + "/rules", map[string]any{"location_id": string(of.location), "days": []string{"sat", "sun"}, "from_time": "22:00", "to_time": "06:00"}}},
		"read-rule":          {{p + "/rules/" + string(of.rule), nil}},
		"change-rule":        {{p + "/rules/" + string(of.rule), map[string]any{"days": []string{"mon"}}}},
		"remove-rule":        {{p + "/rules/" + string(of.rule), nil}},
		"list-sessions":      {{p + "/sessions", nil}, {p + "/sessions?user=" + user, nil}, {p + "/sessions?charger=" + string(of.charger), nil}, {p + "/sessions?q=" + of.mark, nil}},
		"read-session":       {{p + "/sessions/" + string(of.session), nil}},
		"export-users":       {{p + "/exports/users", nil}, {p + "/exports/users?format=json&group=" + string(of.group), nil}, {p + "/exports/users?q=" + of.mark, nil}},
		"export-cards":       {{p + "/exports/cards?format=json", nil}, {p + "/exports/cards?user=" + user, nil}},
		"export-sessions":    {{p + "/exports/sessions?format=json", nil}, {p + "/exports/sessions?user=" + user, nil}, {p + "/exports/sessions?location=" + string(of.location), nil}},
		"export-invitations": {{p + "/exports/invitations?format=json", nil}, {p + "/exports/invitations?state=sent", nil}},
		"export-activity":    {{p + "/exports/activity?format=json", nil}, {p + "/exports/activity?subject=person:" + user, nil}},
		"list-decisions":     {{p + "/decisions", nil}, {p + "/decisions?user=" + user, nil}, {p + "/decisions?card=" + of.uid, nil}},
		"decide": {
			{p + "/decisions", map[string]any{"card": of.uid}},
			{p + "/decisions", map[string]any{"card": of.uid, "evse_id": of.evse}},
			{p + "/decisions", map[string]any{"card": of.uid, "charger": of.identity, "evse": 1}},
		},
	}
}

func TestEveryOperationWorksForItsOwnWorkspace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		ask := requests(&r.a)
		for _, op := range Operations() {
			if len(ask[op.ID]) == 0 {
				t.Errorf("%s is not tested: add a line to requests", op.ID)
			}
			for _, q := range ask[op.ID] {
				r.do(r.a.key, op.Method, q.path, q.body).want(op.Status).lacks("Zebra", "zebra")
			}
		}
		if extra := len(ask) - len(Operations()); extra != 0 {
			t.Errorf("requests has %d lines more than the table: %v", extra, slices.Sorted(maps.Keys(ask)))
		}
	})
}

func TestEveryOperationRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		revoked := r.key(access.All)
		r.update(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE api_key SET revoked_at = 1 WHERE workspace = ? AND id = (SELECT MAX(id) FROM api_key WHERE workspace = ?)`, r.a.ws, r.a.ws)
			return err
		})
		ask := requests(&r.a)
		before := r.count(r.a.ws)
		for _, op := range Operations() {
			weak := r.key(access.All &^ op.Perm &^ implying(op.Perm))
			for _, q := range ask[op.ID] {
				for name, key := range map[string]string{"no key": "", "a revoked key": revoked, "no such key": "ik_nothing", "half a key": r.a.key[:20]} {
					a := r.do(key, op.Method, q.path, q.body).want(http.StatusUnauthorized).lacks("Alder", "alder")
					if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
						t.Errorf("%s with %s: no WWW-Authenticate", a.what, name)
					}
				}
				r.do("", op.Method, q.path, q.body, "Cookie", "__Host-session="+r.a.key).want(http.StatusUnauthorized)
				r.do(weak, op.Method, q.path, q.body).want(http.StatusForbidden).lacks("Alder", "alder").has(op.Perm.Names()...)
			}
		}
		if after := r.count(r.a.ws); after != before {
			t.Errorf("refused requests left %d entries in the journal", after-before)
		}
	})
}

// implying is what gives the reading permission p without naming it.
func implying(p access.Perm) (q access.Perm) {
	for one := access.Perm(1); one < access.All; one <<= 1 {
		if one.Whole()&p != 0 {
			q |= one
		}
	}
	return q
}

// TestNothingOfAnotherWorkspace asks for every thing of workspace B with the
// strongest key of workspace A: not a byte of B comes back, and nothing of B
// changes.
func TestNothingOfAnotherWorkspace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		b := &r.b
		before := r.count(b.ws)
		ask := requests(b)
		for _, op := range Operations() {
			for _, q := range ask[op.ID] {
				a := r.do(r.a.key, op.Method, q.path, q.body)
				switch {
				case op.ID == "restore-user":
					a.want(http.StatusGone)
				case strings.Contains(op.Path, "{id}"):
					a.want(http.StatusNotFound)
				case op.ID == "create-card", op.ID == "create-guest", op.ID == "order-groups", op.ID == "create-joining-code", op.ID == "decide" && a.status != http.StatusOK:
					a.want(http.StatusUnprocessableEntity)
				case op.ID == "invite-users":
					a.want(http.StatusOK).has(`"invited":0`, "is not here")
				case op.ID == "decide":
					a.want(http.StatusOK).has("unknown-card")
				default:
					a.want(op.Status)
				}
				text := a.text
				if op.Method == http.MethodPost { // what was sent may come back
					for _, sent := range []string{b.evse, b.identity, b.uid, string(b.imported)} {
						text = strings.ReplaceAll(text, sent, "")
					}
				}
				for _, v := range []string{"Zebra", "zebra", string(b.user), string(b.card), string(b.charger), string(b.location), string(b.group), string(b.session), string(b.vehicle), string(b.rule), string(b.bulk), string(b.ws), string(b.code), string(b.requests[0])} {
					if strings.Contains(text, v) {
						t.Errorf("%s: the answer holds %q of the other workspace: %s", a.what, v, a.text)
					}
				}
			}
		}
		for _, role := range access.Roles { // whatever the role may do, it does not do it there
			key := r.key(role.Perms)
			for _, op := range Operations() {
				for _, q := range ask[op.ID] {
					if a := r.do(key, op.Method, q.path, q.body).lacks("Zebraanna", "Zebraberg", "Zebra-0001", "Zebra charger", "Zebra harbour", "Zebra group", "Zebra sales"); a.status >= 500 {
						t.Errorf("%s as %s: %d", a.what, role.Key, a.status)
					}
				}
			}
		}
		if after := r.count(b.ws); after != before {
			t.Errorf("the other workspace's journal grew by %d", after-before)
		}
		own := requests(&r.a)
		for _, op := range Operations() { // and A's key on its own lists shows A alone
			if op.Method == http.MethodGet {
				r.do(r.a.key, "GET", own[op.ID][0].path, nil).want(http.StatusOK).lacks("Zebra", "zebra").has("Alder")
			}
		}
	})
}

func (r *rig) count(ws id.Workspace) (n int) {
	r.t.Helper()
	if err := r.d.View(r.t.Context(), func(tx *db.Tx) error {
		list, err := journal.Newest(tx, ws, "", 10_000)
		n = len(list)
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func TestMaskedAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		key := r.key(access.All &^ access.PersonalData)
		secrets := []string{"Alderanna", "Alderberg", "alder@", "@alder", "Aldernell", "+49 30", "+49 31", "Alder info", "ALDER 1", r.a.mac, "Alder leaves"}
		ask := requests(&r.a)
		for _, op := range Operations() {
			for _, q := range ask[op.ID] {
				a := r.do(key, op.Method, q.path, q.body).lacks(secrets...)
				if a.status >= 500 {
					t.Errorf("%s: %d", a.what, a.status)
				}
			}
			// Twice, for the sentences of refusals carry names.
			for _, q := range ask[op.ID] {
				r.do(key, op.Method, q.path, q.body).lacks(secrets...)
			}
		}
		for _, q := range []string{"Alderanna", "alder@alder.example", "alderberg"} {
			a := r.do(key, "GET", prefix+"/users?q="+q, nil).want(http.StatusOK)
			if n := len(a.json()["items"].([]any)); n != 0 {
				t.Errorf("a masked search for %s found %d users", q, n)
			}
			r.do(r.a.key, "GET", prefix+"/users?q="+q, nil).want(http.StatusOK).has("Alderanna")
		}
		r.do(key, "GET", prefix+"/users?q=Alder-E1", nil).want(http.StatusOK).has(string(r.a.user))
		r.do(key, "POST", prefix+"/cards", map[string]any{"number": r.a.uid, "user_id": string(r.a.user)}).lacks(secrets...)
		for _, field := range []string{"email", "first_name", "last_name", "phone", "info_1"} {
			r.do(key, "POST", prefix+"/users", map[string]any{"external_id": "X", field: "new@alder.example"}).want(http.StatusForbidden).has("personal-data")
		}
		r.do(key, "PATCH", prefix+"/users/"+string(r.a.user), map[string]any{"first_name": "X"}).want(http.StatusForbidden).has("personal-data")
	})
}
