package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Adopt takes in the files of another spool, behind its own: of a process that is no
// more. It is ErrTaken if that one still uses them; a folder that is not there is
// nothing to do.
func (s *Spool) Adopt(dir string) (err error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	unlock, err := lock(filepath.Join(dir, ".lock"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	numbers, err := numbersIn(dir)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range numbers {
		if err != nil {
			return err
		}
		mine := uint64(1)
		if len(s.parts) > 0 {
			mine = s.parts[len(s.parts)-1].number + 1
		}
		from := filepath.Join(dir, fmt.Sprintf("%016d%s", n, suffix))
		if err = os.Rename(from, s.name(mine)); err == nil {
			err = s.find(mine)
		}
	}
	return errors.Join(err, syncDir(s.dir), syncDir(dir))
}
