package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"involt/internal/flow/onboard"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
)

// contact is how push services reach whoever runs the server. RFC 8292 §2.1.
func contact(publicURL string) string {
	if strings.HasPrefix(publicURL, "https://") {
		return publicURL
	}
	return "admin@localhost"
}

// mailer is what the configuration says about mail.
func (a *App) mailer(ctx context.Context) (onboard.Mailer, error) {
	switch a.Config.SMTP {
	case "":
		return nowhere{}, nil
	case "catch":
		var err error
		if a.Catcher, err = mail.NewCatcher(ctx); err != nil {
			return nil, err
		}
		return mail.NewSender(a.Catcher.URL())
	default:
		return mail.NewSender(a.Config.SMTP)
	}
}

// nowhere stands for a mail server that was not configured: mails wait for one.
type nowhere struct{}

func (nowhere) Send(context.Context, mail.Message) error {
	return &job.Later{Wait: 5 * time.Minute, Err: errors.New("no mail server is configured; set INVOLT_SMTP")}
}
