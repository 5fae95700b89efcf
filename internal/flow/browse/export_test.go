package browse

import (
	"context"

	"involt/internal/core/access"
)

// PlainUsers is Users as long as the list is being read into memory.
func (s *Service) PlainUsers(ctx context.Context, by access.Actor, f UserFilter) (UserPage, error) {
	want, at, sort, err := f.want(by)
	if err != nil {
		return UserPage{}, err
	}
	return s.plain(ctx, by, &f, &want, at, sort)
}
