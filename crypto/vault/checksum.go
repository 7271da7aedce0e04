package vault

// The check symbols are those of a Reed-Solomon code over GF(32) with x^5 + x^2 + 1: the sum of all symbols, and the sum of
// each times alpha^i for its place i. Its distance is 3: two wrong symbols never pass, and one wrong symbol shows its place.

// What mistake returns when no place can be named.
const (
	noMistake       = -1
	severalMistakes = -2
)

// checkSymbols returns the two check symbols of the random ones.
func checkSymbols(sym []byte) (check [2]byte) {
	weight := byte(1)
	for _, s := range sym {
		check[0] ^= s
		check[1] ^= times(s, weight)
		weight = times(weight, 2)
	}
	return check
}

// mistake returns the place of the one wrong symbol that would explain a mismatch, noMistake, or severalMistakes.
func mistake(sym []byte) int {
	want := checkSymbols(sym[:random])
	sum, weighted := want[0]^sym[random], want[1]^sym[random+1]
	switch {
	case sum == 0 && weighted == 0:
		return noMistake
	case weighted == 0:
		return random
	case sum == 0:
		return random + 1
	}
	weight := byte(1)
	for i := range random {
		if times(sum, weight) == weighted {
			return i
		}
		weight = times(weight, 2)
	}
	return severalMistakes
}

// times multiplies in GF(32), in constant time.
func times(a, b byte) byte {
	var out byte
	for range 5 {
		out ^= a & -(b & 1)
		b >>= 1
		a = a<<1 ^ 0x25&-(a>>4&1)
	}
	return out & 31
}
