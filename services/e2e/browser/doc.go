// Package browser uses the console as people do, in a real browser beside an Okta that sends real
// requests. It has tests only.
package browser
