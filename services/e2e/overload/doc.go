// Package overload holds the proof that the cost of one organisation has a bound: it attacks a
// running product in one organisation's name and measures what a quiet neighbour notices.
package overload
