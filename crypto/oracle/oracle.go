// Package oracle compares the ratchet's state machine and chains with another implementation of the double ratchet,
// go.mau.fi/libsignal. It is a module of its own, so that the product never links that library; all it holds is tests.
//
// The code under test is that of the product (crypto/internal/doubleratchet, crypto/internal/kdf); the tests give it
// Signal's key derivations and message format, which have neither sealed headers nor a KEM.
//
// Beside them, twin.py reads the golden vectors of the product in its own form, with Python and none of our code.
package oracle
