//go:build !unix

package app

// alone would keep a second server off a SQLite file; here nothing does.
func alone(string) (release func() error, err error) {
	return func() error { return nil }, nil
}
