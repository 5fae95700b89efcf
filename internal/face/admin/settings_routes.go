package admin

import "involt/internal/core/access"

// settingsRoutes are the overview, the go-to search and the pages of the menu's
// "Workspace" and "Settings".
func (c *Console) settingsRoutes() []route {
	list := []route{
		{"GET /goto", 0, c.goTo},
		{"POST /privacy", 0, c.privacy},

		{"GET /settings", access.SettingsWrite, c.settings},
		{"POST /settings", access.SettingsWrite, c.settingsSave},

		{"GET /keys", access.KeysWrite, c.keys},
		{"GET /keys/new", access.KeysWrite, c.keyForm},
		{"POST /keys", access.KeysWrite, c.keyAdd},
		{"GET /keys/{key}/shown/{slot}", access.KeysWrite, c.keyShow},
		{"POST /keys/{key}/shown/{slot}", access.KeysWrite, c.keyCopied},
		{"GET /keys/{key}/revoke", access.KeysWrite, c.keyAsk},
		{"POST /keys/{key}/revoke", access.KeysWrite, c.keyRevoke},

		{"GET /jobs", access.JobsWrite, c.jobs},
		{"POST /jobs/{job}/retry", access.JobsWrite, c.jobRetry},
		{"GET /jobs/{job}/discard", access.JobsWrite, c.jobAsk},
		{"POST /jobs/{job}/discard", access.JobsWrite, c.jobDiscard},
	}
	if c.Mails != nil {
		list = append(list,
			route{"GET /mails", mailsNeed, c.mails},
			route{"GET /mails/{mail}", mailsNeed, c.mail},
			route{"GET /mails/{mail}/html", mailsNeed, c.mailHTML},
		)
	}
	return list
}
