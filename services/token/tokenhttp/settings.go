package tokenhttp

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/exactjson"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

// settings is what an administrator decides, in an answer.
type settings struct {
	Strict              bool             `json:"strict"`
	HideValues          bool             `json:"hideValues"`
	RestoreByExternalID bool             `json:"restoreByExternalId"`
	RestoreByUserName   bool             `json:"restoreByUserName"`
	ForgetGroups        bool             `json:"forgetGroups"`
	MatchByExternalID   bool             `json:"matchByExternalId"`
	MatchByUserName     bool             `json:"matchByUserName"`
	Schemas             []*schema.Schema `json:"schemas"`
	Guard               terms.Guard      `json:"guard"`
}

func (h *handler) settings(c *gin.Context) error {
	o, err := h.Issuer.Organisation(c.Request.Context(), orgOf(c))
	if err != nil {
		return err
	}
	return answerSettings(c, o)
}

// replacement is the body of PUT. A member that is left out is off, or empty.
type replacement struct {
	Strict              *bool             `json:"strict"`
	HideValues          *bool             `json:"hideValues"`
	RestoreByExternalID *bool             `json:"restoreByExternalId"`
	RestoreByUserName   *bool             `json:"restoreByUserName"`
	ForgetGroups        *bool             `json:"forgetGroups"`
	MatchByExternalID   *bool             `json:"matchByExternalId"`
	MatchByUserName     *bool             `json:"matchByUserName"`
	Schemas             *[]*schema.Schema `json:"schemas"`
	Guard               *guardChange      `json:"guard"`
}

// configure replaces all settings. A setting that would be lost must be named, so that a client
// that changes one does not erase another.
func (h *handler) configure(c *gin.Context) error {
	var asked replacement
	if err := decode(c, &asked); err != nil {
		return err
	}
	return h.changeSettings(c, func(s *issuer.Settings) error {
		for _, lost := range []struct {
			member string
			is     bool
		}{
			{"strict", asked.Strict == nil && s.Strict},
			{"hideValues", asked.HideValues == nil && s.HideValues},
			{"restoreByExternalId", asked.RestoreByExternalID == nil && s.RestoreByExternalID},
			{"restoreByUserName", asked.RestoreByUserName == nil && s.RestoreByUserName},
			{"forgetGroups", asked.ForgetGroups == nil && s.ForgetGroups},
			{"matchByExternalId", asked.MatchByExternalID == nil && s.MatchByExternalID},
			{"matchByUserName", asked.MatchByUserName == nil && s.MatchByUserName},
			{"schemas", asked.Schemas == nil && s.Schemas != ""},
			{"guard", asked.Guard == nil && s.Guard != terms.Guard{}},
		} {
			if lost.is {
				return &issuer.Invalid{Member: lost.member, Rule: "is set and must be named, because PUT replaces all settings; PATCH changes one and leaves the others"}
			}
		}
		s.Guard = terms.Guard{} // what is left out of it is the default
		return alteration{
			settingOf(asked.Strict), settingOf(asked.HideValues), settingOf(asked.RestoreByExternalID), settingOf(asked.RestoreByUserName),
			settingOf(asked.ForgetGroups), settingOf(asked.MatchByExternalID), settingOf(asked.MatchByUserName),
			settingOf(asked.Schemas), settingOf(asked.Guard),
		}.apply(s)
	})
}

// alteration is the body of PATCH, a merge patch (RFC 7396): missing members stay as they are, and
// null resets to the default.
type alteration struct {
	Strict              setting[bool]             `json:"strict"`
	HideValues          setting[bool]             `json:"hideValues"`
	RestoreByExternalID setting[bool]             `json:"restoreByExternalId"`
	RestoreByUserName   setting[bool]             `json:"restoreByUserName"`
	ForgetGroups        setting[bool]             `json:"forgetGroups"`
	MatchByExternalID   setting[bool]             `json:"matchByExternalId"`
	MatchByUserName     setting[bool]             `json:"matchByUserName"`
	Schemas             setting[[]*schema.Schema] `json:"schemas"`
	Guard               setting[guardChange]      `json:"guard"`
}

func (h *handler) alterSettings(c *gin.Context) error {
	var asked alteration
	if err := decodeMerge(c, &asked); err != nil {
		return err
	}
	return h.changeSettings(c, asked.apply)
}

func (a alteration) apply(s *issuer.Settings) error {
	a.Strict.into(&s.Strict, false)
	a.HideValues.into(&s.HideValues, false)
	a.RestoreByExternalID.into(&s.RestoreByExternalID, false)
	a.RestoreByUserName.into(&s.RestoreByUserName, false)
	a.ForgetGroups.into(&s.ForgetGroups, false)
	a.MatchByExternalID.into(&s.MatchByExternalID, false)
	a.MatchByUserName.into(&s.MatchByUserName, false)
	if a.Guard.null {
		s.Guard = terms.Guard{}
	}
	guard, err := a.Guard.value.of(s.Guard)
	if err != nil {
		return err
	}
	s.Guard = guard
	if !a.Schemas.named {
		return nil
	}
	schemas, err := issuer.NewSchemas(a.Schemas.value)
	s.Schemas = schemas
	return err
}

// setting is a member of a merge patch.
type setting[T any] struct {
	named bool
	null  bool
	value T // zero for null
}

// into puts the value where it belongs, if it is named; null is otherwise.
func (s setting[T]) into(value *T, otherwise T) {
	switch {
	case s.null:
		*value = otherwise
	case s.named:
		*value = s.value
	}
}

func settingOf[T any](v *T) setting[T] {
	if v == nil {
		return setting[T]{}
	}
	return setting[T]{named: true, value: *v}
}

// UnmarshalJSON is called for members that are there, null included.
func (s *setting[T]) UnmarshalJSON(data []byte) error {
	s.named, s.null = true, string(data) == "null"
	return exactjson.Unmarshal(data, &s.value)
}

// noTag is the tag of no settings.
const noTag = "none"

// changeSettings runs a change, if the settings are those of If-Match.
func (h *handler) changeSettings(c *gin.Context, change func(*issuer.Settings) error) error {
	tag := ""
	if given := c.Request.Header.Values("If-Match"); len(given) > 0 && given[0] != "*" {
		// A weak tag keeps its W/ and matches nothing (RFC 9110 section 13.1.1), nor does an
		// empty one.
		tag = cmp.Or(strings.Trim(given[0], `"`), noTag)
	}
	o, err := h.Issuer.Configure(c.Request.Context(), callerOf(c), orgOf(c), tag, change)
	if err != nil {
		return err
	}
	return answerSettings(c, o)
}

func answerSettings(c *gin.Context, o issuer.Organisation) error {
	schemas, err := o.Settings.Schemas.List()
	if err != nil {
		return err
	}
	c.Header("ETag", `"`+o.Settings.Tag()+`"`)
	s := o.Settings
	c.JSON(http.StatusOK, settings{
		s.Strict, s.HideValues, s.RestoreByExternalID, s.RestoreByUserName, s.ForgetGroups, s.MatchByExternalID, s.MatchByUserName, schemas, s.Guard.Effective(),
	})
	return nil
}
