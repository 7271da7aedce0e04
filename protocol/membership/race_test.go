//go:build race

package membership

// rarely is by how much the random tests are shortened under the race detector, which finds nothing in a package without
// goroutines and takes ten times as long.
const rarely = 20
