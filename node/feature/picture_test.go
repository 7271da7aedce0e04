package feature_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"testing"

	"conclave/node/feature"
)

func TestAPictureDoesNotSayWhereItWasTaken(t *testing.T) {
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 4, 4)), nil); err != nil {
		t.Fatal(err)
	}
	const where = "52.5200N 13.4050E"
	told := append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, byte(len(where) + 2)}, where...)
	told = append(told, plain.Bytes()[2:]...)
	got, err := feature.PictureOf("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(told))
	if err != nil || !bytes.Equal(got, plain.Bytes()) {
		t.Errorf("got %q, %v, want the picture alone", got, err)
	}
}
