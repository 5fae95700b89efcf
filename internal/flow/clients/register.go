package clients

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/wire/vies"
)

var askRegister = job.Define[struct{}]("account.vat")

// Jobs tells the pool what to do for this package: to ask the register about VAT
// ids, if there is one.
func (s *Service) Jobs(pool *job.Pool) {
	job.Handle(pool, askRegister, s.askRegister)
	if s.VIES != nil {
		job.Every(pool, askRegister, struct{}{}, time.Minute)
	}
}

// AsksRegister reports whether VAT ids are looked up in the Union's register.
func (s *Service) AsksRegister() bool { return s.VIES != nil }

// soon has what waits asked about as soon as tx commits.
func (s *Service) soon(tx *db.Tx) error {
	if s.VIES == nil {
		return nil
	}
	return askRegister.Add(tx, struct{}{}, job.Unique("now"))
}

// AskRegister has the register asked about an account's VAT id again.
func (s *Service) AskRegister(ctx context.Context, by access.Actor, acc id.Account) (err error) {
	defer errs.Wrap(&err, "clients.AskRegister")
	if s.VIES == nil {
		return errs.New(errs.Conflict, "VAT ids are not looked up on this server. Whoever runs it may switch that on by INVOLT_VIES.")
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if _, _, err := own(tx, by, access.AccountsWrite, acc); err != nil {
			return err
		}
		asked, err := account.AskSoon(tx, by.Workspace, acc)
		if err == nil && !asked {
			err = errs.New(errs.Conflict, "This account has no VAT id of the European Union.")
		}
		if err != nil {
			return err
		}
		return s.soon(tx)
	})
}

// askAtOnce is how many VAT ids are read before their answers are stored one by
// one. The register is asked about one at a time: it blocks whoever asks more.
const askAtOnce = 20

// askRegister asks about every VAT id whose turn it is. A member state that does
// not answer is not asked again in the same turn.
func (s *Service) askRegister(ctx context.Context, _ struct{}) (err error) {
	defer errs.Wrap(&err, "clients.askRegister")
	if s.VIES == nil {
		return nil
	}
	silent := map[string]error{}
	for {
		var due []account.Registration
		if err := s.DB.View(ctx, func(tx *db.Tx) error {
			due, err = account.ToAsk(tx, askAtOnce)
			return err
		}); err != nil || len(due) == 0 {
			return err
		}
		for i := range due {
			r := &due[i]
			a, err := vies.Answer{}, silent[r.VATID[:2]]
			if err == nil {
				a, err = s.VIES.Check(ctx, r.VATID)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil && silent[r.VATID[:2]] == nil {
				silent[r.VATID[:2]] = err
				slog.WarnContext(ctx, "the register of VAT ids gave no answer", "country", r.VATID[:2], "error", err)
			}
			if err := s.DB.Update(ctx, func(tx *db.Tx) error { return answered(tx, r, a, err) }); err != nil {
				return err
			}
		}
	}
}

// answered stores an answer, or that there was none, and journals what is news.
func answered(tx *db.Tx, asked *account.Registration, a vies.Answer, failed error) error {
	if failed != nil {
		if !errors.Is(failed, vies.ErrNoAnswer) {
			return failed
		}
		return account.Silent(tx, asked)
	}
	r, there, err := account.RegistrationOf(tx, asked.Workspace, asked.Account)
	if err != nil || !there || r.VATID != asked.VATID {
		return err // changed meanwhile: the new one has its own turn
	}
	was := r.State
	r.State, r.Name = account.Unknown, a.Name
	what := "account.vat-unknown"
	if a.Valid {
		r.State, what = account.Confirmed, "account.vat-confirmed"
	}
	if err := account.Registered(tx, &r); err != nil || r.State == was {
		return err
	}
	return journal.Record(tx, access.System(r.Workspace, "vies"), what, journal.About("account", r.Account), map[string]any{"vat_id": r.VATID})
}
