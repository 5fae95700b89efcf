package joincode

import (
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Within reports whether all that the code opens lies within a reach: whoever has
// the zone alone does not hand out a group.
func (c *Code) Within(r *access.Reach) bool {
	if r.Whole {
		return true
	}
	if c.Location == "" && c.Group == "" {
		return false
	}
	return (c.Location == "" || slices.Contains(r.Locations, c.Location)) && (c.Group == "" || slices.Contains(r.Groups, c.Group))
}

// Seen reports whether the code is to be seen by whoever has a reach: it leads
// into something of theirs, and nowhere else that they would hear of by it. A
// group that comes along with a zone is not told.
func (c *Code) Seen(r *access.Reach) bool {
	return c.Within(r) || c.Location != "" && slices.Contains(r.Locations, c.Location)
}

// Reached is the condition that all that a row of join_code, called c, opens lies
// within a reach, and its arguments: "" for the whole workspace.
func Reached(r access.Reach) (where string, args []any) {
	if r.Whole {
		return "", nil
	}
	in := func(column string, n int) string {
		if n == 0 {
			return column + ` IS NULL`
		}
		return `(` + column + ` IS NULL OR ` + column + ` IN ` + db.In(n) + `)`
	}
	return ` AND ` + in("c.location", len(r.Locations)) + ` AND ` + in("c.user_group", len(r.Groups)) + ` AND (c.location IS NOT NULL OR c.user_group IS NOT NULL)`,
		slices.Concat(db.Args(r.Locations), db.Args(r.Groups))
}

// Comes is the condition that a row of person has come by codes, as far as that
// stands in a state, and by none but those within a reach: whoever decides about
// them decides about all that they want. "" is the whole workspace.
func Comes(s State, r access.Reach) (where string, args []any) {
	if r.Whole {
		return "", nil
	}
	const by = `SELECT 1 FROM joining j JOIN join_code c ON c.workspace = j.workspace AND c.id = j.code WHERE j.workspace = person.workspace AND j.person = person.id AND j.state = ?`
	within, more := Reached(r)
	return ` AND EXISTS (` + by + `) AND NOT EXISTS (` + by + ` AND NOT (1 = 1` + within + `))`, append([]any{s, s}, more...)
}

// DecidedWithin reports whether all that somebody waits for lies within a reach,
// so that whoever has it decides about them.
func DecidedWithin(tx *db.Tx, ws id.Workspace, who id.Person, r access.Reach) (yes bool, err error) {
	where, args := Comes(Waiting, r)
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM person WHERE person.workspace = ? AND person.id = ?`+where+`)`, append([]any{ws, who}, args...), &yes)
	return yes, err
}
