package outbox

import (
	"involt/internal/core/id"
	"involt/internal/core/notice"
	"involt/internal/kit/db"
)

// AddressChanged is the kind of mail that tells an address that it is no longer
// somebody's. It is stored: never change it.
const AddressChanged = "address-changed"

// TellOld tells an address that somebody had until now that it is theirs no longer,
// once tx has committed. Nobody learns by it what the new one is. An empty address is
// told nothing.
func TellOld(tx *db.Tx, ws id.Workspace, who id.Person, old string, bulk bool) error {
	if old == "" {
		return nil
	}
	n := notice.Notice{Workspace: ws, Person: who, Channel: "mail", Kind: AddressChanged, Recipient: old, Bulk: bulk}
	if err := notice.Insert(tx, &n); err != nil {
		return err
	}
	return Ring(tx)
}
