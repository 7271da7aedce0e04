package preview

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // its first frame
	"image/jpeg"
	_ "image/png"

	"conclave/protocol/event"
)

// Bounds of a picture: pixels of one that is read, and of the side of one that is made.
const (
	maxPixels = 4_000_000
	maxSide   = 480
)

// shrink draws a picture anew, small enough for a preview.
func shrink(raw []byte) ([]byte, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxPixels/c.Height {
		return nil, fmt.Errorf("%w: a picture of %d × %d pixels", ErrNone, c.Width, c.Height)
	}
	full, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	for side := maxSide; side >= 60; side /= 2 {
		small := scale(full, side)
		for _, quality := range []int{82, 65, 45} {
			var out bytes.Buffer
			if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: quality}); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrNone, err)
			}
			if out.Len() <= event.MaxPicture {
				return out.Bytes(), nil
			}
		}
	}
	return nil, fmt.Errorf("%w: a picture that does not get small", ErrNone)
}

// scale makes a picture no larger than side × side: every pixel is the mean of those that it stands for, what is clear is white.
func scale(from image.Image, side int) image.Image {
	b := from.Bounds()
	w, h := b.Dx(), b.Dy()
	if m := max(w, h); m > side {
		w, h = max(1, w*side/m), max(1, h*side/m)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		y0, y1 := b.Min.Y+y*b.Dy()/h, b.Min.Y+max((y+1)*b.Dy()/h, y*b.Dy()/h+1)
		for x := range w {
			x0, x1 := b.Min.X+x*b.Dx()/w, b.Min.X+max((x+1)*b.Dx()/w, x*b.Dx()/w+1)
			out.Set(x, y, mean(from, image.Rect(x0, y0, x1, y1)))
		}
	}
	return out
}

func mean(from image.Image, r image.Rectangle) color.Color {
	var sum [3]uint64
	var n uint64
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			red, green, blue, alpha := from.At(x, y).RGBA()
			clear := uint64(0xffff - alpha)
			sum[0], sum[1], sum[2] = sum[0]+uint64(red)+clear, sum[1]+uint64(green)+clear, sum[2]+uint64(blue)+clear
			n++
		}
	}
	return color.RGBA{uint8(sum[0] / n >> 8), uint8(sum[1] / n >> 8), uint8(sum[2] / n >> 8), 0xff}
}
