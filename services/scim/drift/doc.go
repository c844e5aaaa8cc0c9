// Package drift shows where what the identity provider believes differs from what is stored here,
// and compares an export of the identity provider's assignments with the users and groups.
//
// The directory notes with each user what the identity provider last said, where that is not what
// is stored (directory.Word). A row is one such difference with its reason and what to do about it.
package drift
