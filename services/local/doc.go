// Package local is what the two ways of running everything on one machine share: the all-in-one,
// which is one process on an embedded file, and the development stack, which is the production
// wiring. They take the same flags, create the same organisations and print the same ready line;
// nothing here runs in production.
package local
