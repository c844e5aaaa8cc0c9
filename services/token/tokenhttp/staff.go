package tokenhttp

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/token/issuer"
)

// silence is how long no token was used until the organisation counts as silent.
const silence = 24 * time.Hour

// standing is an organisation in the list that DevRev's staff reads.
type standing struct {
	ID          string         `json:"id"`
	SSO         ssoView        `json:"sso"`
	SCIM        scimView       `json:"scim"`
	State       string         `json:"state"`
	LiveTokens  int            `json:"liveTokens"`
	Expiring    []string       `json:"expiring,omitempty"`
	LastUsedAt  time.Time      `json:"lastUsedAt,omitzero"`
	Clients     []token.Client `json:"clients"`
	Requests24h int64          `json:"requests24h"`
	Failures24h int64          `json:"failures24h"`
	CreatedAt   time.Time      `json:"createdAt"`
	ModifiedAt  time.Time      `json:"modifiedAt"`
}

// The states of an organisation. If several apply, it is the first.
const (
	standsLeaving  = "leaving"  // it is to be erased
	standsOff      = "off"      // SCIM is off
	standsWaiting  = "waiting"  // no token was ever used
	standsFailing  = "failing"  // half of the requests of the last 24 hours failed, or more
	standsSilent   = "silent"   // no token was used for silence
	standsExpiring = "expiring" // it is time to rotate a token
	standsWorking  = "working"
)

var standings = []string{standsLeaving, standsOff, standsWaiting, standsFailing, standsSilent, standsExpiring, standsWorking}

// organisations lists all organisations, or those whose id begins with ?q= or whose state is
// ?state=.
func (h *handler) organisations(c *gin.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	state, q := c.Query("state"), strings.ToLower(c.Query("q"))
	if state != "" && !slices.Contains(standings, state) {
		return problem.WithDetail(invalidValue, scim.Quote(state)+" is not a state: there are "+strings.Join(standings, ", ")+".")
	}
	now := time.Now()
	page, next, err := h.Issuer.List(c.Request.Context(), c.Query("after"), limit, func(o issuer.Listed) bool {
		return strings.HasPrefix(strings.ToLower(o.ID), q) && (state == "" || standingOf(o, now).State == state)
	})
	if err != nil {
		return err
	}
	list := make([]standing, len(page))
	for i, o := range page {
		list[i] = standingOf(o, now)
	}
	c.JSON(http.StatusOK, gin.H{"organisations": list, "next": next})
	return nil
}

func standingOf(o issuer.Listed, now time.Time) standing {
	s := standing{
		ID: o.ID, SSO: ssoView{o.Terms.SSO, o.Terms.Connection}, SCIM: scimView{o.Enabled}, Clients: []token.Client{},
		CreatedAt: o.Created, ModifiedAt: o.Modified,
	}
	for _, t := range o.Tokens {
		s.Requests24h += t.Day.Requests
		s.Failures24h += t.Day.Failures
		if t.LastUsedAt.After(s.LastUsedAt) {
			s.LastUsedAt = t.LastUsedAt
		}
		for _, seen := range t.Clients {
			if !slices.Contains(s.Clients, seen.Name) {
				s.Clients = append(s.Clients, seen.Name)
			}
		}
		if t.State != issuer.StateLive {
			continue
		}
		s.LiveTokens++
		if t.Expiring != "" {
			s.Expiring = append(s.Expiring, t.ID)
		}
	}
	slices.Sort(s.Clients)
	switch {
	case !o.LeavesAt.IsZero():
		s.State = standsLeaving
	case !o.Enabled:
		s.State = standsOff
	case s.LastUsedAt.IsZero():
		s.State = standsWaiting
	case s.Requests24h > 0 && 2*s.Failures24h >= s.Requests24h:
		s.State = standsFailing
	case now.Sub(s.LastUsedAt) > silence:
		s.State = standsSilent
	case len(s.Expiring) > 0:
		s.State = standsExpiring
	default:
		s.State = standsWorking
	}
	return s
}
