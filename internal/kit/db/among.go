package db

import "encoding/json"

// Among returns a condition that a column holds one of a list of texts, and its
// one argument. However long the list is, it is one statement: an array on
// PostgreSQL, JSON on SQLite.
func Among[T ~string](t *Tx, column string, list []T) (condition string, arg any) {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = string(v)
	}
	if t.postgres {
		return column + " = ANY(?)", texts
	}
	text, err := json.Marshal(texts)
	if err != nil {
		text = []byte("[]") // texts are always JSON
	}
	return column + " IN (SELECT value FROM json_each(?))", string(text)
}
