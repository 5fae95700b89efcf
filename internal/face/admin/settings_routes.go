package admin

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/caught"
	"involt/internal/face/admin/schedules"
)

// settingsRoutes are the overview, the go-to search and the pages of the menu's
// "Workspace" and "Settings".
func (c *Console) settingsRoutes() []route {
	list := []route{
		{"GET /goto", 0, c.goTo, true, false},
		{"POST /privacy", 0, c.privacy, true, false},

		{"GET /settings", access.SettingsWrite, c.settings, false, false},
		{"POST /settings", access.SettingsWrite, c.settingsSave, false, false},

		{"GET /keys", access.KeysWrite, c.keys, false, false},
		{"GET /keys/new", access.KeysWrite, c.keyForm, false, false},
		{"POST /keys", access.KeysWrite, c.keyAdd, false, true},
		{"GET /keys/{key}/shown/{slot}", access.KeysWrite, c.keyShow, false, false},
		{"POST /keys/{key}/shown/{slot}", access.KeysWrite, c.keyCopied, false, false},
		{"GET /keys/{key}/revoke", access.KeysWrite, c.keyAsk, false, false},
		{"POST /keys/{key}/revoke", access.KeysWrite, c.keyRevoke, false, true},

		{"GET /jobs", access.JobsWrite, c.jobs, false, false},
		{"POST /jobs/{job}/retry", access.JobsWrite, c.jobRetry, false, false},
		{"GET /jobs/{job}/discard", access.JobsWrite, c.jobAsk, false, false},
		{"POST /jobs/{job}/discard", access.JobsWrite, c.jobDiscard, false, false},
	}
	if c.Mails != nil {
		list = append(list, ours((&caught.Pages{Box: c.Mails}).Routes())...)
	}
	sending := schedules.New(schedules.Config{Sending: c.Sending, Export: c.Export, People: c.People})
	return append(list, ours(sending.Routes())...)
}
