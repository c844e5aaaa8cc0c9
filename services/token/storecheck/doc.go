// Package storecheck compares the two stores with each other: whether they belong to one
// environment, and what they disagree on after one of them was restored. tokend and the operator's
// `scimctl check-stores` use it.
package storecheck
