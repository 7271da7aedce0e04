package picture

import (
	"bytes"
	"encoding/binary"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markSOF0  = 0xc0
	markRST0  = 0xd0
	markRST7  = 0xd7
	markSOI   = 0xd8
	markEOI   = 0xd9
	markSOS   = 0xda
	markAPP0  = 0xe0
	markAPP1  = 0xe1
	markAPP14 = 0xee
	markAPP15 = 0xef
	markCOM   = 0xfe
	markTEM   = 0x01
)

// jpeg keeps tables, frames and scans, of the application segments those that say how the colours are kept, and from EXIF the orientation.
func jpeg(b []byte) ([]byte, error) {
	out := make([]byte, 0, len(b))
	out = append(out, 0xff, markSOI)
	turned := false
	for at := 2; ; {
		if at+2 > len(b) || b[at] != 0xff {
			return nil, ErrUnreadable
		}
		mark := b[at+1]
		switch {
		case mark == 0xff: // fill
			at++
			continue
		case mark == markEOI:
			return append(out, 0xff, markEOI), nil
		case mark == 0, mark == markTEM, mark == markSOI, mark >= markRST0 && mark <= markRST7:
			return nil, ErrUnreadable
		}
		if at+4 > len(b) {
			return nil, ErrUnreadable
		}
		end := at + 2 + int(binary.BigEndian.Uint16(b[at+2:]))
		if end < at+4 || end > len(b) {
			return nil, ErrUnreadable
		}
		segment := b[at:end]
		at = end
		switch {
		case mark == markAPP0 && bytes.HasPrefix(segment[4:], []byte("JFIF\x00")) && len(segment) >= 18:
			out = append(out, 0xff, markAPP0, 0, 16)
			out = append(out, segment[4:16]...)
			out = append(out, 0, 0) // no thumbnail
		case mark == markAPP1 && !turned:
			if o := orientation(segment[4:]); o > 1 {
				out = append(out, turn(o)...)
				turned = true
			}
		case mark == markAPP14 && bytes.HasPrefix(segment[4:], []byte("Adobe")) && len(segment) == 16:
			out = append(out, segment...)
		case mark >= markAPP0 && mark <= markAPP15, mark == markCOM:
		case mark == markSOS:
			at = scan(b, end)
			out = append(append(out, segment...), b[end:at]...)
		case mark >= markSOF0:
			out = append(out, segment...)
		default:
			return nil, ErrUnreadable
		}
	}
}

// scan returns where the entropy-coded data that begins at a place ends: at the next marker that is no restart.
func scan(b []byte, at int) int {
	for ; at+1 < len(b); at++ {
		if b[at] == 0xff && b[at+1] != 0 && (b[at+1] < markRST0 || b[at+1] > markRST7) {
			return at
		}
	}
	return len(b)
}

const tagOrientation = 0x0112

// orientation reads how a picture is turned from the content of an APP1 segment, 1 to 8, or 0 if it is not told.
func orientation(app []byte) uint16 {
	tiff, ok := bytes.CutPrefix(app, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	first := uint64(order.Uint32(tiff[4:]))
	if first+2 > uint64(len(tiff)) {
		return 0
	}
	entries := tiff[first+2:]
	for range order.Uint16(tiff[first:]) {
		if len(entries) < 16 { // the next entry, or where the next directory begins
			return 0
		}
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == 3 && order.Uint32(entries[4:]) == 1 {
			if o := order.Uint16(entries[8:]); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}

// turn is an APP1 segment that tells the orientation and nothing else. No segment that tells it is shorter.
func turn(o uint16) []byte {
	out := []byte{0xff, markAPP1, 0, 34}
	out = append(out, "Exif\x00\x00MM\x00*\x00\x00\x00\x08"...)
	out = append(out, 0, 1, tagOrientation>>8, tagOrientation&0xff, 0, 3, 0, 0, 0, 1, 0, byte(o), 0, 0)
	return append(out, 0, 0, 0, 0)
}
