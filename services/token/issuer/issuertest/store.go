package issuertest

import (
	"context"
	"testing"
	"time"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

var storeRules = []rule{
	{"with a context that is done, every method is ErrUnavailable and changes nothing", func(t *testing.T, s issuer.Store) {
		o := create(t, s)
		done, cancel := context.WithCancel(t.Context())
		cancel()
		other := organisation()
		next := o
		next.Enabled = false
		calls := map[string]func() error{
			"Organisation":        func() error { _, err := s.Organisation(done, o.ID); return err },
			"CreateOrganisation":  func() error { return s.CreateOrganisation(done, other) },
			"ReplaceOrganisation": func() error { _, err := s.ReplaceOrganisation(done, next); return err },
			"Organisations": func() (err error) {
				for _, err = range s.Organisations(done, "") {
				}
				return err
			},
			"AppendAudit":     func() error { return s.AppendAudit(done, entry(o.ID)) },
			"Revocations":     func() error { _, err := s.Revocations(done, time.Time{}); return err },
			"ReadAudit":       func() error { _, err := s.ReadAudit(done, o.ID, audit.Query{Limit: 10}); return err },
			"AuditHead":       func() error { _, err := s.AuditHead(done, o.ID); return err },
			"EraseAudit":      func() error { _, err := s.EraseAudit(done, o.ID, 2); return err },
			"DirectoryErased": func() error { _, err := s.DirectoryErased(done, o); return err },
			"Notices":         func() error { _, err := s.Notices(done, "", 10); return err },
		}
		for name, call := range calls {
			wantErr(t, name, call(), issuer.ErrUnavailable)
		}
		wantOrganisation(t, s, o)
		_, err := s.Organisation(t.Context(), other.ID)
		wantErr(t, "Organisation", err, issuer.ErrNoOrganisation)
		wantAudit(t, s, o.ID, 10)
	}},
}
