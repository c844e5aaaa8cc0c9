package directory

import "github.com/devrev/scim/libs/scim"

// DriftAddress marks the users who may have one e-mail address with somebody else: those whose
// address is not their userName. A userName is one person's, so of two users with one address at
// least one is marked, whoever came first. Whether there is another, UsersByAddress says.
const DriftAddress Drift = "same-address"

// Address returns u's Email in the form in which addresses compare, "" if there is none.
func (u User) Address() string { return Fold(u.Email()) }

// Addresses returns all e-mail addresses of u in that form.
func (u User) Addresses() []string {
	var addresses []string
	for _, v := range u.Document.List("emails") {
		if element, _ := v.(*scim.Document); element.String("value") != "" {
			addresses = append(addresses, Fold(element.String("value")))
		}
	}
	return addresses
}

// Drifts returns all kinds by which a Store finds u.
func (u User) Drifts() []Drift {
	kinds := u.Word.Drifts()
	if address := u.Address(); !u.Deleted && address != "" && address != Fold(u.UserName()) {
		kinds = append(kinds, DriftAddress)
	}
	return kinds
}
