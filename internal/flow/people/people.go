// Package people is what staff do with the users of a workspace, day by day:
// change what is written about them, put them into groups, deactivate and
// reactivate, delete, merge, let them leave on a date; one user or many at once.
package people

import "involt/internal/kit/db"

// Service changes users.
type Service struct {
	DB *db.DB
}
