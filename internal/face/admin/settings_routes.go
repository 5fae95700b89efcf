package admin

import "involt/internal/core/access"

// settingsRoutes are the overview, the go-to search and the pages of the menu's
// "Workspace" and "Settings".
func (c *Console) settingsRoutes() []route {
	list := []route{
		{"GET /goto", 0, c.goTo, true},
		{"POST /privacy", 0, c.privacy, true},

		{"GET /settings", access.SettingsWrite, c.settings, false},
		{"POST /settings", access.SettingsWrite, c.settingsSave, false},

		{"GET /keys", access.KeysWrite, c.keys, false},
		{"GET /keys/new", access.KeysWrite, c.keyForm, false},
		{"POST /keys", access.KeysWrite, c.keyAdd, false},
		{"GET /keys/{key}/shown/{slot}", access.KeysWrite, c.keyShow, false},
		{"POST /keys/{key}/shown/{slot}", access.KeysWrite, c.keyCopied, false},
		{"GET /keys/{key}/revoke", access.KeysWrite, c.keyAsk, false},
		{"POST /keys/{key}/revoke", access.KeysWrite, c.keyRevoke, false},

		{"GET /jobs", access.JobsWrite, c.jobs, false},
		{"POST /jobs/{job}/retry", access.JobsWrite, c.jobRetry, false},
		{"GET /jobs/{job}/discard", access.JobsWrite, c.jobAsk, false},
		{"POST /jobs/{job}/discard", access.JobsWrite, c.jobDiscard, false},
	}
	if c.Mails != nil {
		list = append(list,
			route{"GET /mails", mailsNeed, c.mails, false},
			route{"GET /mails/{mail}", mailsNeed, c.mail, false},
			route{"GET /mails/{mail}/html", mailsNeed, c.mailHTML, false},
		)
	}
	return list
}
