package ui

import "fmt"

func noMatch(w *Words, query string) string { return fmt.Sprintf(w.NoMatch, query) }
