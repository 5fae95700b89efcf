package job

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"iter"

	"involt/internal/kit/db"
)

// AddMany adds many jobs at once, as Add adds one; Unique is not for these.
func (k Kind[A]) AddMany(tx *db.Tx, all iter.Seq[A], opts ...Option) error {
	r := row{at: tx.Now}
	for _, o := range opts {
		o(&r)
	}
	var bad error
	_, err := tx.Load("job", []string{"id", "kind", "workspace", "args", "state", "run_at", "created_at"}, func(yield func([]any) bool) {
		for args := range all {
			b, err := json.Marshal(args)
			if err != nil {
				bad = fmt.Errorf("job %s: %w", k.name, err)
				return
			}
			if !yield([]any{rand.Text(), k.name, r.workspace, string(b), "due", r.at.UnixMilli(), tx.NowMS()}) {
				return
			}
		}
	})
	tx.Notify(Topic)
	if bad != nil {
		return bad
	}
	return err
}
