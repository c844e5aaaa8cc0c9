package orghttp_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// asked is what came of a create of this name by the identity provider.
func (d *deployment) asked(userName, externalID string) {
	d.Helper()
	doc := scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", userName, "externalId", externalID)
	made := &directory.Change{}
	by := activity.Request{RequestID: "R", TokenID: "T", Client: "okta", Method: "POST", Resource: activity.Resource{Type: "User"}}
	u, err := d.Users.Create(d.Context(), d.Org, doc, made)
	if refused, ok := errors.AsType[*scim.Error](err); ok {
		err = d.Log.Refuse(d.Context(), d.Org, by, made, refused)
	} else if err == nil {
		by.Resource.ID = string(u.ID)
		err = d.Log.Record(d.Context(), d.Org, by, made)
	}
	assert.NilError(d.T, err)
}

func TestWhyIsAnsweredByName(t *testing.T) {
	t.Parallel()
	remove := func(d *deployment) {
		for u := range d.list() {
			assert.NilError(d.T, d.Users.Delete(d.Context(), d.Org, u, &directory.Change{}))
		}
	}
	hide := func(d *deployment) { d.Org.HideValues = true }
	email := func(d *deployment) { d.Org.UserNameFormat = terms.UserNameEmail }
	create := func(name, externalID string) func(*deployment) {
		return func(d *deployment) { d.asked(name, externalID) }
	}
	for _, c := range []struct {
		rule           string
		life           []func(*deployment)
		ask            string
		found, deleted bool
		attempts       int
		name           string // of the latest attempt
		says, remedy   string
	}{
		{
			"a user is found in whatever case",
			[]func(*deployment){create("BJensen@example.com", "1")},
			"bjensen@EXAMPLE.com",
			true, false, 0, "", "Shadow: the person has never signed in. Created", "by signing in",
		},
		{
			"a refused create is told with its sentence",
			[]func(*deployment){email, create("BJensen", "1"), create("bjensen", "1")},
			"bjensen",
			false, false, 2, "bjensen", "and was refused: userName: it must be an e-mail address.", "the attribute mapping",
		},
		{
			"a hidden name is found and not told",
			[]func(*deployment){hide, email, create("bjensen", "1")},
			"Bjensen",
			false, false, 1, "", "and was refused: userName:", "the attribute mapping",
		},
		{
			"a deleted user is told",
			[]func(*deployment){create("b@example.com", "1"), remove},
			"b@example.com",
			false, true, 0, "", "Deleted.", "they come back as the same user",
		},
		{
			"a refusal since says more",
			[]func(*deployment){create("b@example.com", "1"), create("b@example.com", "1")},
			"b@example.com",
			true, false, 1, "b@example.com", "The identity provider last asked to create it on ", "Another user or group has the value that must be unique",
		},
		{
			"another name has not arrived",
			[]func(*deployment){email, create("ajensen", "1"), create("b@example.com", "1")},
			"bjensen",
			false, false, 0, "", "There is no user with this name. The identity provider has not asked for it within 90 days", "assigned to the application",
		},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t)
			d.Org.UserNameFormat = terms.UserNameAny
			for _, step := range c.life {
				step(d)
			}
			var got struct {
				Found, Deleted   *struct{ ID string }
				Attempts         []activity.Entry
				Sentence, Remedy string
			}
			d.must("/people?name="+c.ask, &got)
			if (got.Found != nil) != c.found || (got.Deleted != nil) != c.deleted || len(got.Attempts) != c.attempts ||
				!strings.Contains(got.Sentence, c.says) || !strings.Contains(got.Remedy, c.remedy) {
				t.Errorf("got %+v", got)
			}
			for i, e := range got.Attempts {
				if e.Effect != activity.EffectRefused || e.Resource.NameKey != "" || i == 0 && e.Name != c.name {
					t.Errorf("attempt %d is %+v", i, e)
				}
			}
		})
	}
}

func TestAQuestionByNameNeedsOne(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for _, query := range []string{"", "?name=", "?userName=bjensen"} {
		if w := d.get("/people"+query, ""); w.Code != http.StatusBadRequest {
			t.Errorf("%q is answered with %d %s", query, w.Code, w.Body)
		}
	}
}

// list returns the ids of all users.
func (d *deployment) list() map[directory.UserID]bool {
	d.Helper()
	page, err := d.Users.List(d.Context(), d.Org, directory.Query{Limit: 100})
	assert.NilError(d.T, err)
	ids := map[directory.UserID]bool{}
	for _, u := range page.Items {
		ids[u.ID] = true
	}
	return ids
}
