package joincode

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Joining is somebody's coming by a code.
type Joining struct {
	Workspace id.Workspace
	ID        id.Joining
	Code      id.JoinCode
	Person    id.Person
	State     State
	InGroup   bool // it was this that brought them into the code's group
	Answers   []Answer
	Created   time.Time
	Decided   time.Time // zero while it waits
	DecidedBy string    // as the journal names them
	Message   string    // what whoever decided wrote
	Ended     time.Time // when they left or were removed; zero while they have not
	EndedBy   string
}

// State is where a joining stands.
type State string

// The states.
const (
	Waiting  State = "waiting" // for staff
	Joined   State = "joined"
	Declined State = "declined"
	Left     State = "left"    // by themselves
	Removed  State = "removed" // by staff
)

// Answer is a question of a code and what somebody answered.
type Answer struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// Answers pairs a code's questions with what was typed, and says at the fields
// "answers.0" and so on what is missing or too long.
func (c *Code) Answers(typed []string) ([]Answer, error) {
	var wrong errs.List
	list := make([]Answer, len(c.Questions))
	for i, q := range c.Questions {
		field, said := fmt.Sprintf("answers.%d", i), ""
		if i < len(typed) {
			said = strings.TrimSpace(typed[i])
		}
		switch {
		case said == "":
			wrong.Add(errs.AtField(field, "Please answer this question."))
		case len([]rune(said)) > MaxAnswer:
			wrong.Add(errs.AtField(field, "This answer is too long. Please use at most 300 characters."))
		case strings.ContainsFunc(said, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }):
			wrong.Add(errs.AtField(field, "This answer holds characters that cannot be shown. Please type it again."))
		}
		list[i] = Answer{q, said}
	}
	return list, wrong.Err()
}

// ReadAnswers reads answers as they are stored.
func ReadAnswers(text string) (list []Answer, err error) {
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("answers to a joining code: %w", err)
	}
	return list, nil
}

// WriteAnswers writes answers as they are stored.
func WriteAnswers(list []Answer) (string, error) {
	if list == nil {
		list = []Answer{}
	}
	b, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("answers to a joining code: %w", err)
	}
	return string(b), nil
}

const joiningColumns = `workspace, id, code, person, state, in_group, answers, created_at, decided_at, decided_by, message, ended_at, ended_by`

func scanJoining(row db.Scanner) (j Joining, err error) {
	var answers string
	var created, decided, ended int64
	if err = row.Scan(&j.Workspace, &j.ID, &j.Code, &j.Person, &j.State, &j.InGroup, &answers, &created, &decided, &j.DecidedBy, &j.Message, &ended, &j.EndedBy); err != nil {
		return j, err
	}
	j.Created, j.Decided, j.Ended = at(created), at(decided), at(ended)
	j.Answers, err = ReadAnswers(answers)
	return j, err
}

// Enter stores that somebody came by a code, and sets j's ID and times. One
// person comes once by one code until they leave it: a second time is an
// errs.Conflict.
func Enter(tx *db.Tx, j *Joining) error {
	answers, err := WriteAnswers(j.Answers)
	if err != nil {
		return err
	}
	j.ID, j.Created = id.New[id.Joining](), tx.Now
	if j.State != Waiting {
		j.Decided = tx.Now
	}
	n, err := tx.Exec(`INSERT INTO joining (workspace, id, code, person, state, in_group, answers, created_at, decided_at, decided_by, message, ended_at, ended_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, '') ON CONFLICT DO NOTHING`,
		j.Workspace, j.ID, j.Code, j.Person, j.State, j.InGroup, answers, tx.NowMS(), ms(j.Decided), j.DecidedBy)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "You have joined by this code already.")
	}
	return err
}

