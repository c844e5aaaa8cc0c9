package erasure

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// Book is the audit of the organisations.
type Book = audit.Book

// People erases what is kept about one person, at the person's request (GDPR article 17). Its
// errors are *scim.Error, for the client.
type People struct {
	Users    *directory.Users
	Activity *activity.Log
	Audit    Book
	Store    Store
}

// Erase removes the user for good, with all activity about the person, and what the audit says of
// them in words. The activity of groups names them by id alone. 404 if there is no such user, 409
// unless the user is deactivated or deleted: the identity provider would send the person again.
//
// It may stop anywhere: the user goes last, so the request can be repeated. The end of a user who
// was not deleted yet is told as the request's.
func (p People) Erase(ctx context.Context, org directory.Organisation, id directory.UserID, by audit.Caller, request activity.Request) error {
	u, err := p.Users.GetDeleted(ctx, org, id)
	if err != nil {
		return err
	}
	if u.State.Enabled() && !u.Deleted {
		return scim.Errorf(http.StatusConflict, "", "The user is not deactivated. Remove the person from the application in the identity provider first, or it sends the person again.")
	}
	if err := audit.Forget(ctx, p.Audit, time.Now(), by, string(org.Tenant), string(id)); err != nil {
		return scim.Errorf(http.StatusServiceUnavailable, "", "The organisation's audit cannot be written at the moment, and without it nothing is done. Try again.").Because(err)
	}
	if !u.Deleted {
		made := &directory.Change{Cause: request.Cause()}
		if err := p.Users.Delete(ctx, org, id, made); err != nil {
			return err
		}
		if err := p.Activity.RecordGroups(ctx, org, request, made); err != nil {
			return err
		}
	}
	var entries []string
	for e, err := range p.Activity.About(ctx, org, u) {
		if err != nil {
			return err
		}
		if e.Resource.Type != org.Schemas.Group.Name || e.Effect == activity.EffectRefused { // a group's names no one but by an id
			entries = append(entries, e.ID)
		}
	}
	if err := p.Store.EraseEntries(ctx, org.Tenant, entries); err != nil {
		return unavailable(err)
	}
	err = p.Store.EraseUser(ctx, org.Tenant, id)
	if errors.Is(err, directory.ErrVersionConflict) {
		return scim.Errorf(http.StatusConflict, "", "The identity provider has sent the person again meanwhile. Remove the person from the application there first.")
	}
	return unavailable(err)
}

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return scim.Errorf(http.StatusServiceUnavailable, "", "The user is erased in part. Repeat the request.").Because(err)
}
