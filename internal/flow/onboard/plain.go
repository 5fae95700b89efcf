package onboard

import (
	"involt/internal/core/notice"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/letter"
	"involt/internal/kit/mail"
)

// Compose makes a mail of what a message of a workspace says; see [letter.Plain].
func (s *Service) Compose(ws *workspace.Workspace, t notice.Text) (mail.Message, error) {
	return letter.Plain(ws, s.PublicURL+"/i", t)
}
