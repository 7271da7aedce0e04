//go:build !race

package membership

const rarely = 1
