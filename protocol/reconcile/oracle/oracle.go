// Package oracle runs reconciliation against another implementation of the negentropy protocol, go-nostr's. It is a module of
// its own, so that the product never links that library; all it holds is tests.
package oracle
