package frame

import "involt/internal/core/access"

// Permission is a permission as people choose it, for a key or a role.
type Permission struct {
	Perm        access.Perm
	Label, Does string
}

// Permissions are all of them.
var Permissions = []Permission{
	{access.PeopleRead, "Read users", "See users, groups and their invitations."},
	{access.PeopleWrite, "Change users", "Invite, change and deactivate users."},
	{access.AccountsRead, "Read accounts", "See accounts, which say who pays."},
	{access.AccountsWrite, "Change accounts", "Make, change and close accounts."},
	{access.PersonalData, "Personal data", "See names, e-mail addresses and phone numbers. Without it they are masked."},
	{access.CardsRead, "Read cards", "See cards and whose they are."},
	{access.CardsWrite, "Change cards", "Give, block and remove cards."},
	{access.PlacesRead, "Read places", "See locations and chargers."},
	{access.PlacesWrite, "Change places", "Add locations and chargers, and make chargers' keys."},
	{access.ChargersRemote, "Control chargers", "Start, stop and reset by remote."},
	{access.SessionsRead, "Read sessions", "See charging sessions and taps."},
	{access.StaffWrite, "Give staff roles", "Give staff roles and take them away."},
	{access.KeysWrite, "API keys", "Make and revoke API keys."},
	{access.SettingsWrite, "Settings", "Change the workspace's settings."},
	{access.ActivityRead, "Read activity", "Read what happened, and who did it."},
	{access.JobsWrite, "Background work", "See background work, retry and discard it."},
	{access.WorkspaceDelete, "Delete the workspace", "Delete the whole workspace."},
}

// PermLabels are the names of some permissions, for a list.
func PermLabels(p access.Perm) (list []string) {
	for _, one := range Permissions {
		if p&one.Perm != 0 {
			list = append(list, one.Label)
		}
	}
	return list
}
