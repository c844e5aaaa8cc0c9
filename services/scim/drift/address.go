package drift

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// SameAddress is the kind of drift of people who have one e-mail address. To DevRev it is one
// person, to the identity provider it is two.
const SameAddress = directory.DriftAddress

// Bounds of what is looked at.
const (
	mostMarked  = 1000 // users whose address is not their userName, of whom a summary looks at the first
	mostSharing = 1000 // people with an address of a page, before each address is asked for alone
	mostOfOne   = 50   // people with one address, then
	mostPeople  = 10   // whom a row names
)

// addressPage is page for people who have one address. It looks at users whose address is not their
// userName, and then for all who have one of these addresses: two reads, each of which costs what
// it returns.
//
// The one whose userName the address is, if there is such a person, is not among those users: the
// row comes with the first of the others.
func (r *Report) addressPage(ctx context.Context, org directory.Organisation, after directory.UserID, limit int) (rows []Row, looked int, last string, err error) {
	marked, err := r.users.Drifting(ctx, org, directory.DriftAddress, after, limit)
	if err != nil || len(marked) == 0 {
		return nil, 0, "", err
	}
	sharing, err := r.sharing(ctx, org, marked)
	if err != nil {
		return nil, 0, "", err
	}
	for _, u := range marked {
		all := sharing[u.Address()]
		if len(all) < 2 || !slices.ContainsFunc(all, func(s directory.User) bool { return s.ID == u.ID }) { // changed meanwhile
			continue
		}
		rows = append(rows, addressRow(org, u, all))
		first := true
		for _, s := range all {
			first = first && (s.ID >= u.ID || !isMarked(s))
		}
		for _, s := range all {
			if first && !isMarked(s) {
				rows = append(rows, addressRow(org, s, all))
			}
		}
	}
	return rows, len(marked), string(marked[len(marked)-1].ID), nil
}

func isMarked(u directory.User) bool { return slices.Contains(u.Drifts(), directory.DriftAddress) }

// sharing returns who has the address of one of the users, by address, in the order of creation.
func (r *Report) sharing(ctx context.Context, org directory.Organisation, users []directory.User) (map[string][]directory.User, error) {
	var addresses []string
	for _, u := range users {
		addresses = append(addresses, u.Address())
	}
	slices.Sort(addresses)
	addresses = slices.Compact(addresses)
	most := mostSharing + len(users)
	found, err := r.users.UsersByAddress(ctx, org, addresses, most)
	if err == nil && len(found) == most { // an address that very many have must not hide the others
		found = nil
		for _, address := range addresses {
			some, failed := r.users.UsersByAddress(ctx, org, []string{address}, mostOfOne)
			if failed != nil {
				return nil, failed
			}
			found = append(found, some...)
		}
	}
	sharing := map[string][]directory.User{}
	slices.SortFunc(found, func(a, b directory.User) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, u := range slices.CompactFunc(found, func(a, b directory.User) bool { return a.ID == b.ID }) {
		sharing[u.Address()] = append(sharing[u.Address()], u)
	}
	return sharing, err
}

// addressRow is the row about u, which has its address with the others of all.
func addressRow(org directory.Organisation, u directory.User, all []directory.User) Row {
	row := Row{
		Kind: SameAddress, Resource: history.Resource{Type: org.Schemas.User.Name, ID: string(u.ID)}, Name: u.UserName(), Attribute: "emails", Since: u.Modified,
		Because: "Another person has the same e-mail address.",
		Remedy:  "If they are two people, correct the address of one in the identity provider. If they are one, keep the user of the right userName, and remove the assignment of the other.",
	}
	if others := len(all) - 1; others > 1 {
		row.Because = fmt.Sprintf("%d other people have the same e-mail address.", others)
	}
	if row.Withheld = org.HideValues; !row.Withheld {
		row.Stored = u.Email()
	}
	for _, s := range all {
		if s.ID != u.ID && len(row.People) < mostPeople {
			row.People = append(row.People, Person{s.ID, s.UserName()})
		}
	}
	return row
}

// countSharing returns how many people have an address with somebody else, and whether there may be
// more than were looked at.
func (r *Report) countSharing(ctx context.Context, org directory.Organisation) (int, bool, error) {
	rows, looked, _, err := r.addressPage(ctx, org, "", mostMarked)
	return len(rows), looked == mostMarked, err
}
