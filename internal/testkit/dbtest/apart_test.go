package dbtest

import "testing"

func TestSeparate(t *testing.T) {
	for query, want := range map[string]bool{
		`SELECT uid FROM card WHERE workspace = ?`:                                                true,
		`SELECT uid FROM card WHERE uid = ?`:                                                      false,
		`SELECT c.uid FROM card c JOIN person p ON p.workspace = c.workspace AND p.id = c.person`: false, // joined, but of no workspace
		`UPDATE person SET email = ? WHERE id = ?`:                                                false,
		`INSERT INTO person (workspace, id) VALUES (?, ?)`:                                        true,
		"SELECT id FROM invite\n\tWHERE token_hash = ?":                                           true,
		`SELECT id FROM invite WHERE email = ?`:                                                   false,
		`UPDATE job SET state = 'due'`:                                                            true,
		`SELECT slug FROM workspace`:                                                              true,
	} {
		if got := separate(query); got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}
