package picture

import "slices"

// gifLoops are the application extensions that say how often an animation runs.
var gifLoops = []string{"NETSCAPE2.0", "ANIMEXTS1.0"}

func gif(b []byte) ([]byte, error) {
	at := 13 // behind the header and the description of the screen
	if len(b) < at {
		return nil, ErrUnreadable
	}
	at += tableSize(b[10])
	if at > len(b) {
		return nil, ErrUnreadable
	}
	out := append(make([]byte, 0, len(b)), b[:at]...)
	for at < len(b) {
		begin := at
		keep := true
		switch b[at] {
		case 0x3b:
			return append(out, 0x3b), nil
		case 0x2c: // an image: its description, its table, the size of its codes
			if at+10 > len(b) {
				return nil, ErrUnreadable
			}
			at += 10 + tableSize(b[at+9]) + 1
		case 0x21:
			if at+3 > len(b) {
				return nil, ErrUnreadable
			}
			switch b[at+1] {
			case 0xf9: // how long the next image is shown
			case 0xff:
				keep = b[at+2] == 11 && at+14 <= len(b) && slices.Contains(gifLoops, string(b[at+3:at+14]))
			default:
				keep = false
			}
			at += 2
		default:
			return nil, ErrUnreadable
		}
		for { // blocks of data, the last of them empty
			if at >= len(b) {
				return nil, ErrUnreadable
			}
			size := int(b[at])
			at += 1 + size
			if size == 0 {
				break
			}
		}
		if keep {
			out = append(out, b[begin:at]...)
		}
	}
	return nil, ErrUnreadable
}

// tableSize is the length of the table of colours that packed fields announce.
func tableSize(packed byte) int {
	if packed&0x80 == 0 {
		return 0
	}
	return 3 << (packed&7 + 1)
}
