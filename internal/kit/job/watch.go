package job

import (
	"time"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Depth is how one kind of job stands.
type Depth struct {
	Kind                 string
	Due, Running, Failed int64
	Oldest               time.Time // when the oldest due one should have run; zero if none is due
}

// Depths tells how each kind stands. Jobs of one workspace only, unless
// workspace is "".
func Depths(tx *db.Tx, workspace string) ([]Depth, error) {
	return db.All(tx, func(row db.Scanner) (d Depth, err error) {
		var oldest int64
		err = row.Scan(&d.Kind, &d.Due, &d.Running, &d.Failed, &oldest)
		if oldest > 0 {
			d.Oldest = time.UnixMilli(oldest).UTC()
		}
		return d, err
	}, `SELECT kind, CAST(SUM(CASE WHEN state = 'due' THEN 1 ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN state = 'running' THEN 1 ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS BIGINT),
			COALESCE(MIN(CASE WHEN state = 'due' THEN run_at END), 0)
		FROM job WHERE workspace = ? OR ? = '' GROUP BY kind ORDER BY kind`, workspace, workspace)
}

// Job is one job as the page shows it.
type Job struct {
	ID, Kind, State, LastErr string
	Tries                    int64
	Created, RunAt           time.Time
}

// List returns a workspace's jobs, the failed ones first, then by age.
func List(tx *db.Tx, workspace string, limit int) ([]Job, error) {
	return db.All(tx, func(row db.Scanner) (j Job, err error) {
		var created, runAt int64
		err = row.Scan(&j.ID, &j.Kind, &j.State, &j.LastErr, &j.Tries, &created, &runAt)
		j.Created, j.RunAt = time.UnixMilli(created).UTC(), time.UnixMilli(runAt).UTC()
		return j, err
	}, `SELECT id, kind, state, last_err, tries, created_at, run_at FROM job WHERE workspace = ?
		ORDER BY CASE state WHEN 'failed' THEN 0 WHEN 'running' THEN 1 ELSE 2 END, created_at LIMIT ?`, workspace, limit)
}

// Retry lets a failed job of the workspace run again at once.
func Retry(tx *db.Tx, workspace, id string) error {
	n, err := tx.Exec(`UPDATE job SET state = 'due', tries = 0, run_at = ? WHERE workspace = ? AND id = ? AND state = 'failed'`, tx.NowMS(), workspace, id)
	tx.Notify(Topic)
	return oneFailed(n, err)
}

// Discard drops a failed job of the workspace.
func Discard(tx *db.Tx, workspace, id string) error {
	return oneFailed(tx.Exec(`DELETE FROM job WHERE workspace = ? AND id = ? AND state = 'failed'`, workspace, id))
}

func oneFailed(n int64, err error) error {
	if err == nil && n == 0 {
		err = errs.New(errs.NotFound, "There is no failed job of that number any more. It may have been retried already.")
	}
	return err
}
