// Package everycall holds the proof that no call of a store can fail in a way that costs anything:
// for every request that changes something, and every call of a store that it makes, the call fails
// before it does its work, after it, or with all that follow it. What is answered then is 503 in
// the form of the protocol or a success that did what was asked; the same request again does it;
// and in the end everything is as if nothing had failed, each change is told once in the activity,
// and another organisation is what it was.
//
//	faults_test.go     which call fails, and how
//	directory_test.go  the stores of scimd, whose calls may fail
//	tokens_test.go     those of tokend
//	product_test.go    both services on both pairs of stores
//	scenarios_test.go  the requests
//	everycall_test.go  each of their calls
//
// What is known: who was removed from a group by a request that replaces all members is not told
// where the answer to that was lost; and a change is not told whose answer is lost while the store
// does not say afterwards whether it took place.
package everycall