// Decide answers a joining that waits: to Joined or to Declined. Of several who
// decide one wins; the others get an errs.Conflict.
func Decide(tx *db.Tx, j *Joining, to State, by, message string) error {
	n, err := tx.Exec(`UPDATE joining SET state = ?, in_group = ?, decided_at = ?, decided_by = ?, message = ? WHERE workspace = ? AND id = ? AND state = 'waiting'`,
		to, j.InGroup, tx.NowMS(), by, message, j.Workspace, j.ID)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Somebody has decided about this already.")
	}
	j.State, j.Decided, j.DecidedBy, j.Message = to, tx.Now, by, message
	return err
}

// End notes that a joining is over: to Left or to Removed. One that waited is
// over too.
func End(tx *db.Tx, j *Joining, to State, by string) error {
	_, err := tx.Exec(`UPDATE joining SET state = ?, ended_at = ?, ended_by = ? WHERE workspace = ? AND id = ? AND state IN ('waiting', 'joined')`,
		to, tx.NowMS(), by, j.Workspace, j.ID)
	j.State, j.Ended, j.EndedBy = to, tx.Now, by
	return err
}

// SetInGroup notes whether it was by a joining that somebody is in the code's
// group.
func SetInGroup(tx *db.Tx, j *Joining, in bool) error {
	_, err := tx.Exec(`UPDATE joining SET in_group = ? WHERE workspace = ? AND id = ?`, in, j.Workspace, j.ID)
	j.InGroup = in
	return err
}

// OutOfGroup notes that people were taken out of a group by other means: what led
// them into that group alone is over, and what opened a zone too goes on without
// it. Who came since then, or is in the group again, stays.
func OutOfGroup(tx *db.Tx, ws id.Workspace, g id.Group, list []id.Person, at time.Time, by string) error {
	const those = ` WHERE workspace = ? AND state = 'joined' AND decided_at <= ? AND code IN (SELECT c.id FROM join_code c WHERE c.workspace = ? AND c.user_group = ? AND `
	const out = `) AND NOT EXISTS (SELECT 1 FROM group_member m WHERE m.workspace = joining.workspace AND m.person = joining.person AND m.user_group = ?) AND person IN `
	which := db.Args(list, any(ws), at.UnixMilli(), any(ws), any(g), any(g))
	if _, err := tx.Exec(`UPDATE joining SET state = 'removed', ended_at = ?, ended_by = ?`+those+`c.location IS NULL`+out+db.In(len(list)), append([]any{at.UnixMilli(), by}, which...)...); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE joining SET in_group = FALSE`+those+`c.location IS NOT NULL`+out+db.In(len(list)), which...)
	return err
}

// JoiningByID returns one of the workspace.
func JoiningByID(tx *db.Tx, ws id.Workspace, j id.Joining) (Joining, error) {
	all, err := db.All(tx, scanJoining, `SELECT `+joiningColumns+` FROM joining WHERE workspace = ? AND id = ?`, ws, j)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such request. It may have been erased with its user.")
	}
	if err != nil {
		return Joining{}, err
	}
	return all[0], nil
}

// JoiningsOf returns how a person came by which code, the newest last.
func JoiningsOf(tx *db.Tx, ws id.Workspace, who id.Person) ([]Joining, error) {
	return db.All(tx, scanJoining, `SELECT `+joiningColumns+` FROM joining WHERE workspace = ? AND person = ? ORDER BY created_at, id`, ws, who)
}

// Erase removes how people came who are erased, and what they answered.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM joining WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}

// MoveTo makes how one person came another's. What both have open by one code
// stays once.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	if _, err := tx.Exec(`DELETE FROM joining WHERE workspace = ? AND person = ? AND state IN ('waiting', 'joined') AND EXISTS (
		SELECT 1 FROM joining o WHERE o.workspace = joining.workspace AND o.code = joining.code AND o.person = ? AND o.state IN ('waiting', 'joined'))`, ws, from, to); err != nil {
		return 0, err
	}
	return tx.Exec(`UPDATE joining SET person = ? WHERE workspace = ? AND person = ?`, to, ws, from)
}
