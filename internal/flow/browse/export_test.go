package browse

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/flow/browse/look"
)

// PlainUsers is Users as long as the list is being read into memory.
func (s *Service) PlainUsers(ctx context.Context, by access.Actor, f UserFilter) (UserPage, error) {
	by, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return UserPage{}, err
	}
	want, at, sort, err := f.want(by)
	if err != nil {
		return UserPage{}, err
	}
	return s.plain(ctx, by, in, &f, &want, at, sort)
}
