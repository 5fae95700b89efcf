package frame

// Running says what becomes of sessions that run when cards are blocked, suspended
// or removed, or their users deactivated or deleted.
func (v *Visit) Running() string {
	if v.Workspace.StopBlocked {
		return "A session that runs is stopped."
	}
	return "A session that runs goes on to its end."
}
