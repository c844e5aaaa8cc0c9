package undo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/devrev/scim/services/scim/directory"
)

// What the claims of a job begin with. Requests for the same undo that arrive at the same moment
// do not see each other; of jobs with one claim, the store keeps the first.
const (
	keyClaim   = "key "   // of what is taken back, until that is undone itself
	askedClaim = "asked " // of what was asked for, until the job is done
	onceClaim  = "once "  // of an Idempotency-Key, for as long as the job is kept
)

// claim gives j its claims. A dry run takes nothing back, so it can be asked for at any time.
func (j *Job) claim(a Asked, once string) {
	j.Asked = digest(a)
	if !j.DryRun {
		j.Claims = append(j.Claims, keyClaim+j.Key, askedClaim+j.Asked)
	}
	if once != "" {
		j.Claims = append(j.Claims, onceClaim+digest(once))
	}
}

// release takes from j the claim that begins so.
func (j *Job) release(kind string) {
	j.Claims = slices.DeleteFunc(slices.Clone(j.Claims), func(claim string) bool { return strings.HasPrefix(claim, kind) })
}

// digest stands for a value, and says nothing of it.
func digest(v any) string {
	text, _ := json.Marshal(v) // what is asked for always encodes
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// repeated returns the job that was made by this Idempotency-Key, the zero Job if there is none. A
// job that was asked for otherwise is *Refused.
func (u *Undo) repeated(ctx context.Context, t directory.Tenant, once string, a Asked) (Job, error) {
	if once == "" {
		return Job{}, nil
	}
	first, err := u.Store.Claimant(ctx, t, onceClaim+digest(once))
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return Job{}, nil
	case err != nil:
		return Job{}, unreadable(err)
	case first.Asked != digest(a):
		return Job{}, &Refused{
			Name: "repeated", Detail: "Another request with this Idempotency-Key has begun the undo " + first.ID + ". Use another key.", Undo: first.ID,
		}
	}
	return first, nil
}

// refuseClaimed refuses j if another job has one of its claims.
func (u *Undo) refuseClaimed(ctx context.Context, t directory.Tenant, j Job) error {
	for _, claim := range j.Claims {
		other, err := u.Store.Claimant(ctx, t, claim)
		switch {
		case err == nil:
			return undoneAlready(other)
		case !errors.Is(err, directory.ErrNotFound):
			return unreadable(err)
		}
	}
	return nil
}
