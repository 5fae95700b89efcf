package db

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Table returns what a FROM clause takes as a table called name that holds the
// rows given, and its one argument: so that one statement does to each of many
// rows something of its own. Columns are written as in a schema: "id TEXT",
// "fence BIGINT". Values are texts, whole numbers and nil.
func Table(t *Tx, name string, columns []string, rows [][]any) (from string, arg any, err error) {
	text, err := json.Marshal(rows)
	if err != nil {
		return "", nil, err
	}
	list := make([]string, len(columns))
	for i, c := range columns {
		column, kind, _ := strings.Cut(c, " ")
		if t.postgres {
			list[i] = "CAST(value->>" + strconv.Itoa(i) + " AS " + kind + ") AS " + column
		} else {
			list[i] = "json_extract(value, '$[" + strconv.Itoa(i) + "]') AS " + column
		}
	}
	each := "json_each(?)"
	if t.postgres {
		each = "jsonb_array_elements(CAST(CAST(? AS TEXT) AS JSONB)) AS each (value)"
	}
	return "(SELECT " + strings.Join(list, ", ") + " FROM " + each + ") AS " + name, string(text), nil
}
